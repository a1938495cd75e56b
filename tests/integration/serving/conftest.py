"""A platform for tests that start processes, a project on it, and a hand for building and deploying."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import ENVIRONMENTS, Running, running, wait_for

from cuvee.core.settings import Settings
from cuvee.runtimes.values import Environment

#: Processes start slowly on a machine that does other things, too.
PATIENCE = 240
DOUBLE = """
import os

def double(args):
    if args.get("die"):
        os._exit(3)
    if args.get("fail"):
        raise ValueError("secret-detail")
    if args.get("sleep"):
        import time
        time.sleep(args["sleep"])
    return {"twice": args["x"] * 2, "pid": os.getpid(), "mood": os.environ.get("MOOD", ""), "version": VERSION}

VERSION = 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint under test, and the ways to it."""

    client: httpx.Client
    project_id: str
    project_name: str
    id: str
    name: str
    access_key: str

    @property
    def path(self) -> str:
        return f"/api/v2/projects/{self.project_id}/models/{self.id}"

    @property
    def address(self) -> str:
        return f"/endpoints/{self.project_name}/{self.name}"

    def builds(self) -> list[dict[str, Any]]:
        return self.client.get(f"{self.path}/builds").json()["model_builds"]

    def deployments(self, build: dict[str, Any]) -> list[dict[str, Any]]:
        return self.client.get(self.of(build)).json()["model_deployments"]

    def of(self, build: dict[str, Any]) -> str:
        return f"{self.path}/builds/{build['id']}/deployments"

    def build(self, **fields: Any) -> dict[str, Any]:
        """Build and wait for the end of it."""
        reply = self.client.post(f"{self.path}/builds", json=fields)
        assert reply.status_code == 200, reply.text
        return self.ended(reply.json())

    def ended(self, build: dict[str, Any]) -> dict[str, Any]:
        """The build, when it is built or has failed."""
        place = f"{self.path}/builds/{build['id']}"
        over = {"built", "build failed", "timedout"}
        wait_for(lambda: self.client.get(place).json()["status"] in over, PATIENCE)
        return self.client.get(place).json()

    def deploy(self, build: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Deploy and wait until it answers, or has failed."""
        reply = self.client.post(self.of(build), json=fields)
        assert reply.status_code == 200, reply.text
        return self.settled(reply.json())

    def settled(self, deployment: dict[str, Any]) -> dict[str, Any]:
        """The deployment, when it is deployed or has failed."""
        return self.reached(deployment, "deployed", "failed")

    def reached(self, deployment: dict[str, Any], *statuses: str) -> dict[str, Any]:
        place = f"{self.path}/builds/{deployment['build_id']}/deployments/{deployment['id']}"
        wait_for(lambda: self.client.get(place).json()["status"] in statuses, PATIENCE)
        return self.client.get(place).json()

    def replicas(self, deployment: dict[str, Any]) -> list[dict[str, Any]]:
        place = f"{self.path}/builds/{deployment['build_id']}/deployments/{deployment['id']}/replicas"
        return self.client.get(place).json()["replicas"]

    def call(self, client: httpx.Client | None = None, **request: Any) -> httpx.Response:
        """CML's door."""
        return (client or self.client).post("/model", json={"accessKey": self.access_key, "request": request})


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project with code in it."""

    client: httpx.Client
    id: str
    name: str
    folder: Path
    unique: Callable[[str], str] = field(repr=False)

    def endpoint(self, **fields: Any) -> Endpoint:
        """A new endpoint."""
        reply = self.client.post(f"/api/v2/projects/{self.id}/models", json={"name": self.unique("double"), **fields})
        assert reply.status_code == 200, reply.text
        found = reply.json()
        return Endpoint(
            client=self.client,
            project_id=self.id,
            project_name=self.name,
            id=found["id"],
            name=found["name"],
            access_key=found["access_key"],
        )


CODE = {"file_path": "predict.py", "function_name": "double"}


def make_project(client: httpx.Client, home: Path, unique: Callable[[str], str]) -> Project:
    name = unique("serving")
    project_id = client.post("/api/v2/projects", json={"name": name}).json()["id"]
    folder = home / "projects" / project_id
    (folder / "predict.py").write_text(DOUBLE)
    return Project(client=client, id=project_id, name=name, folder=folder, unique=unique)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, base: Environment) -> Iterator[Running]:
    """One platform for all tests that start replicas; what it started ends with it."""
    home = tmp_path_factory.mktemp("house")
    settings = Settings(home=home, port=0, shared_environments=ENVIRONMENTS, stop_workloads=True, model_deadline=8)
    with running(settings) as platform:
        yield platform


@pytest.fixture
def owner(house: Running) -> Iterator[httpx.Client]:
    with house.client() as client:
        yield client


@pytest.fixture
def project(owner: httpx.Client, house: Running, unique: Callable[[str], str]) -> Iterator[Project]:
    """A project of its own; gone afterwards, with all that runs in it."""
    project = make_project(owner, house.home, unique)
    yield project
    assert owner.delete(f"/api/v2/projects/{project.id}").status_code == 200


def body(**request: Any) -> str:
    return json.dumps({"request": request})
