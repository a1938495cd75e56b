"""How a table changes: read what it is, make the next metadata file, and put it in place if nobody was faster."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import msgspec

from cuvee.api.request import Call
from cuvee.data import errors, iceberg, metadata, names, past, recording, refs, service
from cuvee.data.files import Warehouse, next_number
from cuvee.data.values import Pin, State, Table, Using
from cuvee.datasets.values import Moment
from cuvee.db.session import Reading, Writing

#: How often a commit is made anew on what others committed meanwhile, as long as its requirements still hold.
_ATTEMPTS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a table is, or is to be, in a project's catalog."""

    project_id: str
    namespace: tuple[str, ...]
    name: str
    warehouse: Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A table's metadata and the file it is in; no file yet for a table that is staged."""

    metadata_location: str
    content: bytes


class Commit(msgspec.Struct, rename="kebab"):
    """The protocol's CommitTableRequest. What is in the lists is Iceberg's to understand."""

    requirements: list[dict[str, Any]] = msgspec.field(default_factory=list)
    updates: list[dict[str, Any]] = msgspec.field(default_factory=list)


async def load(call: Call, place: Place, moments: Mapping[str, Moment]) -> Loaded:
    """A table as it is now, or as its client is to see it.

    Raises:
        SnapshotNotFound: when it is to be seen with a snapshot that was expired.

    """
    table, pins = await call.read(_table, call, place)
    content = await asyncio.to_thread(_pinned, place, table, pins)
    if (moment := moments.get(table.uuid)) is not None:
        content = await asyncio.to_thread(past.seen, content, moment)
    return Loaded(metadata_location=table.metadata_location, content=content)


def _table(connection: Reading, call: Call, place: Place) -> tuple[Table, list[Pin]]:
    table = service.get(connection, call.caller, place.project_id, place.namespace, place.name)
    return table, service.pins_of(connection, table.uuid)


def _pinned(place: Place, table: Table, pins: Sequence[Pin]) -> bytes:
    """What a table's metadata file says, with the platform's tags as they are now."""
    return refs.pinned(place.warehouse.read(table.metadata_location), pins)


async def create(call: Call, place: Place, asked: Mapping[str, Any], *, staged: bool) -> Loaded:
    """A new, empty table; one that is staged is kept by its client until the commit that makes it."""
    call.caller.require(service.WRITE, place.project_id)
    await call.read(service.namespace, call.caller, place.project_id, place.namespace)
    if await call.read(service.find, call.caller, place.project_id, place.namespace, place.name) is not None:
        raise errors.TableExists
    uuid = str(uuid4())
    location = _location(place, asked.get("location"), uuid)
    content = await asyncio.to_thread(iceberg.created, asked, uuid=uuid, location=location)
    if staged:
        return Loaded(metadata_location="", content=content)
    return await _put(call, place, None, content, Using())


async def register(call: Call, place: Place, metadata_location: str) -> Loaded:
    """Put a table into the catalog that has a metadata file already, below the project's folder."""
    call.caller.require(service.WRITE, place.project_id)
    content = await asyncio.to_thread(place.warehouse.read, metadata_location)
    await asyncio.to_thread(iceberg.checked, content)
    state = _state(place, content)
    await call.write(_add, call, place, state, metadata_location)
    return Loaded(metadata_location=metadata_location, content=content)


async def commit(call: Call, place: Place, asked: Commit, using: Using, moments: Mapping[str, Moment]) -> Loaded:
    """Change a table, or make it when the commit says that it must not be there yet.

    Raises:
        TableNotFound: when there is none to change.
        PastStays: when the client sees it as it was.
        CommitConflict: when a requirement does not hold.

    """
    call.caller.require(service.WRITE, place.project_id)
    for attempt in range(_ATTEMPTS):
        base, pins = await call.read(_base, call, place, asked)
        if base is not None:
            past.require_present(base, moments)
        refs.require_free(asked.updates, pins)
        content = await asyncio.to_thread(_next, place, base, pins, asked)
        try:
            return await _put(call, place, base, content, using)
        except errors.CommitConflict:
            if attempt == _ATTEMPTS - 1:
                raise
    raise errors.CommitConflict


def _base(connection: Reading, call: Call, place: Place, asked: Commit) -> tuple[Table | None, list[Pin]]:
    """What a commit changes; None when it is to make a table."""
    if any(each.get("type") == "assert-create" for each in asked.requirements):
        return service.find(connection, call.caller, place.project_id, place.namespace, place.name), []
    return _table(connection, call, place)


def _next(place: Place, base: Table | None, pins: Sequence[Pin], asked: Commit) -> bytes:
    before = None if base is None else _pinned(place, base, pins)
    updates = asked.updates if base is not None else _with_location(place, asked.updates)
    location = "" if base is None else base.metadata_location
    return iceberg.changed(before, asked.requirements, updates, metadata_location=location)


async def _put(call: Call, place: Place, base: Table | None, content: bytes, using: Using) -> Loaded:
    """Write the metadata file, then have the catalog point to it; a file that nothing points to is removed."""
    state = _state(place, content)
    number = 0 if base is None else next_number(base.metadata_location)
    written = await asyncio.to_thread(place.warehouse.write, state.location, content, number)
    try:
        await call.write(_apply, call, place, base=base, state=state, written=written, using=using)
    except Exception:
        await asyncio.to_thread(place.warehouse.discard, written)
        raise
    return Loaded(metadata_location=written, content=content)


def _apply(
    connection: Writing, call: Call, place: Place, *, base: Table | None, state: State, written: str, using: Using
) -> None:
    if base is None:
        table = _add(connection, call, place, state, written)
    else:
        table = service.move_on(connection, call.caller, base, state, written)
    if state.snapshot_id is None or (base is not None and base.snapshot_id == state.snapshot_id):
        return
    snapshot = next((each for each in state.snapshots if each.id == state.snapshot_id), None)
    if snapshot is not None:
        use = recording.Use(table=table, snapshot=snapshot, using=using)
        recording.note(connection, call.caller, use)


def _add(connection: Writing, call: Call, place: Place, state: State, written: str) -> Table:
    return service.add(
        connection,
        call.caller,
        state,
        project_id=place.project_id,
        levels=place.namespace,
        name=place.name,
        metadata_location=written,
    )


def _state(place: Place, content: bytes) -> State:
    state = metadata.state(content)
    place.warehouse.place(state.location)
    return state


def _location(place: Place, asked: Any, uuid: str) -> str:
    if isinstance(asked, str) and asked:
        return place.warehouse.uri(place.warehouse.place(asked.rstrip("/")))
    return place.warehouse.uri(place.warehouse.table_folder(names.folder(place.namespace, place.name, uuid)))


def _with_location(place: Place, updates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A table that a commit makes gets a place of the catalog's when its client chose none."""
    if any(each.get("action") == "set-location" for each in updates):
        return updates
    return [*updates, {"action": "set-location", "location": _location(place, None, str(uuid4()))}]
