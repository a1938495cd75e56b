"""A script that trains on a table, in a project: for tests that run it again."""

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pyarrow as pa
from pyiceberg.table import Table
from tests.conftest import Running, wait_for
from tests.integration.catalogs import connect, new_project
from tests.integration.test_sessions import Session

RUNS = "/api/2.0/mlflow/runs"
SCRIPT = """
import sys
import mlflow
from pyiceberg.catalog import load_catalog
from sklearn.linear_model import LinearRegression
import helper

with mlflow.start_run(run_name="fit"):
    wines = load_catalog().load_table("default.wines").scan().to_pandas()
    model = LinearRegression().fit(wines[["acid"]], wines["quality"])
    mlflow.log_metric("rows", len(wines))
    mlflow.log_metric("guess", float(model.predict(wines[["acid"]])[0]) * helper.FACTOR)
    mlflow.log_param("arguments", " ".join(sys.argv[1:]))
    mlflow.sklearn.log_model(model, name="model", registered_model_name="REGISTERED", input_example=wines[["acid"]])
"""


def rows(*pairs: tuple[float, int]) -> pa.Table:
    return pa.table({"acid": [acid for acid, _ in pairs], "quality": pa.array([quality for _, quality in pairs])})


@dataclass(frozen=True, kw_only=True)
class Studio:
    """A project with a table of wines and a script that trains on it."""

    platform: Running
    client: httpx.Client
    project_id: str

    @property
    def path(self) -> str:
        return f"/api/v2/projects/{self.project_id}"

    def write(self, path: str, text: str) -> None:
        reply = self.client.put(f"{self.path}/files/{path}", content=text.encode())
        assert reply.status_code == 200, reply.text

    def table(self) -> Table:
        return connect(self.platform, self.project_id).load_table("default.wines")

    def session(self, session_id: str) -> dict[str, Any]:
        return self.client.get(f"{self.path}/sessions/{session_id}").json()

    def ended(self, started: httpx.Response) -> dict[str, Any]:
        """A session that ends by itself, when it has."""
        assert started.status_code == 200, started.text
        session_id = started.json()["id"]
        wait_for(lambda: self.session(session_id)["status"] in {"stopped", "failed"}, 280)
        return self.session(session_id)

    def output(self, session_id: str) -> str:
        address = f"{self.path}/sessions/{session_id}/executions"
        found = self.client.get(address).json()["executions"]
        return "".join(self.client.get(f"{address}/{each['id']}/text").text for each in found)

    def runs_of(self, session_id: str) -> list[dict[str, Any]]:
        experiments = self.client.get(f"{self.path}/experiments").json()["experiments"]
        asked = {"experiment_ids": [each["id"] for each in experiments], "filter": f"tags.engineID = '{session_id}'"}
        found = self.client.post(f"{RUNS}/search", json=asked)
        return [Known(each) for each in found.json().get("runs", [])]

    def address(self, run: "Known") -> str:
        return f"{self.path}/experiments/{run.info['experiment_id']}/runs/{run.id}"

    def again(self, run: "Known", how: str, **asked: Any) -> "Known":
        """The run that is made by running another again."""
        session = self.ended(self.client.post(f"{self.address(run)}:{how}", json=asked or None))
        assert session["status_reason"] == f"the script {session['script']} ran to its end", self.output(session["id"])
        [made] = self.runs_of(session["id"])
        return made

    def report(self, run: "Known") -> dict[str, Any]:
        reply = self.client.get(f"{self.address(run)}:rebuild")
        assert reply.status_code == 200, reply.text
        return reply.json()

    def requirements(self, run: "Known") -> list[str]:
        model = self.client.post(
            "/api/2.0/mlflow/logged-models/search",
            json={"experiment_ids": [run.info["experiment_id"]], "filter": f"source_run_id = '{run.id}'"},
        ).json()["models"][0]
        place = model["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
        return self.client.get(f"/api/2.0/mlflow-artifacts/artifacts/{place}/requirements.txt").text.splitlines()


class Known(dict):
    """A run, as MLflow's API shows it."""

    @property
    def info(self) -> dict[str, Any]:
        return self["info"]

    @property
    def id(self) -> str:
        return self["info"]["run_id"]

    @property
    def tags(self) -> dict[str, str]:
        return {each["key"]: each["value"] for each in self["data"]["tags"]}

    @property
    def params(self) -> dict[str, str]:
        return {each["key"]: each["value"] for each in self["data"]["params"]}

    @property
    def metrics(self) -> dict[str, float]:
        return {each["key"]: each["value"] for each in self["data"]["metrics"]}

    @property
    def digests(self) -> list[str]:
        return [each["dataset"]["digest"] for each in self["inputs"]["dataset_inputs"]]

    @property
    def snapshots(self) -> list[int]:
        return [json.loads(each["dataset"]["source"])["snapshot_id"] for each in self["inputs"]["dataset_inputs"]]


def studio(platform: Running, client: httpx.Client, name: str) -> Studio:
    project_id = new_project(client, name)
    made = Studio(platform=platform, client=client, project_id=project_id)
    catalog = connect(platform, project_id)
    first = rows((1.0, 5), (2.0, 6), (3.0, 7))
    catalog.create_table("default.wines", schema=first.schema).append(first)
    made.write("code/fit.py", SCRIPT.replace("REGISTERED", f"{name} wine"))
    made.write("helper.py", "FACTOR = 1\n")
    return made


def trained(at: Studio) -> Known:
    """A run of the script, made in a session that people use."""
    session = Session(at.client, at.project_id, name="by hand", idle_minutes=0, environment={"COLOUR": "red"})
    session.reach("running")
    done = session.finished(session.ask(file="code/fit.py", arguments=["0.3", "a b"]))
    assert done["status"] == "succeeded", session.text(done)
    [run] = at.runs_of(session.id)
    session.stop()
    return run
