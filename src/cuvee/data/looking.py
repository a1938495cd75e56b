"""A table as people look at it: what the catalog remembers and what its metadata file says, put together."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.data import commits, details, differences, errors, service
from cuvee.data.commits import Place
from cuvee.data.details import Column, Details, Past
from cuvee.data.differences import Beside, ColumnChange, Rows, Way
from cuvee.data.files import Warehouse
from cuvee.data.measuring import Measurer
from cuvee.data.statistics import Statistics
from cuvee.data.values import Pin, Snapshot, Table, Using
from cuvee.db.session import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A table with its past."""

    table: Table
    warehouse: Warehouse
    details: Details
    #: All that it ever had, the newest first.
    snapshots: Sequence[Snapshot]
    #: Snapshot id → who needs it.
    pins: Mapping[int, Sequence[Pin]]

    @property
    def current(self) -> Snapshot | None:
        return next((each for each in self.snapshots if each.id == self.table.snapshot_id), None)

    @property
    def parents(self) -> Mapping[int, int | None]:
        return {each.id: each.parent_id for each in self.snapshots}

    def snapshot(self, snapshot_id: int) -> Snapshot:
        """One of its snapshots, an expired one too.

        Raises:
            SnapshotNotFound: when it never had it.

        """
        found = next((each for each in self.snapshots if each.id == snapshot_id), None)
        if found is None:
            raise errors.SnapshotNotFound("The table never had such a snapshot.")
        return found

    def past(self, snapshot_id: int) -> Past:
        """What the metadata file says of a snapshot.

        Raises:
            SnapshotNotFound: when the table never had it, or it is expired.

        """
        self.snapshot(snapshot_id)
        found = self.details.snapshots.get(snapshot_id)
        if found is None:
            raise errors.SnapshotNotFound("The snapshot was expired: what was in it is not known any more.")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two snapshots of a table side by side."""

    before: Snapshot
    after: Snapshot
    way: Way
    columns: Sequence[ColumnChange]
    rows: Rows
    #: What is known of the rows of both; None when one of them is expired.
    statistics: tuple[Statistics, Statistics] | None
    beside: Sequence[Beside]


async def look(call: Call, warehouse: Warehouse, project_id: str, uuid: str) -> Look:
    """A table of a project, also one that was dropped.

    Raises:
        TableNotFound: when the project never had it.
        BadMetadata: when its metadata file cannot be read.

    """
    table, snapshots, pins = await call.read(_noted, call.caller, project_id, uuid)
    content = await asyncio.to_thread(warehouse.read, table.metadata_location)
    return Look(
        table=table,
        warehouse=warehouse,
        details=await asyncio.to_thread(details.read, content),
        snapshots=snapshots,
        pins={each.id: [pin for pin in pins if pin.snapshot_id == each.id] for each in snapshots} if pins else {},
    )


async def measure(found: Look, measurer: Measurer, snapshot_id: int) -> Statistics:
    """What is known of a snapshot's rows without reading one. Seconds for one of very many files, the first time.

    Raises:
        SnapshotNotFound: when the table does not have it.
        BadManifest: when a manifest cannot be read.

    """
    past = found.past(snapshot_id)
    return await measurer.measure(found.table.uuid, found.warehouse, found.details, past.id)


async def compare(found: Look, measurer: Measurer, before: int, after: int) -> Difference:
    """What is different between two snapshots. Of one that is expired, only what is remembered.

    Raises:
        SnapshotNotFound: when the table never had one of them.
        BadManifest: when a manifest cannot be read.

    """
    one, other = found.snapshot(before), found.snapshot(after)
    way = differences.way(found.parents, before, after)
    past = found.details.snapshots
    both = None
    if before in past and after in past:
        both = (await measure(found, measurer, before), await measure(found, measurer, after))
    old, new = _columns(found, one), _columns(found, other)
    return Difference(
        before=one,
        after=other,
        way=way,
        columns=differences.columns(old, new),
        rows=differences.rows(past, way, before=one.records, after=other.records),
        statistics=both,
        beside=differences.beside(old, new, *both) if both else (),
    )


async def roll_back(call: Call, found: Look, snapshot_id: int, *, expected: int | None = None) -> Look:
    """Have a table be what it was at a snapshot; nothing happens when it is that already.

    `expected` is the snapshot that the caller takes for the current one, if it minds.

    Raises:
        SnapshotNotFound: when the table does not have it.
        TableNotFound: when the table was dropped.
        CommitConflict: when the current snapshot is another than `expected`.

    """
    found.past(snapshot_id)
    if snapshot_id == found.table.snapshot_id and expected in {None, snapshot_id}:
        call.caller.require(service.WRITE, found.table.project_id)
        return found
    required = [] if expected is None else [_at(details.MAIN, expected)]
    update = {"action": "set-snapshot-ref", "ref-name": details.MAIN, "type": "branch", "snapshot-id": snapshot_id}
    return await _change(call, found, required, update)


async def tag(call: Call, found: Look, name: str, snapshot_id: int) -> Look:
    """Give a snapshot a name; it is kept as long as it has one.

    Raises:
        SnapshotNotFound: when the table does not have it.
        BadName: when it cannot be a name, or is a branch's.

    """
    found.past(snapshot_id)
    _require_tag(found, name)
    update = {"action": "set-snapshot-ref", "ref-name": name, "type": "tag", "snapshot-id": snapshot_id}
    return await _change(call, found, [], update)


async def untag(call: Call, found: Look, name: str) -> Look:
    """Take a tag away.

    Raises:
        NoSuchTag: when no snapshot has it.
        BadName: when it is a branch's.

    """
    _require_tag(found, name)
    if name not in {each.name for each in found.details.references}:
        raise errors.NoSuchTag
    return await _change(call, found, [], {"action": "remove-snapshot-ref", "ref-name": name})


def columns_of(found: Look, snapshot_id: int | None) -> Sequence[Column]:
    """The columns of a snapshot; the table's own without one."""
    return found.details.columns_of(None if snapshot_id is None else found.past(snapshot_id).id)


