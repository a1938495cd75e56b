"""A model that a stock MLflow client logged and registered here, deployed elsewhere and called by every door."""

import os
import subprocess
from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.conftest import Running
from tests.integration.lineages import Cellar, names
from tests.integration.runs import project_id_of

from cuvee.runtimes.values import Environment

from .conftest import Endpoint, make_project

TRAIN = """
from importlib.metadata import version
import mlflow, pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import ElasticNet

table = pd.DataFrame({"alcohol": [8.8, 9.5, 10.1, 12.0], "ph": [3.0, 3.3, 3.26, 3.1]})
model = ElasticNet(alpha=0.01).fit(table, [5, 6, 6, 7])
pinned = [f"{name}=={version(name)}" for name in ("mlflow", "scikit-learn", "pandas", "numpy")]
signature = infer_signature(table, model.predict(table))
for name, needs in {"wine": pinned, "unmet": ["mlflow", "scikit-learn==0.0.7"]}.items():
    mlflow.sklearn.save_model(model, name, signature=signature, pip_requirements=needs)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(name, "model")
    mlflow.register_model(f"runs:/{run.info.run_id}/model", name)
print(float(model.predict(table.head(1))[0]))
"""


@pytest.fixture(scope="module")
def expected(house: Running, base: Environment, tmp_path_factory: pytest.TempPathFactory) -> float:
    """What the model says to the first row; it is version 1 of `wine`, and of `unmet`, in the default project now.

    Their requirements are what the base environment holds, so that no other packages are fetched, and what nobody has.
    """
    folder = tmp_path_factory.mktemp("train")
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": house.url,
        "MLFLOW_TRACKING_TOKEN": house.api_key,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_PYTHON_REFRESH": "quiet",
    }
    done = subprocess.run(
        [base.python, "-c", TRAIN], cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout.splitlines()[-1])


def version_id(client: httpx.Client, name: str) -> str:
    model = next(one for one in client.get("/api/v2/registry/models").json()["models"] if one["name"] == name)
    return client.get(f"/api/v2/registry/models/{model['model_id']}").json()["model_versions"][0]["model_version_id"]


@pytest.fixture(scope="module")
def wine(house: Running, expected: float) -> Iterator[Endpoint]:
    """The registered version, deployed in a project of its own."""
    with house.client() as client:
        project = make_project(client, house.home, lambda stem: f"{stem}-wine")
        endpoint = project.endpoint(disable_authentication=True)
        build = endpoint.build(registered_model_version_id=version_id(client, "wine"))
        assert build["status"] == "built", build["status_reason"]
        deployment = endpoint.deploy(build)
        assert deployment["status"] == "deployed", deployment["status_reason"]
        yield endpoint
        client.delete(f"/api/v2/projects/{project.id}")


def test_cmls_door_takes_a_row_by_name_and_mlflows_split_form(wine: Endpoint, expected: float):
    assert wine.call(alcohol=8.8, ph=3.0).json()["response"] == [pytest.approx(expected)]
    assert wine.call(columns=["alcohol", "ph"], data=[[8.8, 3.0]]).json()["response"] == [pytest.approx(expected)]


def test_mlflows_door_takes_its_forms(wine: Endpoint, expected: float):
    forms = [
        {"dataframe_split": {"columns": ["alcohol", "ph"], "data": [[8.8, 3.0]]}},
        {"dataframe_records": [{"alcohol": 8.8, "ph": 3.0}]},
        {"inputs": {"alcohol": [8.8], "ph": [3.0]}},
    ]
    for form in forms:
        reply = wine.client.post(f"{wine.address}/invocations", json=form)
        assert reply.json() == {"predictions": [pytest.approx(expected)]}


def test_the_open_inference_protocol_is_spoken(wine: Endpoint, expected: float):
    tensors = [
        {"name": name, "shape": [1], "datatype": "FP64", "data": [value]}
        for name, value in {"alcohol": 8.8, "ph": 3.0}.items()
    ]
    reply = wine.client.post(f"{wine.address}/v2/models/{wine.name}/infer", json={"inputs": tensors})
    assert reply.json()["outputs"][0]["data"] == [pytest.approx(expected)]
    assert wine.client.get(f"{wine.address}/v2/models/{wine.name}").json()["platform"] == "mlflow_sklearn"


@pytest.mark.parametrize("request_", [{"alcohol": 8.8}, {"alcohol": "much", "ph": 3.0}])
def test_wrong_input_names_the_column(wine: Endpoint, request_: dict):
    reply = wine.call(**request_)
    assert reply.status_code == 400
    assert ("'ph'" if "ph" not in request_ else "alcohol") in reply.json()["error"]


def test_a_requirement_of_the_model_that_cannot_be_met_fails_the_build(wine: Endpoint):
    build = wine.build(registered_model_version_id=version_id(wine.client, "unmet"))

    assert build["status"] == "build failed"
    assert "scikit-learn" in build["status_reason"]


def test_whoever_does_not_see_a_version_cannot_build_it(
    house: Running, wine: Endpoint, owner: httpx.Client, unique: Callable[[str], str]
):
    username = unique("builder")
    owner.post("/api/v2/users", json={"username": username})
    owner.put(f"/api/v2/projects/{wine.project_id}/collaborators/{username}", json={"permission": "admin"})
    key = owner.post(f"/api/v2/users/{username}/v2_keys", json={}).json()["api_key"]
    with house.client(key) as client:
        wanted = {"registered_model_version_id": version_id(owner, "wine")}
        assert client.post(f"{wine.path}/builds", json=wanted).status_code == 400


def test_files_that_changed_after_registering_are_not_built(house: Running, wine: Endpoint, owner: httpx.Client):
    default = owner.get("/api/v2/projects", params={"search_filter": '{"name":"default"}'}).json()["projects"][0]
    root = house.home / "projects" / default["id"] / ".experiments"
    files = list(root.rglob("MLmodel"))
    before = {file: file.read_text() for file in files}
    for file in files:
        file.write_text(before[file] + "\n# changed\n")
    build = wine.build(registered_model_version_id=version_id(owner, "wine"))
    for file in files:
        file.write_text(before[file])

    assert build["status"] == "build failed"
    assert "changed" in build["status_reason"]


def test_an_endpoint_rests_on_the_snapshot_that_its_model_was_trained_on(house: Running, wine: Endpoint):
    version = version_id(wine.client, "wine")
    up = {"node": f"version:{version}", "direction": "up"}
    nodes = wine.client.get("/api/v2/lineage", params=up).json()["nodes"]
    run_id = next(node["id"] for node in nodes if node["kind"] == "run")
    cellar = Cellar(platform=house, client=wine.client, project_id=project_id_of(wine.client), project="default")
    cellar.write()
    snapshot = cellar.read(run_id)
    stale = {"project_id": wine.project_id}
    assert wine.client.get("/api/v2/lineage/stale", params=stale).json() == {"stale": []}

    assert snapshot in names(cellar.lineage(f"endpoint:{wine.id}", direction="up"))
    assert f"endpoint:{wine.id}" in names(cellar.lineage(snapshot, direction="down"))
    cellar.write()
    [lag] = wine.client.get("/api/v2/lineage/stale", params=stale).json()["stale"]
    assert (lag["node"], lag["commits_behind"], lag["rows_added"]) == (f"endpoint:{wine.id}", 1, 3)
    assert "has moved on since this model was made: 1 commit" in wine.client.get(f"/deployments/{wine.id}").text
    assert "Its table moved on" in wine.client.get(f"/projects/{wine.project_name}/deployments").text
