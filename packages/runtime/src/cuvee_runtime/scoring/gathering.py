"""Replies that leave in one piece: uvicorn writes head and body apart, and each write wakes the caller anew."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes from which on there is nothing to gain.
_LARGE = 16_384


class Gathered:
    """A transport that writes what one turn of the event loop brings together. All else is the transport's own."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write at the turn's end at the latest; at once what is large."""
        if len(data) >= _LARGE:
            self.flush()
            self._transport.write(data)
            return
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(data)

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            whole = b"".join(self._waiting)
            self._waiting.clear()
            self._transport.write(whole)

    def close(self) -> None:
        """Write what waits, then close."""
        self.flush()
        self._transport.close()


class Protocol(HttpToolsProtocol):
    """uvicorn's, writing through a gathering transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(Gathered(transport, self.loop))  # type: ignore[arg-type]

    def on_response_complete(self) -> None:
        """Do not let a whole reply wait for others' turns."""
        self.transport.flush()  # type: ignore[attr-defined]
        super().on_response_complete()
