"""The table of endpoints, and the one way in which each of them is served."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from msgspec import Struct

from cuvee.api.builder import PUBLIC, scope
from cuvee.api.callers import Caller
from cuvee.api.direct import direct
from cuvee.api.errors import MethodNotAllowed
from cuvee.api.intake import Intake, Share
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.artifacts.stores import Stores
from cuvee.db.database import Database
from cuvee.mlflow_api import errors
from cuvee.mlflow_api.decoding import Reader
from cuvee.mlflow_api.workspaces import Workspaces
from cuvee.projects.values import DEFAULT_NAME
from cuvee.tracking.errors import TooManyBytes
from cuvee.tracking.ingest import Gate

R = TypeVar("R", bound=Struct)

#: Every path of the protocol is there for clients and, a second time, for pages.
PREFIXES: Final = ("/api", "/ajax-api")
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What handlers work with besides the database."""

    database: Database
    sealer: Sealer
    #: Bytes that a body may have.
    max_body: int
    #: Of all bodies together.
    intake: Intake
    workspaces: Workspaces
    gate: Gate
    stores: Stores


class Asked(Struct, frozen=True, kw_only=True):
    """One request, without its message."""

    call: Call
    tools: Tools
    #: Who asks; when the request names a workspace, somebody who sees nothing else.
    caller: Caller

    async def project(self) -> str:
        """The id of the project that the request is about: the one it names, else the key's, else `default`.

        Raises:
            WorkspaceNotFound: when the caller has no part in it.

        """
        return self.caller.bound_project or await self.tools.workspaces.open(self.caller, DEFAULT_NAME)

    def sealed(self, offset: int, purpose: str) -> str:
        """A page token: where a list goes on for this caller."""
        return self.tools.sealer.seal(offset, f"{purpose} {self.caller.user_id}")

    def opened(self, token: str, purpose: str) -> int:
        """Where a list goes on; at the beginning without a token.

        Raises:
            BadPageToken: when the token was not given to this caller for this list.

        """
        return int(self.tools.sealer.open(token, f"{purpose} {self.caller.user_id}")) if token else 0


Handle = Callable[[Asked, R], Awaitable[Struct | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Generic[R]):
    """One row of the protocol."""

    method: Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
    #: Below the prefixes, such as `/2.0/mlflow/runs/get`; `{model_id:str}` is a field of the message.
    path: str
    scope: str
    request: type[R]
    #: Answers the message; None is `{}`.
    handle: Handle[R]
    prefixes: Sequence[str] = PREFIXES
    #: Whether to spare it the framework's work: only for a path that has one method and no parameters.
    is_hot: bool = False
    #: Bytes; 0 for as many as the platform takes anywhere.
    max_body: int = 0


def route(endpoint: Endpoint[Any], tools: Tools) -> HTTPRouteHandler | ASGIRouteHandler:
    """The endpoint as the router takes it."""
    reader = Reader(endpoint.request)
    paths = [prefix + endpoint.path for prefix in endpoint.prefixes]
    if endpoint.is_hot:
        opt = {**scope(endpoint.scope), **direct(), "method": endpoint.method}
        return ASGIRouteHandler(paths, opt=opt, copy_scope=False)(_bare(endpoint, reader, tools))

    async def answer(request: Request[Any, Any, Any]) -> Response[bytes]:
        with tools.intake.share() as share:
            message = await _message(reader, request, endpoint.max_body, share)
            return Response(await _answered(endpoint, tools, request.scope, message), media_type="application/json")

    answer.__name__ = f"mlflow_{endpoint.handle.__name__}_{endpoint.method.lower()}"
    return HTTPRouteHandler(
        paths, http_method=endpoint.method, status_code=200, opt=scope(endpoint.scope), include_in_schema=False
    )(answer)


def _bare(endpoint: Endpoint[Any], reader: Reader[Any], tools: Tools) -> ASGIApp:
    """The endpoint without the framework's work on each request, for the few that are called thousands of times."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if cast("HTTPScope", scope)["method"] != endpoint.method:
            raise MethodNotAllowed
        with tools.intake.share() as share:
            message = await _bare_message(reader, scope, receive, endpoint.max_body or tools.max_body, share)
            body = await _answered(endpoint, tools, scope, message)
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return answer


async def _answered(endpoint: Endpoint[R], tools: Tools, scope: Any, message: R) -> bytes:
    call = Call(caller=scope["user"], database=tools.database)
    asked = Asked(call=call, tools=tools, caller=await tools.workspaces.narrowed(call.caller, scope))
    reply = await endpoint.handle(asked, message)
    return b"{}" if reply is None else _encode(reply)


async def _bare_message(reader: Reader[R], scope: Any, receive: Receive, limit: int, share: Share) -> R:
    is_get = scope["method"] == "GET"
    if is_get and scope["query_string"]:
        return reader.query(_queried(scope["query_string"]), {})
    raw = await _body(receive, limit, share)
    if not is_get:
        content_type = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
        _require_json(raw, content_type.decode("latin-1"))
    return reader.body(raw, {})


async def _body(receive: Receive, limit: int, share: Share) -> bytes:
    """The whole body.

    Raises:
        BodyCutShort: when the client went away before its end.
        TooManyBytes: as soon as it is longer than the limit.
        Busy: as soon as it is more than the platform can hold at the moment.

    """
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise errors.BodyCutShort
        part: bytes = event.get("body", b"")  # type: ignore[assignment]
        size += len(part)
        if size > limit:
            raise TooManyBytes(limit, size)
        share.take(len(part))
        parts.append(part)
        more = bool(event.get("more_body", False))
    return parts[0] if len(parts) == 1 else b"".join(parts)


def fixed_route(paths: Sequence[str], content: bytes, media_type: str) -> HTTPRouteHandler:
    """Paths that answer everybody with the same."""

    async def answer() -> Response[bytes]:
        return Response(content, media_type=media_type)

    return HTTPRouteHandler(
        list(paths), http_method="GET", status_code=200, opt=scope(PUBLIC), include_in_schema=False
    )(answer)


async def _message(reader: Reader[R], request: Request[Any, Any, Any], max_body: int, share: Share) -> R:
    query = request.scope["query_string"]
    if request.method == "GET" and query:
        return reader.query(_queried(query), request.path_params)
    raw = await request.body()
    share.take(len(raw))
    if 0 < max_body < len(raw):
        raise TooManyBytes(max_body, len(raw))
    if request.method != "GET":
        _require_json(raw, request.headers.get("content-type", ""))
    return reader.body(raw, request.path_params)


def _queried(query: bytes) -> list[tuple[str, str]]:
    return parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=2_000)


def _require_json(raw: bytes, content_type: str) -> None:
    """A page of another origin can send a form or plain text without asking first, but not JSON."""
    if raw and not content_type:
        raise errors.NoContentType
    if raw and content_type.partition(";")[0].strip().lower() != "application/json":
        raise errors.WrongContentType
