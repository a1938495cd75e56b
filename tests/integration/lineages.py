"""A table, a run that read it, and what was made of the run: for tests of the graph."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.table import Table
from tests.conftest import Running
from tests.integration import runs
from tests.integration.catalogs import WINES, connect, new_project

RUNS = "/api/2.0/mlflow/runs"
MODELS = "/api/2.0/mlflow/logged-models"


@dataclass(frozen=True, kw_only=True)
class Cellar:
    """A project with a table of wines."""

    platform: Running
    client: httpx.Client
    project_id: str
    project: str

    def catalog(self, run_id: str = "") -> RestCatalog:
        """The project's catalog, for a run or for nobody."""
        headers = {"x_cuvee_run": run_id} if run_id else {}
        key = self.client.headers["authorization"].removeprefix("Bearer ")
        return connect(self.platform, self.project_id, key, **headers)

    def table(self, run_id: str = "", name: str = "wines") -> Table:
        return self.catalog(run_id).load_table(f"default.{name}")

    def write(self, run_id: str = "", name: str = "wines") -> str:
        """Append three wines; the snapshot as a node of the graph."""
        table = self.catalog(run_id).create_table_if_not_exists(f"default.{name}", schema=WINES.schema)
        table.append(WINES)
        return snapshot_node(table)

    def read(self, run_id: str, name: str = "wines") -> str:
        """Read the table within a run, as a client that reports its scans; the snapshot as a node."""
        table = self.table(name=name)
        said = {
            "report-type": "scan-report",
            "table-name": f"default.{name}",
            "snapshot-id": table.current_snapshot().snapshot_id,
            "schema-id": 0,
            "filter": True,
            "projected-field-names": ["quality", "name"],
            "metrics": {},
        }
        place = f"/iceberg/v1/{self.project_id}/namespaces/default/tables/{name}/metrics"
        assert self.client.post(place, json=said, headers={"x-cuvee-run": run_id}).status_code == 204
        return snapshot_node(table)

    def run(self, **tags: str) -> runs.Run:
        """A new run, in an experiment of its own."""
        run = runs.new_run(self.platform, self.client, lambda stem: f"{stem}-{uuid4().hex[:8]}", self.project)
        for key, value in tags.items():
            tag = {"run_id": run.id, "key": key.replace("_", "."), "value": value}
            assert self.client.post(f"{RUNS}/set-tag", json=tag).status_code == 200
        return run

    def child_of(self, parent: str, experiment_id: str) -> str:
        """A run inside another."""
        tags = [{"key": "mlflow.parentRunId", "value": parent}]
        made = self.client.post(f"{RUNS}/create", json={"experiment_id": experiment_id, "tags": tags})
        return made.json()["run"]["info"]["run_id"]

    def logged(self, run: runs.Run, run_id: str = "") -> str:
        """A logged model of a run of this experiment."""
        body = {"experiment_id": run.experiment_id, "name": "model", "source_run_id": run_id or run.id}
        return self.client.post(MODELS, json=body).json()["model"]["info"]["model_id"]

    def registered(self, name: str, run_id: str, model_id: str = "") -> dict[str, Any]:
        """A version, registered as MLflow's clients do: of a logged model, or of a run's folder."""
        registry = "/api/2.0/mlflow"
        here = {"x-mlflow-workspace": self.project}
        self.client.post(f"{registry}/registered-models/create", json={"name": name}, headers=here)
        of = {"source": f"models:/{model_id}", "model_id": model_id} if model_id else {"source": f"runs:/{run_id}/m"}
        made = self.client.post(f"{registry}/model-versions/create", json={"name": name, "run_id": run_id, **of})
        assert made.status_code == 200, made.text
        number = made.json()["model_version"]["version"]
        listed = self.client.get("/api/v2/registry/models", params={"search_filter": f'{{"model_name":"{name}"}}'})
        model = self.client.get(f"/api/v2/registry/models/{listed.json()['models'][0]['model_id']}").json()
        return next(each for each in model["model_versions"] if str(each["number"]) == str(number))

    def lineage(self, node: str, client: httpx.Client | None = None, **query: Any) -> dict[str, Any]:
        reply = (client or self.client).get("/api/v2/lineage", params={"node": node, **query})
        assert reply.status_code == 200, reply.text
        return reply.json()


def cellar(platform: Running, client: httpx.Client) -> Cellar:
    name = f"cellar-{uuid4().hex[:8]}"
    return Cellar(platform=platform, client=client, project_id=new_project(client, name), project=name)


def snapshot_node(table: Table) -> str:
    """A table's current snapshot, as a node of the graph."""
    return f"snapshot:{table.metadata.table_uuid}/{table.current_snapshot().snapshot_id}"


def names(graph: dict[str, Any]) -> set[str]:
    """The nodes of a graph."""
    return {node["node"] for node in graph["nodes"]}


def edges(graph: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(edge["source"], edge["how"], edge["target"]) for edge in graph["edges"]}
