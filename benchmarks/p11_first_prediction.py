"""P11: from a registered version to the first prediction of an endpoint."""

import itertools
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks import endpoint, scorers, servers
from benchmarks.endpoint import NotDeployed, Registered
from benchmarks.figures import Measure, Within
from benchmarks.rows import Bench, Contestant, Row, Sample

_PATIENCE: Final = 300.0
_LOOK: Final = 0.01


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    model = scorers.wine_model(bench)
    # Its own, on the disk of uv's cache: what is there already is what this row is about.
    environments = bench.scratch / "environments"
    with endpoint.opened(bench, model, environments) as registered:
        names = (f"wine-{number}" for number in itertools.count())
        yield [
            Contestant(
                name="ours",
                label="Cuvée",
                kind="ours",
                measure=lambda: _ours(registered, environments, names),
                pause=registered.server.pause,
                resume=registered.server.resume,
                note="`POST …/models` with a build and a deployment of the version, then calls until one is answered "
                "with 200. The environment is made of the model's requirements, or the one of the call before is used.",
            ),
            Contestant(
                name="mlflow models serve",
                label="`mlflow models serve` 3.17.2",
                kind="peer",
                measure=partial(_peer, bench, model),
                note="the model's folder on the same disk, `--env-manager local`: it makes no environment, but runs in "
                "one that has everything.",
            ),
        ]


def _ours(registered: Registered, environments: Path, names: Iterator[str]) -> Sample:
    shutil.rmtree(environments / "models", ignore_errors=True)
    return Sample(values={"fresh": _first(registered, next(names)), "again": _first(registered, next(names))})


def _first(registered: Registered, name: str) -> float:
    """Seconds until a new endpoint of the version predicts."""
    began = time.perf_counter()
    address, path = endpoint.create(registered, name)
    took = _until_predicted(registered.server.url + path, registered.platform.headers, began)
    registered.platform.call("DELETE", address)
    return took


def _peer(bench: Bench, model: Path) -> Sample:
    folder = bench.scratch / "peer"
    folder.mkdir(exist_ok=True)
    command = scorers.MLFLOW_SERVE.command(bench, folder, model)
    began = time.perf_counter()
    with servers.running(command) as server:
        return Sample(values={"again": _until_predicted(f"{server.url}/invocations", {}, began)})


def _until_predicted(url: str, headers: dict[str, str], began: float) -> float:
    request = urllib.request.Request(
        url, scorers.INVOCATIONS.body, {**headers, "content-type": "application/json"}, method="POST"
    )
    until = time.perf_counter() + _PATIENCE
    while not _predicts(partial(urllib.request.urlopen, request, timeout=60)):
        if time.perf_counter() > until:
            raise NotDeployed(url)
        time.sleep(_LOOK)
    return time.perf_counter() - began


def _predicts(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (urllib.error.URLError, OSError):
        return False
    return True


ROW: Final = Row(
    number="P11",
    title="registered version to first prediction",
    measures=(
        Measure(name="fresh", label="new environment", unit="s", better="lower"),
        Measure(name="again", label="environment there", unit="s", better="lower"),
    ),
    goals=(Within(measure="fresh", limit=5), Within(measure="again", limit=5)),
    how="From the call that creates the endpoint to the first 200 of a prediction, asked every 10 ms. The packages are "
    "in uv's cache. *New environment* makes one of the model's requirements (MLflow's skinny package, scikit-learn, "
    "numpy, pandas, cloudpickle, and what they need); *environment there* uses it again for another endpoint. What was "
    "compiled of the same packages is kept, as on a platform that has run before: the first round does not count.",
    limit="none.",
    contestants=contestants,
    quick=False,
)
