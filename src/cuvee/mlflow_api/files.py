"""The protocol's doors for files themselves: bytes go from the request to the store and back, never held whole."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final, Literal
from urllib.parse import unquote_to_bytes

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import Empty
from msgspec import Struct

from cuvee.api import ranges
from cuvee.api.bodies import body
from cuvee.api.builder import PUBLIC, scope
from cuvee.api.digests import checked
from cuvee.api.request import Call
from cuvee.artifacts.downloads import Download
from cuvee.core.errors import BadRequest, Invalid
from cuvee.core.paths import BadPath
from cuvee.logged_models import service as logged_models
from cuvee.mlflow_api import artifacts, errors
from cuvee.mlflow_api.decoding import Reader
from cuvee.mlflow_api.endpoint import PREFIXES, Asked, Tools
from cuvee.mlflow_api.messages import artifacts as messages
from cuvee.mlflow_api.places import Place, parsed, place_of, place_of_run, place_of_uri
from cuvee.registry import versions
from cuvee.tracking import service as tracking

_FILES: Final = "/2.0/mlflow-artifacts/artifacts"
_SMALL: Final = 10 * 1024 * 1024

Asking = Request[Any, Any, Any]
FindPlace = Callable[[Asked, Asking], Awaitable[Place]]


def routes(tools: Tools) -> list[HTTPRouteHandler]:
    """The doors, under each prefix."""
    return [
        _download([f"{prefix}{_FILES}/{{path:path}}" for prefix in PREFIXES], tools, _stored),
        _download(["/get-artifact", "/ajax-api/2.0/mlflow/get-artifact"], tools, _of_run),
        _download(["/model-versions/get-artifact"], tools, _of_version),
        _download(["/ajax-api/2.0/mlflow/logged-models/{model_id:str}/artifacts/files"], tools, _of_model),
        _answered("GET", [f"{prefix}{_FILES}" for prefix in PREFIXES], tracking.READ, tools, _list),
        _answered("PUT", _all(f"{_FILES}/{{path:path}}"), tracking.WRITE, tools, _put, is_endless=True),
        _answered("DELETE", _all(f"{_FILES}/{{path:path}}"), tracking.WRITE, tools, _delete),
        _answered("GET", _all("/2.0/mlflow-artifacts/presigned/{path:path}"), tracking.READ, tools, _presigned),
        _answered("POST", ["/ajax-api/2.0/mlflow/upload-artifact"], tracking.WRITE, tools, _upload_small),
        *_uploads(tools),
        _part(tools),
    ]


def _all(path: str) -> list[str]:
    return [prefix + path for prefix in PREFIXES]


async def _stored(asked: Asked, request: Asking) -> Place:
    return await place_of(asked, _rest(request, f"{_FILES}/"), tracking.READ)


async def _of_run(asked: Asked, request: Asking) -> Place:
    run_id = request.query_params.get("run_id") or request.query_params.get("run_uuid") or ""
    place, _root = await place_of_run(asked, run_id, _query(request, "path"), tracking.READ)
    return place


async def _of_version(asked: Asked, request: Asking) -> Place:
    path = parsed(_query(request, "path"))
    name, version = _query(request, "name"), _query(request, "version")
    found = await asked.call.read(versions.get, asked.caller, name, version)
    return (await place_of_uri(asked, found.location, tracking.READ)).below(path)


async def _of_model(asked: Asked, request: Asking) -> Place:
    text = request.query_params.get("artifact_file_path", "")
    if not text:
        raise BadRequest('Request must include the "artifact_file_path" query parameter.')
    path = parsed(text)
    model = await asked.call.read(logged_models.get, asked.caller, str(request.path_params["model_id"]))
    return (await place_of_uri(asked, model.artifact_location, tracking.READ)).below(path)


async def _list(asked: Asked, request: Asking) -> Struct:
    return await artifacts.list_stored(asked, request.query_params.get("path", ""))


async def _put(asked: Asked, request: Asking) -> Response[bytes] | None:
    """A file in one go, or a range of it."""
    resumed = ranges.asked(request.headers)
    place = await place_of(asked, _rest(request, f"{_FILES}/"), tracking.WRITE)
    if resumed is None:
        await place.store.put(place.path, checked(body(request), request.headers))
        return None
    whole, coming = resumed
    arrived = await place.store.resume(place.path, whole, coming, ranges.content(request))
    status, headers = ranges.answer(arrived, whole, coming)
    return Response(b"{}", status_code=status, media_type="application/json", headers=headers)


async def _delete(asked: Asked, request: Asking) -> None:
    place = await place_of(asked, _rest(request, f"{_FILES}/"), tracking.WRITE)
    await place.store.delete(place.path)


async def _presigned(asked: Asked, request: Asking) -> None:
    await place_of(asked, _rest(request, "/2.0/mlflow-artifacts/presigned/"), tracking.READ)
    raise errors.NotSupported("Multipart download is not supported for the current artifact repository")


async def _upload_small(asked: Asked, request: Asking) -> None:
    """What MLflow's own pages upload: one small file of a run."""
    for name in ("run_uuid", "path"):
        if not request.query_params.get(name):
            raise Invalid(f"Request must specify {name}.")
    place, _root = await place_of_run(
        asked, request.query_params["run_uuid"], request.query_params["path"], tracking.WRITE
    )
    content = await request.body()
    if len(content) > _SMALL:
        raise Invalid("Artifact size is too large. Max size is 10MB.")
    if not content:
        raise Invalid("Request must specify data.")

    async def once() -> AsyncIterator[bytes]:
        yield content

    await place.store.put(place.path, once())


