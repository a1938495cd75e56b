"""Runs with models for tests, made through the doors and on disk."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.conftest import Running

MLMODEL = "artifact_path: model\nflavors:\n  python_function:\n    loader_module: nothing\n"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run, and where its artifacts lie on disk."""

    id: str
    experiment_id: str
    project_id: str
    folder: Path

    @property
    def location(self) -> str:
        return f"mlflow-artifacts:/{self.experiment_id}/{self.id}/artifacts"

    def model(self, name: str = "model") -> str:
        """Put a model among the artifacts, and give its URI."""
        (self.folder / name).mkdir(parents=True)
        (self.folder / name / "MLmodel").write_text(MLMODEL)
        return f"{self.location}/{name}"


def new_run(platform: Running, client: httpx.Client, unique: Callable[[str], str], project: str = "default") -> Run:
    """A run in an experiment of its own."""
    headers = {"x-mlflow-workspace": project}
    experiments, runs = "/api/2.0/mlflow/experiments", "/api/2.0/mlflow/runs"
    made = client.post(f"{experiments}/create", json={"name": unique("registered")}, headers=headers)
    experiment_id = made.json()["experiment_id"]
    run_id = client.post(f"{runs}/create", json={"experiment_id": experiment_id}).json()["run"]["info"]["run_id"]
    project_id = project_id_of(client, project)
    folder = platform.home / "projects" / project_id / ".experiments" / experiment_id / run_id / "artifacts"
    return Run(id=run_id, experiment_id=experiment_id, project_id=project_id, folder=folder)


def project_id_of(client: httpx.Client, name: str = "default") -> str:
    """A project's id by its name."""
    listed = client.get("/api/v2/projects", params={"page_size": 10_000}).json()
    return next(project["id"] for project in listed["projects"] if project["name"] == name)
