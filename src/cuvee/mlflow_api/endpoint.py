"""The table of endpoints, and the one way in which each of them is served."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from cuvee.api.builder import PUBLIC, scope
from cuvee.api.callers import Caller
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.mlflow_api import errors
from cuvee.mlflow_api.decoding import Reader
from cuvee.mlflow_api.workspaces import Workspaces
from cuvee.projects.values import DEFAULT_NAME

R = TypeVar("R", bound=Struct)

#: Every path of the protocol is there for clients and, a second time, for pages.
PREFIXES: Final = ("/api", "/ajax-api")
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What handlers work with besides the database."""

    sealer: Sealer
    workspaces: Workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
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


def route(endpoint: Endpoint[Any], tools: Tools) -> HTTPRouteHandler:
    """The endpoint as the router takes it."""
    reader = Reader(endpoint.request)

    async def answer(request: Request[Any, Any, Any], call: NamedDependency[Call]) -> Response[bytes]:
        message = await _message(reader, request)
        asked = Asked(call=call, tools=tools, caller=await tools.workspaces.narrowed(call.caller, request.scope))
        reply = await endpoint.handle(asked, message)
        return Response(b"{}" if reply is None else _encode(reply), media_type="application/json")

    answer.__name__ = f"mlflow_{endpoint.handle.__name__}_{endpoint.method.lower()}"
    return HTTPRouteHandler(
        [prefix + endpoint.path for prefix in endpoint.prefixes],
        http_method=endpoint.method,
        status_code=200,
        opt=scope(endpoint.scope),
        include_in_schema=False,
    )(answer)


def fixed_route(paths: Sequence[str], content: bytes, media_type: str) -> HTTPRouteHandler:
    """Paths that answer everybody with the same."""

    async def answer() -> Response[bytes]:
        return Response(content, media_type=media_type)

    return HTTPRouteHandler(
        list(paths), http_method="GET", status_code=200, opt=scope(PUBLIC), include_in_schema=False
    )(answer)


async def _message(reader: Reader[R], request: Request[Any, Any, Any]) -> R:
    query = request.scope["query_string"]
    if request.method == "GET" and query:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=2_000)
        return reader.query(pairs, request.path_params)
    raw = await request.body()
    if raw and request.method != "GET" and not _is_json(request.headers.get("content-type", "")):
        raise errors.WrongContentType
    return reader.body(raw, request.path_params)


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"
