"""Logged models and datasets over HTTP: where models live, and who gets to see what."""

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.conftest import Running

API = "/api/2.0/mlflow"
MODELS = f"{API}/logged-models"
DATASETS = "/api/3.0/mlflow/datasets"


@pytest.fixture
def run(client: httpx.Client, unique: Callable[[str], str]) -> dict:
    made = client.post(f"{API}/experiments/create", json={"name": unique("models")}).json()
    return client.post(f"{API}/runs/create", json=made).json()["run"]["info"]


def create(client: httpx.Client, run: dict, name: str = "model") -> dict:
    body = {"experiment_id": run["experiment_id"], "source_run_id": run["run_id"], "name": name}
    reply = client.post(MODELS, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()["model"]["info"]


def test_a_model_lives_in_its_run_under_its_name(client: httpx.Client, run: dict):
    places = [create(client, run)["artifact_uri"] for _ in range(3)]

    assert places == [f"{run['artifact_uri']}/{name}" for name in ("model", "model-2", "model-3")]


def test_the_place_of_a_deleted_model_is_not_given_again(client: httpx.Client, run: dict):
    first = create(client, run)
    client.delete(f"{MODELS}/{first['model_id']}")

    assert create(client, run)["artifact_uri"] == f"{run['artifact_uri']}/model-2"


async def test_models_that_come_at_once_get_places_of_their_own(platform: Running, run: dict):
    body = {"experiment_id": run["experiment_id"], "source_run_id": run["run_id"], "name": "model"}
    key = {"authorization": f"Bearer {platform.api_key}"}
    async with httpx.AsyncClient(base_url=platform.url, headers=key, timeout=60) as client:
        replies = await asyncio.gather(*(client.post(MODELS, json=body) for _ in range(12)))

    assert len({reply.json()["model"]["info"]["artifact_uri"] for reply in replies}) == 12


@pytest.mark.parametrize("name", ["a#b", "a?b", "a;b", "~root", " model", "model ", "a\\b", "-", "x" * 300, "a\nb"])
def test_a_name_that_cannot_stand_in_an_address_gets_a_place_by_its_id(client: httpx.Client, run: dict, name: str):
    made = create(client, run, name)

    assert made["artifact_uri"] == f"mlflow-artifacts:/{run['experiment_id']}/models/{made['model_id']}/artifacts"


@pytest.mark.parametrize("run_id", ["", "nothing", "../../x", "0000-0000-0000-0000", "x" * 36])
def test_a_model_without_a_run_of_its_experiment_gets_a_place_by_its_id(client: httpx.Client, run: dict, run_id: str):
    made = create(client, run | {"run_id": run_id})

    assert made["artifact_uri"].endswith(f"/models/{made['model_id']}/artifacts")


@pytest.mark.parametrize(
    "body",
    [{"name": "x" * 501}, {"name": "a\0b"}, {"source_run_id": "x" * 37}, {"name": "../x"},
     {"tags": [{"key": "a\0", "value": "b"}]}, {"params": [{"key": "x" * 256}]}],
)  # fmt: skip
def test_what_no_database_keeps_is_refused(client: httpx.Client, run: dict, body: dict):
    given = {"experiment_id": run["experiment_id"], "name": "model", **body}

    assert client.post(MODELS, json=given).status_code == 400


def test_a_parameter_of_a_model_stays_as_it_was_logged(client: httpx.Client, run: dict):
    model = create(client, run)["model_id"]
    for value, status in (("1", 200), ("1", 200), ("2", 400)):
        body = {"model_id": model, "params": [{"key": "a", "value": value}]}
        assert client.post(f"{MODELS}/{model}/params", json=body).status_code == status


def test_not_a_number_is_a_value_too(client: httpx.Client, run: dict):
    model = create(client, run)["model_id"]
    metric = {"run_id": run["run_id"], "key": "loss", "timestamp": 1, "model_id": model}
    for step, value in enumerate(("NaN", "Infinity", 0.5)):
        assert client.post(f"{API}/runs/log-metric", json=metric | {"step": step, "value": value}).status_code == 200
    shown = client.get(f"{MODELS}/{model}").json()["model"]["data"]["metrics"]

    assert [metric["value"] for metric in shown] == ["NaN", 1.7976931348623157e308, 0.5]


@pytest.fixture
def stranger(client: httpx.Client, platform: Running) -> Iterator[httpx.Client]:
    owner = client.post("/api/v2/auth/validate_key", json={}).json()["username"]
    key = client.post(f"/api/v2/users/{owner}/v2_keys", json={"project_id": "0000-0000-0000-0000"}).json()["api_key"]
    with platform.client(key) as bound:
        yield bound


def test_models_of_other_projects_do_not_exist(client: httpx.Client, stranger: httpx.Client, run: dict):
    model = create(client, run)["model_id"]
    for method, path, body in (
        ("GET", f"{MODELS}/{model}", None),
        ("PATCH", f"{MODELS}/{model}", {"model_id": model, "status": 2}),
        ("DELETE", f"{MODELS}/{model}", None),
        ("PATCH", f"{MODELS}/{model}/tags", {"tags": [{"key": "a", "value": "b"}]}),
        ("DELETE", f"{MODELS}/{model}/tags/a", None),
        ("POST", f"{MODELS}/{model}/params", {"model_id": model, "params": []}),
        ("GET", f"{MODELS}/{model}/artifacts/directories", None),
        ("GET", f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files?artifact_file_path=MLmodel", None),
        ("POST", MODELS, {"experiment_id": run["experiment_id"], "name": "model"}),
        ("POST", f"{API}/runs/outputs", {"run_id": run["run_id"], "models": [{"model_id": model}]}),
        ("POST", f"{API}/runs/log-inputs", {"run_id": run["run_id"], "models": [{"model_id": model}]}),
    ):
        assert stranger.request(method, path, json=body).status_code == 404, (method, path)
    assert stranger.post(f"{MODELS}/search", json={"experiment_ids": [run["experiment_id"]]}).json() == {}


def test_datasets_of_other_projects_do_not_exist(client: httpx.Client, stranger: httpx.Client, run: dict):
    made = client.post(f"{DATASETS}/create", json={"name": "secret", "experiment_ids": [run["experiment_id"]]}).json()
    dataset = f"{DATASETS}/{made['dataset']['dataset_id']}"
    for method, path, body in (
        ("GET", dataset, None),
        ("PATCH", f"{dataset}/tags", {"tags": "{}"}),
        ("POST", f"{dataset}/records", {"records": "[]"}),
        ("GET", f"{dataset}/records", None),
        ("DELETE", f"{dataset}/records", {"dataset_record_ids": []}),
        ("POST", f"{dataset}/remove-experiments", {"experiment_ids": []}),
    ):
        assert stranger.request(method, path, json=body).status_code == 404, (method, path)
    assert stranger.delete(dataset).status_code == 200  # as if it were not there, and it stays
    assert client.get(dataset).status_code == 200
    assert stranger.post(f"{DATASETS}/search", json={"experiment_ids": [run["experiment_id"]]}).status_code == 200
    found = stranger.post(f"{DATASETS}/search", json={}).json().get("datasets", [])
    assert made["dataset"]["dataset_id"] not in [each["dataset_id"] for each in found]


@pytest.mark.parametrize(
    "records",
    ["", "{", "{}", "[1]", '[{"inputs": 7}]', '[{"tags": ["a"]}]', '[{"source": {"source_data": [1]}}]', "[" * 10_000],
)
def test_records_that_cannot_be_are_refused(client: httpx.Client, run: dict, records: str):
    made = client.post(f"{DATASETS}/create", json={"name": "data"}).json()["dataset"]["dataset_id"]

    assert client.post(f"{DATASETS}/{made}/records", json={"records": records}).status_code == 400


def test_whoever_logs_a_record_is_named_by_a_text(client: httpx.Client):
    made = client.post(f"{DATASETS}/create", json={"name": "data", "tags": '{"mlflow.user": 7}'}).json()["dataset"]
    records = '[{"inputs": {"a": "\\u0000"}, "tags": {"mlflow.user": 7}}]'

    assert made["created_by"] == "7"
    assert client.post(f"{DATASETS}/{made['dataset_id']}/records", json={"records": records}).status_code == 200
