"""The data of a registered model stays: pinned when a version is registered, let go of when it is deleted."""

from cuvee.data import refs
from cuvee.data import service as data
from cuvee.data.errors import SnapshotNotFound
from cuvee.data.values import Table
from cuvee.datasets.values import Use
from cuvee.db.session import Writing
from cuvee.lineage import inputs
from cuvee.registry.events import VersionMade, VersionsGone
from cuvee.registry.values import ModelVersion


def holder(version_id: str) -> str:
    """By what name a version holds its pins."""
    return f"model-version:{version_id}"


def pin(connection: Writing, made: VersionMade) -> None:
    """Have the snapshots that the version's run read stay; one that is gone already cannot."""
    for use in inputs.of_versions(connection, [made.version])[made.version.id]:
        table_uuid, snapshot_id = use.snapshot
        table = data.table_by_uuid(connection, table_uuid)
        if table is not None and _counts(use, table, made.version):
            _pin(connection, made.version, table, snapshot_id)


def unpin(connection: Writing, gone: VersionsGone) -> None:
    data.unpin(connection, [holder(version_id) for version_id in gone.ids])


def _counts(use: Use, table: Table, version: ModelVersion) -> bool:
    """Whether the table's people must put up with it: the platform saw the read, or their own project says so."""
    return use.is_recorded or table.project_id == version.project_id


def _pin(connection: Writing, version: ModelVersion, table: Table, snapshot_id: int) -> None:
    try:
        data.pin(
            connection,
            table_uuid=table.uuid,
            snapshot_id=snapshot_id,
            holder=holder(version.id),
            tag=refs.tag(version.name, version.number),
            reason=f"version {version.number} of the registered model {version.name} was made from it.",
        )
    except SnapshotNotFound:
        return
