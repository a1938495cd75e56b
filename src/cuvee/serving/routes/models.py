"""API v2's models, which are our endpoints."""

from collections.abc import Collection
from typing import Any, Final

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from cuvee.api import listing
from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.listing import Asked
from cuvee.api.numbers import whole
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.core import clock
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.projects import service as projects
from cuvee.serving import messages, service
from cuvee.serving.routes import asked as read
from cuvee.serving.routes import shown
from cuvee.serving.routes.builds import wanted_build
from cuvee.serving.routes.shown import People
from cuvee.serving.values import Endpoint, Resources, new_uuid
from cuvee.serving.workshop import Workshop

_READ: Final = "endpoints:read"
_WRITE: Final = "endpoints:write"


@get("/api/v2/models", opt=scope(_READ))
async def list_all_models(
    call: NamedDependency[Call], asked: NamedDependency[Asked], sealer: NamedDependency[Sealer]
) -> messages.ListModelsResponse:
    """The models of all projects in which the caller may see them."""
    return await _listed(call, asked, sealer, call.caller.projects(_READ), "all models")


@get("/api/v2/projects/{project_id:str}/models", opt=scope(_READ))
async def list_models(
    project_id: FromPath[str],
    call: NamedDependency[Call],
    asked: NamedDependency[Asked],
    sealer: NamedDependency[Sealer],
) -> messages.ListModelsResponse:
    """The models of a project."""
    call.caller.require(_READ, project_id)
    return await _listed(call, asked, sealer, [project_id], f"models {project_id}")


@post("/api/v2/projects/{project_id:str}/models", opt=scope(_WRITE), status_code=200)
async def create_model(
    project_id: FromPath[str],
    data: JSONBody[messages.CreateModelRequest],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.Model:
    """Create a model; with `auto_build_model` and `auto_deploy_model` it is built and deployed, too."""
    call.caller.require(_WRITE, project_id)
    await call.read(projects.get, project_id)
    endpoint = _wanted(project_id, data, call.caller)
    build = None
    if data.auto_build_model or data.auto_build_config is not None:
        config = data.auto_build_config or messages.ShortCreateModelBuild()
        then = read.wish(data.auto_deployment_config, endpoint) if data.auto_deploy_model else None
        build = await call.read(wanted_build, call.caller, endpoint, config, then)
    return await _shown(call, await workshop.create(endpoint, build))


@get("/api/v2/projects/{project_id:str}/models/{model_id:str}", opt=scope(_READ))
async def get_model(project_id: FromPath[str], model_id: FromPath[str], call: NamedDependency[Call]) -> messages.Model:
    """One model."""
    return await _shown(call, await found(call, _READ, project_id, model_id))


@patch("/api/v2/projects/{project_id:str}/models/{model_id:str}", opt=scope(_WRITE))
async def update_model(
    project_id: FromPath[str],
    model_id: FromPath[str],
    data: JSONBody[messages.UpdateSingleModel],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.Model:
    """Change a model. Another number of replicas counts at once."""
    endpoint = await found(call, _WRITE, project_id, model_id)
    return await _shown(call, await workshop.change(endpoint, _changes(endpoint, data)))


@delete("/api/v2/projects/{project_id:str}/models/{model_id:str}", opt=scope(_WRITE), status_code=200)
async def delete_model(
    project_id: FromPath[str],
    model_id: FromPath[str],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.Empty:
    """Delete a model with its builds and deployments. What runs is ended before this answers."""
    endpoint = await found(call, _WRITE, project_id, model_id)
    await workshop.remove(endpoint.id)
    return messages.Empty()


async def found(call: Call, needs: str, project_id: str, model_id: str) -> Endpoint:
    """The endpoint that a request is about, when the caller holds the scope in its project."""
    call.caller.require(needs, project_id)
    return await call.read(service.get_endpoint, project_id, model_id)


async def _shown(call: Call, endpoint: Endpoint) -> messages.Model:
    return shown.model(endpoint, await call.read(_people, [endpoint]))


async def _listed(
    call: Call, asked: Asked, sealer: Sealer, projects_: Collection[str] | None, name: str
) -> messages.ListModelsResponse:
    endpoints = await call.read(service.list_endpoints, projects_)
    people = await call.read(_people, endpoints)
    page, token = listing.page(endpoints, asked, _columns(people), sealer=sealer, name=name, caller=call.caller)
    return messages.ListModelsResponse(models=[shown.model(one, people) for one in page], next_page_token=token)


def _people(connection: Reading, endpoints: Collection[Endpoint]) -> People:
    return People(
        users=identity.users(connection, {endpoint.creator_id for endpoint in endpoints}),
        projects=projects.by_ids(connection, {endpoint.project_id for endpoint in endpoints}),
    )


def _columns(people: People) -> listing.Columns[Endpoint]:
    texts = {
        "auth_enabled": lambda endpoint: "t" if endpoint.auth_enabled else "f",
        "creator.email": lambda endpoint: people.user(endpoint.creator_id).email,
        "creator.name": lambda endpoint: people.user(endpoint.creator_id).name,
        "creator.username": lambda endpoint: people.user(endpoint.creator_id).username,
        "description": lambda endpoint: endpoint.description,
        "name": lambda endpoint: endpoint.name,
    }
    moments = {
        "created_at": lambda endpoint: endpoint.created_at,
        "updated_at": lambda endpoint: endpoint.updated_at,
    }
    return listing.Columns(filters=texts, sorts={**texts, **moments}, id=lambda endpoint: endpoint.id)


def _wanted(project_id: str, data: messages.CreateModelRequest, caller: Caller) -> Endpoint:
    now = clock.now_ms()
    return Endpoint(
        id=new_uuid(),
        project_id=project_id,
        name=data.name,
        description=data.description,
        access_key=service.new_access_key(),
        auth_enabled=not data.disable_authentication,
        visibility=read.visibility(data.visibility),
        creator_id=caller.user_id,
        registered_model_id=data.registered_model_id,
        run_as=whole(data.run_as),
        resources=read.resources(data.default_resources, Resources()),
        replicas=read.replicas(data.default_replication_policy, 1),
        example_input=data.example_input,
        example_output=data.example_output,
        created_at=now,
        updated_at=now,
    )


def _changes(endpoint: Endpoint, data: messages.UpdateSingleModel) -> dict[str, Any]:
    """What is to change; empty texts of fields that cannot be empty are what clients send for fields left alone."""
    changes: dict[str, Any] = {
        "name": data.name or None,
        "description": data.description,
        "visibility": read.visibility(data.visibility) if data.visibility else None,
        "run_as": None if data.run_as is None else whole(data.run_as),
        "auth_enabled": data.auth_enabled,
        "example_input": data.example_input,
        "example_output": data.example_output,
        "resources": read.resources(data.default_resources, endpoint.resources),
        "replicas": read.replicas(data.default_replication_policy, endpoint.replicas),
    }
    return {name: value for name, value in changes.items() if value is not None}
