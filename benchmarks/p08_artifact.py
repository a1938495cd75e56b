"""P8: a large artifact up and down through the server, beside a plain copy of the file; what the server grows by."""

import http.client
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks import trackers
from benchmarks.figures import Measure, Times, Within
from benchmarks.rows import Bench, Contestant, Row, Sample
from benchmarks.trackers import Tracker

#: Bytes of the file.
LARGE: Final = 5 * 10**9
QUICK: Final = 256 * 10**6
_PIECE: Final = 1 << 20
_STORE: Final = "/api/2.0/mlflow-artifacts/artifacts/"


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    source = bench.scratch / "source.bin"
    _fill(source, QUICK if bench.is_quick else LARGE)
    with trackers.opened(bench, [trackers.CUVEE, trackers.MLFLOW_SERVER]) as opened:
        copy = Contestant(name="copy", label="plain copy", kind="raw", measure=partial(_copied, source))
        yield [*(_contestant(tracker, source) for tracker in opened), copy]


def _contestant(tracker: Tracker, source: Path) -> Contestant:
    run = tracker.call("POST", "/runs/create", {"experiment_id": "0"})["run"]["info"]
    path = _STORE + run["artifact_uri"].removeprefix("mlflow-artifacts:/") + "/large.bin"
    # What any first transfer leaves behind is no growth with the file.
    small = source.with_name("small.bin")
    _fill(small, 64 * _PIECE)
    _upload(tracker, path, small)
    _download(tracker, path, small)
    return tracker.contestant(partial(_measured, tracker, path, source), partial(_wrong, tracker, path, source))


def _measured(tracker: Tracker, path: str, source: Path) -> Sample:
    size = source.stat().st_size
    fetched = source.with_name("fetched.bin")
    tracker.server.forget_peak()
    before = tracker.server.memory()
    up, status = _upload(tracker, path, source)
    down, length = _download(tracker, path, fetched)
    grown = tracker.server.peak() - before
    fetched.unlink()
    _delete(tracker, path)
    failed = [f"{status} to the upload"] * (status != http.client.OK) + [f"{length} bytes came"] * (length != size)
    return Sample(
        values={"up": size / up / 1e6, "down": size / down / 1e6, "grown": grown},
        requests=2,
        failed=len(failed),
        failure="; ".join(failed),
    )


def _upload(tracker: Tracker, path: str, source: Path) -> tuple[float, int]:
    """Seconds until it is acknowledged, and the status."""
    began = time.perf_counter()
    with closing(_connected(tracker)) as connection, source.open("rb") as file:
        connection.putrequest("PUT", path)
        for name, value in tracker.headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(source.stat().st_size))
        connection.endheaders()
        connection.sock.sendfile(file)
        reply = connection.getresponse()
        reply.read()
    return time.perf_counter() - began, reply.status


def _download(tracker: Tracker, path: str, into: Path) -> tuple[float, int]:
    """Seconds until the whole file is on the client's disk, and its bytes."""
    began = time.perf_counter()
    with closing(_connected(tracker)) as connection, into.open("wb", buffering=0) as file:
        connection.request("GET", path, headers=dict(tracker.headers))
        reply = connection.getresponse()
        piece = bytearray(_PIECE)
        view = memoryview(piece)
        length = 0
        while count := reply.readinto(piece):
            file.write(view[:count])
            length += count
        os.fsync(file.fileno())
    return time.perf_counter() - began, length


def _delete(tracker: Tracker, path: str) -> None:
    with closing(_connected(tracker)) as connection:
        connection.request("DELETE", path, headers=dict(tracker.headers))
        connection.getresponse().read()


def _connected(tracker: Tracker) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", tracker.server.port, timeout=600)
    connection.connect()
    return connection


def _wrong(tracker: Tracker, path: str, source: Path) -> str:
    """What comes back must be what was sent, byte for byte."""
    fetched = source.with_name("checked.bin")
    _upload(tracker, path, source)
    _download(tracker, path, fetched)
    with source.open("rb") as ours, fetched.open("rb") as theirs:
        pairs = iter(lambda: (ours.read(_PIECE), theirs.read(_PIECE)), (b"", b""))
        same = all(one == other for one, other in pairs)
    fetched.unlink()
    return "" if same else "what came back is not what was sent"


def _copied(source: Path) -> Sample:
    """Read, write and sync, in one process; both ways alike."""
    copies = [source.with_name(f"{way}.bin") for way in ("up", "down")]
    took = []
    for into in copies:
        began = time.perf_counter()
        with source.open("rb", buffering=0) as ours, into.open("wb", buffering=0) as copy:
            while os.sendfile(copy.fileno(), ours.fileno(), None, 1 << 30):  # type: ignore[arg-type]  # None: go on
                pass
            os.fsync(copy.fileno())
        took.append(time.perf_counter() - began)
    for into in copies:
        into.unlink()
    up, down = (source.stat().st_size / each / 1e6 for each in took)
    return Sample(values={"up": up, "down": down})


def _fill(path: Path, size: int) -> None:
    """Bytes that cannot be made smaller, on the disk before anything is measured."""
    noise = os.urandom(16 * _PIECE)
    with path.open("wb", buffering=0) as file:
        for start in range(0, size, len(noise)):
            file.write(noise[: size - start])
        os.fsync(file.fileno())


ROW: Final = Row(
    number="P8",
    title="a 5 GB artifact up and down through the server",
    measures=(
        Measure(name="up", label="upload", unit="MB/s", better="higher"),
        Measure(name="down", label="download", unit="MB/s", better="higher"),
        Measure(name="grown", label="memory grew by", unit="MB", better="lower"),
    ),
    goals=(
        Times(measure="up", peer="copy", factor=0.7),
        Times(measure="down", peer="copy", factor=0.7),
        Within(measure="grown", limit=32),
    ),
    how="One client sends a file of 5,000,000,000 random bytes with `sendfile` to MLflow's artifact proxy, until the "
    "reply; then fetches it into a file and syncs that; both are deleted. The source lies in the page cache. Memory is "
    "what the process tree had at most meanwhile, over what it had before, after a first transfer of 64 MiB.",
    profile="an upload's bytes are copied twice by one thread, out of the socket and into the page cache (0.5 s of a "
    "processor for a gigabyte; a plain copy takes 0.3 s). With a thread for each of the two and the event loop between "
    "them it was 0.7 s. Tried on a loopback connection with no server: two threads with a queue, a splice from socket "
    "to file and smaller pieces were no faster than one thread with a megabyte; room on the disk that is taken "
    "beforehand may be a little. The disk begins with the file while it comes: where others wrote too, that doubled "
    "the rate. A download is sent by the system (0.25 s a gigabyte) and goes as quickly as the client can write it; "
    "the second file written within seconds meets the disk's own rate, which the copy's figure shows as well.",
    limit="the file copied by the kernel (`sendfile`) into a new file and synced, in one process; both ways alike.",
    contestants=contestants,
)
