"""The load: a process of its own that keeps N connections busy and counts what comes back.

`python -m benchmarks.load` takes a `Job` on its standard input and writes a `Tally` to its standard output. Requests
are built beforehand, byte for byte; a client sends the next one when it has the whole reply to the last. The reader
of replies knows just enough HTTP/1.1: a status, a length or chunks, and whether the connection stays.
"""

import asyncio
import gc
import math
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, cast

import msgspec
import uvloop

from benchmarks.figures import percentile

_OK: Final = 200
_ENOUGH: Final = 3
_HEAD_END: Final = b"\r\n\r\n"
_CHUNKS_END: Final = b"0\r\n\r\n"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to send, where, and for how long."""

    port: int
    #: Each client sends these in turn.
    requests: list[bytes]
    #: One client for each entry, which takes the place of `placeholder` in its requests.
    clients: list[bytes]
    placeholder: bytes = b""
    #: Begin again at the first request when all were sent; else the measurement ends there.
    repeat: bool = False
    #: Load that does not count yet, in seconds.
    warm_up: float = 0.5
    #: Load that counts, in seconds.
    seconds: float = 5.0
    #: Who is slow gets longer, up to so many seconds, until there are three replies for each client.
    longest: float = 8.0


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. Times in milliseconds."""

    requests: int
    failed: int
    failure: str
    rate: float
    p50: float | None
    p95: float | None
    p99: float | None
    #: Requests answered with 200 for each client, the warm-up included.
    acknowledged: list[int]


def run(job: Job) -> Tally:
    """Have a process of its own do the job."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=msgspec.msgpack.encode(job),
        stdout=subprocess.PIPE,
        check=True,
        cwd=Path(__file__).parents[1],
        timeout=job.warm_up + max(job.seconds, job.longest) + 120,
    )
    return msgspec.json.decode(done.stdout, type=Tally)


def request(method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """A request, byte for byte."""
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", "accept: */*"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if method != "GET":
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + _HEAD_END + body


class Load:
    """The clients of one job, and the clock."""

    def __init__(self, job: Job) -> None:
        self.job: Final = job
        self.loop: Final = asyncio.get_running_loop()
        self.over: Final[asyncio.Future[None]] = self.loop.create_future()
        self.counting = False
        self.began = self.ended = math.nan
        self.latencies: list[float] = []
        self.failed = 0
        self.failure = ""
        self._is_due = False

    async def tally(self) -> Tally:
        clients = [Client(self, name) for name in self.job.clients]
        await asyncio.gather(*(client.connect() for client in clients))
        self.loop.call_later(self.job.warm_up, self._begin)
        for client in clients:
            client.send()
        await self.over
        if not self.latencies:
            self.failed_with("no reply came in time")
        latencies = sorted(self.latencies)
        seconds = self.ended - self.began
        return Tally(
            requests=len(latencies) + self.failed,
            failed=self.failed,
            failure=self.failure,
            rate=len(latencies) / seconds if seconds > 0 else 0.0,
            p50=_milliseconds(percentile(latencies, 0.50)),
            p95=_milliseconds(percentile(latencies, 0.95)),
            p99=_milliseconds(percentile(latencies, 0.99)),
            acknowledged=[client.acknowledged for client in clients],
        )

    def end(self) -> None:
        """No request from here on counts."""
        if not self.over.done():
            self.ended = time.perf_counter()
            self.counting = False
            self.over.set_result(None)

    def failed_with(self, what: str) -> None:
        # A failure counts whenever it happens, also while warming up.
        self.failed += 1
        self.failure = self.failure or what

    def replied(self, took: float) -> None:
        """A reply counts from the end of the warm-up on."""
        if self.counting:
            self.latencies.append(took)
            if self._is_due and self._has_enough():
                self.end()

    def _begin(self) -> None:
        self.counting = True
        self.began = time.perf_counter()
        self.loop.call_later(self.job.seconds, self._due)
        self.loop.call_later(max(self.job.seconds, self.job.longest), self.end)

    def _due(self) -> None:
        self._is_due = True
        if self._has_enough():
            self.end()

    def _has_enough(self) -> bool:
        return len(self.latencies) >= _ENOUGH * len(self.job.clients)


class Client(asyncio.Protocol):
    """One connection: a request, its reply, the next request."""

    def __init__(self, load: Load, name: bytes) -> None:
        self._load = load
        self._name = name
        self._transport: asyncio.WriteTransport | None = None
        self._next = 0
        self._sent = 0.0
        self._waiting = False
        self._received = b""
        self.acknowledged = 0

    async def connect(self) -> None:
        await self._load.loop.create_connection(lambda: self, "127.0.0.1", self._load.job.port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)

    def send(self) -> None:
        """Send what is next, if the measurement goes on."""
        load, job = self._load, self._load.job
        if load.over.done() or self._transport is None:
            return
        if self._next == len(job.requests):
            if not job.repeat:
                load.end()
                return
            self._next = 0
        content = job.requests[self._next]
        if job.placeholder:
            content = content.replace(job.placeholder, self._name)
        self._next += 1
        self._waiting = True
        self._sent = time.perf_counter()
        self._transport.write(content)

    def data_received(self, data: bytes) -> None:
        self._received = received = self._received + data if self._received else data
        end = received.find(_HEAD_END)
        if end < 0:
            return
        head = received[:end].lower()
        if not is_whole(head, received, end + 4):
            return
        took = time.perf_counter() - self._sent
        self._received = b""
        self._waiting = False
        self._count(int(received[9:12]), received, took)
        if b"connection: close" in head:
            return  # the next request goes out when the connection is there again
        self.send()

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        if self._load.over.done():
            return
        if self._waiting:
            self._waiting = False
            self._load.failed_with("the connection was closed in the middle of a request")
        self._received = b""
        self._load.loop.create_task(self._again())

    async def _again(self) -> None:
        try:
            await self.connect()
        except OSError as error:
            self._load.failed_with(f"the server is gone: {error}")
            self._load.end()
            return
        self.send()

    def _count(self, status: int, reply: bytes, took: float) -> None:
        load = self._load
        if status != _OK:
            load.failed_with(reply[:300].decode(errors="replace"))
            return
        self.acknowledged += 1
        load.replied(took)


def is_whole(head: bytes, received: bytes, body: int) -> bool:
    """Whether a reply whose body begins at `body` is all there."""
    at = head.find(b"content-length:")
    if at >= 0:
        return len(received) - body >= int(head[at + 15 :].split(b"\r\n", 1)[0])
    if b"transfer-encoding: chunked" in head:
        return received.endswith(_CHUNKS_END)
    return True


def _milliseconds(seconds: float) -> float | None:
    return None if math.isnan(seconds) else seconds * 1000


async def _main() -> None:
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
    gc.collect()
    gc.freeze()
    gc.disable()  # a pause of the load would be counted as the server's
    sys.stdout.buffer.write(msgspec.json.encode(await Load(job).tally()))


if __name__ == "__main__":
    uvloop.run(_main())
