"""What the content origin says by itself, and the headers that keep what it shows apart."""

from http import HTTPStatus
from pathlib import Path
from typing import Final

from litestar.enums import ScopeType
from litestar.types import Scope, Send

from cuvee.core import errors

#: Scripts may run and load what they need; they have no origin, so nothing here or on the pages is theirs.
_SCRIPTS: Final = "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data: https:"
_LOOKS: Final = (
    "style-src 'self' 'unsafe-inline' https:; img-src 'self' data: blob: https:; font-src 'self' data: https:"
)
_REST: Final = "connect-src 'self' data: blob:; media-src 'self' data: blob:; worker-src blob:; child-src blob: data:"
POLICY: Final = (
    f"sandbox allow-scripts; default-src 'none'; {_SCRIPTS}; {_LOOKS}; {_REST}; form-action 'none'; base-uri 'none'"
)
_FRAME: Final = (Path(__file__).parent / "frame.html").read_bytes()
_NOTHING: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"
_ALWAYS: Final = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-store"}

#: For files: also asked for by pages without an origin, which is why everybody may read them who knows the address.
SHOWN: Final = {
    "content-security-policy": POLICY,
    "content-disposition": "inline",
    "cache-control": "private, max-age=600",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
}


async def send_frame(send: Send) -> None:
    """The page that becomes the HTML it is given."""
    head = {"content-type": "text/html; charset=utf-8", "content-security-policy": POLICY, **_ALWAYS}
    await _send(send, 200, head | {"cross-origin-resource-policy": "cross-origin"}, _FRAME)


async def send_on(send: Send, url: str, cookie: str) -> None:
    """Lead on, and give a cookie."""
    await _send(send, 303, {**_ALWAYS, "location": url, "set-cookie": cookie}, b"")


async def refuse(scope: Scope, send: Send, error: errors.CuveeError) -> None:
    """Why not, in words: a page without anything that could be clicked by somebody else."""
    if scope["type"] == ScopeType.WEBSOCKET:
        await send({"type": "websocket.close", "code": 1008, "reason": error.message[:100]})
        return
    head = {"content-type": "text/plain; charset=utf-8", "content-security-policy": _NOTHING, **_ALWAYS}
    body = f"{HTTPStatus(error.status).phrase}\n\n{error.message}\n"
    await _send(send, error.status, head, body.encode())


async def _send(send: Send, status: int, head: dict[str, str], body: bytes) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in head.items()]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
