"""Servers that score the same model: ours and the peers, what they are asked, and what they must answer."""

import json
import math
import os
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import load, servers
from benchmarks.environments import MLFLOW, MLSERVER, ROOT, SCORING, Environment
from benchmarks.figures import Kind
from benchmarks.load import Tally
from benchmarks.rows import Bench, Contestant, Sample
from benchmarks.servers import Command, Server

WINE: Final[dict[str, Any]] = {
    "dataframe_split": {
        "columns": [
            "fixed acidity", "volatile acidity", "citric acid", "residual sugar", "chlorides", "free sulfur dioxide",
            "total sulfur dioxide", "density", "pH", "sulphates", "alcohol",
        ],
        "data": [[7.0, 0.27, 0.36, 20.7, 0.045, 45.0, 170.0, 1.001, 3.0, 0.45, 8.85]],
    }
}  # fmt: skip
#: In a request, the place of a client's own number: clients score different wines.
ALCOHOL: Final = b"8.85"


def _prediction(answer: Any) -> float:
    [found] = answer["predictions"]
    return float(found)


def _tensor(answer: Any) -> float:
    [found] = answer["outputs"][0]["data"]
    return float(found)


def _as_tensors(wine: Mapping[str, Any]) -> dict[str, Any]:
    """The wine in the Open Inference Protocol: a tensor for each column."""
    split = wine["dataframe_split"]
    [row] = split["data"]
    return {
        "inputs": [
            {"name": name, "shape": [1, 1], "datatype": "FP64", "data": [value]}
            for name, value in zip(split["columns"], row, strict=True)
        ]
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How a wine is asked for: what is sent, and where the score stands in the answer."""

    path: str = "/invocations"
    body: bytes = json.dumps(WINE).encode()
    score: Callable[[Any], float] = _prediction


INVOCATIONS: Final = Protocol()
INFERENCE: Final = Protocol(path="/v2/models/wine/infer", body=json.dumps(_as_tensors(WINE)).encode(), score=_tensor)

_Sampled = Callable[[Tally], Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerKind:
    """A kind of scoring server, and how it starts on a model."""

    name: str
    label: str
    kind: Kind
    command: Callable[[Bench, Path, Path], Command]
    note: str = ""
    protocol: Protocol = INVOCATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """A running scoring server, and where it scores."""

    name: str
    label: str
    kind: Kind
    note: str
    server: Server
    protocol: Protocol = INVOCATIONS
    headers: Mapping[str, str]


def wine_model(bench: Bench) -> Path:
    """The model's folder, saved by MLflow."""
    model = bench.scratch / "wine"
    python = bench.environments.get("mlflow", MLFLOW).python
    servers.output([python, str(ROOT / "benchmarks/wine.py"), "save", str(model)])
    return model


@contextmanager
def opened(bench: Bench, kind: ScorerKind, model: Path) -> Iterator[Scorer]:
    folder = bench.scratch / kind.name.replace(" ", "-")
    folder.mkdir()
    with servers.running(kind.command(bench, folder, model)) as server:
        yield Scorer(
            name=kind.name,
            label=kind.label,
            kind=kind.kind,
            note=kind.note,
            server=server,
            protocol=kind.protocol,
            headers={},
        )


def contestant(bench: Bench, scorer: Scorer, expected: float, clients: Sequence[bytes], sample: _Sampled) -> Contestant:
    """A scorer to be measured, each of its clients with an alcohol of its own."""
    return Contestant(
        name=scorer.name,
        label=scorer.label,
        kind=scorer.kind,
        measure=lambda: sample(_loaded(bench, scorer, clients)),
        check=partial(_wrong, scorer, expected),
        pause=scorer.server.pause,
        resume=scorer.server.resume,
        note=scorer.note,
    )


def bare(bench: Bench, model: Path, seconds: float) -> dict[str, float]:
    """`predict` in a process of its own: milliseconds of an `array` and of a `frame`, and the `score`."""
    python = bench.environments.get("scoring", SCORING).python
    wine = json.dumps(WINE["dataframe_split"]["data"][0])
    command = [python, str(ROOT / "benchmarks/wine.py"), "predict", str(model), str(seconds), wine]
    found: dict[str, float] = json.loads(servers.output(command))
    return found


def _loaded(bench: Bench, scorer: Scorer, clients: Sequence[bytes]) -> Tally:
    protocol = scorer.protocol
    request = load.request("POST", protocol.path, protocol.body, dict(scorer.headers))
    return load.run(
        load.Job(
            port=scorer.server.port,
            requests=[request],
            clients=list(clients),
            placeholder=ALCOHOL,
            repeat=True,
            warm_up=bench.warm_up,
            seconds=bench.seconds,
        )
    )


def _wrong(scorer: Scorer, expected: float) -> str:
    """What is wrong with the score, if anything."""
    headers = {**scorer.headers, "content-type": "application/json"}
    request = urllib.request.Request(scorer.server.url + scorer.protocol.path, scorer.protocol.body, headers)
    with urllib.request.urlopen(request, timeout=60) as reply:
        answer = json.load(reply)
    found = scorer.protocol.score(answer)
    return "" if math.isclose(found, expected, rel_tol=1e-9) else f"{answer} is not the score {expected}"


def _cuvee(bench: Bench, folder: Path, model: Path) -> Command:
    environment = bench.environments.get("scoring", SCORING)
    arguments = [
        environment.python, "-m", "cuvee_runtime.scoring", "--model", str(model), "--name", "wine",
        "--replica", "bench", "--port", "{port}",
    ]  # fmt: skip
    return Command(arguments=arguments, ready="/health", folder=folder, environment=_path(environment))


def _mlflow(bench: Bench, folder: Path, model: Path) -> Command:
    environment = bench.environments.get("mlflow", MLFLOW)
    arguments = [
        environment.command("mlflow"), "models", "serve", "--env-manager", "local", "--model-uri", str(model),
        "--host", "127.0.0.1", "--port", "{port}", "--workers", "1",
    ]  # fmt: skip
    lean = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    return Command(arguments=arguments, ready="/health", folder=folder, environment=_path(environment) | lean)


def _mlserver(bench: Bench, folder: Path, model: Path, **batching: float) -> Command:
    environment = bench.environments.get("mlserver", MLSERVER)
    settings = {
        "name": "wine",
        "implementation": "mlserver_mlflow.MLflowRuntime",
        "parameters": {"uri": str(model)},
        **batching,
    }
    (folder / "model-settings.json").write_text(json.dumps(settings))
    arguments = [environment.command("mlserver"), "start", str(folder)]
    lean = {
        "MLSERVER_HTTP_PORT": "{port}",
        "MLSERVER_PARALLEL_WORKERS": "0",
        "MLSERVER_DEBUG": "false",
        "MLSERVER_METRICS_ENDPOINT": "",
    }
    return Command(arguments=arguments, ready="/v2/health/ready", folder=folder, environment=_path(environment) | lean)


def _path(environment: Environment) -> dict[str, str]:
    """These servers start helpers by name."""
    return {"PATH": f"{environment.path / 'bin'}:{os.environ['PATH']}"}


CUVEE_REPLICA: Final = ScorerKind(
    name="replica",
    label="Cuvée's scoring server, asked directly",
    kind="ours",
    command=_cuvee,
    note="what stands behind the gateway.",
)
MLFLOW_SERVE: Final = ScorerKind(
    name="mlflow models serve",
    label="`mlflow models serve` 3.17.2",
    kind="peer",
    command=_mlflow,
    note="`--env-manager local`, one worker.",
)
MLSERVER_SERVE: Final = ScorerKind(
    name="MLServer",
    label="MLServer 1.7.1",
    kind="peer",
    command=_mlserver,
    note="inference in the server's own process (`parallel_workers=0`), no metrics endpoint, no debug log.",
)
MLSERVER_BATCHING: Final = replace(
    MLSERVER_SERVE,
    name="MLServer, batching",
    label="MLServer 1.7.1, adaptive batching",
    command=partial(_mlserver, max_batch_size=32, max_batch_time=0.002),
    protocol=INFERENCE,
    note="`max_batch_size` 32, `max_batch_time` 2 ms; asked over the Open Inference Protocol, because it batches "
    "nothing of `/invocations`.",
)
ALL: Final = (CUVEE_REPLICA, MLFLOW_SERVE, MLSERVER_SERVE)
