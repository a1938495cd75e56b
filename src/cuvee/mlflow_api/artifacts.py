"""The protocol's artifacts, where requests and replies are messages: lists, and uploads in parts."""

import re
import time
from typing import Any, Final

from litestar import Request

from cuvee.api.pages import BadPageToken, Sealer
from cuvee.artifacts.errors import BadPartNumber
from cuvee.artifacts.values import LAST_PART, Part
from cuvee.core.errors import Denied, Invalid
from cuvee.core.paths import BadPath, RelativePath
from cuvee.logged_models import service as logged_models
from cuvee.mlflow_api import errors
from cuvee.mlflow_api.endpoint import Asked, Endpoint
from cuvee.mlflow_api.messages import artifacts as messages
from cuvee.mlflow_api.places import Place, listed, parsed, place_of, place_of_run, place_of_uri
from cuvee.tracking import service as tracking

#: Seconds for which the address of a part is good, as with MLflow on S3.
PART_ADDRESS_LIFE: Final = 3_600
_PART: Final = "part of an artifact"
_LONGEST: Final = 604_800
_SLASHES: Final = re.compile(r"[/\\]")


async def list_artifacts(asked: Asked, message: messages.ListArtifacts) -> messages.Files:
    place, root = await place_of_run(asked, message.run_id, message.path, tracking.READ)
    return messages.Files(root_uri=root, files=await listed(place, parsed(message.path)))


async def list_model_artifacts(asked: Asked, message: messages.ListModelArtifacts) -> messages.Files:
    below = parsed(message.artifact_directory_path)
    model = await asked.call.read(logged_models.get, asked.caller, message.model_id)
    place = (await place_of_uri(asked, model.artifact_location, tracking.READ)).below(below)
    return messages.Files(root_uri=model.artifact_location, files=await listed(place, below))


async def presign_download(asked: Asked, message: messages.PresignDownload) -> None:
    """Never given: artifacts go through this server, as with MLflow when it serves them itself."""
    parsed(message.path)
    if not 1 <= message.expiration <= _LONGEST:
        raise Invalid(f"expiration must be between 1 and {_LONGEST} seconds (got {message.expiration}).")
    await asked.call.read(tracking.get_run_info, asked.caller, message.run_id)
    raise errors.NotPresigned(
        "Presigned download is not supported for runs with proxied artifact storage "
        "(artifact URI scheme: mlflow-artifacts). "
        "This endpoint requires a run with a direct cloud storage artifact URI."
    )


async def presign_upload(asked: Asked, message: messages.PresignUpload) -> None:
    """Never given, for the same reason."""
    if bool(message.run_id) == bool(message.model_id):
        raise Invalid("Exactly one of run_id and model_id must be provided.")
    parsed(message.path)
    if message.run_id:
        await asked.call.read(tracking.get_run_info, asked.caller, message.run_id, tracking.WRITE)
    else:
        await asked.call.read(logged_models.get, asked.caller, message.model_id, tracking.WRITE)
    raise errors.NotPresigned(
        "Presigned upload is not supported for proxied artifact storage (artifact URI scheme: mlflow-artifacts). "
        "This endpoint requires a direct cloud storage artifact URI."
    )


async def create_upload(
    asked: Asked, request: Request[Any, Any, Any], folder: str, message: messages.CreateUpload
) -> messages.Upload:
    """Begin an upload in parts; each part gets an address of its own, which is good for an hour and needs no key."""
    place = await _target(asked, folder, message.path)
    if not 1 <= message.num_parts <= LAST_PART:
        raise BadPartNumber
    upload = await place.store.create(place.path)
    project = (await asked.call.read(tracking.get_experiment, asked.caller, place.path.names[0])).project_id
    expires_at = int(time.time()) + PART_ADDRESS_LIFE
    base = f"{request.base_url}".rstrip("/") + "/api/2.0/mlflow-artifacts/mpu/part/"
    return messages.Upload(
        upload_id=upload,
        credentials=[
            messages.Credential(
                url=base + asked.tools.sealer.seal([project, upload, number, expires_at], _PART), part_number=number
            )
            for number in range(1, message.num_parts + 1)
        ],
    )


async def complete_upload(
    asked: Asked, _request: Request[Any, Any, Any], folder: str, message: messages.CompleteUpload
) -> None:
    """Put the parts together."""
    place = await _target(asked, folder, message.path)
    parts = [Part(number=part.part_number, etag=part.etag.strip('"')) for part in message.parts]
    await place.store.complete(message.upload_id, place.path, parts)


async def abort_upload(
    asked: Asked, _request: Request[Any, Any, Any], folder: str, message: messages.AbortUpload
) -> None:
    """Forget the parts."""
    place = await _target(asked, folder, message.path)
    await place.store.abort(message.upload_id, place.path)


async def list_stored(asked: Asked, path: str) -> messages.Files:
    """What lies at a path; without one, the experiments of the project that have files."""
    if path in {"", "/"}:
        project_id = await asked.project()
        asked.caller.require(tracking.READ, project_id)
        return messages.Files(
            files=await listed(Place(asked.tools.stores.of(project_id), RelativePath()), RelativePath())
        )
    place = await place_of(asked, path, tracking.READ)
    return messages.Files(files=await listed(place, RelativePath()))


def opened_part(sealer: Sealer, token: str) -> tuple[str, str, int]:
    """Project, upload and number of a part from its address.

    Raises:
        Denied: when the address was not given out here, or is too old.

    """
    try:
        project_id, upload, number, expires_at = sealer.open(token, _PART)
    except BadPageToken:
        raise Denied("This is no address of a part.") from None
    if expires_at < time.time():
        raise Denied("This address of a part has expired: begin the upload again.")
    return project_id, upload, number


async def _target(asked: Asked, folder: str, name: str) -> Place:
    """Where the file is to be: clients name it by its whole path on their own disk."""
    file = parsed(_SLASHES.split(name)[-1])
    if not file.names:
        raise BadPath
    place = await place_of(asked, folder, tracking.WRITE)
    return place.below(file)


ENDPOINTS: Final[list[Endpoint[Any]]] = [
    Endpoint(
        method="GET",
        path="/2.0/mlflow/artifacts/list",
        scope=tracking.READ,
        request=messages.ListArtifacts,
        handle=list_artifacts,
    ),
    Endpoint(
        method="GET",
        path="/2.0/mlflow/logged-models/{model_id:str}/artifacts/directories",
        scope=tracking.READ,
        request=messages.ListModelArtifacts,
        handle=list_model_artifacts,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/artifacts/presigned-download-url",
        scope=tracking.READ,
        request=messages.PresignDownload,
        handle=presign_download,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/artifacts/presigned-upload-url",
        scope=tracking.WRITE,
        request=messages.PresignUpload,
        handle=presign_upload,
    ),
]
