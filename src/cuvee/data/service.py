"""The rules of a catalog: who may see and change what, and which snapshots stay."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from cuvee.api.callers import Caller
from cuvee.core import clock
from cuvee.data import errors, store
from cuvee.data.values import DEFAULT, Namespace, Pin, Snapshot, State, Table
from cuvee.db.session import Reading, Writing

READ: Final = "data:read"
WRITE: Final = "data:write"


def namespaces(connection: Reading, caller: Caller, project_id: str, parent: Sequence[str] = ()) -> list[Namespace]:
    """The namespaces directly below `parent`, or the outermost.

    Raises:
        NamespaceNotFound: when there is no such parent.

    """
    caller.require(READ, project_id)
    found = {each.levels: each for each in store.namespaces(connection, project_id)}
    found.setdefault(DEFAULT, Namespace(project_id=project_id, levels=DEFAULT))
    above = tuple(parent)
    if above and above not in found:
        raise errors.NamespaceNotFound
    return [found[levels] for levels in sorted(found) if levels[:-1] == above]


def namespace(connection: Reading, caller: Caller, project_id: str, levels: tuple[str, ...]) -> Namespace:
    """One namespace.

    Raises:
        NamespaceNotFound: when there is none of that name.

    """
    caller.require(READ, project_id)
    found = store.namespace(connection, project_id, levels)
    if found is None and levels != DEFAULT:
        raise errors.NamespaceNotFound
    return found or Namespace(project_id=project_id, levels=DEFAULT)


def create_namespace(connection: Writing, caller: Caller, new: Namespace) -> None:
    """Add a namespace; one inside another needs the other to be there.

    Raises:
        NamespaceExists: when there is one of that name.
        NamespaceNotFound: when the one around it is not there.

    """
    caller.require(WRITE, new.project_id)
    if new.levels == DEFAULT or store.namespace(connection, new.project_id, new.levels) is not None:
        raise errors.NamespaceExists
    if new.levels[:-1]:
        namespace(connection, caller, new.project_id, new.levels[:-1])
    store.put_namespace(connection, new)


def set_properties(
    connection: Writing,
    caller: Caller,
    found: Namespace,
    *,
    updates: Mapping[str, str],
    removals: Collection[str],
) -> list[str]:
    """Change a namespace's properties; gives those of `removals` that it had.

    Raises:
        BadChange: when a property is to be set and removed.

    """
    caller.require(WRITE, found.project_id)
    if set(updates) & set(removals):
        raise errors.BadChange("A property cannot be set and removed at once.")
    kept = {key: value for key, value in found.properties.items() if key not in removals}
    store.put_namespace(connection, replace(found, properties={**kept, **updates}))
    return sorted(set(found.properties) & set(removals))


def drop_namespace(connection: Writing, caller: Caller, project_id: str, levels: tuple[str, ...]) -> None:
    """Remove an empty namespace.

    Raises:
        NamespaceStays: when it is `default`.
        NamespaceNotEmpty: when it holds anything.

    """
    caller.require(WRITE, project_id)
    namespace(connection, caller, project_id, levels)
    if levels == DEFAULT:
        raise errors.NamespaceStays
    if store.holds_anything(connection, project_id, levels):
        raise errors.NamespaceNotEmpty
    store.remove_namespace(connection, project_id, levels)


def tables_in(connection: Reading, caller: Caller, project_id: str, levels: tuple[str, ...]) -> list[Table]:
    """The tables of a namespace, by name."""
    namespace(connection, caller, project_id, levels)
    return store.in_namespace(connection, project_id, levels)


def find(connection: Reading, caller: Caller, project_id: str, levels: tuple[str, ...], name: str) -> Table | None:
    """A table, if it is there; the caller may read the project's tables."""
    caller.require(READ, project_id)
    return store.find(connection, project_id, levels, name)


