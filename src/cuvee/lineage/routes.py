"""The graph over routes in API v2's style."""

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.core.ids import is_id
from cuvee.data import service as data
from cuvee.db.session import Reading, Writing
from cuvee.lineage import errors, messages, pinning, service, staleness
from cuvee.lineage.values import Direction, Lag
from cuvee.registry import versions

READ: Final = scope("projects:list")
_PIN: Final = "/api/v2/projects/{project_id:str}/tables/{table_uuid:str}/pins/{version_id:str}"


@get("/api/v2/lineage", opt=READ)
async def get_lineage(
    call: NamedDependency[Call],
    node: FromQuery[str] = "",
    direction: FromQuery[str] = Direction.BOTH,
    depth: FromQuery[int] = service.DEPTH,
) -> messages.Graph:
    """What a node was made from (`up`), what was made of it (`down`), or both, as far as the caller may see it."""
    if direction not in set(Direction):
        raise errors.BadDirection
    start = service.parse(node)
    found = await call.read(service.around, call.caller, start, direction=Direction(direction), depth=depth)
    return messages.graph(found)


@get("/api/v2/lineage/stale", opt=READ)
async def list_stale(call: NamedDependency[Call], project_id: FromQuery[str] = "") -> messages.ListStaleResponse:
    """The endpoints that answer with a model whose table was written to since; of one project, or of all."""
    wanted = [project_id] if project_id else None
    if project_id:
        call.caller.require("endpoints:read", project_id)
    found = await call.read(staleness.of_endpoints, call.caller, wanted)
    return messages.ListStaleResponse([messages.lag(each) for each in found])


@get("/api/v2/registry/versions/{version_id:str}/stale", opt=scope("registry:read"))
async def list_stale_of_version(version_id: FromPath[str], call: NamedDependency[Call]) -> messages.ListStaleResponse:
    """The tables that were written to since a version's run read them."""

    def found(connection: Reading) -> list[Lag]:
        _, version = versions.get_by_id(connection, call.caller, version_id)
        return staleness.of_versions(connection, call.caller, [version]).get(version.id, [])

    return messages.ListStaleResponse([messages.lag(each) for each in await call.read(found)])


@post(_PIN + "/:release", opt=scope("data:write"), status_code=200)
async def release_pin(
    project_id: FromPath[str], table_uuid: FromPath[str], version_id: FromPath[str], call: NamedDependency[Call]
) -> None:
    """Let go of what a registered version needs of a table: its snapshots can be expired afterwards."""

    def release(connection: Writing) -> None:
        table = data.get_by_uuid(connection, call.caller, project_id, table_uuid)
        data.release(connection, call.caller, table, pinning.holder(version_id))

    if not is_id(project_id):
        raise errors.NodeNotFound
    await call.write(release)
