"""The logs of a model deployment: of its builds and of its replicas, live and to keep."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.serving import errors, service, standings
from cuvee.serving.processes import Processes
from cuvee.serving.values import UNFINISHED, Build, Endpoint, Replica, ReplicaState
from cuvee.serving.workshop import Workshop
from cuvee.web import logs
from cuvee.web.page import Pages
from cuvee.web.pages import deployments, endpoint
from cuvee.web.pages.deployments import READ

AnyRequest = Request[Any, Any, Any]

_BUILD: Final = "/deployments/{endpoint_id:str}/builds/{build_id:str}/log"
_LOGS: Final = "/deployments/{endpoint_id:str}/logs"
_REPLICA: Final = _LOGS + "/{replica_id:str}"
_OVER: Final = frozenset({ReplicaState.STOPPED, ReplicaState.FAILED})
#: Deployments whose replicas are offered, the newest first.
_MOST: Final = 5


@get(_BUILD, opt=scope(READ), include_in_schema=False)
async def build_log(
    *,
    request: AnyRequest,
    endpoint_id: FromPath[str],
    build_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    workshop: NamedDependency[Workshop],
    offset: FromQuery[int] = 0,
) -> Response[Any]:
    """What a build said since."""
    found, _project = await deployments.found(call, endpoint_id)
    build = await call.read(service.get_build, found, build_id)
    url = _build_url(found, build)
    log = workshop.builder.log(build.id)
    return _added(request, pages, await logs.after(log, offset, goes_on=build.status in UNFINISHED), offset, url)


@get(_BUILD + "/file", opt=scope(READ), include_in_schema=False)
async def build_log_file(
    endpoint_id: FromPath[str],
    build_id: FromPath[str],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> Stream:
    """All that a build said, to keep."""
    found, _project = await deployments.found(call, endpoint_id)
    build = await call.read(service.get_build, found, build_id)
    return await logs.download(workshop.builder.log(build.id), f"{found.name}-build-{build.number}.log")


@get(_LOGS, opt=scope(READ), include_in_schema=False)
async def show_logs(
    *,
    request: AnyRequest,
    endpoint_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    workshop: NamedDependency[Workshop],
    processes: NamedDependency[Processes],
    replica: FromQuery[str] = "",
    previous: FromQuery[bool] = False,
) -> Response[str]:
    """The log of a replica: of the newest that runs, unless another is chosen."""
    head = await endpoint.head_of(call, workshop, endpoint_id, "/logs")
    replicas = await call.read(standings.newest_replicas, head.endpoint, _MOST)
    chosen = _chosen(replicas, replica)
    log, url = None, ""
    if chosen is not None and (workload := _workload(chosen, previous=previous)):
        log = await logs.last(processes.log(workload), goes_on=chosen.state not in _OVER and not previous)
        url = _replica_url(head.endpoint, chosen)
    return pages.show(
        request,
        "deployments/logs.html",
        endpoint.place_of(head),
        head=head,
        endpoint=head.endpoint,
        replicas=replicas,
        chosen=chosen,
        previous=previous,
        log=log,
        url=url,
    )


@get(_REPLICA, opt=scope(READ), include_in_schema=False)
async def replica_log(
    *,
    request: AnyRequest,
    endpoint_id: FromPath[str],
    replica_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    processes: NamedDependency[Processes],
    offset: FromQuery[int] = 0,
) -> Response[Any]:
    """What a replica said since."""
    found, _project = await deployments.found(call, endpoint_id)
    replica = await call.read(standings.replica, found, replica_id)
    log = processes.log(_workload(replica, previous=False))
    piece = await logs.after(log, offset, goes_on=replica.state not in _OVER)
    return _added(request, pages, piece, offset, _replica_url(found, replica))


@get(_REPLICA + "/file", opt=scope(READ), include_in_schema=False)
async def replica_log_file(
    *,
    endpoint_id: FromPath[str],
    replica_id: FromPath[str],
    call: NamedDependency[Call],
    processes: NamedDependency[Processes],
    previous: FromQuery[bool] = False,
) -> Stream:
    """All that a replica said, to keep."""
    found, _project = await deployments.found(call, endpoint_id)
    replica = await call.read(standings.replica, found, replica_id)
    workload = _workload(replica, previous=previous)
    if not workload:
        raise logs.NoLog
    return await logs.download(processes.log(workload), f"{replica.name}.log")


def _added(request: AnyRequest, pages: Pages, piece: logs.Piece, offset: int, url: str) -> Response[Any]:
    """What is added to a log on a page; nothing, when there is nothing, lets the page ask again."""
    if piece.goes_on and piece.end == offset:
        return Response(None, status_code=204, headers={"cache-control": "no-store"})
    return pages.part(request, "deployments/log-part.html", log=piece, url=url)


def _build_url(found: Endpoint, build: Build) -> str:
    return f"/deployments/{found.id}/builds/{build.id}/log"


def _replica_url(found: Endpoint, replica: Replica) -> str:
    return f"/deployments/{found.id}/logs/{replica.id}"


def _chosen(replicas: list[Replica], wanted: str) -> Replica | None:
    if wanted:
        found = next((each for each in replicas if each.id == wanted), None)
        if found is None:
            raise errors.ReplicaNotFound
        return found
    return next((each for each in replicas if each.state not in _OVER), replicas[0] if replicas else None)


def _workload(replica: Replica, *, previous: bool) -> str:
    """The process whose log is meant; empty when there was none."""
    if previous or not replica.workload_id:
        return replica.previous_workload_id
    return replica.workload_id


ROUTES: Final = (build_log, build_log_file, show_logs, replica_log, replica_log_file)
