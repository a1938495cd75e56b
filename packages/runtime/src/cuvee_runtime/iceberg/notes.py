"""Notes on runs what they read and wrote of catalogs that the platform does not hear of: MLflow's client does it."""

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT
from pyiceberg.table import Table

from cuvee_runtime.iceberg.dataset import IcebergDataset, from_iceberg

log = logging.getLogger(__name__)
#: Seconds that a read or a write waits for its note.
PATIENCE = 2.0
#: What was noted by itself; what somebody logs of the same data takes its place.
_RECORDED = InputTag("cuvee.recorded", "true")


class Notes:
    """What one process has noted: the same data of a run once, whether that went well or not."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str, str, str]] = set()

    def note(
        self,
        run_id: str,
        context: str,
        table: Table,
        snapshot_id: int,
        *,
        row_filter: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> None:
        """Note it, unless it is known. Nothing is raised, and nobody waits for a store that does not answer."""
        dataset = from_iceberg(table, snapshot_id=snapshot_id, row_filter=row_filter, columns=columns)
        key = (run_id, context, dataset.name, dataset.digest)
        if key in self._known:
            return
        is_first = not any(known == run_id for known, *_ in self._known)
        self._known.add(key)
        # In a thread: MLflow tries for minutes to reach a server that is away.
        worker = threading.Thread(target=_log, args=(run_id, context, dataset, is_first), daemon=True)
        worker.start()
        worker.join(PATIENCE)


def _log(run_id: str, context: str, dataset: IcebergDataset, is_first: bool) -> None:
    client = MlflowClient()
    said = DatasetInput(Dataset(**dataset.to_dict()), [InputTag(MLFLOW_DATASET_CONTEXT, context), _RECORDED])
    try:
        client.log_inputs(run_id, datasets=[said])
        if is_first:
            _tag(client, run_id, _tags(dataset.source.facts))
    except Exception as error:  # noqa: BLE001 - whatever a store does, what was read is there
        log.warning("This %s of %s was not noted on the run: %s", context, dataset.name, error)


def _tag(client: MlflowClient, run_id: str, tags: Mapping[str, str]) -> None:
    """The first table counts, and what the user logged by hand: later reads and writes are among the inputs."""
    if not client.get_run(run_id).data.tags.keys() & tags.keys():
        client.log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()])


def _tags(facts: Mapping[str, Any]) -> dict[str, str]:
    """Under the names by which people log them by hand."""
    moment = datetime.fromtimestamp(facts["committed_at"] / 1000, tz=UTC)
    said = {
        "iceberg_snapshot_id": facts["snapshot_id"],
        "iceberg_parent_id": facts["parent_id"],
        "iceberg_snapshot_committed_at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "row_count": facts["row_count"],
    }
    return {key: str(value) for key, value in said.items() if value is not None}
