"""API v2's door to the registry. The two PATCHes are as its specification has them: one with the id in the body."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from cuvee.api import listing
from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.artifacts.stores import Stores
from cuvee.db.session import Reading, Writing
from cuvee.identity import errors as identity_errors
from cuvee.identity import service as identity
from cuvee.identity.values import User
from cuvee.registry import errors, forms, messages, registering, service, versions
from cuvee.registry.values import ModelVersion, Move, RegisteredModel, Visibility, Window

READ: Final = scope("registry:read")
WRITE: Final = scope("registry:write")
_PATH: Final = "/api/v2/registry/models"
_MODEL_SORTS: Final = ("created_at", "updated_at", "name", "versions")
_VERSION_SORTS: Final = ("created_at", "updated_at", "version_number")


@get(_PATH, opt=READ)
async def list_registered_models(
    call: NamedDependency[Call], asked: NamedDependency[listing.Asked], sealer: NamedDependency[Sealer]
) -> messages.ListRegisteredModelsResponse:
    """The models that the caller sees; `search_filter` by `model_name` (contained) and `creator_id` (id or name)."""
    wanted = listing.parse_filter(asked.search_filter, ("creator_id", "model_name"))
    purpose = _purpose(call, "registered models", asked)
    window = _window(asked, _MODEL_SORTS, sealer, purpose)

    def found(connection: Reading) -> tuple[list[RegisteredModel], list[Any] | None, Mapping[str, User]]:
        models, position = service.search_models(
            connection,
            call.caller,
            window=window,
            owner_id=_user_id(connection, wanted.get("creator_id", "")),
            name_has=wanted.get("model_name", ""),
        )
        return models, position, identity.users(connection, [model.owner_id for model in models])

    models, position, users = await call.read(found)
    return messages.ListRegisteredModelsResponse(
        models=[forms.details(model, call.caller, users) for model in models],
        next_page_token="" if position is None else sealer.seal(position, purpose),
    )


@post(_PATH, opt=WRITE, status_code=200)
async def create_registered_model(
    data: JSONBody[messages.CreateRegisteredModelRequest], call: NamedDependency[Call], stores: NamedDependency[Stores]
) -> messages.RegisteredModel:
    """Register the model in a run's artifacts: a new model, or a new version when the name is there already."""
    order = registering.Order(
        name=data.model_name,
        run_id=data.run_id,
        experiment_id=data.experiment_id,
        project_id=data.project_id,
        model_path=data.model_path,
        tags={tag.key: tag.value for tag in data.tags},
        description=data.description,
        notes=data.notes,
        visibility=_visibility(data.visibility) if data.visibility else Visibility.PRIVATE,
    )
    made = await registering.register(call, stores, order)
    return await _whole(call, made.model_id, [made])


@patch(_PATH, opt=WRITE)
async def update_registered_model(
    data: JSONBody[messages.UpdateRegisteredModelRequest], call: NamedDependency[Call]
) -> messages.RegisteredModel:
    """Change a model's description, visibility or owner. The model is named in the body."""
    visibility = None if data.visibility is None else _visibility(data.visibility)

    def change(connection: Writing) -> str:
        model = service.get_model_by_id(connection, call.caller, data.model_id)
        service.require_write(call.caller, model)
        if data.description is not None:
            service.describe_model(connection, call.caller, model.name, data.description)
        if visibility is not None:
            service.show_model(connection, call.caller, model.name, visibility)
        if data.user_id:
            owner = _user_id(connection, data.user_id)
            if not identity.users(connection, [owner]):
                raise identity_errors.UserNotFound
            service.hand_over(connection, call.caller, model.name, owner)
        return model.id

    return await _whole(call, await call.write(change), [])


