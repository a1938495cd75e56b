"""Deploying: choose the project, then a registered version or code, then how it is to run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.artifacts.stores import Stores
from cuvee.core.errors import NotFound
from cuvee.db.session import Reading
from cuvee.logged_models.mlmodel import MlModel
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.registry import service, versions
from cuvee.registry.values import ModelVersion, RegisteredModel, Window
from cuvee.serving import examples
from cuvee.serving.workshop import Workshop
from cuvee.web import endpoint_forms, forms, model_files
from cuvee.web.page import Crumb, Pages, Place, go, segment
from cuvee.web.pages import model_versions, models, within

AnyRequest = Request[Any, Any, Any]

WRITE: Final = "endpoints:write"
_IN_PROJECT: Final = "/projects/{project:str}/deployments"
#: Models and versions that a form offers.
_MOST: Final = 500
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What can be deployed, and what is chosen of it."""

    #: `registered` or `code`.
    kind: str
    models: Sequence[RegisteredModel] = ()
    model: RegisteredModel | None = None
    versions: Sequence[ModelVersion] = ()
    version: ModelVersion | None = None
    mlmodel: MlModel = field(default_factory=MlModel)
    #: Its input example, as one would send it.
    example: str = ""


@get("/models/{name:str}/versions/{number:str}/deploy", opt=models.READ, include_in_schema=False)
async def choose_project(
    *,
    request: AnyRequest,
    name: FromPath[str],
    number: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    project: FromQuery[str] = "",
) -> Response[str] | Response[None]:
    """Where a version is to be deployed: only projects in which the reader may."""
    version = await call.read(versions.get, call.caller, name, number)
    if project:
        inside = await within.project(call, project, WRITE)
        return go(request, f"{within.base(inside)}/deployments/-/new?model={segment(name)}&version={version.number}")
    possible = await call.read(_possible, call.caller)
    crumbs = [
        models.REGISTRY,
        Crumb(name=name, url=models.model_url(name)),
        Crumb(name=f"Version {version.number}", url=model_versions.version_url(name, version.number)),
        Crumb(name="Deploy"),
    ]
    place = Place(title=f"Deploy {name}, version {version.number}", entry="models", crumbs=crumbs)
    choices = [(each.name, each.name) for each in possible]
    return pages.show(request, "deployments/project.html", place, version=version, choices=choices)


@get(_IN_PROJECT + "/-/new", opt=scope(WRITE), include_in_schema=False)
async def new_deployment(
    *,
    request: AnyRequest,
    project: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    stores: NamedDependency[Stores],
    kind: FromQuery[str] = "registered",
    model: FromQuery[str] = "",
    version: FromQuery[str] = "",
) -> Response[str]:
    """The form."""
    inside = await within.project(call, project, WRITE)
    source = await chosen(call, stores, kind, model, version)
    place = within.place(inside, "deployments", "Model Deployments", Crumb(name="Deploy a model"))
    return pages.show(
        request,
        "deployments/new.html",
        replace(place, title="Deploy a model"),
        project=inside,
        source=source,
        name=_name_for(source.model),
        profiles=endpoint_forms.offered(),
        sparks=endpoint_forms.sparks(),
        verdict=examples.check(source.example, source.mlmodel.signature),
    )


@get(_IN_PROJECT + "/-/source", opt=scope(WRITE), include_in_schema=False)
async def source_part(
    *,
    request: AnyRequest,
    project: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    stores: NamedDependency[Stores],
    kind: FromQuery[str] = "registered",
    model: FromQuery[str] = "",
    version: FromQuery[str] = "",
) -> Response[str]:
    """The part of the form that says what is deployed, after another choice."""
    inside = await within.project(call, project, WRITE)
    source = await chosen(call, stores, kind, model, version)
    verdict = examples.check(source.example, source.mlmodel.signature)
    sparks = endpoint_forms.sparks()
    return pages.part(request, "deployments/source.html", project=inside, source=source, sparks=sparks, verdict=verdict)


@post(_IN_PROJECT + "/-/check", opt=scope(WRITE), status_code=200, include_in_schema=False)
async def check_example(
    *,
    request: AnyRequest,
    project: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    stores: NamedDependency[Stores],
) -> Response[str]:
    """What the chosen version's signature says to the example, column by column."""
    await within.project(call, project, WRITE)
    form = await forms.texts(request)
    mlmodel = MlModel()
    if form.get("kind") != "code" and form.get("model") and form.get("version"):
        found = await call.read(versions.get, call.caller, form["model"], form["version"])
        mlmodel = await model_files.signature_of(stores, found)
    verdict = examples.check(form.get("example_input", ""), mlmodel.signature)
    return pages.part(request, "deployments/verdict.html", verdict=verdict)


@post(_IN_PROJECT, opt=scope(WRITE), include_in_schema=False)
async def deploy(
    request: AnyRequest, project: FromPath[str], call: NamedDependency[Call], workshop: NamedDependency[Workshop]
) -> Response[None]:
    """Make the endpoint, build it and deploy it; answers as soon as the build is asked for."""
    inside = await within.project(call, project, WRITE)
    form = await forms.texts(request)
    endpoint = endpoint_forms.endpoint(inside, call.caller, form)
    build = await call.read(endpoint_forms.build, call.caller, endpoint, form)
    if not build.source.is_code:
        model, _version = await call.read(versions.get_by_id, call.caller, build.source.registered_model_version_id)
        endpoint = replace(endpoint, registered_model_id=model.id)
    await workshop.create(endpoint, build)
    return go(request, f"/deployments/{endpoint.id}")


async def chosen(call: Call, stores: Stores, kind: str, model: str, version: str) -> Source:
    """What can be deployed, with a model and a version chosen: those that are named, else the newest."""
    if kind == "code":
        return Source(kind="code")
    source = await call.read(_choices, call.caller, model, version)
    if source.version is None:
        return source
    mlmodel = await model_files.signature_of(stores, source.version)
    example = await model_files.example_of(stores, source.version, mlmodel)
    return replace(source, mlmodel=mlmodel, example=example)


async def chosen_again(call: Call, stores: Stores, kind: str, model: str) -> Source:
    """The same for an endpoint that runs a model, which may be gone by now, or not for the reader's eyes."""
    try:
        return await chosen(call, stores, kind, model, "")
    except NotFound:
        return await chosen(call, stores, kind, "", "")


def _choices(connection: Reading, caller: Caller, model: str, version: str) -> Source:
    listed, _more = service.search_models(connection, caller, window=Window(order_by=["name"], most=_MOST))
    if not model:
        return Source(kind="registered", models=listed)
    found = service.get_model(connection, caller, model)
    window = Window(order_by=["version_number DESC"], most=_MOST)
    numbered, _more = versions.of_model(connection, caller, found, window)
    if found.id not in {each.id for each in listed}:
        listed = [found, *listed]
    wanted = next((each for each in numbered if str(each.number) == version), None)
    return Source(
        kind="registered",
        models=listed,
        model=found,
        versions=numbered,
        version=wanted or (numbered[0] if numbered else None),
    )


def _possible(connection: Reading, caller: Caller) -> list[Project]:
    allowed = caller.projects(WRITE)
    found = [each for each in projects.list_all(connection) if allowed is None or each.id in allowed]
    return sorted(found, key=lambda each: each.name.lower())


def _name_for(model: RegisteredModel | None) -> str:
    """A name that an endpoint of the model could have."""
    return _NOT_IN_NAMES.sub("-", model.name.lower()).strip("-._")[:100] if model is not None else ""


ROUTES: Final = (choose_project, new_deployment, source_part, check_example, deploy)
