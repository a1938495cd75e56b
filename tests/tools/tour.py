"""Every page there is, with the things of a platform on which the tutorial ran."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx

_PARTS: Final = (
    "sessions", "experiments", "deployments", "jobs", "jobs/-/new", "files",
    "files/code/01_Experiment.py", "collaborators", "settings",
)  # fmt: skip
_TABS: Final = ("", "/history", "/builds", "/monitoring", "/logs", "/settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A page of the tour."""

    name: str
    path: str


def stops(client: httpx.Client) -> Iterator[Stop]:
    """Where the tour leads; what a platform does not have is left out."""
    yield Stop(name="projects", path="/projects")
    yield Stop(name="projects-table", path="/projects?view=table")
    yield Stop(name="new-project", path="/projects/-/new")
    yield Stop(name="sessions", path="/sessions")
    yield Stop(name="new-session", path="/sessions/-/new")
    yield Stop(name="experiments", path="/experiments")
    yield Stop(name="new-experiment", path="/experiments/-/new")
    yield Stop(name="models", path="/models")
    yield Stop(name="deployments", path="/deployments")
    yield Stop(name="jobs", path="/jobs")
    yield Stop(name="jobs-new", path="/jobs/-/new")
    yield from _jobs(client)
    yield Stop(name="data", path="/data")
    yield Stop(name="learning", path="/learning")
    yield Stop(name="user", path="/user")
    yield Stop(name="admin", path="/admin")
    yield from _connections(client, "/admin/connections", "/api/v2/dataconnections", "shared-connection")
    projects = client.get("/api/v2/projects").json()["projects"]
    for project in (each for each in projects if each["name"] == "DEV"):
        yield from _project(client, project)
    yield from _registry(client)
    for project in (each for each in projects if each["name"] == "PRD"):
        for model in client.get(f"/api/v2/projects/{project['id']}/models").json()["models"]:
            for tab in _TABS:
                yield Stop(name=f"deployment{tab.replace('/', '-')}", path=f"/deployments/{model['id']}{tab}")


def _jobs(client: httpx.Client) -> Iterator[Stop]:
    for number, job in enumerate(client.get("/api/v2/jobs").json()["jobs"]):
        yield Stop(name=f"job-{number}", path=f"/jobs/{job['id']}")
        yield Stop(name=f"job-{number}-settings", path=f"/jobs/{job['id']}/settings")
        if job["last_run_id"]:
            yield Stop(name=f"job-{number}-run", path=f"/jobs/{job['id']}/runs/{job['last_run_id']}")


def _project(client: httpx.Client, project: dict[str, str]) -> Iterator[Stop]:
    base = f"/projects/{project['name']}"
    yield Stop(name="project", path=base)
    for part in (
        "sessions",
        "experiments",
        "deployments",
        "data",
        "files",
        "files/code/01_Experiment.py",
        "collaborators",
        "settings",
    ):
        yield Stop(name=f"project-{part.replace('/', '-')}", path=f"{base}/{part}")
    of_project = f"/api/v2/projects/{project['id']}/dataconnections"
    yield from _connections(client, f"{base}/data/connections", of_project, "connection")
    yield from _tables(client, project)
    sessions = client.get(f"/api/v2/projects/{project['id']}/sessions").json()["sessions"]
    yield from (Stop(name="workbench", path=f"/sessions/{session['id']}") for session in sessions[-1:])
    found = _mlflow(client, "experiments/search", {"max_results": 50})
    for experiment in found.get("experiments", []):
        wanted = {"experiment_ids": [experiment["experiment_id"]], "order_by": ["start_time DESC"]}
        runs = _mlflow(client, "runs/search", wanted).get("runs", [])
        yield from _experiment(experiment, [run["info"]["run_id"] for run in runs])


def _connections(client: httpx.Client, base: str, listed: str, name: str) -> Iterator[Stop]:
    yield Stop(name=f"{name}s", path=base)
    yield Stop(name=f"{name}-kinds", path=f"{base}/-/new")
    yield Stop(name=f"{name}-new", path=f"{base}/-/new?kind=sql")
    for each in client.get(listed).json()["data_connections"]:
        yield Stop(name=f"{name}-{each['name']}", path=f"{base}/{each['name']}")


def _tables(client: httpx.Client, project: dict[str, str]) -> Iterator[Stop]:
    for table in client.get(f"/api/v2/projects/{project['id']}/tables").json()["tables"][:1]:
        base = f"/projects/{project['name']}/data/tables/{table['id']}"
        yield Stop(name="table", path=base)
        yield Stop(name="table-compare", path=f"{base}/compare")


def _mlflow(client: httpx.Client, call: str, body: dict[str, Any]) -> dict[str, Any]:
    reply = client.post(f"/api/2.0/mlflow/{call}", json=body, headers={"x-mlflow-workspace": "DEV"})
    return dict(reply.raise_for_status().json())


def _experiment(experiment: dict[str, str], runs: list[str]) -> Iterator[Stop]:
    name, base = experiment["name"], f"/experiments/{experiment['experiment_id']}"
    yield Stop(name=f"experiment-{name}", path=base)
    if runs:
        yield Stop(name=f"run-{name}", path=f"{base}/runs/{runs[0]}")
    if len(runs) > 1:
        yield Stop(name=f"compare-{name}", path=f"/compare?runs={','.join(runs[:10])}")


def _registry(client: httpx.Client) -> Iterator[Stop]:
    found = client.get("/api/2.0/mlflow/registered-models/search").json().get("registered_models", [])
    for model in found[-1:]:
        base = f"/models/{model['name']}"
        yield Stop(name="model", path=base)
        yield Stop(name="model-version", path=f"{base}/versions/1")
        yield Stop(name="deploy", path=f"{base}/versions/1/deploy")
        one = client.get(f"/api/v2/registry/models/{_id_of(client, model['name'])}").json()["model_versions"][0]
        yield Stop(name="lineage", path=f"/lineage?node=version:{one['model_version_id']}")


def _id_of(client: httpx.Client, name: str) -> str:
    listed = client.get("/api/v2/registry/models").json()["models"]
    return str(next(each["model_id"] for each in listed if each["name"] == name))