@get(_PATH + "/{model_id:str}", opt=READ)
async def get_registered_model(
    model_id: FromPath[str],
    call: NamedDependency[Call],
    asked: NamedDependency[listing.Asked],
    sealer: NamedDependency[Sealer],
) -> messages.RegisteredModel:
    """A model and a page of its versions; `search_filter` by `version_number` and `creator_id` (id or name)."""
    wanted = listing.parse_filter(asked.search_filter, ("creator_id", "version_number"))
    purpose = _purpose(call, f"versions of {model_id}", asked)
    window = _window(asked, _VERSION_SORTS, sealer, purpose)
    number = _number(wanted["version_number"]) if "version_number" in wanted else None

    def found(connection: Reading) -> tuple[list[ModelVersion], list[Any] | None]:
        model = service.get_model_by_id(connection, call.caller, model_id)
        user_id = _user_id(connection, wanted.get("creator_id", ""))
        return versions.of_model(connection, call.caller, model, window, user_id=user_id, number=number)

    listed, position = await call.read(found)
    token = "" if position is None else sealer.seal(position, purpose)
    return await _whole(call, model_id, listed, token)


@delete(_PATH + "/{model_id:str}", opt=WRITE, status_code=200)
async def delete_registered_model(model_id: FromPath[str], call: NamedDependency[Call]) -> messages.Empty:
    """Delete a model and its versions. The files stay with their run."""

    def remove(connection: Writing) -> None:
        model = service.get_model_by_id(connection, call.caller, model_id)
        service.delete_model(connection, call.caller, model.name)

    await call.write(remove)
    return messages.Empty()


@patch(_PATH + "/{model_id:str}", opt=WRITE)
async def update_registered_model_version(
    model_id: FromPath[str],
    data: JSONBody[messages.UpdateRegisteredModelVersionRequest],
    call: NamedDependency[Call],
) -> messages.RegisteredModelVersion:
    """Change the notes and set tags of a version. The version is named in the body."""

    def change(connection: Writing) -> None:
        model, version = _version_of(connection, call.caller, model_id, data.model_version_id)
        service.require_write(call.caller, model)
        if data.notes is not None:
            versions.describe(connection, call.caller, model.name, str(version.number), data.notes)
        for tag in data.tags:
            versions.tag(connection, call.caller, model.name, str(version.number), key=tag.key, value=tag.value)

    await call.write(change)
    return await _shown(call, model_id, data.model_version_id)


@get(_PATH + "/{model_id:str}/versions/{version_id:str}", opt=READ)
async def get_registered_model_version(
    model_id: FromPath[str], version_id: FromPath[str], call: NamedDependency[Call]
) -> messages.RegisteredModelVersion:
    """A version with what was logged to its run, as far as the caller may read that."""
    return await _shown(call, model_id, version_id)


@delete(_PATH + "/{model_id:str}/versions/{version_id:str}", opt=WRITE, status_code=200)
async def delete_registered_model_version(
    model_id: FromPath[str], version_id: FromPath[str], call: NamedDependency[Call]
) -> messages.Empty:
    """Delete a version. Its number is never given again."""

    def remove(connection: Writing) -> None:
        model, version = _version_of(connection, call.caller, model_id, version_id)
        versions.delete(connection, call.caller, model.name, str(version.number))

    await call.write(remove)
    return messages.Empty()


@put(_PATH + "/{model_id:str}/aliases/{alias:str}", opt=WRITE)
async def set_registered_model_alias(
    model_id: FromPath[str],
    alias: FromPath[str],
    data: JSONBody[messages.SetAliasRequest],
    call: NamedDependency[Call],
) -> messages.Empty:
    """Point an alias at a version; with `expected_version` only when it points there now, else 409. An extension."""
    expected = versions.ANYWHERE if data.expected_version is None else data.expected_version

    def point(connection: Writing) -> None:
        model = service.get_model_by_id(connection, call.caller, model_id)
        versions.set_alias(connection, call.caller, model.name, alias, str(data.version), expected=expected)

    await call.write(point)
    return messages.Empty()


