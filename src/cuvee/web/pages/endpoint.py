"""One model deployment: its overview, history, builds, what is counted of it, its settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.artifacts.stores import Stores
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.identity.values import User
from cuvee.lineage import staleness
from cuvee.projects.values import Project
from cuvee.runtimes import addons
from cuvee.serving import counters, service, standings
from cuvee.serving.counters import Counters
from cuvee.serving.standings import Standing
from cuvee.serving.values import UNFINISHED, Build, Deployment, Endpoint
from cuvee.serving.workshop import Workshop
from cuvee.web import endpoint_forms, logs, snippets
from cuvee.web.page import Crumb, Pages, Place
from cuvee.web.pages import deploy, deployments, within
from cuvee.web.pages.deployments import READ, WRITE

AnyRequest = Request[Any, Any, Any]

_TABS: Final = (
    ("", "Overview"),
    ("/history", "Deployments"),
    ("/builds", "Builds"),
    ("/monitoring", "Monitoring"),
    ("/logs", "Logs"),
    ("/settings", "Settings"),
)
_PERCENTILES: Final = (50, 95, 99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What every page of an endpoint shows."""

    endpoint: Endpoint
    project: Project
    standing: Standing
    users: Mapping[str, User]
    #: Replicas that answer now.
    ready: int
    may_write: bool
    may_call: bool
    #: The pages, each with its address.
    tabs: Sequence[tuple[str, str]]
    #: Which of them this is.
    tab: str
    builds: Sequence[Build] = ()
    deployments: Sequence[Deployment] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The calls of a replica, or of all, since the platform started."""

    name: str
    of: Counters

    @property
    def mean(self) -> float:
        """Milliseconds."""
        return self.of.seconds / self.of.received * 1000 if self.of.received else 0

    def within(self, percent: int) -> str:
        """In how much time so many of a hundred calls were answered, as far as the histogram tells."""
        seen = 0
        for bound, count in zip((*counters.BOUNDS, None), self.of.buckets, strict=True):
            seen += count
            if self.of.received and seen * 100 >= self.of.received * percent:
                return f"≤ {bound * 1000:g} ms" if bound is not None else f"> {counters.BOUNDS[-1] * 1000:g} ms"
        return "none yet"


@get("/deployments/{endpoint_id:str}", opt=scope(READ), include_in_schema=False)
async def overview(
    request: AnyRequest,
    endpoint_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    workshop: NamedDependency[Workshop],
) -> Response[str]:
    """What it is, how it stands, how it is called, and a place to try it."""
    head = await head_of(call, workshop, endpoint_id, "")
    build = head.standing.build
    log = None
    if build is not None and build.status in UNFINISHED:
        log = await logs.last(workshop.builder.log(build.id), goes_on=True)
    url = f"{request.url.scheme}://{request.url.netloc}"
    lags = await call.read(staleness.of_standings, call.caller, [head.standing])
    values = {"log": log, "build": build, "url": url, "snippets": snippets.of(head.endpoint, url), "lags": lags}
    return _show(request, pages, "deployments/overview.html", head, **values)


@get("/deployments/{endpoint_id:str}/history", opt=scope(READ), include_in_schema=False)
async def history(
    request: AnyRequest,
    endpoint_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    workshop: NamedDependency[Workshop],
) -> Response[str]:
    """Every deployment it had."""
    head = await head_of(call, workshop, endpoint_id, "/history", whole=True)
    builds = {build.id: build for build in head.builds}
    return _show(request, pages, "deployments/history.html", head, builds=builds)


@get("/deployments/{endpoint_id:str}/builds", opt=scope(READ), include_in_schema=False)
async def builds(
    *,
    request: AnyRequest,
    endpoint_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    workshop: NamedDependency[Workshop],
    build: FromQuery[str] = "",
) -> Response[str]:
    """Every build it had, and the log of one: the newest unless another is named."""
    head = await head_of(call, workshop, endpoint_id, "/builds", whole=True)
    chosen = head.builds[-1] if head.builds else None
    if build:
        chosen = await call.read(service.get_build, head.endpoint, build)
    log = None
    if chosen is not None:
        log = await logs.last(workshop.builder.log(chosen.id), goes_on=chosen.status in UNFINISHED)
    besides = addons.names(chosen.runtime_addon_identifiers) if chosen else ()
    return _show(request, pages, "deployments/builds.html", head, build=chosen, addons=besides, log=log)


@get("/deployments/{endpoint_id:str}/monitoring", opt=scope(READ), include_in_schema=False)
async def monitoring(
    request: AnyRequest,
    endpoint_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    workshop: NamedDependency[Workshop],
) -> Response[str]:
    """What is counted of its calls."""
    head = await head_of(call, workshop, endpoint_id, "/monitoring")
    deployment = head.standing.deployment
    members = workshop.supervisor.members(deployment.id) if deployment is not None else []
    counted = [Counted(name=member.replica.name, of=member.counters) for member in members]
    total = Counted(name="All replicas", of=counters.total(member.counters for member in members))
    values = {"counted": counted, "total": total, "percentiles": _PERCENTILES}
    return _show(request, pages, "deployments/monitoring.html", head, **values)


@get("/deployments/{endpoint_id:str}/settings", opt=scope(READ), include_in_schema=False)
async def settings(
    *,
    request: AnyRequest,
    endpoint_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    workshop: NamedDependency[Workshop],
    stores: NamedDependency[Stores],
    model: FromQuery[str] = "",
) -> Response[str]:
    """Its settings, another version to deploy, and its end."""
    head = await head_of(call, workshop, endpoint_id, "/settings")
    runs = head.standing.runs or head.standing.build
    kind = "code" if runs is not None and runs.source.is_code else "registered"
    name = runs.source.model_name if runs is not None and not runs.source.is_code else ""
    source = await deploy.chosen_again(call, stores, kind, model or name)
    present = endpoint_forms.profile_key(head.endpoint.resources)
    offered = endpoint_forms.offered()
    values = {
        "source": source,
        "runs": runs,
        "profiles": offered if present in offered else [present, *offered],
        "profile": present[0],
        "variables": _lines(head.standing.deployment),
    }
    return _show(request, pages, "deployments/settings.html", head, **values)


async def head_of(call: Call, workshop: Workshop, endpoint_id: str, tab: str, *, whole: bool = False) -> Head:
    """What every page of an endpoint begins with; `whole` with all builds and deployments it had."""
    endpoint, project = await deployments.found(call, endpoint_id, READ)
    base = f"/deployments/{endpoint.id}"
    standing, users, built, deployed = await call.read(_read, endpoint, whole)
    return Head(
        endpoint=endpoint,
        project=project,
        standing=standing,
        users=users,
        ready=deployments.ready(workshop, standing),
        may_write=call.caller.allows(WRITE, project.id),
        may_call=call.caller.allows("endpoints:call", project.id),
        tabs=[(base + path, name) for path, name in _TABS],
        tab=base + tab,
        builds=built,
        deployments=deployed,
    )


def place_of(head: Head) -> Place:
    """Where an endpoint's pages are."""
    place = within.place(head.project, "deployments", "Model Deployments", Crumb(name=head.endpoint.name))
    return Place(title=head.endpoint.name, entry=place.entry, crumbs=place.crumbs, project=place.project)


def _show(request: AnyRequest, pages: Pages, template: str, head: Head, **values: Any) -> Response[str]:
    return pages.show(request, template, place_of(head), head=head, endpoint=head.endpoint, **values)


def _lines(deployment: Deployment | None) -> str:
    """A deployment's variables, one a line, as the form takes them."""
    variables = {} if deployment is None else deployment.wish.environment
    return "\n".join(f"{name}={value}" for name, value in variables.items() if "\n" not in value)


def _read(
    connection: Reading, endpoint: Endpoint, whole: bool
) -> tuple[Standing, Mapping[str, User], list[Build], list[Deployment]]:
    (standing,) = standings.of(connection, [endpoint])
    built = service.list_builds(connection, endpoint) if whole else []
    deployed = service.deployments_of(connection, endpoint.id) if whole else []
    people = {endpoint.creator_id, *(each.creator_id for each in built), *(each.deployer_id for each in deployed)}
    people |= {each.deployer_id for each in (standing.active, standing.newest) if each is not None}
    return standing, identity.users(connection, people), built, deployed


ROUTES: Final = (overview, history, builds, monitoring, settings)
