"""A reply is one write, and nothing that waits is forgotten."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn

from cuvee.api.gathering import Gathered, Protocol


class Recorded(asyncio.Transport):
    """A transport that remembers what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: Any) -> None:
        assert not self.is_closed
        self.written.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        """Nothing more comes anyway."""

    resume_reading = pause_reading


def answering(*pieces: bytes) -> Callable[..., Any]:
    """An application that answers in these pieces."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        length = str(sum(map(len, pieces))).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        for at, piece in enumerate(pieces, 1):
            await send({"type": "http.response.body", "body": piece, "more_body": at < len(pieces)})

    return app


async def replies(app: Any, request: bytes) -> Recorded:
    """What a connection wrote for a request, one turn of the loop after another until nothing more comes."""
    config = uvicorn.Config(app, log_config=None, lifespan="off")
    config.load()
    server = uvicorn.server.ServerState()
    protocol = Protocol(config, server, {})
    protocol.connection_made(transport := Recorded())
    protocol.data_received(request)
    while server.tasks:
        await asyncio.gather(*server.tasks)
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    return transport


REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def test_head_and_body_leave_together():
    transport = await replies(answering(b"{}"), REQUEST)

    [whole] = transport.written
    assert whole.startswith(b"HTTP/1.1 200 OK\r\n")
    assert whole.endswith(b"\r\n\r\n{}")


async def test_two_requests_at_once_are_answered_in_their_order():
    transport = await replies(answering(b"{}"), REQUEST * 2)

    assert b"".join(transport.written).count(b"200 OK") == 2


async def test_a_connection_that_ends_says_all_before():
    transport = await replies(answering(b"bye"), b"GET / HTTP/1.0\r\nhost: x\r\n\r\n")

    assert b"".join(transport.written).endswith(b"bye")
    assert transport.is_closed


async def test_what_is_large_leaves_at_once():
    gathered = Gathered(transport := Recorded(), asyncio.get_running_loop())
    gathered.write(b"x" * 100_000)

    assert [len(piece) for piece in transport.written] == [100_000]


@pytest.mark.parametrize("sizes", [(1,), (1, 2, 3), (1, 20_000, 5)])
async def test_what_is_small_leaves_with_the_turn_in_its_order(sizes: tuple[int, ...]):
    gathered = Gathered(transport := Recorded(), asyncio.get_running_loop())
    for at, size in enumerate(sizes):
        gathered.write(bytes([at]) * size)
    await asyncio.sleep(0)

    assert b"".join(transport.written) == b"".join(bytes([at]) * size for at, size in enumerate(sizes))
