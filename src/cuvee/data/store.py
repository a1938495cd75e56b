"""Every query this room makes. No rules here."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from cuvee.core import topics
from cuvee.data import tables
from cuvee.data.names import SEPARATOR, sealed
from cuvee.data.values import Namespace, Pin, Snapshot, Table
from cuvee.db.notes import note
from cuvee.db.session import Reading, Writing

_namespaces, _tables, _snapshots, _pins = tables.namespaces, tables.tables, tables.snapshots, tables.pins
_in_catalog = _tables.c.slot == ""


def namespaces(connection: Reading, project_id: str) -> list[Namespace]:
    query = select(_namespaces).where(_namespaces.c.project_id == project_id).order_by(_namespaces.c.name)
    return [_namespace(row) for row in connection.execute(query)]


def namespace(connection: Reading, project_id: str, levels: Sequence[str]) -> Namespace | None:
    query = select(_namespaces).where(_namespaces.c.project_id == project_id, _namespaces.c.name == sealed(levels))
    row = connection.execute(query).one_or_none()
    return None if row is None else _namespace(row)


def put_namespace(connection: Writing, given: Namespace) -> None:
    """Add it, or give it these properties in place of those it had."""
    key = {"project_id": given.project_id, "name": sealed(given.levels)}
    properties = json.dumps(dict(given.properties))
    where = (_namespaces.c.project_id == key["project_id"], _namespaces.c.name == key["name"])
    if not connection.execute(update(_namespaces).where(*where).values(properties=properties)).rowcount:
        connection.execute(insert(_namespaces).values(**key, properties=properties))


def remove_namespace(connection: Writing, project_id: str, levels: Sequence[str]) -> None:
    name = sealed(levels)
    connection.execute(delete(_namespaces).where(_namespaces.c.project_id == project_id, _namespaces.c.name == name))


def holds_anything(connection: Reading, project_id: str, levels: Sequence[str]) -> bool:
    """Whether a namespace has tables or namespaces in it."""
    name = sealed(levels)
    held = select(_tables.c.uuid).where(_tables.c.project_id == project_id, _in_catalog, _tables.c.namespace == name)
    inner = select(_namespaces.c.name).where(
        _namespaces.c.project_id == project_id, _namespaces.c.name.startswith(name + SEPARATOR, autoescape=True)
    )
    return any(connection.execute(query.limit(1)).first() is not None for query in (held, inner))


def in_namespace(connection: Reading, project_id: str, levels: Sequence[str]) -> list[Table]:
    where = (_tables.c.project_id == project_id, _in_catalog, _tables.c.namespace == sealed(levels))
    return [_table(row) for row in connection.execute(select(_tables).where(*where).order_by(_tables.c.name))]


def of_projects(connection: Reading, project_ids: Collection[str] | None) -> list[Table]:
    query = select(_tables).where(_in_catalog).order_by(_tables.c.namespace, _tables.c.name, _tables.c.uuid)
    if project_ids is not None:
        query = query.where(_tables.c.project_id.in_(list(project_ids)))
    return [_table(row) for row in connection.execute(query)]


def find(connection: Reading, project_id: str, levels: Sequence[str], name: str) -> Table | None:
    where = (_tables.c.project_id == project_id, _in_catalog, _tables.c.namespace == sealed(levels))
    row = connection.execute(select(_tables).where(*where, _tables.c.name == name)).one_or_none()
    return None if row is None else _table(row)


def by_uuid(connection: Reading, uuid: str) -> Table | None:
    """A table that is or was in a catalog."""
    row = connection.execute(select(_tables).where(_tables.c.uuid == uuid)).one_or_none()
    return None if row is None else _table(row)


def add(connection: Writing, table: Table) -> bool:
    """Whether it could be added: not when its name is taken, or a table in a catalog has its UUID."""
    row = {
        "uuid": table.uuid,
        "project_id": table.project_id,
        "namespace": sealed(table.namespace),
        "name": table.name,
        "location": table.location,
        "metadata_location": table.metadata_location,
        "snapshot_id": table.snapshot_id,
        "schema_id": table.schema_id,
        "created_at": table.created_at,
        "updated_at": table.updated_at,
        "dropped_at": None,
        "slot": "",
    }
    gone = (_tables.c.uuid == table.uuid, _tables.c.project_id == table.project_id, _tables.c.slot != "")
    try:
        with connection.begin_nested():
            if not connection.execute(update(_tables).where(*gone).values(**row)).rowcount:
                connection.execute(insert(_tables).values(**row))
    except IntegrityError:
        return False
    note(connection, topics.project(table.project_id))
    return True


def move_on(connection: Writing, base: Table, changes: Mapping[str, Any]) -> bool:
    """Change a table; whether it still was as it was found: with the metadata file that the change was made from."""
    where = (_tables.c.uuid == base.uuid, _in_catalog, _tables.c.metadata_location == base.metadata_location)
    is_moved = connection.execute(update(_tables).where(*where).values(**changes)).rowcount > 0
    if is_moved:
        note(connection, topics.project(base.project_id))
    return is_moved


def rename(connection: Writing, table: Table, namespace: Sequence[str], name: str) -> bool:
    """Whether it could be renamed: not when the name is taken."""
    try:
        with connection.begin_nested():
            return move_on(connection, table, {"namespace": sealed(namespace), "name": name})
    except IntegrityError:
        return False


def snapshots(connection: Reading, table_uuid: str) -> list[Snapshot]:
    """All that a table ever had, the newest first."""
    query = select(_snapshots).where(_snapshots.c.table_uuid == table_uuid)
    ordered = query.order_by(_snapshots.c.committed_at.desc(), _snapshots.c.snapshot_id.desc())
    return [_snapshot(row) for row in connection.execute(ordered)]


def snapshot(connection: Reading, table_uuid: str, snapshot_id: int) -> Snapshot | None:
    where = (_snapshots.c.table_uuid == table_uuid, _snapshots.c.snapshot_id == snapshot_id)
    row = connection.execute(select(_snapshots).where(*where)).one_or_none()
    return None if row is None else _snapshot(row)


def known(connection: Reading, wanted: Collection[tuple[str, int]]) -> list[tuple[Table, Snapshot]]:
    """These snapshots, each with its table, whether they are still there or not."""
    uuids, ids = {uuid for uuid, _ in wanted}, {snapshot_id for _, snapshot_id in wanted}
    where = (_snapshots.c.table_uuid.in_(uuids), _snapshots.c.snapshot_id.in_(ids))
    found = [_snapshot(row) for row in connection.execute(select(_snapshots).where(*where))]
    rows = connection.execute(select(_tables).where(_tables.c.uuid.in_({each.table_uuid for each in found})))
    tables_ = {row.uuid: _table(row) for row in rows}
    return [(tables_[each.table_uuid], each) for each in found if (each.table_uuid, each.id) in wanted]


def of_catalogs(connection: Reading, uuids: Collection[str]) -> set[str]:
    """Those of the tables that a catalog has or had."""
    return set(connection.execute(select(_tables.c.uuid).where(_tables.c.uuid.in_(uuids))).scalars())


def live_ids(connection: Reading, table_uuid: str) -> frozenset[int]:
    where = (_snapshots.c.table_uuid == table_uuid, _snapshots.c.expired_at.is_(None))
    return frozenset(connection.execute(select(_snapshots.c.snapshot_id).where(*where)).scalars())


def live_counts(connection: Reading, uuids: Collection[str]) -> dict[str, int]:
    """Table → how many snapshots it has; those without one are left out."""
    query = (
        select(_snapshots.c.table_uuid, func.count().label("live"))
        .where(_snapshots.c.table_uuid.in_(list(uuids)), _snapshots.c.expired_at.is_(None))
        .group_by(_snapshots.c.table_uuid)
    )
    return {row.table_uuid: row.live for row in connection.execute(query)}


def current(connection: Reading, uuids: Collection[str]) -> dict[str, Snapshot]:
    """Table → its current snapshot; those without one, and those that were dropped, are left out."""
    query = (
        select(_snapshots)
        .join(_tables, _tables.c.uuid == _snapshots.c.table_uuid)
        .where(_tables.c.snapshot_id == _snapshots.c.snapshot_id)
        .where(_tables.c.uuid.in_(list(uuids)), _in_catalog)
    )
    return {row.table_uuid: _snapshot(row) for row in connection.execute(query)}


def add_snapshots(connection: Writing, new: Sequence[Snapshot]) -> None:
    """Note snapshots; one that was expired and is there again is as new."""
    for each in new:
        where = (_snapshots.c.table_uuid == each.table_uuid, _snapshots.c.snapshot_id == each.id)
        connection.execute(delete(_snapshots).where(*where))
    rows = [
        {
            "table_uuid": each.table_uuid,
            "snapshot_id": each.id,
            "parent_id": each.parent_id,
            "committed_at": each.committed_at,
            "operation": each.operation,
            "schema_id": each.schema_id,
            "records": each.records,
            "expired_at": None,
        }
        for each in new
    ]
    if rows:
        connection.execute(insert(_snapshots), rows)


def expire(connection: Writing, table_uuid: str, ids: Collection[int], at: int) -> None:
    where = (_snapshots.c.table_uuid == table_uuid, _snapshots.c.snapshot_id.in_(list(ids)))
    connection.execute(update(_snapshots).where(*where).values(expired_at=at))


def pins(connection: Reading, table_uuid: str, ids: Collection[int] | None = None) -> list[Pin]:
    query = select(_pins).where(_pins.c.table_uuid == table_uuid).order_by(_pins.c.created_at, _pins.c.holder)
    if ids is not None:
        query = query.where(_pins.c.snapshot_id.in_(list(ids)))
    return [
        Pin(
            table_uuid=row.table_uuid,
            snapshot_id=row.snapshot_id,
            holder=row.holder,
            tag=row.tag,
            reason=row.reason,
            created_at=row.created_at,
        )
        for row in connection.execute(query)
    ]


def add_pin(connection: Writing, pin: Pin) -> None:
    where = (
        _pins.c.holder == pin.holder,
        _pins.c.table_uuid == pin.table_uuid,
        _pins.c.snapshot_id == pin.snapshot_id,
    )
    connection.execute(delete(_pins).where(*where))
    connection.execute(
        insert(_pins).values(
            holder=pin.holder,
            table_uuid=pin.table_uuid,
            snapshot_id=pin.snapshot_id,
            tag=pin.tag,
            reason=pin.reason,
            created_at=pin.created_at,
        )
    )


def remove_pins(connection: Writing, holders: Collection[str]) -> None:
    connection.execute(delete(_pins).where(_pins.c.holder.in_(holders)))


def remove_pin(connection: Writing, table_uuid: str, holder: str) -> bool:
    """Whether the table had such a pin."""
    where = (_pins.c.table_uuid == table_uuid, _pins.c.holder == holder)
    return connection.execute(delete(_pins).where(*where)).rowcount > 0


def forget_project(connection: Writing, project_id: str) -> None:
    uuids = select(_tables.c.uuid).where(_tables.c.project_id == project_id).scalar_subquery()
    connection.execute(delete(_pins).where(_pins.c.table_uuid.in_(uuids)))
    connection.execute(delete(_snapshots).where(_snapshots.c.table_uuid.in_(uuids)))
    connection.execute(delete(_tables).where(_tables.c.project_id == project_id))
    connection.execute(delete(_namespaces).where(_namespaces.c.project_id == project_id))


def lock(connection: Writing, table_uuid: str) -> None:
    """Hold a table until the transaction ends, so that a pin and an expiry do not cross."""
    connection.execute(select(_tables.c.uuid).where(_tables.c.uuid == table_uuid).with_for_update())


def _namespace(row: Row[Any]) -> Namespace:
    return Namespace(
        project_id=row.project_id, levels=tuple(row.name.split(SEPARATOR)), properties=json.loads(row.properties)
    )


def _table(row: Row[Any]) -> Table:
    return Table(
        uuid=row.uuid,
        project_id=row.project_id,
        namespace=tuple(row.namespace.split(SEPARATOR)),
        name=row.name,
        location=row.location,
        metadata_location=row.metadata_location,
        snapshot_id=row.snapshot_id,
        schema_id=row.schema_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        dropped_at=row.dropped_at,
    )


def _snapshot(row: Row[Any]) -> Snapshot:
    return Snapshot(
        table_uuid=row.table_uuid,
        id=row.snapshot_id,
        parent_id=row.parent_id,
        committed_at=row.committed_at,
        operation=row.operation,
        schema_id=row.schema_id,
        records=row.records,
        expired_at=row.expired_at,
    )
