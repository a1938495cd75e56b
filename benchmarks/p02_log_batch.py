"""P2: a thousand points of ten keys a request, 8 clients, each with a run of its own."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Final

from benchmarks import raw, trackers
from benchmarks.figures import Measure, Times, Within
from benchmarks.rows import Bench, Contestant, Row, Sample
from benchmarks.trackers import Tracker

CLIENTS: Final = 8
POINTS: Final = 1_000
KEYS: Final = 10
#: More than a client gets through in the time.
REQUESTS: Final = 600
TABLE: Final = "CREATE TABLE IF NOT EXISTS points (run TEXT, key TEXT, step INTEGER, at INTEGER, value REAL)"


def bodies(count: int = REQUESTS) -> list[bytes]:
    """A hundred steps a request, ten metrics a step."""
    began = 1_795_000_000_000
    steps = POINTS // KEYS
    return [
        json.dumps(
            {
                "run_id": "{run}",
                "metrics": [
                    {"key": f"metric_{key}", "value": 1 / (step + key + 1), "timestamp": began + step, "step": step}
                    for step in range(number * steps, (number + 1) * steps)
                    for key in range(KEYS)
                ],
            }
        ).encode()
        for number in range(count)
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
                    partial(log, bench, tracker, content),
                    partial(trackers.kept, tracker, "metric_0", POINTS // KEYS),
                )
                for tracker in opened
            ),
            Contestant(name="raw", label="`executemany`, one row a point", kind="raw", measure=partial(rows, bench)),
        ]


def log(bench: Bench, tracker: Tracker, content: Sequence[bytes]) -> Sample:
    taken = trackers.write_load(bench, tracker, "/runs/log-batch", content, CLIENTS)
    return replace(taken, values={"points": taken.values["rate"] * POINTS})


def rows(bench: Bench) -> Sample:
    """One process, one connection, a thousand rows a commit."""
    points = [("run", f"metric_{number % KEYS}", number, number, 0.5) for number in range(POINTS)]

    with raw.durable_database(bench.scratch / "raw.db", TABLE) as connection:

        def insert(_number: int) -> None:
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO points VALUES (?, ?, ?, ?, ?)", points)
            connection.execute("COMMIT")

        took = raw.repeated(insert, bench.seconds)
    return Sample(values={"points": raw.rate(took) * POINTS}, p50=raw.middle_milliseconds(took))


ROW: Final = Row(
    number="P2",
    title="`log-batch`, 1,000 points of 10 keys, 8 clients, durable",
    measures=(Measure(name="points", label="points/s", unit="/s", better="higher"),),
    goals=(
        Times(measure="points", peer="MLflow", factor=60),
        Times(measure="points", peer="FastTrackML", factor=15),
        Within(measure="points", limit=500_000),
    ),
    how="8 keep-alive connections, each logging to a fresh run of its own, 100 steps of 10 metrics a request.",
    profile="a batch takes 0.35 ms to decode and to take apart when nothing else runs, and 0.45 ms of the writer's "
    "thread, a third of it in SQLite; under load each thread takes half as long again and more, because two threads "
    "hand one interpreter to and fro between two cores. Tried: no look for the bounds of steps that rise, nor for the "
    "first of equal values (0.55 to 0.44 ms of the writer), messages with fewer fields (nothing), letting go of the "
    "messages before the wait (within the noise), columns packed as arrays instead of by `struct` (slower). With both "
    "threads bound to one core a batch takes 1.4 ms in all, and there are a tenth to half as many again; not done, "
    "see P1.",
    limit="`sqlite3` in one process, `executemany` of 1,000 rows a commit, `synchronous=FULL`; no index, no JSON.",
    contestants=contestants,
)