def _noted(connection: Reading, caller: Caller, project_id: str, uuid: str) -> tuple[Table, list[Snapshot], list[Pin]]:
    table = service.get_by_uuid(connection, caller, project_id, uuid)
    return table, service.snapshots_of(connection, table.uuid), service.pins_of(connection, table.uuid)


def _columns(found: Look, snapshot: Snapshot) -> Sequence[Column]:
    """An expired snapshot's too, as long as its schema is among the table's."""
    schemas = found.details.schemas
    if snapshot.schema_id is not None and snapshot.schema_id in schemas:
        return schemas[snapshot.schema_id]
    return found.details.columns_of(snapshot.id)


def _require_tag(found: Look, name: str) -> None:
    if not name or len(name) > 128 or not name.isprintable():  # noqa: PLR2004 - as names of tables
        raise errors.BadName("A tag has 1 to 128 characters that can be printed.")
    if any(each.name == name and each.is_branch for each in found.details.references) or name == details.MAIN:
        raise errors.BadName("This is the name of a branch.")


def _at(name: str, snapshot_id: int) -> dict[str, Any]:
    return {"type": "assert-ref-snapshot-id", "ref": name, "snapshot-id": snapshot_id}


async def _change(call: Call, found: Look, required: list[dict[str, Any]], update: dict[str, Any]) -> Look:
    """Commit to the table as every client does, if it is still the same table."""
    table = found.table
    if table.dropped_at is not None:
        raise errors.TableNotFound("The table was dropped: it cannot be changed.")
    place = Place(project_id=table.project_id, namespace=table.namespace, name=table.name, warehouse=found.warehouse)
    requirements = [{"type": "assert-table-uuid", "uuid": table.uuid}, *required]
    await commits.commit(call, place, commits.Commit(requirements=requirements, updates=[update]), Using(), {})
    return await look(call, found.warehouse, table.project_id, table.uuid)
