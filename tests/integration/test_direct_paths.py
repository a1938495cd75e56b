"""The paths that go past the framework's router: refused as every other, in MLflow's words."""

import json
import socket

import httpx
import pytest
from tests.conftest import Running

PATHS = ["/api/2.0/mlflow/runs/log-metric", "/ajax-api/2.0/mlflow/runs/log-batch"]


@pytest.mark.parametrize("path", PATHS)
def test_nobody_gets_in_without_a_key(platform: Running, path: str):
    with platform.client("") as stranger:
        reply = stranger.post(path, json={"run_id": "x"})

    assert (reply.status_code, reply.json()["error_code"]) == (401, "UNAUTHENTICATED")
    assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", PATHS)
def test_another_method_is_refused(client: httpx.Client, path: str):
    assert client.put(path, json={"run_id": "x"}).status_code == 405


def test_a_key_for_something_else_is_refused(client: httpx.Client, platform: Running):
    owner = client.post("/api/v2/auth/validate_key", json={}).json()["username"]
    key = client.post(f"/api/v2/users/{owner}/v2_keys", json={"audiences": ["Application"]}).json()["api_key"]
    with platform.client(key) as narrow:
        reply = narrow.post(PATHS[0], json={"run_id": "x", "key": "k", "value": 1, "timestamp": 1})

    assert (reply.status_code, reply.json()["error_code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"run_id": "no-such"}', b"null"])
def test_nonsense_is_refused_and_the_connection_stays(client: httpx.Client, body: bytes):
    for _ in range(2):
        reply = client.post(PATHS[0], content=body, headers={"content-type": "application/json"})

        assert reply.status_code == 400
        assert reply.json()["error_code"] in {"INVALID_PARAMETER_VALUE", "BAD_REQUEST"}


def test_of_a_body_that_was_cut_short_nothing_is_logged(client: httpx.Client, platform: Running):
    run_id = client.post("/api/2.0/mlflow/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
    point = {"run_id": run_id, "key": "loss", "value": 1, "timestamp": 1}
    head = [f"POST {PATHS[0]} HTTP/1.1", "host: 127.0.0.1", f"authorization: Bearer {platform.api_key}"]
    head += ["content-type: application/json", "content-length: 1000", "", ""]
    with socket.create_connection(("127.0.0.1", client.base_url.port)) as cut:
        cut.sendall("\r\n".join(head).encode() + json.dumps(point).encode())
    client.post(PATHS[0], json=point | {"step": 1})

    kept = client.get("/api/2.0/mlflow/metrics/get-history", params={"run_id": run_id, "metric_key": "loss"}).json()
    assert [metric["step"] for metric in kept["metrics"]] == [1]
