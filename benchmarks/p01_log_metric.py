"""P1: one metric a request, 32 clients, each with a run of its own."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from benchmarks import raw, trackers
from benchmarks.figures import Measure, Times
from benchmarks.rows import Bench, Contestant, Row, Sample

CLIENTS: Final = 32
#: More than a client gets through in the time.
REQUESTS: Final = 8_000
TABLE: Final = "CREATE TABLE IF NOT EXISTS points (run TEXT, key TEXT, step INTEGER, at INTEGER, value REAL)"


def bodies() -> list[bytes]:
    """What a training loop logs, step by step."""
    began = 1_795_000_000_000
    return [
        json.dumps(
            {"run_id": "{run}", "key": "loss", "value": 1 / (step + 1), "timestamp": began + step, "step": step}
        ).encode()
        for step in range(REQUESTS)
    ]


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    content = bodies()
    kinds = [
        trackers.CUVEE,
        trackers.MLFLOW_SERVER,
        trackers.FASTTRACKML_DURABLE,
        trackers.FASTTRACKML_DEFAULT,
    ]
    with trackers.opened(bench, kinds) as opened:
        yield [
            *(
                tracker.contestant(
                    partial(trackers.write_load, bench, tracker, "/runs/log-metric", content, CLIENTS),
                    partial(trackers.kept, tracker, "loss", 1),
                )
                for tracker in opened
            ),
            Contestant(name="raw", label="one durable commit a metric", kind="raw", measure=partial(commits, bench)),
        ]


def commits(bench: Bench) -> Sample:
    """One process, one connection, one row and one commit at a time."""
    with raw.durable_database(bench.scratch / "raw.db", TABLE) as connection:
        insert = "INSERT INTO points VALUES (?, 'loss', ?, ?, ?)"
        took = raw.repeated(lambda step: connection.execute(insert, ("run", step, step, 0.5)), bench.seconds)
    return Sample(values={"rate": raw.rate(took)}, p50=raw.middle_milliseconds(took))


ROW: Final = Row(
    number="P1",
    title="`log-metric`, 32 clients, durable",
    measures=(Measure(name="rate", label="metrics/s", unit="/s", better="higher"),),
    goals=(
        Times(measure="rate", peer="MLflow", factor=60),
        Times(measure="rate", peer="FastTrackML", factor=3),
    ),
    how="32 keep-alive connections, each logging `loss` step by step to a fresh run of its own, one metric a request.",
    profile="the processor is the limit, not the disk. A request takes 64 µs of the event loop's thread (a third in "
    "the platform: the boundary, the key, the checks, the decoding; half in uvicorn and the sockets; the rest in "
    "waiting for the writer) and 40 µs of the writer's (its share of two statements and of the commit, most of which "
    "is the system's); both need the one interpreter. Tried, each on a busy machine: the framework's router left out "
    "(353 to 280 µs in all), a reply in one write (238 to 202 µs), no savepoint around a group that has the "
    "transaction to itself, statements by the driver itself, structs in place of frozen dataclasses (175 to 134 µs), "
    "shorter and longer turns of the interpreter (nothing). SQLite itself takes 3 µs a metric. With both threads "
    "bound to one core a request takes 158 µs and there are a fifth to two fifths more of them, because handing the "
    "interpreter over between cores costs; not done, because every thread and process that they start would be bound "
    "as well.",
    limit="`sqlite3` in one process, one row and one commit a metric, `synchronous=FULL`. Ours may pass it: it commits "
    "together what waits together.",
    contestants=contestants,
)
