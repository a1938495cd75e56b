"""An endpoint on a fresh platform: the wine model, registered by MLflow's client, built, deployed."""

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import servers, trackers
from benchmarks.environments import MLFLOW, ROOT
from benchmarks.rows import Bench
from benchmarks.scorers import Protocol, Scorer
from benchmarks.servers import Command, Server

#: Seconds that a build and a deployment may take; the first one on a machine downloads packages.
_PATIENCE: Final = 600.0
_OVER: Final = {"deployed", "failed", "stopped"}


class NotDeployed(Exception):
    """The endpoint does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A running platform and its owner's headers."""

    url: str
    headers: dict[str, str]

    def call(self, method: str, path: str, body: object = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, "content-type": "application/json"}
        request = urllib.request.Request(self.url + path, content, headers, method=method)
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.loads(reply.read() or b"null")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A platform with a registered version of the wine model."""

    platform: Platform
    server: Server
    version: str


@contextmanager
def started(bench: Bench, environments: Path) -> Iterator[tuple[Platform, Server]]:
    """A platform that makes environments in that folder, and ends what it runs with itself."""
    folder = bench.scratch / "platform"
    command = trackers.CUVEE.command(bench, folder)
    command = Command(
        arguments=[*command.arguments, "--stop-workloads"],
        ready=command.ready,
        folder=folder,
        environment={"CUVEE_ENVIRONMENTS": str(environments)},
    )
    with servers.running(command) as server:
        yield Platform(url=server.url, headers=dict(trackers.CUVEE.headers(folder))), server


@contextmanager
def opened(bench: Bench, model: Path, environments: Path) -> Iterator[Registered]:
    """A platform with the wine model registered; `environments` is where those of models are made."""
    with started(bench, environments) as (platform, server):
        yield Registered(platform=platform, server=server, version=_register(bench, platform, model))


@contextmanager
def deployed(bench: Bench, model: Path) -> Iterator[Scorer]:
    """The wine model behind the gateway, one replica, API keys asked for."""
    with opened(bench, model, bench.environments.folder / "workloads") as registered:
        yield Scorer(
            name="ours",
            label="Cuvée's endpoint, through the gateway",
            kind="ours",
            note="one replica, as a deployment of a registered version; each call brings an API key, which is checked.",
            server=registered.server,
            protocol=Protocol(path=_deployed(registered)),
            headers=registered.platform.headers,
        )


def create(registered: Registered, name: str) -> tuple[str, str]:
    """An endpoint of the registered version, to be built and deployed; its address in API v2, and where it scores."""
    platform = registered.platform
    [project] = platform.call("GET", "/api/v2/projects")["projects"]
    models = f"/api/v2/projects/{project['id']}/models"
    wanted = {
        "name": name,
        "auto_build_model": True,
        "auto_build_config": {"registered_model_version_id": registered.version},
        "auto_deploy_model": True,
    }
    endpoint_id = platform.call("POST", models, wanted)["id"]
    return f"{models}/{endpoint_id}", f"/endpoints/{project['name']}/{name}/invocations"


def _register(bench: Bench, platform: Platform, model: Path) -> str:
    """The id of the registered version."""
    environment = {
        "MLFLOW_TRACKING_URI": platform.url,
        "MLFLOW_TRACKING_TOKEN": platform.headers["authorization"].removeprefix("Bearer "),
    }
    python = bench.environments.get("mlflow", MLFLOW).python
    servers.output([python, str(ROOT / "benchmarks/wine.py"), "register", str(model)], environment)
    [registered] = platform.call("GET", "/api/v2/registry/models")["models"]
    found = platform.call("GET", f"/api/v2/registry/models/{registered['model_id']}")
    version: str = found["model_versions"][0]["model_version_id"]
    return version


def _deployed(registered: Registered) -> str:
    """Build and deploy; the path at which it scores."""
    platform = registered.platform
    address, path = create(registered, "wine")
    builds = f"{address}/builds"
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        [build] = platform.call("GET", builds)["model_builds"]
        if build["status"] == "build failed":
            raise NotDeployed(build["status_reason"])
        deployments = platform.call("GET", f"{builds}/{build['id']}/deployments")["model_deployments"]
        if deployments and deployments[0]["status"] in _OVER:
            if deployments[0]["status"] != "deployed":
                raise NotDeployed(deployments[0]["status_reason"])
            return path
        time.sleep(0.2)
    raise NotDeployed("The endpoint was not deployed in time.")
