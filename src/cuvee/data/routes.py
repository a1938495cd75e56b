"""The tables of Iceberg's REST protocol: what Spark, pyiceberg and others ask a catalog."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, Response, delete, get, head, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.core.errors import BadRequest
from cuvee.core.ids import is_id
from cuvee.core.settings import Settings
from cuvee.data import commits, errors, filters, messages, metadata, names, past, recording, service
from cuvee.data.commits import Loaded, Place
from cuvee.data.files import Warehouse
from cuvee.data.past import Pasts
from cuvee.data.values import Scan, Table, Using
from cuvee.datasets.values import Moment
from cuvee.db.session import Writing
from cuvee.projects import service as projects

READ: Final = scope("data:read")
WRITE: Final = scope("data:write")
CATALOG: Final = "/iceberg/v1/{prefix:str}"
_TABLES: Final = CATALOG + "/namespaces/{namespace:str}/tables"
_TABLE: Final = _TABLES + "/{table:str}"
_SESSION: Final = "x-cuvee-session"

T = TypeVar("T")
Asking = Request[Any, Any, Any]
Answer = Response[bytes]


@get(_TABLES, opt=READ, include_in_schema=False)
async def list_tables(prefix: FromPath[str], namespace: FromPath[str], call: NamedDependency[Call]) -> Answer:
    """The tables of a namespace."""
    levels = names.opened(namespace)
    found = await call.read(service.tables_in, call.caller, prefix, levels)
    listed = [messages.Identifier(namespace=list(levels), name=table.name) for table in found]
    return answered(messages.Identifiers(identifiers=listed))


@post(_TABLES, opt=WRITE, status_code=200, include_in_schema=False)
async def create_table(request: Asking, call: NamedDependency[Call], settings: NamedDependency[Settings]) -> Answer:
    """Make a table, or describe one that its client will make by a commit."""
    asked = await body(request, dict[str, Any])
    name = asked.get("name")
    place = _place(request, settings, name if isinstance(name, str) else "")
    return _loaded(await commits.create(call, place, asked, staged=asked.get("stage-create") is True))


@post(CATALOG + "/namespaces/{namespace:str}/register", opt=WRITE, status_code=200, include_in_schema=False)
async def register_table(request: Asking, call: NamedDependency[Call], settings: NamedDependency[Settings]) -> Answer:
    """Put a table into the catalog that has a metadata file already."""
    asked = await body(request, messages.Register)
    if asked.overwrite:
        raise errors.NotServed("A table that is in the catalog is not registered over: drop it first.")
    place = _place(request, settings, asked.name)
    return _loaded(await commits.register(call, place, asked.metadata_location))


@get(_TABLE, opt=READ, include_in_schema=False)
async def load_table(
    request: Asking, call: NamedDependency[Call], settings: NamedDependency[Settings], pasts: NamedDependency[Pasts]
) -> Answer:
    """A table with its metadata."""
    place = _place(request, settings)
    return _loaded(await commits.load(call, place, await _moments(call, pasts, place.project_id, request)))


@head(_TABLE, opt=READ, status_code=204, include_in_schema=False)
async def table_exists(
    prefix: FromPath[str], namespace: FromPath[str], table: FromPath[str], call: NamedDependency[Call]
) -> None:
    """Whether there is such a table."""
    await call.read(service.get, call.caller, prefix, names.opened(namespace), names.name(table))


@post(_TABLE, opt=WRITE, status_code=200, include_in_schema=False)
async def commit_table(
    request: Asking, call: NamedDependency[Call], settings: NamedDependency[Settings], pasts: NamedDependency[Pasts]
) -> Answer:
    """Change a table, if it is as its client thinks."""
    asked = await body(request, commits.Commit)
    place = _place(request, settings)
    moments = await _moments(call, pasts, place.project_id, request)
    return _loaded(await commits.commit(call, place, asked, _using(request), moments))


@delete(_TABLE, opt=WRITE, status_code=204, include_in_schema=False)
async def drop_table(
    request: Asking, call: NamedDependency[Call], settings: NamedDependency[Settings], pasts: NamedDependency[Pasts]
) -> None:
    """Take a table out of the catalog; `purgeRequested=true` removes its files as well."""
    place = _place(request, settings)
    moments = await _moments(call, pasts, place.project_id, request)
    is_purge = request.query_params.get("purgeRequested", "").lower() == "true"

    def drop(connection: Writing) -> Table:
        found = service.get(connection, call.caller, place.project_id, place.namespace, place.name)
        past.require_present(found, moments)
        service.drop(connection, call.caller, found, purge=is_purge)
        return found

    dropped = await call.write(drop)
    if is_purge:
        await asyncio.to_thread(place.warehouse.purge, dropped.location)


@post(CATALOG + "/tables/rename", opt=WRITE, status_code=204, include_in_schema=False)
async def rename_table(
    prefix: FromPath[str], request: Asking, call: NamedDependency[Call], pasts: NamedDependency[Pasts]
) -> None:
    """Give a table another name."""
    asked = await body(request, messages.Rename)
    origin, target = asked.source, asked.destination
    moments = await _moments(call, pasts, prefix, request)

    def rename(connection: Writing) -> None:
        found = service.get(connection, call.caller, prefix, names.levels(origin.namespace), names.name(origin.name))
        past.require_present(found, moments)
        service.rename(connection, call.caller, found, names.levels(target.namespace), names.name(target.name))

    await call.write(rename)


@post(_TABLE + "/metrics", opt=READ, status_code=204, include_in_schema=False)
async def report_metrics(request: Asking, call: NamedDependency[Call], settings: NamedDependency[Settings]) -> None:
    """Hear what a client read: the run in which it did gets it as an input."""
    report = await body(request, messages.ScanReport)
    place = _place(request, settings)
    found = await call.read(service.find, call.caller, place.project_id, place.namespace, place.name)
    if found is None and report.report_type == "commit-report":
        return  # Spark tells of the commit that makes a table before it makes it
    if found is None:
        raise errors.TableNotFound
    using = _using(request)
    if report.report_type != "scan-report" or not report.projected_field_names or using == Using():
        return
    snapshot = await call.read(service.snapshot_of, found.uuid, report.snapshot_id)
    if snapshot is not None:
        scan = await asyncio.to_thread(_scan, place.warehouse, found, report)
        use = recording.Use(table=found, snapshot=snapshot, using=using, scan=scan)
        await call.write(recording.note, call.caller, use)


def _scan(warehouse: Warehouse, table: Table, report: messages.ScanReport) -> Scan:
    every = metadata.columns(warehouse.read(table.metadata_location), report.schema_id)
    read = frozenset(report.projected_field_names)
    return Scan(
        snapshot_id=report.snapshot_id,
        schema_id=report.schema_id,
        row_filter=filters.of_scan(report.filter),
        columns=None if every <= read else tuple(sorted(read)),
    )


async def body(request: Asking, kind: type[T]) -> T:
    """The request's JSON.

    Raises:
        BadRequest: when it is not what the protocol says.

    """
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"The request cannot be read: {str(error)[:300]}") from error


def answered(message: object) -> Answer:
    """A message as the protocol writes it."""
    return Response(msgspec.json.encode(message), media_type="application/json")


def _loaded(table: Loaded) -> Answer:
    return answered(
        messages.LoadedTable(metadata=msgspec.Raw(table.content), metadata_location=table.metadata_location or None)
    )


def _place(request: Asking, settings: Settings, name: str = "") -> Place:
    """The table that an address names, or one of another name in the same namespace."""
    asked = request.path_params
    project_id = str(asked["prefix"])
    if not is_id(project_id):
        raise errors.NoCatalog
    return Place(
        project_id=project_id,
        namespace=names.opened(str(asked["namespace"])),
        name=names.name(str(asked.get("table", name))),
        warehouse=Warehouse(projects.directory(settings.home, project_id)),
    )


async def _moments(call: Call, pasts: Pasts, project_id: str, request: Asking) -> Mapping[str, Moment]:
    """How the client's session sees tables, when not as they are."""
    session_id = request.headers.get(_SESSION, "")
    if not is_id(session_id):
        return {}
    return await call.read_briefly(pasts.find, project_id, session_id)


def _using(request: Asking) -> Using:
    """For whom a client reads or writes; nobody when it says that it notes that by itself."""
    if request.headers.get("x-cuvee-notes") == "client":
        return Using()
    said = request.headers
    return Using(run_id=said.get("x-cuvee-run", "")[:64], session_id=said.get(_SESSION, "")[:64])