def _rest(request: Asking, marker: str) -> str:
    """What comes behind the marker, decoded once, from the address as it was sent: the router has its own reading.

    Raises:
        BadPath: when it is no text.

    """
    try:
        return unquote_to_bytes(request.scope["raw_path"].partition(marker.encode())[2]).decode()
    except UnicodeDecodeError:
        raise BadPath from None


def _query(request: Asking, name: str) -> str:
    value = request.query_params.get(name)
    if not value:
        raise errors.MissingParameter(name)
    return str(value)


async def _asked(tools: Tools, call: Call, request: Asking) -> Asked:
    return Asked(call=call, tools=tools, caller=await tools.workspaces.narrowed(call.caller, request.scope))


def _download(paths: Sequence[str], tools: Tools, find: FindPlace) -> HTTPRouteHandler:
    """A door that answers with a file."""

    async def answer(request: Asking, call: NamedDependency[Call]) -> Download:
        place = await find(await _asked(tools, call, request), request)
        return Download(place.store, place.path)

    answer.__name__ = f"mlflow_download{find.__name__}"
    return HTTPRouteHandler(
        list(paths), http_method=["GET", "HEAD"], opt=scope(tracking.READ), include_in_schema=False
    )(answer)


def _answered(
    method: Literal["GET", "PUT", "POST", "DELETE"],
    paths: Sequence[str],
    needed: str,
    tools: Tools,
    handle: Callable[[Asked, Asking], Awaitable[Struct | Response[bytes] | None]],
    *,
    is_endless: bool = False,
) -> HTTPRouteHandler:
    """A door that answers with a message; an endless one reads its body as it comes, however long it is."""

    async def answer(request: Asking, call: NamedDependency[Call]) -> Response[bytes]:
        reply = await handle(await _asked(tools, call, request), request)
        if isinstance(reply, Response):
            return reply
        return Response(b"{}" if reply is None else msgspec.json.encode(reply), media_type="application/json")

    answer.__name__ = f"mlflow{handle.__name__}_{method.lower()}"
    return HTTPRouteHandler(
        list(paths),
        http_method=method,
        status_code=200,
        opt=scope(needed),
        include_in_schema=False,
        request_max_body_size=None if is_endless else Empty,
    )(answer)


def _uploads(tools: Tools) -> list[HTTPRouteHandler]:
    """Create, complete and abort an upload in parts."""
    kinds: list[tuple[str, type[Any], Callable[..., Awaitable[Struct | None]]]] = [
        ("create", messages.CreateUpload, artifacts.create_upload),
        ("complete", messages.CompleteUpload, artifacts.complete_upload),
        ("abort", messages.AbortUpload, artifacts.abort_upload),
    ]
    return [_upload(tools, f"/2.0/mlflow-artifacts/mpu/{verb}/", kind, handle) for verb, kind, handle in kinds]


def _upload(
    tools: Tools, marker: str, kind: type[Any], act: Callable[..., Awaitable[Struct | None]]
) -> HTTPRouteHandler:
    reader = Reader(kind)

    async def handle(asked: Asked, request: Asking) -> Struct | None:
        return await act(asked, request, _rest(request, marker), reader.body(await request.body(), {}))

    handle.__name__ = f"_{act.__name__}"
    return _answered("POST", _all(marker + "{path:path}"), tracking.WRITE, tools, handle)


def _part(tools: Tools) -> HTTPRouteHandler:
    """Where parts are sent: who has such an address got it from `create`, and needs no key for it."""

    async def mlflow_put_part(request: Asking, token: FromPath[str]) -> Response[bytes]:
        project_id, upload, number = artifacts.opened_part(tools.sealer, token)
        chunks = checked(body(request), request.headers)
        part = await tools.stores.of(project_id).part(upload, number, chunks)
        return Response(b"{}", media_type="application/json", headers={"etag": f'"{part.etag}"'})

    return HTTPRouteHandler(
        _all("/2.0/mlflow-artifacts/mpu/part/{token:str}"),
        http_method="PUT",
        status_code=200,
        opt=scope(PUBLIC),
        include_in_schema=False,
        request_max_body_size=None,
    )(mlflow_put_part)
