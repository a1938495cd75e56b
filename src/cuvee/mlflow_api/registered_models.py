"""The protocol's registered models and their aliases."""

from typing import Any, Final, Literal

from msgspec import UNSET

from cuvee.mlflow_api import errors
from cuvee.mlflow_api.endpoint import Asked, Endpoint
from cuvee.mlflow_api.experiments import pairs
from cuvee.mlflow_api.messages import registry as messages
from cuvee.registry import service as registry
from cuvee.registry import versions
from cuvee.registry.values import ModelVersion, RegisteredModel, Window

READ: Final = "registry:read"
WRITE: Final = "registry:write"


async def create_registered_model(asked: Asked, message: messages.CreateRegisteredModel) -> messages.OneRegisteredModel:
    made = await asked.call.write(
        registry.create_model,
        asked.caller,
        message.name,
        project_id=await asked.project(),
        description=message.description,
        tags={pair.key: pair.value for pair in message.tags},
    )
    return messages.OneRegisteredModel(shown(made))


async def get_registered_model(asked: Asked, message: messages.NamedModel) -> messages.OneRegisteredModel:
    return messages.OneRegisteredModel(shown(await asked.call.read(registry.get_model, asked.caller, message.name)))


async def update_registered_model(asked: Asked, message: messages.UpdateRegisteredModel) -> messages.OneRegisteredModel:
    changed = await asked.call.write(registry.describe_model, asked.caller, message.name, message.description)
    return messages.OneRegisteredModel(shown(changed))


async def rename_registered_model(asked: Asked, message: messages.RenameRegisteredModel) -> messages.OneRegisteredModel:
    renamed = await asked.call.write(registry.rename_model, asked.caller, message.name, message.new_name)
    return messages.OneRegisteredModel(shown(renamed))


async def delete_registered_model(asked: Asked, message: messages.NamedModel) -> None:
    await asked.call.write(registry.delete_model, asked.caller, message.name)


async def search_registered_models(
    asked: Asked, message: messages.SearchRegisteredModels
) -> messages.RegisteredModelsPage:
    most = page_size(message.max_results, registry.MAX_MODELS)
    purpose = page_purpose(asked, "registered models", message.filter, message.order_by)
    window = Window(order_by=message.order_by, position=opened(asked, message.page_token, purpose), most=most)
    found, position = await asked.call.read(registry.search_models, asked.caller, message.filter, window)
    token = "" if position is None else asked.tools.sealer.seal(position, purpose)
    return messages.RegisteredModelsPage([shown(model) for model in found], token)


async def get_latest_versions(asked: Asked, message: messages.GetLatestVersions) -> messages.ModelVersionsPage:
    found = await asked.call.read(versions.latest, asked.caller, message.name, message.stages)
    return messages.ModelVersionsPage([shown_version(version) for version in found])


async def set_registered_model_tag(asked: Asked, message: messages.SetRegisteredModelTag) -> None:
    await asked.call.write(registry.tag_model, asked.caller, message.name, message.key, message.value)


async def delete_registered_model_tag(asked: Asked, message: messages.DeleteRegisteredModelTag) -> None:
    await asked.call.write(registry.untag_model, asked.caller, message.name, message.key)


async def set_registered_model_alias(asked: Asked, message: messages.SetRegisteredModelAlias) -> None:
    await asked.call.write(versions.set_alias, asked.caller, message.name, message.alias, message.version)


async def delete_registered_model_alias(asked: Asked, message: messages.NamedAlias) -> None:
    await asked.call.write(versions.delete_alias, asked.caller, message.name, message.alias)


async def get_model_version_by_alias(asked: Asked, message: messages.NamedAlias) -> messages.OneModelVersion:
    found = await asked.call.read(versions.by_alias, asked.caller, message.name, message.alias)
    return messages.OneModelVersion(shown_version(found))


