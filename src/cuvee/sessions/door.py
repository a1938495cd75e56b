"""The way to a session's Jupyter Server from the platform's pages: `/sessions/<id>/proxy/…`.

Only its API and its terminals, and only as data: what it answers is user code's, and a browser must not take it for a
page of ours. JupyterLab, which is pages, is shown on the content origin (see content/).
"""

import re
from dataclasses import replace
from typing import Any, Final

from litestar import asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from cuvee.api.builder import scope as needs
from cuvee.api.callers import Caller
from cuvee.proxy.forward import Proxy
from cuvee.sessions import errors
from cuvee.sessions.manager import Sessions
from cuvee.sessions.routes import require_user

_API: Final = re.compile(r"/sessions/[0-9a-z-]{1,32}/proxy/(?:api|terminals/websocket)(?:/|$)")
#: On every reply, in place of the server's own.
_AS_DATA: Final = {
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
}
_PUBLIC: Final = re.compile(r"/sessions/([0-9a-z-]{1,32})/proxy(?=/|$)")
#: Where the router finds the door: a mount cannot have a variable in its path.
_MOUNT: Final = "/session-proxy"


class Rewritten:
    """ASGI middleware that leads a session's public paths to the door. What was sent stays in `raw_path`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if match := _PUBLIC.match(scope.get("path", "")):
            scope["path"] = f"{_MOUNT}/{match[1]}"
        await self._app(scope, receive, send)


def door(sessions: Sessions, proxy: Proxy) -> ASGIRouteHandler:
    """The handler for all that goes to a session, HTTP and WebSocket, for who may run code in it."""

    @asgi(_MOUNT, is_mount=True, copy_scope=True, opt=needs("sessions:write"))
    async def forward(scope: Scope, receive: Receive, send: Send) -> None:
        caller: Caller = dict[str, Any](scope)["user"]
        session, target = sessions.target(scope["path"].strip("/"))
        if _API.match(scope.get("raw_path", b"").decode("latin-1")) is None:
            raise errors.NotAnApi
        require_user(caller, session)
        await proxy.forward(scope, receive, send, replace(target, replies=_AS_DATA, keeps_cookies=False))

    return forward
