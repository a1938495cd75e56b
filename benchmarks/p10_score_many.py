"""P10: wines scored over HTTP, 32 clients, one replica."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from benchmarks import endpoint, raw, scorers, trackers
from benchmarks.figures import Measure, Times
from benchmarks.load import Tally
from benchmarks.rows import Bench, Contestant, Row, Sample

CLIENTS: Final = 32


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    model = scorers.wine_model(bench)
    clients = [b"8.%02d" % number for number in range(CLIENTS)]
    with ExitStack() as stack:
        gateway = stack.enter_context(endpoint.deployed(bench, model))
        kinds = (*scorers.ALL, scorers.MLSERVER_BATCHING)
        opened = [stack.enter_context(scorers.opened(bench, kind, model)) for kind in kinds]
        expected = scorers.bare(bench, model, 0.1)["score"]

        def bare() -> Sample:
            took = scorers.bare(bench, model, min(bench.seconds, raw.ENOUGH))["array"]
            return Sample(values={"rate": 1000 / took}, p50=took)

        yield [
            *(scorers.contestant(bench, scorer, expected, clients, _sample) for scorer in (gateway, *opened)),
            Contestant(name="raw", label="bare `predict` of an array, one by one", kind="raw", measure=bare),
        ]


def _sample(tally: Tally) -> Sample:
    return trackers.sample(tally, {"rate": tally.rate})


ROW: Final = Row(
    number="P10",
    title="score one wine each, 32 clients, one replica",
    measures=(Measure(name="rate", label="wines/s", unit="/s", better="higher"),),
    goals=(Times(measure="rate", peer="mlflow models serve", factor=20),),
    how="32 keep-alive connections, each posting one row of its own to one replica; the model is scikit-learn's "
    "ElasticNet with a signature, the same files and library versions for everybody.",
    limit="`predict` of one row after the other on an array, in one process, without a server. Ours may pass it: what "
    "waits is predicted together.",
    contestants=contestants,
)
