"""API v2's builds of models."""

from collections.abc import Collection
from typing import Final

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from cuvee.api import listing
from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.listing import Asked
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.core import clock
from cuvee.core import errors as core_errors
from cuvee.core.paths import RelativePath
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.registry import versions as registry
from cuvee.runtimes import addons
from cuvee.serving import errors, messages, service
from cuvee.serving.routes import asked as read
from cuvee.serving.routes import logs, shown
from cuvee.serving.routes.shown import People
from cuvee.serving.values import Build, Endpoint, Source, Wish, new_uuid
from cuvee.serving.workshop import Workshop

_READ: Final = "endpoints:read"
_WRITE: Final = "endpoints:write"
_BUILDS: Final = "/api/v2/projects/{project_id:str}/models/{model_id:str}/builds"
_BUILD: Final = _BUILDS + "/{build_id:str}"
_LOCATION: Final = "mlflow-artifacts:/"


@get(_BUILDS, opt=scope(_READ))
async def list_model_builds(
    project_id: FromPath[str],
    model_id: FromPath[str],
    call: NamedDependency[Call],
    asked: NamedDependency[Asked],
    sealer: NamedDependency[Sealer],
) -> messages.ListModelBuildsResponse:
    """The builds of a model."""
    call.caller.require(_READ, project_id)
    endpoint = await call.read(service.get_endpoint, project_id, model_id)
    builds = await call.read(service.list_builds, endpoint)
    people = await call.read(_people, builds)
    name = f"builds {endpoint.id}"
    page, token = listing.page(builds, asked, _columns(people), sealer=sealer, name=name, caller=call.caller)
    return messages.ListModelBuildsResponse(
        model_builds=[shown.build(one, people) for one in page], next_page_token=token
    )


@post(_BUILDS, opt=scope(_WRITE), status_code=200)
async def create_model_build(
    project_id: FromPath[str],
    model_id: FromPath[str],
    data: JSONBody[messages.CreateModelBuildRequest],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.ModelBuild:
    """Build a model from a registered version or from code of the project; answers at once."""
    call.caller.require(_WRITE, project_id)
    endpoint = await call.read(service.get_endpoint, project_id, model_id)
    then = read.wish(data.auto_deployment_config, endpoint) if data.auto_deploy_model else None
    wanted = await call.read(wanted_build, call.caller, endpoint, data, then)
    return await _shown(call, await workshop.build(wanted))


@get(_BUILD, opt=scope(_READ))
async def get_model_build(
    project_id: FromPath[str], model_id: FromPath[str], build_id: FromPath[str], call: NamedDependency[Call]
) -> messages.ModelBuild:
    """One build."""
    _endpoint, build = await found(call, _READ, project_id, model_id, build_id)
    return await _shown(call, build)


@delete(_BUILD, opt=scope(_WRITE), status_code=200)
async def delete_model_build(
    project_id: FromPath[str],
    model_id: FromPath[str],
    build_id: FromPath[str],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.Empty:
    """Delete a build that is not deployed; one that is under way is cancelled first."""
    _endpoint, build = await found(call, _WRITE, project_id, model_id, build_id)
    await workshop.remove_build(build)
    return messages.Empty()


@post(_BUILD + "/:cancel", opt=scope(_WRITE), status_code=200)
async def cancel_model_build(
    project_id: FromPath[str],
    model_id: FromPath[str],
    build_id: FromPath[str],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.ModelBuild:
    """Stop a build that is under way. An extension."""
    endpoint, build = await found(call, _WRITE, project_id, model_id, build_id)
    await workshop.builder.cancel(build.id)
    return await _shown(call, await call.read(service.get_build, endpoint, build.id))


@get(_BUILD + "/log", opt=scope(_READ))
async def get_model_build_log(
    *,
    project_id: FromPath[str],
    model_id: FromPath[str],
    build_id: FromPath[str],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
    offset: FromQuery[int] = 0,
    tail: FromQuery[int] = 0,
) -> Response[bytes]:
    """What the build says, also while it goes on: from `offset` on, or the last `tail` bytes. An extension."""
    _endpoint, build = await found(call, _READ, project_id, model_id, build_id)
    return await logs.piece(workshop.builder.log(build.id), offset=offset, tail=tail)


async def found(call: Call, needs: str, project_id: str, model_id: str, build_id: str) -> tuple[Endpoint, Build]:
    """The build that a request is about, when the caller holds the scope in its project."""
    call.caller.require(needs, project_id)
    return await call.read(_found, project_id, model_id, build_id)


def wanted_build(
    connection: Reading,
    caller: Caller,
    endpoint: Endpoint,
    data: messages.ShortCreateModelBuild,
    then_deploy: Wish | None,
) -> Build:
    """A build as it is asked for. Whoever asks for a registered version must see it.

    Raises:
        NotInTheRegistry: when the caller sees no such version.
        NoBuildScripts: when a build script is named.
        AddonNotFound, TwoSparks: when the add-ons cannot be had.

    """
    if data.build_script_path:
        raise errors.NoBuildScripts
    addons.chosen(data.runtime_addon_identifiers)
    now = clock.now_ms()
    return Build(
        id=new_uuid(),
        endpoint_id=endpoint.id,
        number=1,
        creator_id=caller.user_id,
        comment=data.comment,
        source=_source(connection, caller, data),
        kernel=data.kernel[:64],
        runtime_identifier=data.runtime_identifier,
        runtime_addon_identifiers=tuple(data.runtime_addon_identifiers),
        then_deploy=then_deploy,
        created_at=now,
        updated_at=now,
    )


def _source(connection: Reading, caller: Caller, data: messages.ShortCreateModelBuild) -> Source:
    if not data.registered_model_version_id:
        return Source(file_path=data.file_path, function_name=data.function_name, model_root_dir=data.model_root_dir)
    try:
        model, version = registry.get_by_id(connection, caller, data.registered_model_version_id)
    except core_errors.NotFound:
        raise errors.NotInTheRegistry from None
    if not version.location.startswith(_LOCATION):
        raise errors.NotInTheRegistry("This registered version has no files that can be deployed.")
    return Source(
        registered_model_version_id=version.id,
        model_name=model.name,
        version_number=version.number,
        artifacts_project_id=version.project_id,
        location=str(RelativePath.parse(version.location.removeprefix(_LOCATION))),
        mlmodel_digest=version.digest,
    )


def _found(connection: Reading, project_id: str, model_id: str, build_id: str) -> tuple[Endpoint, Build]:
    endpoint = service.get_endpoint(connection, project_id, model_id)
    return endpoint, service.get_build(connection, endpoint, build_id)


async def _shown(call: Call, build: Build) -> messages.ModelBuild:
    return shown.build(build, await call.read(_people, [build]))


def _people(connection: Reading, builds: Collection[Build]) -> People:
    return People(users=identity.users(connection, {build.creator_id for build in builds}))


def _columns(people: People) -> listing.Columns[Build]:
    texts = {
        "comment": lambda build: build.comment,
        "creator.email": lambda build: people.user(build.creator_id).email,
        "creator.name": lambda build: people.user(build.creator_id).name,
        "creator.username": lambda build: people.user(build.creator_id).username,
        "crn": lambda build: build.crn,
        "status": lambda build: build.status,
    }
    moments = {
        "built_at": lambda build: build.built_at,
        "created_at": lambda build: build.created_at,
        "updated_at": lambda build: build.updated_at,
    }
    return listing.Columns(filters=texts, sorts={**texts, **moments}, id=lambda build: build.id)
