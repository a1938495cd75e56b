"""The model registry: its list, and a model with its versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api import listing
from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.identity.values import User
from cuvee.projects import errors as project_errors
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.registry import errors, origins, service, versions
from cuvee.registry.values import ModelVersion, Move, RegisteredModel, Visibility, Window
from cuvee.serving import standings
from cuvee.serving.values import Deployment, Endpoint
from cuvee.web import forms
from cuvee.web.page import Crumb, Pages, Place, go, segment

AnyRequest = Request[Any, Any, Any]

READ: Final = scope("registry:read")
WRITE: Final = scope("registry:write")
_SORTS: Final = ("name", "created_at", "updated_at")
_MOST: Final = 50
_MOVES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Where a version runs, as far as the reader may know."""

    seen: Sequence[tuple[Endpoint, Deployment, str]] = ()
    #: In projects that the reader does not see.
    elsewhere: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A model as its page shows it."""

    model: RegisteredModel
    versions: Sequence[ModelVersion]
    position: Sequence[Any] | None
    moves: Sequence[Move]
    users: Mapping[str, User]
    project: Project | None
    deployed: Mapping[str, Deployed]
    #: Version → its run's page, for those that the reader may see.
    runs: Mapping[str, str]
    may_write: bool
    may_own: bool


@get("/models", opt=READ, include_in_schema=False)
async def list_models(
    request: AnyRequest,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    sealer: NamedDependency[Sealer],
    *,
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "-created_at",
    after: FromQuery[str] = "",
) -> Response[str]:
    """The registered models that the reader sees."""
    purpose = f"models page\0{call.caller.user_id}\0{q}\0{sort}"
    order = listing.parse_sort(sort, _SORTS)
    window = Window(
        order_by=[f"{key} {'DESC' if falls else 'ASC'}" for key, falls in order],
        position=sealer.open(after, purpose) if after else None,
        most=_MOST,
    )
    models, position, users = await call.read(_listed, call.caller, q.strip()[:256], window)
    return pages.show(
        request,
        "models/list.html",
        Place(title="Model Registry", entry="models", crumbs=[Crumb(name="Model Registry")]),
        models=models,
        users=users,
        q=q,
        sort=sort,
        after=after,
        next_page=sealer.seal(position, purpose) if position is not None else "",
    )


@get("/models/{name:str}", opt=READ, include_in_schema=False)
async def show_model(
    request: AnyRequest,
    name: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    sealer: NamedDependency[Sealer],
    *,
    after: FromQuery[str] = "",
) -> Response[str]:
    """One model with its versions and its history."""
    purpose = f"versions page\0{call.caller.user_id}\0{name}"
    position = sealer.open(after, purpose) if after else None
    window = Window(order_by=["version_number DESC"], position=position, most=_MOST)
    shown = await call.read(_shown, call.caller, name, window)
    place = Place(title=shown.model.name, entry="models", crumbs=[REGISTRY, Crumb(name=shown.model.name)])
    next_page = sealer.seal(shown.position, purpose) if shown.position is not None else ""
    return pages.show(request, "models/model.html", place, shown=shown, model=shown.model, next_page=next_page)


@post("/models/{name:str}/description", opt=WRITE, include_in_schema=False)
async def describe_model(request: AnyRequest, name: FromPath[str], call: NamedDependency[Call]) -> Response[None]:
    """Change the description."""
    form = await forms.texts(request)
    await call.write(service.describe_model, call.caller, name, form.get("description", ""))
    return go(request, model_url(name))


@post("/models/{name:str}/name", opt=WRITE, include_in_schema=False)
async def rename_model(request: AnyRequest, name: FromPath[str], call: NamedDependency[Call]) -> Response[None]:
    """Give the model another name."""
    form = await forms.texts(request)
    renamed = await call.write(service.rename_model, call.caller, name, form.get("name", "").strip())
    return go(request, model_url(renamed.name))


@post("/models/{name:str}/visibility", opt=WRITE, include_in_schema=False)
async def change_visibility(request: AnyRequest, name: FromPath[str], call: NamedDependency[Call]) -> Response[None]:
    """Show the model to everybody, or to its own people only."""
    form = await forms.texts(request)
    try:
        wanted = Visibility(form.get("visibility", ""))
    except ValueError:
        raise errors.BadVisibility from None
    await call.write(service.show_model, call.caller, name, wanted)
    return go(request, model_url(name))


@post("/models/{name:str}/tags", opt=WRITE, include_in_schema=False)
async def tag_model(request: AnyRequest, name: FromPath[str], call: NamedDependency[Call]) -> Response[None]:
    """Set a tag, or take one away."""
    form = await forms.texts(request)
    if "remove" in form:
        await call.write(service.untag_model, call.caller, name, form["remove"])
    else:
        key, value = form.get("key", "").strip(), form.get("value", "")
        await call.write(service.tag_model, call.caller, name, forms.required(key, "A tag needs a name."), value)
    return go(request, f"{model_url(name)}#tags")


@post("/models/{name:str}/delete", opt=WRITE, include_in_schema=False)
async def delete_model(request: AnyRequest, name: FromPath[str], call: NamedDependency[Call]) -> Response[None]:
    """Delete the model with its versions; its name has to be typed."""
    forms.require_confirmed(await forms.texts(request), name)
    await call.write(service.delete_model, call.caller, name)
    return go(request, "/models")


def model_url(name: str) -> str:
    """A model's page."""
    return f"/models/{segment(name)}"


