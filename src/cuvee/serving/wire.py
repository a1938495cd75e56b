"""HTTP/1.1 to replicas: one request after another on connections that stay open.

A general client costs a model call more than the model does, so this one can do only what a replica needs: loopback,
no redirects, no cookies, replies read whole. The parsing is httptools', as in the server. What matters here is to
know whether anything of a request was sent: only then may it go to another replica instead.
"""

import asyncio
import select
from dataclasses import dataclass
from typing import Any, Final, cast

import httptools

from cuvee.core import errors

#: Bytes of a reply that are held at the most.
_LARGEST_REPLY: Final = 256 * 1024 * 1024
#: Idle connections kept to one replica.
_MOST_IDLE: Final = 64
#: Seconds to connect: the replica is on this machine.
_CONNECT: Final = 5.0
_HANGUP: Final = getattr(select, "POLLRDHUP", 0) | select.POLLIN | select.POLLHUP | select.POLLERR


class NothingSent(errors.CuveeError):
    """The replica cannot be reached; nothing was sent to it."""


class Broken(errors.CuveeError):
    """The replica closed the connection before it answered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a replica said."""

    status: int
    content_type: bytes
    body: bytes
    retry_after: bytes = b""


class Connection(asyncio.Protocol):
    """One open connection, with at most one request under way."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: Any = None
        self._waiting: asyncio.Future[Reply] | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._headers: dict[bytes, bytes] = {}
        self._readable = select.poll()
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._readable.register(transport.get_extra_info("socket").fileno(), _HANGUP)
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Broken())

    def data_received(self, data: bytes) -> None:
        if self._waiting is None:
            self.close()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def is_fresh(self) -> bool:
        """Whether a request can be sent: the other side has neither closed nor said anything unasked."""
        return self.is_open and not self._readable.poll(0)

    async def ask(self, head: bytes, body: bytes) -> Reply:
        """Send a request and wait for its reply.

        Raises:
            Broken: when the connection ended first.

        """
        if self._transport is None:
            raise NothingSent
        self._waiting = asyncio.get_running_loop().create_future()
        self._chunks, self._size, self._headers = [], 0, {}
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(head + body if len(body) < 65_536 else head)  # noqa: PLR2004 - a small copy is cheaper
        if len(body) >= 65_536:  # noqa: PLR2004
            self._transport.write(body)
        try:
            return await self._waiting
        finally:
            self._waiting = None

    def close(self) -> None:
        """End the connection; a request under way fails."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Httptools found a header."""
        self._headers[name.lower()] = value

    def on_body(self, chunk: bytes) -> None:
        """Httptools found a piece of the body."""
        self._size += len(chunk)
        if self._size > _LARGEST_REPLY:
            self.close()
            return
        self._chunks.append(chunk)

    def on_message_complete(self) -> None:
        """Httptools found the end of the reply."""
        if self._headers.get(b"connection", b"").lower() == b"close":
            self.is_open = False
        if self._waiting is None or self._waiting.done():
            return
        self._waiting.set_result(
            Reply(
                status=self._parser.get_status_code(),
                content_type=self._headers.get(b"content-type", b"application/json"),
                body=b"".join(self._chunks),
                retry_after=self._headers.get(b"retry-after", b""),
            )
        )


class Line:
    """The connections to one replica."""

    def __init__(self, port: int, token: str) -> None:
        self.port: Final = port
        self._common = f"host: 127.0.0.1:{port}\r\nx-cuvee-replica-token: {token}\r\n".encode()
        self._idle: list[Connection] = []

    async def ask(self, method: bytes, path: bytes, *, content_type: bytes = b"", body: bytes = b"") -> Reply:
        """One request. `path` is percent-encoded, `content_type` a header's value without line breaks.

        Raises:
            NothingSent: when there is no connection and none can be made.
            Broken: when the connection ended while the replica worked.

        """
        connection = self._kept() or await self._new()
        kind = b"content-type: " + content_type + b"\r\n" if content_type else b""
        head = b"%b %b HTTP/1.1\r\n%b%bcontent-length: %d\r\n\r\n" % (method, path, self._common, kind, len(body))
        try:
            reply = await connection.ask(head, body)
        except BaseException:  # also when the caller gave up: an answer that comes later is nobody's
            connection.close()
            raise
        if connection.is_open and len(self._idle) < _MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        return reply

    def close(self) -> None:
        """End the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh():
                return connection
            connection.close()
        return None

    async def _new(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT):
                _transport, connection = await loop.create_connection(Connection, "127.0.0.1", self.port)
        except (OSError, TimeoutError) as error:
            raise NothingSent from error
        return connection
