"""Large bodies read from the socket by a thread, past the server: the twin of `zerocopy`, for the other way.

uvicorn's way of a body is made for small ones: the event loop's thread takes a piece from the socket, the parser copies
it out, the server gathers such pieces and copies them again to hand them over. Gigabytes wait for that thread, and all
else waits for them. Here a thread reads as much as the socket has into the very bytes that are written to the disk.
Where the server is not uvicorn's own, or the connection is encrypted, bodies come as always.
"""

import asyncio
import os
import select
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Final, cast

import httptools
from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from cuvee.core.streaming import PIECE, UploadBroken, off_loop

#: The extension's name; what stands there gives the body's chunks, once, to who does not ask for them otherwise.
EXTENSION: Final = "cuvee.body"
#: Bytes from which on a thread is worth it.
_LARGE: Final = 1 << 18
#: Bytes that a thread takes before others get their turn: so much of a body is held, and a piece or two besides.
_TURN: Final = 2 * PIECE
#: Milliseconds that a thread waits for a sender who is nearly as fast, before the event loop waits for him.
_MOMENT: Final = 2


class LargeBodies:
    """ASGI middleware, outside of all that wraps `send`, that offers the extension for large bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") in {"PUT", "POST"} and scope["scheme"] == "http":
            cycle = getattr(send, "__self__", None)
            protocol = getattr(getattr(cycle, "on_response", None), "__self__", None)
            size = _announced(scope["headers"])
            if size >= _LARGE and isinstance(cycle, RequestResponseCycle) and isinstance(protocol, HttpToolsProtocol):
                extensions = cast("dict[str, Any]", scope).setdefault("extensions", {})
                extensions[EXTENSION] = partial(_chunks, protocol, cycle, size)
        await self._app(scope, receive, send)


class _Rest:
    """Stands in for the connection's parser while a body is read past it: whatever comes is the rest of the body.

    So the connection stays in order, also when the body is not read to its end: what nobody asked for passes.
    """

    def __init__(self, protocol: HttpToolsProtocol, cycle: RequestResponseCycle, left: int) -> None:
        self._protocol = protocol
        self._cycle = cycle
        #: Bytes of the body that are still to come.
        self.left = left
        protocol.parser = self  # type: ignore[assignment]

    def feed_data(self, data: bytes) -> None:
        """What the event loop read, because the request was answered before its end."""
        beyond = data[self.left :]
        self.pass_by(len(data) - len(beyond))
        if beyond:
            self._protocol.parser.feed_data(beyond)

    def pass_by(self, count: int) -> None:
        """Note that so many bytes have come; after the last one the connection has a parser again."""
        self.left -= count
        if not self.left:
            parser = httptools.HttpRequestParser(self._protocol)
            parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
            self._protocol.parser = parser
            self._cycle.more_body = False
            self._cycle.message_event.set()


async def _chunks(protocol: HttpToolsProtocol, cycle: RequestResponseCycle, size: int) -> AsyncIterator[bytes]:
    """The body of so many bytes.

    Raises:
        UploadBroken: when the client goes away before its end.

    """
    while size:
        # The first piece comes as always: it has what the parser has read, and the client told to continue.
        message: Any = await cycle.receive()
        if message["type"] == "http.disconnect":
            raise UploadBroken
        size -= len(message["body"])
        yield message["body"]
        if cycle.more_body:
            break
    if not size:
        return
    protocol.flow.pause_reading()
    early, cycle.body = bytes(cycle.body), bytearray()
    rest = _Rest(protocol, cycle, size - len(early))
    # A descriptor of our own: when the server closes its one, the number may come to mean something else.
    wire = os.dup(cycle.transport.get_extra_info("socket").fileno())
    try:
        yield early
        while rest.left:
            pieces = await _taken(cycle, wire, min(rest.left, _TURN))
            for piece in pieces:
                rest.pass_by(len(piece))
                yield piece
            if not pieces:
                await _readable(wire)
    finally:
        os.close(wire)


async def _taken(cycle: RequestResponseCycle, wire: int, most: int) -> list[bytes]:
    try:
        return await off_loop(_received, wire, most)
    except asyncio.CancelledError:
        cycle.keep_alive = False  # what the thread took is lost, so nobody knows where the next request begins
        raise


def _received(wire: int, most: int) -> list[bytes]:
    """What the socket has, and what comes within a moment; nothing when nothing came.

    Raises:
        UploadBroken: when the client has gone.

    """
    pieces: list[bytes] = []
    ready = select.poll()
    ready.register(wire, select.POLLIN)
    while most and ready.poll(_MOMENT):
        try:
            piece = os.read(wire, most)
        except ConnectionError:
            piece = b""
        if not piece and not pieces:
            raise UploadBroken
        if not piece:
            break
        pieces.append(piece)
        most -= len(piece)
    return pieces


async def _readable(wire: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(wire, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(wire)


def _announced(headers: Any) -> int:
    """The length of a body that says it; 0 for others."""
    return next((int(value) for name, value in headers if name == b"content-length"), 0)
