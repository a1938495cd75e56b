"""What lasts is ended when its caller's rights are: WebSockets and event streams were let in long ago.

Without this, a terminal that is open in a browser would outlive the sign-in it was opened with.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final, cast

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from cuvee.core import errors
from cuvee.identity.authentication import Keys
from cuvee.identity.values import Principal

#: Seconds after which rights are looked at even when nobody says that they changed: they expire, and other processes
#: on the same database change them.
_CHECKED: Final = 30.0
#: The code of a WebSocket that breaks a rule (RFC 6455, 7.4.1).
_POLICY: Final = 1008


class Endings:
    """ASGI middleware that ends WebSockets and event streams whose caller lost a right; who may connects again."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _lasts(scope):
            await self._app(scope, receive, send)
            return
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        try:
            caller = await self._keys(connection)
        except errors.Unauthenticated:  # that is for the route to say
            await self._app(scope, receive, send)
            return
        watched = _Watched(scope, send)
        work = asyncio.ensure_future(self._app(scope, receive, watched.send))
        watch = asyncio.ensure_future(self._until_lost(connection, caller))
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
                return
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await watched.end()
        finally:
            work.cancel()
            watch.cancel()

    async def _until_lost(self, connection: ASGIConnection[Any, Any, Any, Any], before: Principal) -> None:
        while True:
            await self._keys.changed(_CHECKED)
            try:
                if not (await self._keys(connection)).keeps(before):
                    return
            except errors.Unauthenticated:
                return
            except errors.CuveeError:  # a database that is away for a moment ends nothing
                continue


class _Watched:
    """What was sent, as far as it matters for ending well."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._is_websocket = scope["type"] == ScopeType.WEBSOCKET
        self._send = send
        self._has_begun = False

    async def send(self, message: Any) -> None:
        self._has_begun = True
        await self._send(message)

    async def end(self) -> None:
        """Hang up."""
        last: dict[str, Any] = {"type": "http.response.body", "body": b"", "more_body": False}
        if self._is_websocket:
            last = {"type": "websocket.close", "code": _POLICY, "reason": "Your rights have changed: connect again."}
        elif not self._has_begun:
            await self._send({"type": "http.response.start", "status": 401, "headers": []})
        with suppress(RuntimeError):  # it had ended by itself
            await self._send(cast("Any", last))


def _lasts(scope: Scope) -> bool:
    if scope["type"] == ScopeType.WEBSOCKET:
        return True
    if scope["type"] != ScopeType.HTTP or scope["method"] != "GET":
        return False
    return any(name == b"accept" and value.startswith(b"text/event-stream") for name, value in scope["headers"])
