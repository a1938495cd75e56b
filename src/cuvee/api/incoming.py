"""Large bodies read from the socket by a thread, past the server: the twin of `zerocopy`, for the other way.

uvicorn's way of a body is made for small ones: the event loop's thread takes a piece from the socket, the parser copies
it out, the server gathers such pieces and copies them again to hand them over. Gigabytes wait for that thread, and all
else waits for them. Here one thread takes what the socket has and writes it to the disk out of the same small room in
memory, which stays in the processor's cache. Where the server is not uvicorn's own, or the connection is encrypted,
bodies come as always.
"""

import asyncio
import os
import select
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, Self, TypeVar, cast

import httptools
from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from cuvee.core.streaming import PIECE, UploadBroken, Write, off_loop

T = TypeVar("T")

#: The extension's name; what stands there gives the body, once, to who does not ask for it otherwise. It is told the
#: seconds that the body may stand still.
EXTENSION: Final = "cuvee.body"
#: Bytes from which on a thread is worth it.
_LARGE: Final = 1 << 18
#: Bytes that a thread takes before others get their turn, where they are held until somebody asks for the next ones.
_TURN: Final = 2 * PIECE
#: And where they are written on the spot: about a hundredth of a second.
_LONG_TURN: Final = 16 * PIECE
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
                extensions[EXTENSION] = partial(_Body, protocol, cycle, size)
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
        if left:
            protocol.flow.pause_reading()
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


class _Body:
    """A body of so many bytes, once: as a stream, or poured. `UploadBroken` when it ends before, or stands still."""

    def __init__(self, protocol: HttpToolsProtocol, cycle: RequestResponseCycle, size: int, idle: float) -> None:
        self._protocol = protocol
        self._cycle = cycle
        self._size = size
        self._idle = idle
        self._chunks = self._read()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self._chunks)

    async def pour(self, write: Write) -> None:
        """Hand all of it to `write`, in the threads that take it from the socket."""
        async for _ in self._turns(write, _LONG_TURN):
            pass

    async def _read(self) -> AsyncIterator[bytes]:
        held: list[bytes] = []
        async for _ in self._turns(lambda pieces: held.extend(map(bytes, pieces)), _TURN):
            for piece in held:
                yield piece
            held.clear()

    async def _turns(self, write: Write, most: int) -> AsyncIterator[None]:
        """Hand all of it to `write`, and pause after each turn of a thread."""
        with self._wire() as wire:
            chunks, rest = await self._begun()
            await off_loop(write, chunks)
            yield
            while rest.left:
                turn = _Turn(wire, min(rest.left, most), write)
                try:
                    await off_loop(turn.take)
                finally:
                    rest.pass_by(turn.taken)
                yield
                if not turn.taken:
                    await self._patiently(_readable(wire))

    async def _begun(self) -> tuple[list[bytes], _Rest]:
        """What the parser has read already, which comes as always, so that the client is told to continue; the rest."""
        chunks: list[bytes] = []
        left = self._size
        while left:
            message: Any = await self._patiently(self._cycle.receive())
            if message["type"] == "http.disconnect":
                raise UploadBroken
            chunks.append(message["body"])
            left -= len(message["body"])
            if self._cycle.more_body:
                break
        return chunks, _Rest(self._protocol, self._cycle, left)

    @contextmanager
    def _wire(self) -> Iterator[int]:
        """A descriptor of our own: when the server closes its one, the number may come to mean something else."""
        if self._cycle.transport.is_closing():
            raise UploadBroken
        wire = os.dup(self._cycle.transport.get_extra_info("socket").fileno())
        try:
            yield wire
        finally:
            os.close(wire)

    async def _patiently(self, coming: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._idle):
                return await coming
        except TimeoutError as error:
            raise UploadBroken from error


class _Turn:
    """A thread's turn: what the socket has, and what comes within a moment, is handed on until so much was taken."""

    def __init__(self, wire: int, most: int, write: Write) -> None:
        self._wire = wire
        self._most = most
        self._write = write
        self._ready = select.poll()
        self._ready.register(wire, select.POLLIN)
        self.taken = 0

    def take(self) -> None:
        """Do so.

        Raises:
            UploadBroken: when the client has gone and left nothing.

        """
        room = memoryview(bytearray(min(PIECE, self._most)))
        while (wanted := self._most - self.taken) and (count := self._received(room[:wanted])):
            self.taken += count
            self._write([room[:count]])

    def _received(self, room: memoryview) -> int:
        if not self._ready.poll(_MOMENT):
            return 0
        try:
            count = os.readv(self._wire, [room])
        except ConnectionError:
            count = 0
        if not count and not self.taken:
            raise UploadBroken
        return count


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
