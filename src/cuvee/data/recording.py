"""What runs read and wrote of tables: noted on the run without a call, as its inputs and tags."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cuvee.api.callers import Caller
from cuvee.core import clock
from cuvee.core.errors import CuveeError
from cuvee.core.ids import is_id
from cuvee.data.values import Scan, Snapshot, Table, Using
from cuvee.datasets import service as datasets
from cuvee.datasets.references import ICEBERG
from cuvee.datasets.values import CONTEXT_TAG, RECORDED_TAG, WRITE_CONTEXT, Dataset, Input
from cuvee.db.session import Reading, Writing
from cuvee.tracking import service as tracking
from cuvee.tracking.values import RunInfo, Tag

_CATALOG: Final = "cuvee"
#: A dataset's digest, in hexadecimal digits.
_DIGITS: Final = 32
_WRITE: Final = "experiments:write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One read or write of a table."""

    table: Table
    snapshot: Snapshot
    using: Using
    #: What was read; None for a write, which made the snapshot.
    scan: Scan | None = None


def note(connection: Writing, caller: Caller, use: Use) -> None:
    """Note on the run that used a table what it used of it; without a run that goes on, nothing."""
    run = _run(connection, caller, use.table.project_id, use.using)
    if run is None:
        return
    context = WRITE_CONTEXT if use.scan is None else "read"
    inputs = [Input(dataset=_dataset(use), tags={CONTEXT_TAG: context, RECORDED_TAG: "true"})]
    datasets.log_inputs(
        connection, project_id=run.project_id, experiment_id=run.experiment_id, run_id=run.id, inputs=inputs
    )
    known = {tag.key for tag in tracking.get_run(connection, caller, run.id).tags}
    tags = _tags(use.snapshot)
    # The first table counts, and what the user logged by hand: later reads and writes are among the inputs.
    if not known & {tag.key for tag in tags}:
        tracking.keep_tags(connection, run.id, tags)


def _run(connection: Reading, caller: Caller, project_id: str, using: Using) -> RunInfo | None:
    """The run for which a client works, if the caller may log to it: a header is a hint, never a reason to refuse."""
    try:
        if using.run_id:
            return tracking.get_active_run(connection, caller, using.run_id)
        if is_id(using.session_id) and caller.allows(_WRITE, project_id):
            return tracking.running_in_session(connection, caller, project_id, using.session_id)
    except CuveeError:
        return None
    return None


def _tags(snapshot: Snapshot) -> Sequence[Tag]:
    """Under the names by which people log them by hand."""
    said: dict[str, Any] = {
        "iceberg_snapshot_id": snapshot.id,
        "iceberg_parent_id": snapshot.parent_id,
        "iceberg_snapshot_committed_at": clock.rfc3339(snapshot.committed_at),
        "row_count": snapshot.records,
    }
    return [Tag(key, str(value)) for key, value in said.items() if value is not None]


def _dataset(use: Use) -> Dataset:
    table, snapshot, scan = use.table, use.snapshot, use.scan
    columns = None if scan is None or scan.columns is None else list(scan.columns)
    schema_id = scan.schema_id if scan is not None else snapshot.schema_id
    row_filter = None if scan is None else scan.row_filter
    identity = {
        "columns": columns,
        "row_filter": row_filter,
        "schema_id": table.schema_id if schema_id is None else schema_id,
        "snapshot_id": snapshot.id,
        "table_uuid": table.uuid,
    }
    source = {
        **identity,
        "catalog": _CATALOG,
        "warehouse": table.project_id,
        "table": table.full_name,
        "parent_id": snapshot.parent_id,
        "committed_at": snapshot.committed_at,
        "metadata_location": table.metadata_location,
        "row_count": snapshot.records,
        "operation": snapshot.operation or None,
    }
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return Dataset(
        name=table.full_name[:500],
        digest=hashlib.sha256(canonical.encode()).hexdigest()[:_DIGITS],
        source_type=ICEBERG,
        source=json.dumps(source),
        profile=None if snapshot.records is None else json.dumps({"num_rows": snapshot.records}),
    )
