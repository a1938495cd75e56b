"""Servers that score the same model: ours and the peers."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import servers
from benchmarks.environments import MLFLOW, MLSERVER, ROOT, SCORING, Environment
from benchmarks.figures import Kind
from benchmarks.rows import Bench
from benchmarks.servers import Command, Server


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerKind:
    """A kind of scoring server, and how it starts on a model."""

    name: str
    label: str
    kind: Kind
    command: Callable[[Bench, Path, Path], Command]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """A running scoring server, and where it scores."""

    name: str
    label: str
    kind: Kind
    note: str
    server: Server
    path: str = "/invocations"
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
        yield Scorer(name=kind.name, label=kind.label, kind=kind.kind, note=kind.note, server=server, headers={})


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


def _mlserver(bench: Bench, folder: Path, model: Path) -> Command:
    environment = bench.environments.get("mlserver", MLSERVER)
    settings = {
        "name": "wine",
        "implementation": "mlserver_mlflow.MLflowRuntime",
        "parameters": {"uri": str(model)},
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
ALL: Final = (CUVEE_REPLICA, MLFLOW_SERVE, MLSERVER_SERVE)
