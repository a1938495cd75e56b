"""A version of a registered model: what it is made of, who pointed which alias at it, where it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.artifacts.downloads import Download
from cuvee.artifacts.stores import Stores
from cuvee.core.errors import NotFound
from cuvee.core.paths import RelativePath
from cuvee.db.session import Reading, Writing
from cuvee.identity import service as identity
from cuvee.identity.values import User
from cuvee.lineage import retraining, staleness
from cuvee.lineage.values import Lag
from cuvee.projects.values import Project
from cuvee.registry import origins, rules, service, versions
from cuvee.registry.values import ModelVersion, Move, RegisteredModel, Stage
from cuvee.web import forms, model_files
from cuvee.web.page import Crumb, Pages, Place, go
from cuvee.web.pages import models
from cuvee.web.pages.models import READ, WRITE, Deployed

AnyRequest = Request[Any, Any, Any]

_VERSION: Final = "/models/{name:str}/versions/{number:str}"
#: Lines of the model's history that are looked through for those of one version.
_MOVES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A version as its page shows it."""

    model: RegisteredModel
    version: ModelVersion
    moves: Sequence[Move]
    users: Mapping[str, User]
    #: The project that its files are in, when the reader sees it.
    project: Project | None
    deployed: Deployed
    may_write: bool
    #: The page of the run it came from; empty when there is none, or the reader may not see it.
    run_url: str
    #: Whether the reader may have that run made again.
    may_rerun: bool
    #: Tables that moved on since that run read them.
    lags: Sequence[Lag]


@get(_VERSION, opt=READ, include_in_schema=False)
async def show_version(
    *,
    request: AnyRequest,
    name: FromPath[str],
    number: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    stores: NamedDependency[Stores],
) -> Response[str]:
    """One version."""
    shown = await call.read(_shown, call.caller, name, number)
    files = await model_files.look(stores, shown.version)
    crumbs = [
        models.REGISTRY,
        Crumb(name=shown.model.name, url=models.model_url(shown.model.name)),
        Crumb(name=f"Version {shown.version.number}"),
    ]
    place = Place(title=f"{shown.model.name}, version {shown.version.number}", entry="models", crumbs=crumbs)
    return pages.show(
        request,
        "models/version.html",
        place,
        shown=shown,
        model=shown.model,
        version=shown.version,
        files=files,
        signature=files.mlmodel.signature,
        stages=list(Stage),
        snippet=_snippet(shown.version),
    )


@get(_VERSION + "/files/{path:path}", opt=READ, include_in_schema=False)
async def download_file(
    name: FromPath[str],
    number: FromPath[str],
    path: FromPath[str],
    call: NamedDependency[Call],
    stores: NamedDependency[Stores],
) -> Download:
    """One of its files, to keep."""
    version = await call.read(versions.get, call.caller, name, number)
    folder = origins.path_of(version.location)
    if folder is None:
        raise NotFound
    return Download(stores.of(version.project_id), folder / RelativePath.parse(str(path).removeprefix("/")))


@post(_VERSION + "/description", opt=WRITE, include_in_schema=False)
async def describe_version(
    request: AnyRequest, name: FromPath[str], number: FromPath[str], call: NamedDependency[Call]
) -> Response[None]:
    """Change the description."""
    form = await forms.texts(request)
    await call.write(versions.describe, call.caller, name, number, form.get("description", ""))
    return go(request, version_url(name, number))


@post(_VERSION + "/stage", opt=WRITE, include_in_schema=False)
async def stage_version(
    request: AnyRequest, name: FromPath[str], number: FromPath[str], call: NamedDependency[Call]
) -> Response[None]:
    """Move it to a stage, and archive what was there when that is wanted."""
    form = await forms.texts(request)
    others = "archive_others" in form

    def move(connection: Writing) -> None:
        versions.transition(connection, call.caller, name, number, form.get("stage", ""), archive_others=others)

    await call.write(move)
    return go(request, version_url(name, number))


