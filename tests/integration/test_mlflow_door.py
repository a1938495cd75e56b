"""The MLflow door itself: reading requests, workspaces, who is let in."""

from collections.abc import Callable

import httpx
import pytest
from tests.conftest import Running

EXPERIMENTS = "/api/2.0/mlflow/experiments"
RUNS = "/api/2.0/mlflow/runs"


def post(client: httpx.Client, path: str, **body: object) -> dict:
    reply = client.post(path, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.fixture
def experiment_id(client: httpx.Client, unique: Callable[[str], str]) -> str:
    return post(client, f"{EXPERIMENTS}/create", name=unique("door"))["experiment_id"]


@pytest.fixture
def other(client: httpx.Client, platform: Running, unique: Callable[[str], str]) -> httpx.Client:
    """A key that is bound to a project of its own."""
    owner = post(client, "/api/v2/auth/validate_key")["username"]
    key = post(client, f"/api/v2/users/{owner}/v2_keys", project_id="0000-0000-0000-0000")["api_key"]
    with platform.client(key) as bound:
        yield bound


def test_a_run_is_created_and_found(client: httpx.Client, experiment_id: str):
    made = post(client, f"{RUNS}/create", experiment_id=experiment_id, start_time="12", run_name="one")["run"]

    got = client.get(f"{RUNS}/get", params={"run_id": made["info"]["run_id"]}).json()["run"]

    assert (got["info"], got["data"]) == (made["info"], made["data"])
    assert got["info"]["start_time"] == 12
    assert got["info"]["artifact_uri"].startswith(f"mlflow-artifacts:/{experiment_id}/")


@pytest.mark.parametrize(
    "body",
    [
        {"startTime": 12},
        {"start_time": 12.0},
        {"start_time": "12", "unknown": {"deep": [1]}},
        {"start_time": 12, "tags": None},
        {"start_time": 12, "tags": [{"key": "a", "value": "b", "more": 1}]},
    ],
)
def test_a_request_may_be_spelled_as_protobuf_allows(client: httpx.Client, experiment_id: str, body: dict):
    made = post(client, f"{RUNS}/create", experiment_id=experiment_id, **body)

    assert made["run"]["info"]["start_time"] == 12


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff", b'{"name": 7}', b"[" * 100_000, b'{"name": ["a"]}'])
def test_a_request_that_cannot_be_read_is_a_400_in_mlflows_shape(client: httpx.Client, body: bytes):
    reply = client.post(f"{EXPERIMENTS}/create", content=body, headers={"content-type": "application/json"})

    assert reply.status_code == 400
    assert reply.json()["error_code"] in {"INVALID_PARAMETER_VALUE", "BAD_REQUEST"}


def test_the_same_door_stands_under_ajax_api(client: httpx.Client, experiment_id: str):
    reply = client.get("/ajax-api/2.0/mlflow/experiments/get", params={"experiment_id": experiment_id})

    assert reply.json()["experiment"]["experiment_id"] == experiment_id


def test_without_a_key_nobody_gets_past_the_door(platform: Running):
    with platform.client("") as stranger:
        reply = stranger.get(f"{EXPERIMENTS}/get", params={"experiment_id": "0"})

    assert (reply.status_code, reply.json()["error_code"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("path", ["/health", "/version", "/api/3.0/mlflow/server-info", "/projects/any/version"])
def test_what_the_server_is_may_be_asked_by_everybody(platform: Running, path: str):
    with platform.client("") as stranger:
        assert stranger.get(path).status_code == 200


def test_a_path_that_is_not_served_says_so_in_a_way_clients_fall_back_from(client: httpx.Client):
    reply = client.post("/api/3.0/mlflow/traces/search", json={})

    assert (reply.status_code, reply.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


def test_experiment_0_is_the_projects_default(client: httpx.Client):
    found = client.get(f"{EXPERIMENTS}/get", params={"experiment_id": "0"}).json()["experiment"]

    assert found["name"] == "Default"
    assert found["experiment_id"] != "0"


@pytest.mark.parametrize("prefix", ["", "/projects/default"])
def test_a_workspace_is_named_by_header_or_path(client: httpx.Client, experiment_id: str, prefix: str):
    headers = {} if prefix else {"x-mlflow-workspace": "default"}

    reply = client.get(f"{prefix}{EXPERIMENTS}/get", params={"experiment_id": experiment_id}, headers=headers)

    assert reply.status_code == 200


@pytest.mark.parametrize("name", ["nowhere", "../etc", "a b", "%2e%2e", "é"])
def test_a_workspace_that_is_not_there_is_refused(client: httpx.Client, name: str):
    reply = client.get(
        f"{EXPERIMENTS}/get", params={"experiment_id": "0"}, headers={"x-mlflow-workspace": name.encode()}
    )

    assert (reply.status_code, reply.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_key_of_another_project_sees_nothing_here(other: httpx.Client, experiment_id: str):
    reply = other.get(f"{EXPERIMENTS}/get", params={"experiment_id": experiment_id})

    assert reply.json() == {
        "error_code": "RESOURCE_DOES_NOT_EXIST",
        "message": f"No Experiment with id={experiment_id} exists",
    }
