"""P5: a curve out of a million points, and a hundred curves of ten keys of ten runs at once."""

import json
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import noise, raw, trackers
from benchmarks.figures import Measure, Within
from benchmarks.rows import Bench, Contestant, Row, Sample
from benchmarks.trackers import API, Tracker

POINTS: Final = 1_000_000
BUCKETS: Final = 1_000
RUNS: Final = 10
KEYS: Final = tuple(f"metric_{number}" for number in range(10))
SHORT: Final = 10_000
TABLE: Final = "CREATE TABLE points (step INTEGER PRIMARY KEY, at INTEGER, value REAL)"


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    kinds = [trackers.CUVEE, trackers.MLFLOW_SERVER]
    with trackers.opened(bench, kinds) as opened:
        filled = [_contestant(bench, tracker) for tracker in opened]
        with raw.durable_database(bench.scratch / "raw.db", TABLE) as connection:
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO points VALUES (?, ?, ?)", noise.points(POINTS, 0))
            connection.execute("COMMIT")
            yield [
                *filled,
                Contestant(name="raw", label="`GROUP BY`", kind="raw", measure=partial(_select, connection)),
            ]


def _contestant(bench: Bench, tracker: Tracker) -> Contestant:
    folder: Path = bench.scratch / tracker.kind.name
    runs = tracker.new_runs(RUNS + 1)
    noise.log(tracker, folder, runs[0], ["loss"], POINTS)
    for number, run in enumerate(runs[1:]):
        noise.log(tracker, folder, run, KEYS, SHORT, seed=1 + number * len(KEYS))
    if tracker.kind.kind == "ours":
        noise.wait_for_compaction(folder)
        many = "&".join([*(f"run={run}" for run in runs[1:]), *(f"key={key}" for key in KEYS)])
        one = [f"/compare/-/curves?run={runs[0]}&key=loss&width={BUCKETS}"]
        several = [f"/compare/-/curves?{many}&width={BUCKETS}"]
    else:
        asked = f"{API}/metrics/get-history-bulk-interval?max_results={BUCKETS}"
        one = [f"{asked}&run_ids={runs[0]}&metric_key=loss"]
        ids = "".join(f"&run_ids={run}" for run in runs[1:])
        several = [f"{asked}{ids}&metric_key={key}" for key in KEYS]
    return tracker.contestant(
        partial(_measured, bench, tracker, one, several), partial(_missing, tracker, one[0], several)
    )


def _measured(bench: Bench, tracker: Tracker, one: Sequence[str], several: Sequence[str]) -> Sample:
    def read(paths: Sequence[str], _number: int) -> None:
        for path in paths:
            _get(tracker, path)

    took = [raw.repeated(partial(read, paths), bench.seconds) for paths in (one, several)]
    middle, many = map(raw.middle_milliseconds, took)
    return Sample(values={"one": middle, "many": many}, requests=len(took[0]) + len(took[1]), p50=middle)


def _get(tracker: Tracker, path: str) -> bytes:
    request = urllib.request.Request(tracker.server.url + path, headers=dict(tracker.headers))
    with urllib.request.urlopen(request, timeout=600) as reply:
        content: bytes = reply.read()
    return content


def _missing(tracker: Tracker, one: str, several: Sequence[str]) -> str:
    """Whether the ends of the long curve are there, and all of the others."""
    answer: Any = json.loads(_get(tracker, one))
    answers: list[Any] = [json.loads(_get(tracker, path)) for path in several]
    if tracker.kind.kind == "ours":
        steps = answer["curves"][0]["steps"]
        found = sum(len(each["curves"]) for each in answers)
    else:
        steps = [metric["step"] for metric in answer["metrics"]]
        found = len({(metric["key"], metric["run_id"]) for each in answers for metric in each["metrics"]})
    is_whole = (steps[0], steps[-1], found) == (0, POINTS - 1, RUNS * len(KEYS))
    return "" if is_whole else f"{found} curves; the long one goes from {steps[0]} to {steps[-1]}"


def _select(connection: Any) -> Sample:
    """One process, one connection: least and greatest of every bucket."""
    query = "SELECT step / ?, min(value), max(value) FROM points GROUP BY 1"
    took = raw.repeated(lambda _number: connection.execute(query, (POINTS // BUCKETS,)).fetchall(), 1.0)
    return Sample(values={"one": raw.middle_milliseconds(took)}, p50=raw.middle_milliseconds(took))


ROW: Final = Row(
    number="P5",
    title="a curve of 1,000 buckets out of 1,000,000 points; 10 keys of 10 runs at once",
    measures=(
        Measure(name="one", label="one curve", unit="ms", better="lower"),
        Measure(name="many", label="100 curves", unit="ms", better="lower"),
    ),
    goals=(Within(measure="one", limit=50), Within(measure="many", limit=500)),
    how="One client, a new connection a request, until the whole answer is read. Ours: up to five points of each "
    "bucket, the least and the greatest among them, 1,000 buckets for the long curve and 400 (the most that a "
    "hundred curves get) for each of the others, whose series have 10,000 points, all in one request; compacted "
    "first. MLflow: `get-history-bulk-interval` with 1,000 points, spread evenly, so that peaks are lost; a request "
    "a key for ten runs. Values have noise down to their last bit.",
    limit="`sqlite3` in one process: least and greatest of every bucket by one `GROUP BY` over a row a point; no HTTP.",
    contestants=contestants,
    quick=False,
)
