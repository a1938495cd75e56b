"""What a worker does not answer itself goes on to the first process, as it was sent."""

from typing import Any, Final, cast

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

from cuvee.core.errors import CuveeError
from cuvee.proxy.forward import Proxy
from cuvee.proxy.values import Target

_SENT: Final = "cuvee.sent"
#: The first process knows how much is too much.
_ANY_SIZE: Final = 1 << 62


def remembering(app: ASGIApp) -> ASGIApp:
    """ASGI, the outermost: keeps the path as it came, before wrappers make another of it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if (sent := scope.get("raw_path")) is not None:
            cast("dict[str, Any]", scope)[_SENT] = sent.decode("latin-1")
        await app(scope, receive, send)

    return answer


class Relay:
    """ASGI: passes requests and WebSockets on; the application gets what is about its own life."""

    def __init__(self, app: ASGIApp, proxy: Proxy, port: int) -> None:
        self._app: Final = app
        self._proxy: Final = proxy
        self._first: Final = Target(port=port, is_ours=True, max_body=_ANY_SIZE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = cast("dict[str, Any]", scope)
        if known["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            await self._proxy.forward(scope, receive, send, self._first, known[_SENT])
        except CuveeError as error:
            await _say(send, error)


async def _say(send: Send, error: CuveeError) -> None:
    """The first process does not answer: it is ending, or is being started."""
    body = msgspec.json.encode({"error_code": error.code, "error": str(error), "message": str(error)})
    head = [(b"content-type", b"application/json"), (b"retry-after", b"1")]
    head.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": error.status, "headers": head})
    await send({"type": "http.response.body", "body": body, "more_body": False})
