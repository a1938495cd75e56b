"""The few paths that are called thousands of times a second, straight to their handlers.

For each request the framework's router asks every layer above a route for guards, options and handlers of failures,
which costs as much again as all that a metric needs on its way to the writer. Here the same guards and the same
handlers of failures are asked, without the search for them.
"""

from typing import Any, Final

from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import ASGIRouteHandler
from litestar.routes import ASGIRoute
from litestar.types import ASGIApp, Receive, Scope, Send

_DIRECT: Final = "is_direct"


def direct() -> dict[str, Any]:
    """What a route says that wants to be reached like this: its path has no parameters, and no layer of its own.

    A mounted application may say it, too: it gets all that is below its path, and the rest of the path as its path.
    """
    return {_DIRECT: True}


class Direct:
    """ASGI: answers the application's direct paths past its router, and leaves the others to the next wrapper."""

    def __init__(self, application: Litestar, others: ASGIApp) -> None:
        self._app: Final = others
        self._guards: Final = tuple(application.guards)
        self._failures: Final = dict(application.exception_handlers)
        handlers = _direct_handlers(application)
        self._handlers: Final = {path: handler for path, handler in handlers if not handler.is_mount}
        self._mounted: Final = [(f"{path}/", handler) for path, handler in handlers if handler.is_mount]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._find(scope) if scope["type"] == ScopeType.HTTP else None
        if handler is None:
            await self._app(scope, receive, send)
        else:
            await self._answer(handler, scope, receive, send)

    def _find(self, scope: Scope) -> ASGIRouteHandler | None:
        """Who answers; a mounted application finds the rest of the path in the scope."""
        path = scope["path"]
        if (handler := self._handlers.get(path)) is not None:
            return handler
        for prefix, mounted in self._mounted:
            if path.startswith(prefix):
                scope["path"] = path[len(prefix) - 1 :]
                return mounted
        return None

    async def _answer(self, handler: ASGIRouteHandler, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
            for guard in self._guards:
                if (admitted := guard(connection, handler)) is not None:
                    await admitted
            await handler.fn(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - the application's own handlers know what to say to any
            await self._refuse(scope, send, error)

    async def _refuse(self, scope: Scope, send: Send, error: Exception) -> None:
        handle = next(self._failures[kind] for kind in type(error).__mro__ if kind in self._failures)
        response: Response[bytes] = handle(Request(scope), error)
        head = {"content-type": str(response.media_type), **response.headers, "content-length": len(response.content)}
        headers = [(name.encode(), str(value).encode("latin-1")) for name, value in head.items()]
        await send({"type": "http.response.start", "status": response.status_code or 500, "headers": headers})
        await send({"type": "http.response.body", "body": response.content, "more_body": False})


def _direct_handlers(app: Litestar) -> list[tuple[str, ASGIRouteHandler]]:
    return [
        (route.path.rstrip("/"), route.route_handler)
        for route in app.routes
        if isinstance(route, ASGIRoute) and route.route_handler.opt.get(_DIRECT)
    ]
