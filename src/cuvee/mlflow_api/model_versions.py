"""The protocol's model versions."""

from typing import Any, Final

from msgspec import UNSET

from cuvee.mlflow_api import errors
from cuvee.mlflow_api.endpoint import Asked, Endpoint
from cuvee.mlflow_api.messages import registry as messages
from cuvee.mlflow_api.registered_models import READ, WRITE, opened, page_purpose, shown_version
from cuvee.registry import origins, registering, service, versions
from cuvee.registry.errors import BadPageSize
from cuvee.registry.values import Window

#: MLflow's own limit; a page of ours has fewer, and a token behind it.
_MOST: Final = 200_000


async def create_model_version(asked: Asked, message: messages.CreateModelVersion) -> messages.OneModelVersion:
    claim = origins.Claim(
        source=message.source,
        run_id=None if message.run_id is UNSET else message.run_id,
        model_id=None if message.model_id is UNSET else message.model_id,
        tags={pair.key: pair.value for pair in message.tags},
        description=message.description,
        run_link=message.run_link,
    )
    made = await registering.claim(asked.call, asked.caller, asked.tools.stores, message.name, claim)
    return messages.OneModelVersion(shown_version(made))


async def get_model_version(asked: Asked, message: messages.NumberedVersion) -> messages.OneModelVersion:
    found = await asked.call.read(versions.get, asked.caller, message.name, message.version)
    return messages.OneModelVersion(shown_version(found))


async def update_model_version(asked: Asked, message: messages.UpdateModelVersion) -> messages.OneModelVersion:
    description = None if message.description is UNSET else message.description
    changed = await asked.call.write(versions.describe, asked.caller, message.name, message.version, description)
    return messages.OneModelVersion(shown_version(changed))


async def transition_stage(asked: Asked, message: messages.TransitionStage) -> messages.OneModelVersion:
    moved = await asked.call.write(
        versions.transition,
        asked.caller,
        message.name,
        message.version,
        message.stage,
        archive_others=message.archive_existing_versions,
    )
    return messages.OneModelVersion(shown_version(moved))


async def delete_model_version(asked: Asked, message: messages.NumberedVersion) -> None:
    await asked.call.write(versions.delete, asked.caller, message.name, message.version)


async def get_download_uri(asked: Asked, message: messages.GetDownloadUri) -> messages.DownloadUri:
    found = await asked.call.read(versions.get, asked.caller, message.name, message.version)
    return messages.DownloadUri(found.location)


async def search_model_versions(asked: Asked, message: messages.SearchModelVersions) -> messages.ModelVersionsPage:
    if message.max_results > _MOST:
        raise errors.InvalidValue("max_results", message.max_results)
    if message.max_results < 1:
        raise BadPageSize.of(message.max_results)
    purpose = page_purpose(asked, "model versions", message.filter, message.order_by)
    window = Window(
        order_by=message.order_by,
        position=opened(asked, message.page_token, purpose),
        most=min(message.max_results, service.MAX_VERSIONS),
    )
    found, position = await asked.call.read(versions.search, asked.caller, message.filter, window)
    token = "" if position is None else asked.tools.sealer.seal(position, purpose)
    return messages.ModelVersionsPage([shown_version(version) for version in found], token)


async def set_model_version_tag(asked: Asked, message: messages.SetModelVersionTag) -> None:
    await asked.call.write(
        versions.tag, asked.caller, message.name, message.version, key=message.key, value=message.value
    )


async def delete_model_version_tag(asked: Asked, message: messages.DeleteModelVersionTag) -> None:
    await asked.call.write(versions.untag, asked.caller, message.name, message.version, key=message.key)


_VERSIONS: Final = "/2.0/mlflow/model-versions"

ENDPOINTS: Final[list[Endpoint[Any]]] = [
    Endpoint(
        method="POST",
        path=f"{_VERSIONS}/create",
        scope=WRITE,
        request=messages.CreateModelVersion,
        handle=create_model_version,
    ),
    Endpoint(
        method="GET", path=f"{_VERSIONS}/get", scope=READ, request=messages.NumberedVersion, handle=get_model_version
    ),
    Endpoint(
        method="PATCH",
        path=f"{_VERSIONS}/update",
        scope=WRITE,
        request=messages.UpdateModelVersion,
        handle=update_model_version,
    ),
    Endpoint(
        method="POST",
        path=f"{_VERSIONS}/transition-stage",
        scope=WRITE,
        request=messages.TransitionStage,
        handle=transition_stage,
    ),
    Endpoint(
        method="DELETE",
        path=f"{_VERSIONS}/delete",
        scope=WRITE,
        request=messages.NumberedVersion,
        handle=delete_model_version,
    ),
    Endpoint(
        method="GET",
        path=f"{_VERSIONS}/get-download-uri",
        scope=READ,
        request=messages.GetDownloadUri,
        handle=get_download_uri,
    ),
    Endpoint(
        method="GET",
        path=f"{_VERSIONS}/search",
        scope=READ,
        request=messages.SearchModelVersions,
        handle=search_model_versions,
    ),
    Endpoint(
        method="POST",
        path=f"{_VERSIONS}/set-tag",
        scope=WRITE,
        request=messages.SetModelVersionTag,
        handle=set_model_version_tag,
    ),
    Endpoint(
        method="DELETE",
        path=f"{_VERSIONS}/delete-tag",
        scope=WRITE,
        request=messages.DeleteModelVersionTag,
        handle=delete_model_version_tag,
    ),
]
