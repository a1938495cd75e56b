"""The application: rooms put together, with the checks that no room can forget."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from litestar import Litestar, Request, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ASGIApp, ControllerRouterHandler

from cuvee.api import boundary
from cuvee.api import errors as api_errors
from cuvee.api.callers import Authenticate
from cuvee.api.direct import Direct
from cuvee.api.listing import provide_asked
from cuvee.api.request import Call
from cuvee.core import errors
from cuvee.core.settings import Settings
from cuvee.db.database import Database

#: The scope of what everybody may see without a key.
PUBLIC: Final = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a room brings to the application."""

    routes: Sequence[ControllerRouterHandler] = ()
    #: Values that handlers ask for by parameter name.
    provides: Mapping[str, Any] = field(default_factory=dict)
    #: Path prefixes and the shape of their errors.
    error_shapes: api_errors.Shapes = ()
    on_startup: Sequence[Callable[[], Awaitable[None]]] = ()
    on_shutdown: Sequence[Callable[[], Awaitable[None]]] = ()
    #: How a person is told that something went wrong; only one room brings it.
    error_page: api_errors.Page | None = None
    #: The application behind the second address, on which users' content is shown; only one room brings it.
    content: Any = None
    #: ASGI wrappers that see a request before it is routed.
    wrappers: Sequence[Callable[[Any], Any]] = ()


class RouteWithoutScope(errors.Misconfigured):
    """A route names no scope, or one that is not in the table: the platform does not start."""


def scope(name: str) -> dict[str, str]:
    """What a route says about who may call it: `@get(…, opt=scope("experiments:read"))`."""
    return {"scope": name}


def build(
    rooms: Sequence[Room], *, settings: Settings, database: Database, authenticate: Authenticate, scopes: frozenset[str]
) -> Litestar:
    """Put the rooms together.

    Raises:
        RouteWithoutScope: when a route does not say who may call it.

    """

    async def provide_call(request: Request[Any, Any, Any]) -> Call:
        return Call(caller=request.scope["user"], database=database)

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        name = handler.opt.get("scope", "")
        if name == PUBLIC:
            return
        caller = await authenticate(connection)
        connection.scope["user"] = caller
        if not caller.may(name):
            raise errors.Denied

    shapes = [shape for room in rooms for shape in room.error_shapes]
    error_page = next((room.error_page for room in rooms if room.error_page), None)
    provides = {name: _given(value) for room in rooms for name, value in room.provides.items()}
    app = _Application(
        # In routers: adding a route costs a look at every other route of its router.
        route_handlers=[_Own("/", route_handlers=room.routes) for room in rooms if room.routes],
        guards=[guard],
        dependencies={
            "call": Provide(provide_call),
            "asked": Provide(provide_asked, sync_to_thread=False),
            "settings": _given(settings),
            "authenticate": _given(authenticate),
            **provides,
        },
        exception_handlers=api_errors.handlers(shapes, error_page),
        middleware=[],
        on_startup=[hook for room in rooms for hook in room.on_startup],
        on_shutdown=[hook for room in reversed(rooms) for hook in room.on_shutdown],
        openapi_config=_openapi(),
        request_max_body_size=settings.max_json,
        debug=False,
        logging_config=None,
    )
    refuse_unscoped(app, scopes)
    return app


class _Application(Litestar):
    """Litestar with what we use of it."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        """Without those for pydantic and attrs, which nothing here uses: they are a twentieth of a start."""
        return [*plugins, MsgspecDIPlugin()]


class _Own(Router):
    """A router of one application. Others are copied in full when they are registered, for there may be several."""

    def __deepcopy__(self, _copied: dict[int, Any]) -> "_Own":
        return self


def _openapi() -> OpenAPIConfig:
    """The description of API v2 as JSON at `/schema`; no page that asks other hosts for its scripts."""
    router = Router(path="/schema", route_handlers=[], opt=scope(PUBLIC), include_in_schema=False)
    plugins = [JsonRenderPlugin(path="/")]
    return OpenAPIConfig(title="Cuvée API v2", version="2", openapi_router=router, render_plugins=plugins)


def served(app: Litestar, rooms: Sequence[Room], settings: Settings, others: ASGIApp | None = None) -> Any:
    """The application behind its boundary, as a server runs it; `others` stands in for it off the direct paths."""
    wrapped: Any = Direct(app, others or app)
    for wrapper in (wrapper for room in rooms for wrapper in room.wrappers):
        wrapped = wrapper(wrapped)
    # Once more in front of the wrappers, which are about other paths.
    wrapped = Direct(app, boundary.VerbPaths(wrapped))
    return boundary.Boundary(wrapped, host_names=settings.allowed_hosts | {settings.host.lower()})


class Split:
    """ASGI: two addresses, two applications. Which one was asked is the socket's own port, nothing a request says."""

    def __init__(self, app: Any, content: Any, *, port: int) -> None:
        self._app = app
        self._content = content
        self._port = port

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        server = scope.get("server")
        is_content = server is not None and server[1] == self._port
        await (self._content if is_content else self._app)(scope, receive, send)


def content_of(rooms: Sequence[Room]) -> Any:
    """The application behind the second address."""
    return next(room.content for room in rooms if room.content is not None)


def refuse_unscoped(app: Litestar, scopes: frozenset[str]) -> None:
    """Deny by default: every route names a scope from the table."""
    for route in app.routes:
        handlers = getattr(route, "route_handlers", None) or [getattr(route, "route_handler")]  # noqa: B009
        for handler in handlers:
            named = handler.opt.get("scope")
            if named not in scopes and not _is_options(handler):
                raise RouteWithoutScope(f"{route.path} names no scope that exists ({named}).")


def _is_options(handler: Any) -> bool:
    return getattr(handler, "http_methods", None) == {"OPTIONS"}


def _given(value: Any) -> Provide:
    def provide() -> Any:
        return value

    return Provide(provide, use_cache=True, sync_to_thread=False)
