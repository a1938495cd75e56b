"""The application behind the second address. It knows three things: JupyterLab of a session, files, and `/frame`.

Who the platform's users are, it does not know: no cookie and no key of theirs is read here, and none is passed on.
"""

import asyncio
import mimetypes
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send

from cuvee.api import boundary
from cuvee.artifacts.blobs import Blobs
from cuvee.artifacts.downloads import Download
from cuvee.content import errors, replies
from cuvee.content.passes import Pass, Passes
from cuvee.content.views import Folder, Views
from cuvee.core import errors as core_errors
from cuvee.core.paths import RelativePath
from cuvee.proxy.forward import Proxy
from cuvee.proxy.values import Target
from cuvee.sessions.manager import Sessions

#: The cookie that keeps a pass. Its beginning is that of all cookies which never reach user code.
COOKIE: Final = "cuvee_pass"
_SESSION: Final = re.compile(r"/sessions/([0-9a-z-]{1,32})/proxy(?:/|$)")
_VIEW: Final = re.compile(r"/view/([A-Za-z0-9_-]{1,4096})/(.*)", re.DOTALL)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: What JupyterLab asks again and again by itself, without anybody doing anything.
_POLLED: Final = re.compile(r"/api/(?:kernels|sessions|terminals|status|metrics/v1|me|kernelspecs)/?$")
_LOOK: Final = 20.0  # seconds between looks at what goes on in an open line


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """An ASGI application."""

    passes: Passes
    views: Views
    sessions: Sessions
    proxy: Proxy
    #: Where a folder's files are.
    files: Callable[[Folder], Blobs]
    #: Under which names browsers may reach it, besides addresses.
    host_names: frozenset[str]
    is_https: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = _Begun(send)
        try:
            await self._answer(scope, receive, cast("Send", begun))
        except core_errors.CuveeError as error:
            if not begun.has_begun:
                await replies.refuse(scope, send, error)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not boundary.is_ours(head.get("host", ""), self.host_names):
            raise errors.NotFromHere("This host name is not one of the platform's: see CUVEE_ALLOWED_HOSTS.")
        path = scope["path"]
        if session := _SESSION.match(path):
            _require_own_origin(scope, head)
            await self._session(scope, receive, send, head, session[1])
            return
        if scope["type"] != ScopeType.HTTP or cast("Any", scope)["method"] not in {"GET", "HEAD"}:
            raise errors.NotThatWay
        if path == "/frame":
            await replies.send_frame(send)
        elif path == "/enter":
            await self._enter(scope, send)
        elif view := _VIEW.fullmatch(path):
            await self._view(scope, receive, send, view[1], view[2])
        else:
            raise errors.NothingHere

    async def _enter(self, scope: Scope, send: Send) -> None:
        """A ticket for a cookie, and on to an address without it."""
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        redeemed = self.passes.redeem(query.get("ticket", [""])[0])
        if redeemed is None:
            raise errors.BadTicket
        secret, session_id = redeemed
        base = f"/sessions/{session_id}/proxy"
        secure = "; Secure" if self.is_https or scope["scheme"] == "https" else ""
        await replies.send_on(send, f"{base}/lab", f"{COOKIE}={secret}; Path={base}/; HttpOnly; SameSite=Lax{secure}")

    async def _view(self, scope: Scope, receive: Receive, send: Send, address: str, name: str) -> None:
        folder = self.views.open(address)
        path = folder.path / RelativePath.parse(name)
        shown = {**replies.SHOWN, "content-type": _media_type(path.name)}
        await Download(self.files(folder), path, shown)(scope, receive, send)

    async def _session(
        self, scope: Scope, receive: Receive, send: Send, head: Mapping[str, str], session_id: str
    ) -> None:
        held = self.passes.find(_cookie(head), session_id)
        if held is None:
            raise errors.NoPass
        await held.confirm()
        _session, target = self.sessions.target(session_id)
        if scope["type"] == ScopeType.WEBSOCKET:
            await self._line(scope, receive, send, held, target)
            return
        if not _POLLED.search(scope["path"]):
            self.sessions.touch(session_id)
        await self.proxy.forward(scope, receive, send, target)

    async def _line(self, scope: Scope, receive: Receive, send: Send, held: Pass, target: Target) -> None:
        """A WebSocket, as long as both ends want it and its user may. An open one keeps the session from idling."""
        passed_on = asyncio.ensure_future(self.proxy.forward(scope, receive, send, target))
        try:
            while not passed_on.done():
                self.sessions.touch(held.session_id)
                await held.confirm()
                await asyncio.wait([passed_on], timeout=_LOOK)
            passed_on.result()
        except core_errors.CuveeError:
            passed_on.cancel()
            await asyncio.gather(passed_on, return_exceptions=True)
            await send({"type": "websocket.close", "code": 1008, "reason": "You may not use this session any more."})
        finally:
            passed_on.cancel()


class _Begun:
    """Knows whether a reply has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False

    async def __call__(self, message: Any) -> None:
        self.has_begun = True
        await self._send(message)


def _require_own_origin(scope: Scope, head: Mapping[str, str]) -> None:
    """Only pages of this very origin open lines and change things; who does not say where they are from is not one."""
    is_safe = scope["type"] == ScopeType.HTTP and cast("Any", scope)["method"] in _SAFE
    origin = head.get("origin")
    if origin is None and is_safe:
        return
    if origin is None or urlsplit(origin).netloc.lower() != head.get("host", "").lower():
        raise errors.NotFromHere


def _cookie(head: Mapping[str, str]) -> str:
    try:
        found = SimpleCookie(head.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _media_type(name: str) -> str:
    """By the name alone. What is text says so in UTF-8; what is unknown is only saved."""
    found = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") or found == "image/svg+xml" else found