def shown(model: RegisteredModel) -> messages.RegisteredModel:
    """A registered model as MLflow writes it."""
    return messages.RegisteredModel(
        name=model.name,
        creation_timestamp=model.created_at,
        last_updated_timestamp=model.updated_at,
        description=model.description or "",
        latest_versions=[shown_version(version) for version in model.latest],
        tags=pairs(model.tags),
        aliases=[messages.Alias(alias, str(number)) for alias, number in model.aliases.items()],
    )


def shown_version(version: ModelVersion) -> messages.ModelVersion:
    """A version as MLflow writes it."""
    return messages.ModelVersion(
        name=version.name,
        version=str(version.number),
        creation_timestamp=version.created_at,
        last_updated_timestamp=version.updated_at,
        current_stage=version.stage,
        description=UNSET if version.description is None else version.description,
        source=version.source,
        run_id=version.run_id,
        status="READY",
        tags=pairs(version.tags),
        run_link=version.run_link,
        aliases=list(version.aliases),
    )


def page_size(wanted: int, most: int) -> int:
    """How many entries a page is to have.

    Raises:
        InvalidValue: when it is none, or more than is given at once.

    """
    if not 1 <= wanted <= most:
        raise errors.InvalidValue("max_results", wanted)
    return wanted


def page_purpose(asked: Asked, what: str, text: str, order_by: list[str]) -> str:
    """What a page token is for: this list, this filter, this caller."""
    caller = asked.caller
    return "\0".join([what, caller.user_id, caller.bound_project or "", text, *order_by])


def opened(asked: Asked, token: str, purpose: str) -> list[Any] | None:
    """The position in a page token; None for the first page."""
    return asked.tools.sealer.open(token, purpose) if token else None


_MODELS: Final = "/2.0/mlflow/registered-models"
_BOTH: Final[tuple[Literal["GET", "POST"], ...]] = ("GET", "POST")

ENDPOINTS: Final[list[Endpoint[Any]]] = [
    Endpoint(
        method="POST",
        path=f"{_MODELS}/create",
        scope=WRITE,
        request=messages.CreateRegisteredModel,
        handle=create_registered_model,
    ),
    Endpoint(method="GET", path=f"{_MODELS}/get", scope=READ, request=messages.NamedModel, handle=get_registered_model),
    Endpoint(
        method="PATCH",
        path=f"{_MODELS}/update",
        scope=WRITE,
        request=messages.UpdateRegisteredModel,
        handle=update_registered_model,
    ),
    Endpoint(
        method="POST",
        path=f"{_MODELS}/rename",
        scope=WRITE,
        request=messages.RenameRegisteredModel,
        handle=rename_registered_model,
    ),
    Endpoint(
        method="DELETE",
        path=f"{_MODELS}/delete",
        scope=WRITE,
        request=messages.NamedModel,
        handle=delete_registered_model,
    ),
    Endpoint(
        method="GET",
        path=f"{_MODELS}/search",
        scope=READ,
        request=messages.SearchRegisteredModels,
        handle=search_registered_models,
    ),
    *(
        Endpoint(
            method=method,
            path=f"{_MODELS}/get-latest-versions",
            scope=READ,
            request=messages.GetLatestVersions,
            handle=get_latest_versions,
        )
        for method in _BOTH
    ),
    Endpoint(
        method="POST",
        path=f"{_MODELS}/set-tag",
        scope=WRITE,
        request=messages.SetRegisteredModelTag,
        handle=set_registered_model_tag,
    ),
    Endpoint(
        method="DELETE",
        path=f"{_MODELS}/delete-tag",
        scope=WRITE,
        request=messages.DeleteRegisteredModelTag,
        handle=delete_registered_model_tag,
    ),
    Endpoint(
        method="POST",
        path=f"{_MODELS}/alias",
        scope=WRITE,
        request=messages.SetRegisteredModelAlias,
        handle=set_registered_model_alias,
    ),
    Endpoint(
        method="DELETE",
        path=f"{_MODELS}/alias",
        scope=WRITE,
        request=messages.NamedAlias,
        handle=delete_registered_model_alias,
    ),
    Endpoint(
        method="GET",
        path=f"{_MODELS}/alias",
        scope=READ,
        request=messages.NamedAlias,
        handle=get_model_version_by_alias,
    ),
]
