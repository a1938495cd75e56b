"""Replies that leave in one piece.

uvicorn writes a reply's head and its body apart. Each write is a call into the system that nothing else runs beside,
and a packet of its own that wakes the client: for a reply of two bytes it costs more than the reply.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes from which on there is nothing to gain.
_LARGE: Final = 16_384


class Gathered:
    """A transport that writes small pieces of one turn of the event loop together. All else is the transport's own."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport: Final = transport
        self._later: Final = loop.call_soon
        self._waiting: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write now what is large, and at the turn's end what is not."""
        if not self._waiting:
            self._later(self.flush)
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= _LARGE:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            whole = self._waiting[0] if len(self._waiting) == 1 else b"".join(self._waiting)
            self._waiting.clear()
            self._size = 0
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
