"""Model deployments: the endpoints of all projects, or of one, and how they stand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.core.errors import NotFound
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.identity.values import User
from cuvee.lineage import staleness
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.serving import errors, service, standings
from cuvee.serving.standings import Standing
from cuvee.serving.values import Endpoint, is_uuid
from cuvee.serving.workshop import Workshop
from cuvee.web.page import Crumb, Pages, Place, go
from cuvee.web.pages import within

AnyRequest = Request[Any, Any, Any]

READ: Final = "endpoints:read"
WRITE: Final = "endpoints:write"
_MOST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An endpoint in the list."""

    standing: Standing
    project: Project | None
    #: Replicas that answer now.
    ready: int
    may_write: bool
    #: Whether a table behind its model was written to since.
    is_stale: bool

    @property
    def endpoint(self) -> Endpoint:
        return self.standing.endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The list."""

    standings: Sequence[Standing]
    users: Mapping[str, User]
    projects: Mapping[str, Project]
    #: The endpoints whose models' tables were written to since.
    stale: Collection[str]
    #: Fits the search, on all pages together.
    count: int


@get("/deployments", opt=scope("signed-in"), include_in_schema=False)
async def list_deployments(
    *,
    request: AnyRequest,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    workshop: NamedDependency[Workshop],
    q: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Response[str]:
    """The endpoints of every project in which the reader sees them."""
    place = Place(title="Model Deployments", entry="deployments", crumbs=[Crumb(name="Model Deployments")])
    return await _listed(request, call, pages, workshop, place=place, inside=call.caller.projects(READ), q=q, page=page)


@get("/projects/{project:str}/deployments", opt=scope(READ), include_in_schema=False)
async def list_project_deployments(
    *,
    request: AnyRequest,
    project: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    workshop: NamedDependency[Workshop],
    q: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Response[str]:
    """The endpoints of a project."""
    inside = await within.project(call, project, READ)
    place = within.place(inside, "deployments", "Model Deployments")
    return await _listed(request, call, pages, workshop, place=place, inside=[inside.id], q=q, page=page)


@post("/deployments/{endpoint_id:str}/stop", opt=scope(WRITE), include_in_schema=False)
async def stop_deployment(
    request: AnyRequest, endpoint_id: FromPath[str], call: NamedDependency[Call], workshop: NamedDependency[Workshop]
) -> Response[None]:
    """Stop what runs; calls under way are finished."""
    endpoint, project = await found(call, endpoint_id, WRITE)
    (standing,) = await call.read(standings.of, [endpoint])
    if standing.deployment is None:
        raise errors.NotLive
    await workshop.stop(standing.deployment)
    return go(request, back(request, endpoint, project))


@post("/deployments/{endpoint_id:str}/restart", opt=scope(WRITE), include_in_schema=False)
async def restart_deployment(
    request: AnyRequest, endpoint_id: FromPath[str], call: NamedDependency[Call], workshop: NamedDependency[Workshop]
) -> Response[None]:
    """New replicas in place of those there are; what was stopped runs again."""
    endpoint, project = await found(call, endpoint_id, WRITE)
    (standing,) = await call.read(standings.of, [endpoint])
    if standing.deployment is None:
        raise errors.DeploymentNotFound("It was never deployed: deploy a version first.")
    await workshop.restart(standing.deployment)
    return go(request, back(request, endpoint, project))


async def found(call: Call, endpoint_id: str, needed: str = READ) -> tuple[Endpoint, Project]:
    """The endpoint that an address names, and its project, for somebody who holds the scope there.

    Raises:
        EndpointNotFound: when there is none, or the reader has no part in its project: the two look the same.
        Denied: when the reader's role there does not hold the scope.

    """
    return await call.read(_found, call.caller, endpoint_id, needed)


def back(request: AnyRequest, endpoint: Endpoint, project: Project) -> str:
    """Where an action came from: a list, or the endpoint's own page."""
    lists = {"all": "/deployments", "project": f"{within.base(project)}/deployments"}
    return lists.get(request.query_params.get("from", ""), f"/deployments/{endpoint.id}")


def ready(workshop: Workshop, standing: Standing) -> int:
    """How many replicas of an endpoint answer now."""
    if standing.deployment is None:
        return 0
    members = workshop.supervisor.members(standing.deployment.id)
    return sum(member.backend is not None and not member.is_retiring for member in members)


async def _listed(
    request: AnyRequest, call: Call, pages: Pages, workshop: Workshop, *, place: Place,
    inside: Collection[str] | None, q: str, page: int,
) -> Response[str]:  # fmt: skip
    place_of = max(1, min(page, 10_000))
    listed = await call.read(_read, call.caller, inside, q.strip()[:100], place_of)
    rows = [
        Row(
            standing=standing,
            project=listed.projects.get(standing.endpoint.project_id),
            ready=ready(workshop, standing),
            may_write=call.caller.allows(WRITE, standing.endpoint.project_id),
            is_stale=standing.endpoint.id in listed.stale,
        )
        for standing in listed.standings
    ]
    return pages.show(
        request,
        "deployments/list.html",
        place,
        rows=rows,
        users=listed.users,
        q=q,
        page=place_of,
        has_more=place_of * _MOST < listed.count,
        project=place.project,
        may_deploy=place.project is None or call.caller.allows(WRITE, place.project.id),
    )


def _read(connection: Reading, caller: Caller, inside: Collection[str] | None, q: str, page: int) -> Listed:
    fitting = [each for each in service.list_endpoints(connection, inside) if q.lower() in each.name.lower()]
    shown = list(reversed(fitting))[(page - 1) * _MOST : page * _MOST]
    standing = standings.of(connection, shown)
    people = {each.creator_id for each in shown}
    people |= {each.deployment.deployer_id for each in standing if each.deployment is not None}
    return Listed(
        standings=standing,
        users=identity.users(connection, people),
        projects=projects.by_ids(connection, {each.project_id for each in shown}),
        stale={lag.node.id for lag in staleness.of_standings(connection, caller, standing)},
        count=len(fitting),
    )


def _found(connection: Reading, caller: Caller, endpoint_id: str, needed: str) -> tuple[Endpoint, Project]:
    endpoint = service.find_endpoint(connection, endpoint_id) if is_uuid(endpoint_id) else None
    if endpoint is None or not caller.allows("projects:read", endpoint.project_id):
        raise errors.EndpointNotFound
    caller.require(needed, endpoint.project_id)
    try:
        return endpoint, projects.get(connection, endpoint.project_id)
    except NotFound:
        raise errors.EndpointNotFound from None


ROUTES: Final = (list_deployments, list_project_deployments, stop_deployment, restart_deployment)