@post(_VERSION + "/tags", opt=WRITE, include_in_schema=False)
async def tag_version(
    request: AnyRequest, name: FromPath[str], number: FromPath[str], call: NamedDependency[Call]
) -> Response[None]:
    """Set a tag, or take one away."""
    form = await forms.texts(request)

    def change(connection: Writing) -> None:
        if "remove" in form:
            versions.untag(connection, call.caller, name, number, key=form["remove"])
            return
        key = forms.required(form.get("key", "").strip(), "A tag needs a name.")
        versions.tag(connection, call.caller, name, number, key=key, value=form.get("value", ""))

    await call.write(change)
    return go(request, f"{version_url(name, number)}#tags")


@post(_VERSION + "/aliases", opt=WRITE, include_in_schema=False)
async def point_alias(
    request: AnyRequest, name: FromPath[str], number: FromPath[str], call: NamedDependency[Call]
) -> Response[None]:
    """Point an alias here, or take it away, unless somebody moved it since the page was drawn."""
    form = await forms.texts(request)
    seen = _seen(form.get("seen", ""))

    def move(connection: Writing) -> None:
        if "remove" in form:
            alias = form["remove"]
            versions.delete_alias(connection, call.caller, name, alias, expected=seen.get(alias, versions.ANYWHERE))
            return
        alias = form.get("alias", "").strip()
        versions.set_alias(connection, call.caller, name, alias, number, expected=seen.get(alias, 0))

    await call.write(move)
    return go(request, version_url(name, number))


@post(_VERSION + "/delete", opt=WRITE, include_in_schema=False)
async def delete_version(
    request: AnyRequest, name: FromPath[str], number: FromPath[str], call: NamedDependency[Call]
) -> Response[None]:
    """Delete the version; the model's name has to be typed."""
    forms.require_confirmed(await forms.texts(request), name)
    await call.write(versions.delete, call.caller, name, number)
    return go(request, models.model_url(name))


def version_url(name: str, number: int | str) -> str:
    """A version's page."""
    return f"{models.model_url(name)}/versions/{rules.number(str(number))}"


def _shown(connection: Reading, caller: Caller, name: str, number: str) -> Shown:
    version = versions.get(connection, caller, name, number)
    model = service.get_model(connection, caller, name)
    moves, _more = service.history(connection, caller, model.id, most=_MOVES)
    ours = [move for move in moves if _concerns(move, version)]
    return Shown(
        model=model,
        version=version,
        moves=ours,
        users=identity.users(connection, {model.owner_id, version.user_id, *(move.user_id for move in ours)}),
        project=models.project_seen(connection, caller, version.project_id),
        deployed=models.deployed(connection, caller, [version.id]).get(version.id, Deployed()),
        may_write=service.may_write(caller, model),
        run_url=(run_url := models.run_url(caller, version)),
        may_rerun=bool(run_url) and retraining.may(caller, version.project_id),
        lags=staleness.of_versions(connection, caller, [version]).get(version.id, ()),
    )


def _concerns(move: Move, version: ModelVersion) -> bool:
    return version.number == move.number or str(version.number) == move.before


def _seen(text: str) -> dict[str, int]:
    """Where the aliases pointed when the page was drawn: `champion=3,challenger=4`."""
    pairs = (part.partition("=") for part in text.split(",") if part)
    return {alias: int(number) for alias, _, number in pairs if number.isascii() and number.isdigit()}


def _snippet(version: ModelVersion) -> str:
    """Code that loads the version: by its number, and by its aliases."""
    uris = [f"models:/{version.name}/{version.number}", *(f"models:/{version.name}@{one}" for one in version.aliases)]
    first, *others = [f"mlflow.pyfunc.load_model({uri!r})" for uri in uris]
    lines = ["import mlflow", "", f"model = {first}", *(f"# or: {other}" for other in others)]
    return "\n".join([*lines, "", "predictions = model.predict(table)"])


ROUTES: Final = (
    show_version,
    download_file,
    describe_version,
    stage_version,
    tag_version,
    point_alias,
    delete_version,
)
