"""API v2's door to tables, an extension: what people and scripts ask of a table, beside Iceberg's own protocol."""

import re
from collections.abc import Mapping
from typing import Final

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from cuvee.api import listing
from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.listing import Asked, Columns
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.core.ids import is_id
from cuvee.core.settings import Settings
from cuvee.data import errors, looking, service
from cuvee.data import table_messages as messages
from cuvee.data.files import Warehouse
from cuvee.data.looking import Look
from cuvee.data.measuring import Measurer
from cuvee.data.values import Snapshot, Table
from cuvee.db.session import Reading
from cuvee.projects import service as projects

READ: Final = scope(service.READ)
WRITE: Final = scope(service.WRITE)
_TABLES: Final = "/api/v2/projects/{project_id:str}/tables"
_TABLE: Final = _TABLES + "/{table_id:str}"
_SNAPSHOTS: Final = _TABLE + "/snapshots"
_SNAPSHOT: Final = _SNAPSHOTS + "/{snapshot_id:str}"
_UUID: Final = re.compile(r"[0-9A-Fa-f-]{36}")
_ID: Final = re.compile(r"-?[0-9]{1,19}")
_HIGHEST: Final = 2**63

_BY_TABLE: Final = Columns[Table](
    filters={"name": lambda table: table.full_name, "namespace": lambda table: ".".join(table.namespace)},
    sorts={
        "name": lambda table: table.full_name,
        "created_at": lambda table: table.created_at,
        "updated_at": lambda table: table.updated_at,
    },
    id=lambda table: table.uuid,
)
_BY_SNAPSHOT: Final = Columns[Snapshot](
    filters={"operation": lambda snapshot: snapshot.operation, "id": lambda snapshot: str(snapshot.id)},
    sorts={"committed_at": lambda snapshot: snapshot.committed_at},
    id=lambda snapshot: str(snapshot.id),
)


@get(_TABLES, opt=READ)
async def list_project_tables(
    project_id: FromPath[str],
    call: NamedDependency[Call],
    sealer: NamedDependency[Sealer],
    asked: NamedDependency[Asked],
) -> messages.ListTablesResponse:
    """The tables in a project's catalog; `search_filter` by a part of the `name` or the `namespace`. An extension."""
    tables, current = await call.read(listed, call.caller, project_id)
    name = f"tables {project_id}"
    page, token = listing.page(tables, asked, _BY_TABLE, sealer=sealer, name=name, caller=call.caller)
    return messages.ListTablesResponse(
        tables=[messages.table(each, current.get(each.uuid)) for each in page], next_page_token=token
    )


@get(_TABLE, opt=READ)
async def get_project_table(
    project_id: FromPath[str], table_id: FromPath[str], call: NamedDependency[Call], settings: NamedDependency[Settings]
) -> messages.TableDetails:
    """A table by its UUID, also one that was dropped: its columns, partitions, tags and properties. An extension."""
    return messages.table_details(await look(call, settings, project_id, table_id))


@get(_SNAPSHOTS, opt=READ)
async def list_table_snapshots(
    project_id: FromPath[str],
    table_id: FromPath[str],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
    *,
    sealer: NamedDependency[Sealer],
    asked: NamedDependency[Asked],
) -> messages.ListSnapshotsResponse:
    """All snapshots that a table ever had, expired ones too, with who needs them; the newest first. An extension."""
    found = await look(call, settings, project_id, table_id)
    ordered = Asked(
        search_filter=asked.search_filter,
        sort=asked.sort or "-committed_at",
        page_size=asked.page_size,
        page_token=asked.page_token,
    )
    name = f"snapshots {found.table.uuid}"
    page, token = listing.page(found.snapshots, ordered, _BY_SNAPSHOT, sealer=sealer, name=name, caller=call.caller)
    return messages.ListSnapshotsResponse(
        snapshots=[messages.snapshot(found, each) for each in page], next_page_token=token
    )


