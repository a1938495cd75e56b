"""P4: the first page of many runs: newest first, ordered by a metric, filtered by a parameter besides."""

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import uuid4

from benchmarks import load, seed_data, tables, trackers
from benchmarks.figures import Grows, Measure, Times, Within
from benchmarks.rows import Bench, Contestant, Row, Sample
from benchmarks.trackers import Tracker

PAGE: Final = 100
#: Runs of an experiment → how the row calls them. A million take minutes to write, once, and nine gigabytes.
SIZES: Final = {10_000: "10k", 100_000: "100k", 1_000_000: "1m"}
#: MLflow gave no answer in nine minutes when it had to order 100,000 runs by a metric.
PEERS_MOST: Final = 10_000
ASKED: Final[dict[str, dict[str, object]]] = {
    "newest": {},
    "metric": {"order_by": ["metrics.metric_3 DESC"]},
    "filter": {"filter": "params.param_2 = '3'", "order_by": ["metrics.metric_3 DESC"]},
}
_LABELS: Final = {"newest": "newest first", "metric": "by a metric", "filter": "filtered, by a metric"}


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    kept = tables.kept(SIZES)
    kept.mkdir(parents=True, exist_ok=True)
    (bench.scratch / trackers.CUVEE.name).symlink_to(kept)
    with trackers.opened(bench, [trackers.CUVEE, trackers.MLFLOW_SERVER]) as opened:
        yield [_contestant(bench, tracker) for tracker in opened]


def _contestant(bench: Bench, tracker: Tracker) -> Contestant:
    is_ours = tracker.kind.kind == "ours"
    experiments = {name: _filled(bench, tracker, size) for size, name in SIZES.items() if is_ours or size <= PEERS_MOST}
    contestant = tracker.contestant(
        partial(_search, bench, tracker, experiments), partial(_missing, tracker, experiments)
    )
    return replace(contestant, note="")  # nothing is written while it is measured


def _filled(bench: Bench, tracker: Tracker, size: int) -> str:
    """The id of an experiment with so many runs; ours is kept for the next time."""
    mark = bench.scratch / tracker.kind.name / f"whole-{size}"
    if mark.exists():
        return mark.read_text()
    experiment_id = str(
        tracker.call("POST", "/experiments/create", {"name": f"runs-{size}-{uuid4()}"})["experiment_id"]
    )
    shape = seed_data.Shape(runs=size)
    folder = bench.scratch / tracker.kind.name
    if tracker.kind.kind == "ours":
        tables.ours(folder / "home", experiment_id, shape)
        mark.write_text(experiment_id)
    else:
        tables.mlflows(folder / "mlflow.db", experiment_id, shape)
    return experiment_id


def _body(experiment_id: str, asked: str) -> dict[str, object]:
    return {"experiment_ids": [experiment_id], "max_results": PAGE, **ASKED[asked]}


def _search(bench: Bench, tracker: Tracker, experiments: dict[str, str]) -> Sample:
    tallies = {
        f"{asked}_{name}": _tally(bench, tracker, experiment_id, asked)
        for name, experiment_id in experiments.items()
        for asked in ASKED
    }
    return Sample(
        values={key: tally.p50 or math.nan for key, tally in tallies.items()},
        requests=sum(tally.requests for tally in tallies.values()),
        failed=sum(tally.failed for tally in tallies.values()),
        failure=next((tally.failure for tally in tallies.values() if tally.failure), ""),
    )


def _tally(bench: Bench, tracker: Tracker, experiment_id: str, asked: str) -> load.Tally:
    body = json.dumps(_body(experiment_id, asked)).encode()
    path = f"{trackers.API}/runs/search"
    return load.run(
        load.Job(
            port=tracker.server.port,
            requests=[load.request("POST", path, body, dict(tracker.headers))],
            clients=[b""],
            repeat=True,
            warm_up=bench.warm_up,
            seconds=bench.seconds / len(ASKED),
            longest=40,
        )
    )


def _missing(tracker: Tracker, experiments: dict[str, str]) -> str:
    """What is wrong with the pages."""
    for name, experiment_id in experiments.items():
        for asked in ASKED:
            found = tracker.call("POST", "/runs/search", _body(experiment_id, asked)).get("runs", [])
            if len(found) != PAGE:
                return f"{len(found)} of {PAGE} runs of {name}, {_LABELS[asked]}"
    return ""


ROW: Final = Row(
    number="P4",
    title="`runs/search`, the first 100 of many runs, one client, p50",
    measures=tuple(
        Measure(name=f"{asked}_{name}", label=f"{label}, {name}", unit="ms", better="lower")
        for name in SIZES.values()
        for asked, label in _LABELS.items()
    ),
    goals=(
        *(Within(measure=f"{asked}_100k", limit=15) for asked in ASKED),
        Times(measure="metric_10k", peer="MLflow", factor=500),
        *(Grows(measure=f"{asked}_1m", over=f"{asked}_10k", most=1.5) for asked in ASKED),
    ),
    how="One keep-alive connection asks for the first 100 of 10,000, of 100,000 and of 1,000,000 runs of one "
    "experiment, each with 10 metrics, 10 parameters and 3 tags, the same in both, written while nothing is measured "
    "and kept for the next time. MLflow is measured with 10,000 runs only: ordering 100,000 by a metric it gave no "
    "answer in nine minutes.",
    profile="of 4.5 ms for the newest 100 runs, finding them takes 0.6 ms, reading their 1,000 metrics 1.0, their "
    "1,000 parameters 0.75 and 300 tags 0.35 (two thirds of each in SQLite, which lets go of the interpreter at every "
    "row), their models and datasets 0.15, the reply 0.4; the rest is HTTP and the way to a thread and back. By a "
    "metric, 0.7 ms more go into building the statement, and with a filter 2 ms: half of that in SQLite, which passes "
    "ten runs for each that fits. Done: ids as one value instead of a hundred, structs, one crossing to a reader "
    "instead of two (8 to 5 ms); where one run in twelve or more fits a filter they are met on a walk instead of "
    "sorted (23 to 12 ms).",
    limit="none.",
    contestants=contestants,
    quick=False,
)
