"""What is known of the snapshot that a run used: what a dataset's source says, and the digest that follows from it."""

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyiceberg.table import Table

#: Hexadecimal digits of a digest: MLflow keeps 36 characters at the most.
DIGITS = 32
#: The digest is over these alone: the same rows of the same columns have the same digest, wherever they are read.
IDENTITY = ("columns", "row_filter", "schema_id", "snapshot_id", "table_uuid")


class NoSuchSnapshot(LookupError):
    """The table has no such snapshot: nothing was written to it yet, or the snapshot was expired."""


def of_table(
    table: "Table",
    *,
    snapshot_id: int | None = None,
    row_filter: str | None = None,
    columns: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What there is to say of a snapshot, the current one unless another is named.

    Raises:
        NoSuchSnapshot: when the table does not have it.

    """
    snapshot = table.current_snapshot() if snapshot_id is None else table.snapshot_by_id(snapshot_id)
    if snapshot is None:
        raise NoSuchSnapshot(f"{'.'.join(table.name())} has no snapshot {snapshot_id or 'yet'}.")
    summary = dict(snapshot.summary.additional_properties) if snapshot.summary else {}
    total = summary.get("total-records")
    schema_id = snapshot.schema_id
    return {
        "catalog": getattr(table.catalog, "name", "") or "",
        "warehouse": table.catalog.properties.get("prefix") if table.catalog is not None else None,
        "table": ".".join(table.name()),
        "table_uuid": str(table.metadata.table_uuid),
        "snapshot_id": snapshot.snapshot_id,
        "parent_id": snapshot.parent_snapshot_id,
        "committed_at": snapshot.timestamp_ms,
        "schema_id": table.metadata.current_schema_id if schema_id is None else schema_id,
        "metadata_location": table.metadata_location,
        "row_count": None if total is None else int(total),
        "row_filter": row_filter or None,
        "columns": sorted(columns) if columns else None,
        "operation": snapshot.summary.operation.value if snapshot.summary else None,
    }


def digest(facts: dict[str, Any]) -> str:
    """The same for the same rows of the same columns of a snapshot."""
    identity = {key: facts.get(key) for key in IDENTITY}
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:DIGITS]
