"""P9: one wine, scored over HTTP, one client."""

import json
import math
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import endpoint, load, raw, scorers, servers, trackers
from benchmarks.environments import ROOT, SCORING
from benchmarks.figures import Measure, Over, Times
from benchmarks.rows import Bench, Contestant, Row, Sample
from benchmarks.scorers import Scorer

WINE: Final[dict[str, Any]] = {
    "dataframe_split": {
        "columns": [
            "fixed acidity", "volatile acidity", "citric acid", "residual sugar", "chlorides", "free sulfur dioxide",
            "total sulfur dioxide", "density", "pH", "sulphates", "alcohol",
        ],
        "data": [[7.0, 0.27, 0.36, 20.7, 0.045, 45.0, 170.0, 1.001, 3.0, 0.45, 8.8]],
    }
}  # fmt: skip


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    model = scorers.wine_model(bench)
    with ExitStack() as stack:
        gateway = stack.enter_context(endpoint.deployed(bench, model))
        opened = [stack.enter_context(scorers.opened(bench, kind, model)) for kind in scorers.ALL]
        expected = bare(bench, model, 0.1)["score"]
        yield [
            *(_contestant(bench, scorer, expected) for scorer in (gateway, *opened)),
            *_limits(bench, model),
        ]


def _contestant(bench: Bench, scorer: Scorer, expected: float) -> Contestant:
    return Contestant(
        name=scorer.name,
        label=scorer.label,
        kind=scorer.kind,
        measure=partial(score, bench, scorer),
        check=partial(wrong, scorer, expected),
        pause=scorer.server.pause,
        resume=scorer.server.resume,
        note=scorer.note,
    )


def score(bench: Bench, scorer: Scorer) -> Sample:
    request = load.request("POST", scorer.path, json.dumps(WINE).encode(), dict(scorer.headers))
    tally = load.run(
        load.Job(
            port=scorer.server.port,
            requests=[request],
            clients=[b""],
            repeat=True,
            warm_up=bench.warm_up,
            seconds=bench.seconds,
        )
    )
    return trackers.sample(tally, {"p50": tally.p50 or float("nan")})


def wrong(scorer: Scorer, expected: float) -> str:
    """What is wrong with the score, if anything."""
    headers = {**scorer.headers, "content-type": "application/json"}
    request = urllib.request.Request(scorer.server.url + scorer.path, json.dumps(WINE).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as reply:
        answer = json.load(reply)
    [found] = answer["predictions"]
    return "" if math.isclose(found, expected, rel_tol=1e-9) else f"{answer} is not the score {expected}"


def _limits(bench: Bench, model: Path) -> list[Contestant]:
    """The bare predictions. One process measures both, in the turn of the first."""
    found: dict[str, float] = {}

    def of_array() -> Sample:
        found.update(bare(bench, model, min(bench.seconds, raw.ENOUGH)))
        return Sample(values={"p50": found["array"]}, p50=found["array"])

    def of_frame() -> Sample:
        return Sample(values={"p50": found["frame"]}, p50=found["frame"])

    return [
        Contestant(name="predict(array)", label="bare `predict` of an array", kind="raw", measure=of_array),
        Contestant(name="predict(frame)", label="bare `predict` of a DataFrame", kind="raw", measure=of_frame),
    ]


def bare(bench: Bench, model: Path, seconds: float) -> dict[str, float]:
    """`predict` in a process of its own: milliseconds of an `array` and of a `frame`, and the `score`."""
    python = bench.environments.get("scoring", SCORING).python
    wine = json.dumps(WINE["dataframe_split"]["data"][0])
    command = [python, str(ROOT / "benchmarks/wine.py"), "predict", str(model), str(seconds), wine]
    found: dict[str, float] = json.loads(servers.output(command))
    return found


ROW: Final = Row(
    number="P9",
    title="score one wine, one client",
    measures=(Measure(name="p50", label="p50", unit="ms", better="lower"),),
    goals=(
        Over(measure="p50", raw="predict(array)", margin=1.2),
        Times(measure="p50", peer="mlflow models serve", factor=4),
    ),
    how="One keep-alive connection posts `dataframe_split` of one row to `/invocations`; the model is scikit-learn's "
    "ElasticNet with a signature, the same files and library versions for everybody.",
    limit="`predict` of one row in a process of its own, on an array without column names and on a DataFrame.",
    contestants=contestants,
)
