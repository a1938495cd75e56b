"""Files sent by the system: ASGI's extension `http.response.zerocopysend`, which uvicorn does not have.

A file's bytes then go from the page cache to the socket without passing through Python. uvicorn tells an application
nothing of its socket; it is found behind the `send` that it hands out. Where that is not uvicorn's own, or the
connection is encrypted, the extension is not offered and applications send pieces as always.
"""

import asyncio
import os
import select
from contextlib import suppress
from typing import Any, Final, cast

from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from cuvee.core.streaming import off_loop

#: The extension's name and its message's type: https://asgi.readthedocs.io/en/latest/extensions.html#zero-copy-send
EXTENSION: Final = "http.response.zerocopysend"
#: Bytes that a thread sends before others get their turn.
_TURN: Final = 16 << 20
#: Milliseconds that a thread waits for a client who is nearly as fast, before the event loop waits for him.
_MOMENT: Final = 2


class FileCutShort(Exception):
    """A file has fewer bytes than were promised: the connection is closed, so that nobody takes it for whole."""


class ZeroCopy:
    """ASGI middleware, the outermost, that offers the extension for GET requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cycle = getattr(send, "__self__", None)
        if scope.get("method") != "GET" or scope["scheme"] != "http" or not isinstance(cycle, RequestResponseCycle):
            await self._app(scope, receive, send)
            return

        async def sending(message: Any) -> None:
            if message["type"] == EXTENSION:
                await _sent(cycle, message["file"], message["offset"], message["count"])
                message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
            await send(message)

        extensions = cast("dict[str, Any]", scope).setdefault("extensions", {})
        extensions[EXTENSION] = {}
        await self._app(scope, receive, sending)


async def _sent(cycle: RequestResponseCycle, file: int, offset: int, count: int) -> None:
    """Send a part of an open file as the response's body, until the client has gone.

    Raises:
        FileCutShort: when the file ends before.

    """
    if count > cycle.expected_content_length:
        raise RuntimeError("Response content longer than Content-Length")
    cycle.expected_content_length -= count
    # What was written before must have left first.
    cycle.transport.set_write_buffer_limits(0)
    await cycle.flow.drain()
    cycle.transport.set_write_buffer_limits()
    if cycle.disconnected:
        return
    # A descriptor of our own: when the server closes its one, the number may come to mean something else.
    wire = os.dup(cycle.transport.get_extra_info("socket").fileno())
    try:
        end = offset + count
        while offset < end and not cycle.disconnected:
            offset = await off_loop(_send, wire, file, offset, min(end, offset + _TURN))
            if offset < end:
                await _writable(wire)
    except ConnectionError:
        return  # the server notices by itself
    finally:
        os.close(wire)


def _send(wire: int, file: int, offset: int, end: int) -> int:
    """Send as much as the socket takes within a moment; how far that went."""
    free = select.poll()
    free.register(wire, select.POLLOUT)
    while offset < end and free.poll(_MOMENT):
        with suppress(BlockingIOError):
            moved = os.sendfile(wire, file, offset, end - offset)
            if not moved:
                raise FileCutShort
            offset += moved
    return offset


async def _writable(wire: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_writer(wire, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(wire)