@delete(_PATH + "/{model_id:str}/aliases/{alias:str}", opt=WRITE, status_code=200)
async def delete_registered_model_alias(
    model_id: FromPath[str],
    alias: FromPath[str],
    call: NamedDependency[Call],
    expected_version: FromQuery[int] = versions.ANYWHERE,
) -> messages.Empty:
    """Take an alias away; with `expected_version` only when it points there now, else 409. An extension."""

    def remove(connection: Writing) -> None:
        model = service.get_model_by_id(connection, call.caller, model_id)
        versions.delete_alias(connection, call.caller, model.name, alias, expected=expected_version)

    await call.write(remove)
    return messages.Empty()


@get(_PATH + "/{model_id:str}/moves", opt=READ)
async def list_registered_model_moves(
    model_id: FromPath[str],
    call: NamedDependency[Call],
    asked: NamedDependency[listing.Asked],
    sealer: NamedDependency[Sealer],
) -> messages.ListMovesResponse:
    """Who moved which alias or stage when, the newest first. An extension."""
    purpose = _purpose(call, f"moves of {model_id}", asked)
    before = sealer.open(asked.page_token, purpose) if asked.page_token else ""

    def found(connection: Reading) -> tuple[list[Move], str | None, Mapping[str, User]]:
        lines, last = service.history(connection, call.caller, model_id, before_id=before, most=_size(asked))
        concerned = {person for line in lines for person in (line.user_id, line.before, line.after)}
        return lines, last, identity.users(connection, concerned)

    lines, last, users = await call.read(found)
    token = "" if last is None else sealer.seal(last, purpose)
    return messages.ListMovesResponse(moves=[forms.move(line, users) for line in lines], next_page_token=token)


async def _whole(
    call: Call, model_id: str, listed: Sequence[ModelVersion], token: str = ""
) -> messages.RegisteredModel:
    """A model as it is now, with these versions."""

    def found(connection: Reading) -> messages.RegisteredModel:
        model = service.get_model_by_id(connection, call.caller, model_id)
        users = identity.users(connection, {model.owner_id, *(version.user_id for version in listed)})
        return forms.whole(model, listed, call.caller, users, token)

    return await call.read(found)


async def _shown(call: Call, model_id: str, version_id: str) -> messages.RegisteredModelVersion:
    def found(connection: Reading) -> messages.RegisteredModelVersion:
        model, version = _version_of(connection, call.caller, model_id, version_id)
        users = identity.users(connection, {model.owner_id, version.user_id})
        return forms.shown(version, model, users, registering.run_of(connection, call.caller, version))

    return await call.read(found)


def _version_of(
    connection: Reading, caller: Caller, model_id: str, version_id: str
) -> tuple[RegisteredModel, ModelVersion]:
    model, version = versions.get_by_id(connection, caller, version_id)
    if model.id != model_id:
        raise errors.VersionNotFound(f"Model Version (id={version_id}) not found in this model")
    return model, version


def _user_id(connection: Reading, text: str) -> str:
    """The id of a user who is given by id or name; a text that is neither stays as it is, and finds nothing."""
    try:
        return identity.get_user(connection, text).id if text else ""
    except identity_errors.UserNotFound:
        return text


def _visibility(text: str) -> Visibility:
    try:
        return Visibility(text.upper())
    except ValueError:
        raise errors.BadVisibility from None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - fits in 31 bits


def _window(asked: listing.Asked, known: Sequence[str], sealer: Sealer, purpose: str) -> Window:
    order = listing.parse_sort(asked.sort, known)
    return Window(
        order_by=[f"{key} {'DESC' if falls else 'ASC'}" for key, falls in order],
        position=sealer.open(asked.page_token, purpose) if asked.page_token else None,
        most=_size(asked),
    )


def _size(asked: listing.Asked) -> int:
    if asked.page_size < 0:
        raise listing.BadPageSize
    return min(asked.page_size or listing.DEFAULT_SIZE, service.MAX_MODELS)


def _purpose(call: Call, what: str, asked: listing.Asked) -> str:
    caller = call.caller
    return "\0".join([what, caller.user_id, caller.bound_project or "", asked.search_filter, asked.sort])
