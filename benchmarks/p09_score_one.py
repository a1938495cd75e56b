"""P9: one wine, scored over HTTP, one client."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks import load, raw, scorers, trackers
from benchmarks.environments import ROOT, SCORING
from benchmarks.figures import Measure, Over, Times
from benchmarks.rows import Bench, Contestant, Row, Sample
from benchmarks.scorers import Scorer

WINE: Final = {
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
        opened = [stack.enter_context(scorers.opened(bench, kind, model)) for kind in scorers.ALL]
        yield [
            *(_contestant(bench, scorer) for scorer in opened),
            *(_bare(bench, model, what) for what in ("array", "frame")),
        ]


def _contestant(bench: Bench, scorer: Scorer) -> Contestant:
    return Contestant(
        name=scorer.kind.name,
        label=scorer.kind.label,
        kind=scorer.kind.kind,
        measure=partial(score, bench, scorer),
        pause=scorer.server.pause,
        resume=scorer.server.resume,
        note=scorer.kind.note,
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


def _bare(bench: Bench, model: Path, what: str) -> Contestant:
    label = {"array": "bare `predict` of an array", "frame": "bare `predict` of a DataFrame"}[what]
    return Contestant(name=f"predict({what})", label=label, kind="raw", measure=partial(predict, bench, model, what))


def predict(bench: Bench, model: Path, what: str) -> Sample:
    python = bench.environments.get("scoring", SCORING).python
    seconds = min(bench.seconds, raw.ENOUGH)
    command = [python, str(ROOT / "benchmarks/wine.py"), "predict", str(model), str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    middle = float(json.loads(done.stdout)[what])
    return Sample(values={"p50": middle}, p50=middle)


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