def get(connection: Reading, caller: Caller, project_id: str, levels: tuple[str, ...], name: str) -> Table:
    """A table by its name.

    Raises:
        TableNotFound: when there is none.

    """
    found = find(connection, caller, project_id, levels, name)
    if found is None:
        raise errors.TableNotFound
    return found


def get_by_uuid(connection: Reading, caller: Caller, project_id: str, uuid: str) -> Table:
    """A table by its UUID, also one that was dropped.

    Raises:
        TableNotFound: when the project never had one.

    """
    caller.require(READ, project_id)
    found = store.by_uuid(connection, uuid)
    if found is None or found.project_id != project_id:
        raise errors.TableNotFound
    return found


def add(
    connection: Writing,
    caller: Caller,
    state: State,
    *,
    project_id: str,
    levels: tuple[str, ...],
    name: str,
    metadata_location: str,
) -> Table:
    """Put a new table into the catalog.

    Raises:
        NamespaceNotFound: when its namespace is not there.
        TableExists: when its name or its UUID is taken.

    """
    caller.require(WRITE, project_id)
    namespace(connection, caller, project_id, levels)
    at = clock.now_ms()
    table = Table(
        uuid=state.table_uuid,
        project_id=project_id,
        namespace=levels,
        name=name,
        location=state.location,
        metadata_location=metadata_location,
        snapshot_id=state.snapshot_id,
        schema_id=state.schema_id,
        created_at=at,
        updated_at=at,
    )
    if not store.add(connection, table):
        raise errors.TableExists
    _note_snapshots(connection, state, at)
    return table


def move_on(connection: Writing, caller: Caller, base: Table, state: State, metadata_location: str) -> Table:
    """Have a table be what a new metadata file says, if it still is what the file was made from.

    Raises:
        CommitConflict: when somebody else was first.
        SnapshotPinned: when a snapshot that is needed would go.

    """
    caller.require(WRITE, base.project_id)
    at = clock.now_ms()
    changes = {
        "location": state.location,
        "metadata_location": metadata_location,
        "snapshot_id": state.snapshot_id,
        "schema_id": state.schema_id,
        "updated_at": at,
    }
    if state.table_uuid != base.uuid:
        raise errors.BadChange("A table keeps its UUID.")
    if not store.move_on(connection, base, changes):
        raise errors.CommitConflict
    _note_snapshots(connection, state, at)
    return replace(
        base,
        location=state.location,
        metadata_location=metadata_location,
        snapshot_id=state.snapshot_id,
        schema_id=state.schema_id,
        updated_at=at,
    )


def rename(connection: Writing, caller: Caller, table: Table, levels: tuple[str, ...], name: str) -> None:
    """Give a table another name, in the same catalog.

    Raises:
        NamespaceNotFound: when the new namespace is not there.
        TableExists: when the name is taken.

    """
    caller.require(WRITE, table.project_id)
    namespace(connection, caller, table.project_id, levels)
    if not store.rename(connection, table, levels, name):
        raise errors.TableExists


def drop(connection: Writing, caller: Caller, table: Table, *, purge: bool) -> None:
    """Take a table out of the catalog. Its files stay unless it is purged.

    Raises:
        SnapshotPinned: when a purge would remove a snapshot that is needed.
        CommitConflict: when the table changed meanwhile.

    """
    caller.require(WRITE, table.project_id)
    store.lock(connection, table.uuid)
    at = clock.now_ms()
    if purge:
        gone = store.live_ids(connection, table.uuid)
        _require_unpinned(connection, table.uuid, gone)
        store.expire(connection, table.uuid, gone, at)
    if not store.move_on(connection, table, {"dropped_at": at, "updated_at": at, "slot": table.uuid}):
        raise errors.CommitConflict


def tables_of(connection: Reading, project_ids: Collection[str] | None) -> list[Table]:
    """The tables in the catalogs of these projects, None for all. The caller has checked that they may be seen."""
    return store.of_projects(connection, project_ids)


def table_by_uuid(connection: Reading, uuid: str) -> Table | None:
    """A table that is or was in a catalog. The caller has checked nothing yet: look at its project."""
    return store.by_uuid(connection, uuid)


