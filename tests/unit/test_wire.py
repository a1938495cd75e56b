"""The client that carries calls to replicas: when it sends again, when it gives up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from cuvee.serving.wire import Broken, Line, NothingSent

REPLY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def replica(answer: Answer) -> AsyncIterator[Line]:
    """A line to a server that answers as told."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    line = Line(server.sockets[0].getsockname()[1], "token")
    async with server:
        yield line
        line.close()
        await asyncio.sleep(0)


def saying(*pieces: bytes, times: int = 1) -> Answer:
    """Read a head, say the pieces; after so many times close."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(times):
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)

    return answer


async def test_a_reply_may_come_in_pieces_and_in_chunks():
    chunked = b"HTTP/1.1 429 Busy\r\nretry-after: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    async with replica(saying(chunked[:30], chunked[30:70], chunked[70:])) as line:
        reply = await line.ask(b"GET", b"/ping")
    assert (reply.status, reply.retry_after, reply.body) == (429, b"1", b"{}")


async def test_the_token_and_the_length_are_sent_and_nothing_of_the_caller_but_the_type():
    heads = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        await reader.readexactly(3)
        writer.write(REPLY)

    async with replica(answer) as line:
        await line.ask(b"POST", b"/model", content_type=b"text/csv", body=b"a,b")
    names = [row.split(b":")[0] for row in heads[0].split(b"\r\n")[1:] if row]
    assert names == [b"host", b"x-cuvee-replica-token", b"content-type", b"content-length"]


async def test_a_connection_that_was_closed_while_idle_is_replaced_unnoticed():
    async with replica(saying(REPLY)) as line:
        await line.ask(b"GET", b"/ping")
        while line._idle[0].is_fresh():  # until the other side has closed
            await asyncio.sleep(0)
        assert (await line.ask(b"GET", b"/ping")).status == 200


async def test_a_connection_is_used_again():
    ports = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ports.add(writer.get_extra_info("peername"))
        await saying(REPLY, times=3)(reader, writer)

    async with replica(answer) as line:
        for _ in range(3):
            await line.ask(b"GET", b"/ping")
    assert len(ports) == 1


@pytest.mark.parametrize("half", [b"", REPLY[:20], REPLY[:-1], b"nonsense\r\n\r\n"])
async def test_a_connection_that_ends_before_the_reply_does_is_broken(half: bytes):
    async with replica(saying(half)) as line:
        with pytest.raises(Broken):
            await line.ask(b"GET", b"/ping")


async def test_where_nobody_listens_nothing_was_sent():
    async with replica(saying(REPLY)) as line:
        pass
    with pytest.raises(NothingSent):
        await line.ask(b"GET", b"/ping")


async def test_an_answer_that_comes_too_late_is_not_the_next_calls():
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/slow" in head:
            await reader.read()
        writer.write(REPLY)

    async with replica(slow) as line:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(line.ask(b"GET", b"/slow"), 0.05)
        assert (await line.ask(b"GET", b"/quick")).body == b"{}"
