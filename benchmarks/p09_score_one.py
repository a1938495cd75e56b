"""P9: one wine, scored over HTTP, one client."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from benchmarks import endpoint, raw, scorers, trackers
from benchmarks.figures import Measure, Over, Times
from benchmarks.load import Tally
from benchmarks.rows import Bench, Contestant, Row, Sample


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    model = scorers.wine_model(bench)
    with ExitStack() as stack:
        gateway = stack.enter_context(endpoint.deployed(bench, model))
        opened = [stack.enter_context(scorers.opened(bench, kind, model)) for kind in scorers.ALL]
        expected = scorers.bare(bench, model, 0.1)["score"]
        yield [
            *(scorers.contestant(bench, scorer, expected, [scorers.ALCOHOL], _sample) for scorer in (gateway, *opened)),
            *_limits(bench, model),
        ]


def _sample(tally: Tally) -> Sample:
    return trackers.sample(tally, {"p50": tally.p50 or float("nan")})


def _limits(bench: Bench, model: Path) -> list[Contestant]:
    """The bare predictions. One process measures both, in the turn of the first."""
    found: dict[str, float] = {}

    def of_array() -> Sample:
        found.update(scorers.bare(bench, model, min(bench.seconds, raw.ENOUGH)))
        return Sample(values={"p50": found["array"]}, p50=found["array"])

    def of_frame() -> Sample:
        return Sample(values={"p50": found["frame"]}, p50=found["frame"])

    return [
        Contestant(name="predict(array)", label="bare `predict` of an array", kind="raw", measure=of_array),
        Contestant(name="predict(frame)", label="bare `predict` of a DataFrame", kind="raw", measure=of_frame),
    ]


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
