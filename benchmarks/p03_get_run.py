"""P3: one run with its metrics, parameters and tags, one client."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Final

from benchmarks import load, raw, trackers
from benchmarks.figures import Measure, Times
from benchmarks.rows import Bench, Contestant, Row, Sample
from benchmarks.trackers import Tracker

RUNS: Final = 20
METRICS: Final = 10
PARAMS: Final = 10
TAGS: Final = 5
TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS facts (run TEXT, kind TEXT, key TEXT, value TEXT, PRIMARY KEY (run, kind, key))"
)


def content(run: str) -> dict[str, object]:
    """What a run of the row has."""
    return {
        "run_id": run,
        "metrics": [
            {"key": f"metric_{n}", "value": n / 7, "timestamp": 1_795_000_000_000 + n, "step": n}
            for n in range(METRICS)
        ],
        "params": [{"key": f"param_{n}", "value": f"value {n}"} for n in range(PARAMS)],
        "tags": [{"key": f"tag_{n}", "value": f"value {n}"} for n in range(TAGS)],
    }


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    kinds = [trackers.CUVEE, trackers.MLFLOW_SERVER, trackers.FASTTRACKML_DURABLE]
    with trackers.opened(bench, kinds) as opened:
        yield [
            *(_contestant(bench, tracker) for tracker in opened),
            Contestant(name="raw", label="three selects", kind="raw", measure=partial(selects, bench)),
        ]


def _contestant(bench: Bench, tracker: Tracker) -> Contestant:
    runs = tracker.new_runs(RUNS)
    for run in runs:
        tracker.call("POST", "/runs/log-batch", content(run))
    contestant = tracker.contestant(partial(get, bench, tracker, runs), partial(_whole, tracker, runs[0]))
    return replace(contestant, note="")  # nothing is written while it is measured


def get(bench: Bench, tracker: Tracker, runs: Sequence[str]) -> Sample:
    path = f"{trackers.API}/runs/get?run_id="
    requests = [load.request("GET", path + run, headers=dict(tracker.headers)) for run in runs]
    tally = load.run(
        load.Job(
            port=tracker.server.port,
            requests=requests,
            clients=[b""],
            repeat=True,
            warm_up=bench.warm_up,
            seconds=bench.seconds,
        )
    )
    return trackers.sample(tally, {"p50": tally.p50 or float("nan")})


def _whole(tracker: Tracker, run: str) -> str:
    data = tracker.call("GET", f"/runs/get?run_id={run}")["run"]["data"]
    found = (len(data.get("metrics", [])), len(data.get("params", [])), len(data.get("tags", [])))
    return "" if found[:2] == (METRICS, PARAMS) and found[2] >= TAGS else f"the answer is not whole: {found}"


def selects(bench: Bench) -> Sample:
    """One process, one connection: what a run needs, by primary key."""
    with raw.durable_database(bench.scratch / "raw.db", TABLE) as connection:
        facts = [(kind, n) for kind, count in (("m", METRICS), ("p", PARAMS), ("t", TAGS)) for n in range(count)]
        rows = [(f"run {run}", kind, f"key {n}", "value") for run in range(RUNS) for kind, n in facts]
        connection.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?, ?, ?)", rows)

        def read(number: int) -> None:
            for kind in "mpt":
                query = "SELECT key, value FROM facts WHERE run = ? AND kind = ?"
                connection.execute(query, (f"run {number % RUNS}", kind)).fetchall()

        took = raw.repeated(read, bench.seconds)
    middle = raw.middle_milliseconds(took)
    return Sample(values={"p50": middle}, p50=middle)


ROW: Final = Row(
    number="P3",
    title="`runs/get`, one client, p50",
    measures=(Measure(name="p50", label="p50", unit="ms", better="lower"),),
    goals=(Times(measure="p50", peer="MLflow", factor=10),),
    how="One keep-alive connection reads 20 runs in turn, each with 10 metrics, 10 parameters and 5 tags.",
    limit="`sqlite3` in one process: three selects by primary key, no HTTP, nothing encoded.",
    contestants=contestants,
)
