"""What stands before every door: which hosts and origins are answered, and the `:verb` paths of API v2.

A platform on a laptop is reached by every page the laptop's browser has open. So a request must name a host that is
ours (a page that rebinds its own name to 127.0.0.1 does not), and when a browser says where the request comes from,
that must be us.

What a signed-in browser may do, it may do from our own pages only: its cookie travels with requests that other pages
make, and without authentication not even a cookie is needed. So a request that can change something and that a browser
sent must prove that it comes from one of our pages. Requests with an `Authorization` header are the caller's own will:
no other page can make a browser send one. No GET changes anything.
"""

import ipaddress
import re
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from cuvee.api import callers

#: Methods that change nothing (RFC 9110, 9.2.1).
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_COOKIE: Final = callers.COOKIE.encode() + b"="
_VERB: Final = re.compile(r"^(/api/v2/.*[^/:]):([a-z]+)$")


class Boundary:
    """ASGI middleware that answers only to our own names."""

    def __init__(self, app: ASGIApp, *, host_names: frozenset[str]) -> None:
        self._app = app
        self._names = host_names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin")
        if not is_ours(host, self._names):
            await _refuse(scope, send, "This host name is not one of the platform's: see CUVEE_ALLOWED_HOSTS.")
        elif origin is not None and _authority(origin.decode("latin-1")) != host.lower():
            await _refuse(scope, send, "Requests from pages of other origins are not answered.")
        elif _needs_proof(scope, headers) and not _proves_same_origin(scope, headers):
            await _refuse(
                scope,
                send,
                "A signed-in browser may do this from the platform's own pages only: scripts send an API key.",
            )
        else:
            await self._app(scope, receive, send)


class VerbPaths:
    """ASGI middleware: `…/runs/7:stop` is routed as `…/runs/7/:stop`, because a router wants whole segments."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and (match := _VERB.match(scope["path"])):
            scope["path"] = f"{match[1]}/:{match[2]}"
        await self._app(scope, receive, send)


@lru_cache(maxsize=1_024)
def is_ours(authority: str, names: frozenset[str]) -> bool:
    """Whether a `Host` is one of ours. An address needs no name and so cannot be rebound; a name must be known."""
    try:
        name = urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _needs_proof(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    """Whether a browser may have sent this on behalf of another page, and it could change something."""
    if headers.get(b"authorization") or (scope["type"] == ScopeType.HTTP and scope["method"] in _SAFE):
        return False
    is_from_browser = b"origin" in headers or b"sec-fetch-site" in headers
    return is_from_browser or any(_COOKIE in value for name, value in scope["headers"] if name == b"cookie")


def _proves_same_origin(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    """Browsers say it in `Sec-Fetch-Site`, but for WebSockets and plain http between machines only in `Origin`."""
    site = headers.get(b"sec-fetch-site")
    if site is not None and scope["type"] == ScopeType.HTTP:
        return site == b"same-origin"
    return b"origin" in headers  # that of another page was refused before


def _headers(scope: Scope) -> dict[bytes, bytes]:
    return dict(scope["headers"])


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


async def _refuse(scope: Scope, send: Send, why: str) -> None:
    if scope["type"] == ScopeType.WEBSOCKET:
        await send({"type": "websocket.close", "code": 1008, "reason": why})
        return
    body = msgspec.json.encode({"error_code": "PERMISSION_DENIED", "error": why, "message": why})
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": head})
    await send({"type": "http.response.body", "body": body, "more_body": False})