def run_url(caller: Caller, version: ModelVersion) -> str:
    """The page of the run that a version came from; empty when there is none, or the reader may not see it."""
    folder = origins.path_of(version.location)
    if folder is None or not version.run_id or not caller.allows("experiments:read", version.project_id):
        return ""
    return f"/experiments/{folder.names[0]}/runs/{version.run_id}"


def deployed(connection: Reading, caller: Caller, version_ids: Sequence[str]) -> dict[str, Deployed]:
    """Version → where it runs, in a fixed number of queries."""
    found = standings.of_versions(connection, version_ids)
    names = projects.names(connection, {endpoint.project_id for each in found.values() for endpoint, _ in each})
    return {
        version_id: Deployed(
            seen=[
                (endpoint, deployment, names.get(endpoint.project_id, ""))
                for endpoint, deployment in places
                if caller.allows("endpoints:read", endpoint.project_id)
            ],
            elsewhere=sum(not caller.allows("endpoints:read", endpoint.project_id) for endpoint, _ in places),
        )
        for version_id, places in found.items()
    }


def project_seen(connection: Reading, caller: Caller, project_id: str) -> Project | None:
    """A project, when it is there and the reader may see it."""
    if not project_id or not caller.allows("projects:read", project_id):
        return None
    try:
        return projects.get(connection, project_id)
    except project_errors.ProjectNotFound:
        return None


def _listed(
    connection: Reading, caller: Caller, name_has: str, window: Window
) -> tuple[list[RegisteredModel], Sequence[Any] | None, Mapping[str, User]]:
    models, position = service.search_models(connection, caller, window=window, name_has=name_has)
    return models, position, identity.users(connection, [model.owner_id for model in models])


def _shown(connection: Reading, caller: Caller, name: str, window: Window) -> Shown:
    model = service.get_model(connection, caller, name)
    listed, position = versions.of_model(connection, caller, model, window)
    moves, _more = service.history(connection, caller, model.id, most=_MOVES)
    concerned = {model.owner_id, *(each.user_id for each in listed)}
    concerned |= {person for move in moves for person in (move.user_id, move.before, move.after)}
    return Shown(
        model=model,
        versions=listed,
        position=position,
        moves=moves,
        users=identity.users(connection, concerned),
        project=project_seen(connection, caller, model.project_id),
        deployed=deployed(connection, caller, [each.id for each in listed]),
        runs={each.id: run_url(caller, each) for each in listed},
        may_write=service.may_write(caller, model),
        may_own=model.owner_id == caller.user_id or caller.allows("projects:admin", model.project_id),
    )


REGISTRY: Final = Crumb(name="Model Registry", url="/models")
ROUTES: Final = (
    list_models,
    show_model,
    describe_model,
    rename_model,
    change_visibility,
    tag_model,
    delete_model,
)