def snapshots_of(connection: Reading, table_uuid: str) -> list[Snapshot]:
    """All snapshots that a table ever had, the newest first."""
    return store.snapshots(connection, table_uuid)


def snapshot_of(connection: Reading, table_uuid: str, snapshot_id: int) -> Snapshot | None:
    """One snapshot that a table has or had."""
    return store.snapshot(connection, table_uuid, snapshot_id)


def known(
    connection: Reading, caller: Caller, wanted: Collection[tuple[str, int]]
) -> Mapping[tuple[str, int], tuple[Table, Snapshot]]:
    """Those of the snapshots, by table and id, that a catalog has or had and that the caller may see."""
    return {
        pair: found for pair, found in noted(connection, wanted).items() if caller.allows(READ, found[0].project_id)
    }


def noted(connection: Reading, wanted: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], tuple[Table, Snapshot]]:
    """`known`, whoever may see them."""
    found = store.known(connection, wanted) if wanted else []
    return {(table.uuid, each.id): (table, each) for table, each in found}


def of_catalogs(connection: Reading, uuids: Collection[str]) -> Collection[str]:
    """Those of the tables that a catalog of this platform has or had, whoever may see them."""
    return store.of_catalogs(connection, uuids) if uuids else ()


def counts_of(connection: Reading, uuids: Collection[str]) -> Mapping[str, int]:
    """Table → how many snapshots it has, expired ones left out; those without one are left out."""
    return store.live_counts(connection, uuids)


def current_of(connection: Reading, uuids: Collection[str]) -> Mapping[str, Snapshot]:
    """Table → its current snapshot, of those that are in a catalog and were written to."""
    return store.current(connection, uuids)


def pins_of(connection: Reading, table_uuid: str) -> list[Pin]:
    """Who needs which of a table's snapshots."""
    return store.pins(connection, table_uuid)


def pin(connection: Writing, *, table_uuid: str, snapshot_id: int, holder: str, tag: str, reason: str) -> None:
    """Have a snapshot stay as long as the holder needs it.

    Raises:
        SnapshotNotFound: when the table never had it, or it is expired.

    """
    store.lock(connection, table_uuid)
    found = store.snapshot(connection, table_uuid, snapshot_id)
    if found is None or found.expired_at is not None:
        raise errors.SnapshotNotFound
    new = Pin(
        table_uuid=table_uuid, snapshot_id=snapshot_id, holder=holder, tag=tag, reason=reason, created_at=clock.now_ms()
    )
    store.add_pin(connection, new)


def unpin(connection: Writing, holders: Collection[str]) -> None:
    """Let go of all that these needed."""
    store.remove_pins(connection, holders)


def release(connection: Writing, caller: Caller, table: Table, holder: str) -> None:
    """Let go of what somebody needs of a table, against their will: a table is its project's.

    Raises:
        PinNotFound: when nobody of that name needs anything of it.

    """
    caller.require(WRITE, table.project_id)
    if not store.remove_pin(connection, table.uuid, holder):
        raise errors.PinNotFound


def forget_project(connection: Writing, project_id: str) -> None:
    """Remove what is kept of a deleted project's catalog."""
    store.forget_project(connection, project_id)


def _note_snapshots(connection: Writing, state: State, at: int) -> None:
    known = store.live_ids(connection, state.table_uuid)
    there = {each.id: each for each in state.snapshots}
    gone = known - there.keys()
    _require_unpinned(connection, state.table_uuid, gone)
    if gone:
        store.expire(connection, state.table_uuid, gone, at)
    store.add_snapshots(connection, [each for each in there.values() if each.id not in known])


def _require_unpinned(connection: Reading, table_uuid: str, ids: Collection[int]) -> None:
    needed = store.pins(connection, table_uuid, ids) if ids else []
    if needed:
        raise errors.SnapshotPinned(f"Snapshot {needed[0].snapshot_id} stays: {needed[0].reason}")