@get(_SNAPSHOT, opt=READ)
async def get_table_snapshot(
    project_id: FromPath[str],
    table_id: FromPath[str],
    snapshot_id: FromPath[str],
    call: NamedDependency[Call],
    *,
    settings: NamedDependency[Settings],
    measurer: NamedDependency[Measurer],
) -> messages.SnapshotDetails:
    """A snapshot with its columns and what is known of their values without reading a row. An extension."""
    found = await look(call, settings, project_id, table_id)
    snapshot = found.snapshot(read_id(snapshot_id))
    return messages.snapshot_details(found, snapshot, await looking.measure(found, measurer, snapshot.id))


@get(_SNAPSHOT + "/:compare", opt=READ)
async def compare_table_snapshots(
    project_id: FromPath[str],
    table_id: FromPath[str],
    snapshot_id: FromPath[str],
    call: NamedDependency[Call],
    *,
    settings: NamedDependency[Settings],
    measurer: NamedDependency[Measurer],
    other: FromQuery[str],
) -> messages.Comparison:
    """What is different in the snapshot `other`: columns, rows, and what is known of their values. An extension."""
    found = await look(call, settings, project_id, table_id)
    difference = await looking.compare(found, measurer, read_id(snapshot_id), read_id(other))
    return messages.comparison(found, difference)


@post(_TABLE + "/:rollback", opt=WRITE, status_code=200)
async def roll_table_back(
    project_id: FromPath[str],
    table_id: FromPath[str],
    data: JSONBody[messages.RollbackRequest],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> messages.TableDetails:
    """Have a table be what it was at a snapshot; what was written since stays until it is expired. An extension."""
    call.caller.require(service.WRITE, project_id)
    found = await look(call, settings, project_id, table_id)
    expected = read_id(data.expected_snapshot_id) if data.expected_snapshot_id else None
    return messages.table_details(await looking.roll_back(call, found, read_id(data.snapshot_id), expected=expected))


@put(_TABLE + "/tags/{tag:str}", opt=WRITE)
async def tag_table_snapshot(
    project_id: FromPath[str],
    table_id: FromPath[str],
    tag: FromPath[str],
    data: JSONBody[messages.TagRequest],
    call: NamedDependency[Call],
    *,
    settings: NamedDependency[Settings],
) -> messages.TableDetails:
    """Give a snapshot a name, or give the name to another one: it is kept as long as it has one. An extension."""
    call.caller.require(service.WRITE, project_id)
    found = await look(call, settings, project_id, table_id)
    return messages.table_details(await looking.tag(call, found, tag, read_id(data.snapshot_id)))


@delete(_TABLE + "/tags/{tag:str}", opt=WRITE, status_code=200)
async def untag_table_snapshot(
    project_id: FromPath[str],
    table_id: FromPath[str],
    tag: FromPath[str],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> messages.TableDetails:
    """Take a tag away; its snapshot stays until it is expired. An extension."""
    call.caller.require(service.WRITE, project_id)
    found = await look(call, settings, project_id, table_id)
    return messages.table_details(await looking.untag(call, found, tag))


async def look(call: Call, settings: Settings, project_id: str, table_id: str) -> Look:
    """The table that an address names.

    Raises:
        TableNotFound: when the project never had it, or the text is no UUID.

    """
    call.caller.require(service.READ, project_id)
    if not is_id(project_id) or not _UUID.fullmatch(table_id):
        raise errors.TableNotFound
    warehouse = Warehouse(projects.directory(settings.home, project_id))
    return await looking.look(call, warehouse, project_id, table_id)


def listed(connection: Reading, caller: Caller, project_id: str) -> tuple[list[Table], Mapping[str, Snapshot]]:
    """A project's tables, and what they are now."""
    caller.require(service.READ, project_id)
    tables = service.tables_of(connection, [project_id])
    return tables, service.current_of(connection, [each.uuid for each in tables])


def read_id(text: str) -> int:
    """A snapshot's id.

    Raises:
        BadSnapshotId: when the text is none.

    """
    if not _ID.fullmatch(text) or not -_HIGHEST <= int(text) < _HIGHEST:
        raise errors.BadSnapshotId
    return int(text)


ROUTES: Final = (
    list_project_tables,
    get_project_table,
    list_table_snapshots,
    get_table_snapshot,
    compare_table_snapshots,
    roll_table_back,
    tag_table_snapshot,
    untag_table_snapshot,
)
