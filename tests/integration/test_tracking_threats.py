"""Hostile and careless input to tracking: a clear 4xx, nothing touched, nothing told."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.conftest import Running

API = "/api/2.0/mlflow"

LOCATIONS = [
    "../x", "..%2fx", "/etc/passwd", "//etc/passwd", "C:/x", "C:\\x", "\\\\host\\share", "file:///etc/passwd", "FILE://x",
    " file://x", "http:///?/../../etc", "http://169.254.169.254/", "a#/../..", "dbfs:/../", "mlflow-artifacts:/../",
    "runs:/x/../../", "s3://bucket/../other", "\0", ".", "~root", "$HOME", "x" * 5_000, "\u2024\u2024/x",
]  # fmt: skip
IDS = ["../../etc/passwd", "' OR 1=1 --", "\0", "x" * 5_000, "💥", "%00", "0000-0000-0000-0000", "{{7*7}}"]
FILTERS = [
    "metrics.x = 1 OR 1 = 1",
    "params.x = '' OR ''=''; DROP TABLE runs; --",
    "params.`a`b` = 'x'",
    "tags.x LIKE '\\'",
    "params.x LIKE '%_\\%'",
    "metrics.x > 1e999",
    "start_time > 99999999999999999999999",
    "start_time = 1e300",
    "params.x = '\ud800'",
    "/* */ metrics.x = 1",
]


@pytest.fixture
def run_id(client: httpx.Client, unique: Callable[[str], str]) -> str:
    experiment = client.post(f"{API}/experiments/create", json={"name": unique("threat")}).json()["experiment_id"]
    return client.post(f"{API}/runs/create", json={"experiment_id": experiment}).json()["run"]["info"]["run_id"]


@pytest.fixture
def stranger(client: httpx.Client, platform: Running) -> Iterator[httpx.Client]:
    """A key that opens another project only."""
    owner = client.post("/api/v2/auth/validate_key", json={}).json()["username"]
    key = client.post(f"/api/v2/users/{owner}/v2_keys", json={"project_id": "0000-0000-0000-0000"}).json()["api_key"]
    with platform.client(key) as bound:
        yield bound


def send(client: httpx.Client, path: str, body: object) -> httpx.Response:
    """As a client that escapes what it cannot write."""
    return client.post(f"{API}/{path}", content=json.dumps(body), headers={"content-type": "application/json"})


@pytest.mark.parametrize("location", LOCATIONS)
def test_an_experiment_cannot_choose_where_its_artifacts_lie(client: httpx.Client, location: str, unique):
    reply = send(client, "experiments/create", {"name": unique("where"), "artifact_location": location})

    assert (reply.status_code, reply.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("thing_id", IDS)
def test_an_id_that_is_none_finds_nothing(client: httpx.Client, thing_id: str):
    for path, field in [("runs/delete", "run_id"), ("experiments/delete", "experiment_id")]:
        assert send(client, path, {field: thing_id}).status_code == 404
    assert client.get(f"{API}/runs/get", params={"run_id": thing_id}).status_code == 404


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_is_never_more_than_a_filter(client: httpx.Client, run_id: str, text: str):
    experiment = client.get(f"{API}/runs/get", params={"run_id": run_id}).json()["run"]["info"]["experiment_id"]

    reply = send(client, "runs/search", {"experiment_ids": [experiment], "filter": text})

    assert reply.status_code in {200, 400}
    assert client.get(f"{API}/runs/get", params={"run_id": run_id}).status_code == 200


@pytest.mark.parametrize("order", ["metrics.x; DROP TABLE runs", "start_time DESC, (SELECT 1)", "params.`'`", "1"])
def test_an_order_is_never_more_than_an_order(client: httpx.Client, order: str):
    assert send(client, "runs/search", {"experiment_ids": ["0"], "order_by": [order]}).status_code in {200, 400}


@pytest.mark.parametrize(
    "fields",
    [
        {"value": 1, "timestamp": 2**63},
        {"value": 1, "timestamp": 1, "step": -(2**63) - 1},
        {"value": 1, "timestamp": 1.5},
        {"value": "0x10", "timestamp": 1},
        {"value": True, "timestamp": 1},
        {"value": 1, "timestamp": 1, "key": "\ud800"},
        {"value": 1, "timestamp": 1, "key": "a\0b"},
        {"value": 1, "timestamp": 1, "key": "../a"},
        {"value": 1, "timestamp": 1, "model_id": "half \ud800"},
    ],
)
def test_a_metric_that_cannot_be_is_a_400(client: httpx.Client, run_id: str, fields: dict):
    assert send(client, "runs/log-metric", {"run_id": run_id, "key": "m", **fields}).status_code == 400


@pytest.mark.parametrize("step", [2**63 - 1, -(2**63)])
def test_the_ends_of_the_numbers_are_kept(client: httpx.Client, run_id: str, step: int):
    body = {"run_id": run_id, "key": "m", "value": -1.5, "timestamp": 2**63 - 1, "step": step}
    assert send(client, "runs/log-metric", body).status_code == 200

    (point,) = client.get(f"{API}/metrics/get-history", params={"run_id": run_id, "metric_key": "m"}).json()["metrics"]

    assert (point["step"], point["timestamp"], point["value"]) == (step, 2**63 - 1, -1.5)


@pytest.mark.parametrize("value", ["a\0b", "</script>", "=cmd|", "\u2028", "{{7*7}}"])
def test_a_text_is_kept_or_mended_but_never_an_error_inside(client: httpx.Client, run_id: str, value: str):
    assert send(client, "runs/set-tag", {"run_id": run_id, "key": "t", "value": value}).status_code == 200
    assert send(client, "runs/log-parameter", {"run_id": run_id, "key": "p", "value": value}).status_code == 200
    assert client.get(f"{API}/runs/get", params={"run_id": run_id}).status_code == 200


def test_a_batch_above_a_megabyte_is_refused(client: httpx.Client, run_id: str):
    reply = send(client, "runs/log-batch", {"run_id": run_id, "tags": [{"key": "t", "value": "x" * 1_000_001}]})

    assert reply.status_code == 400
    assert "must be at most 1000000 bytes" in reply.json()["message"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("runs/log-metric", {"key": "m", "value": 1, "timestamp": 1}),
        ("runs/log-batch", {"params": [{"key": "a", "value": "b"}]}),
        ("runs/set-tag", {"key": "a", "value": "b"}),
        ("runs/update", {"status": "FAILED"}),
        ("runs/delete", {}),
    ],
)
def test_a_stranger_to_the_project_finds_no_run(stranger: httpx.Client, run_id: str, path: str, body: dict):
    reply = send(stranger, path, {"run_id": run_id, **body})

    assert (reply.status_code, reply.json()["message"]) == (404, f"Run with id={run_id} not found")


def test_one_foreign_run_closes_a_bulk_request(stranger: httpx.Client, run_id: str):
    query = {"run_ids": [run_id], "metric_key": "m"}

    assert stranger.get(f"{API}/metrics/get-history-bulk-interval", params=query).status_code == 404


def test_a_page_token_of_another_list_opens_nothing(client: httpx.Client, run_id: str):
    for value in range(3):
        send(client, "runs/log-metric", {"run_id": run_id, "key": "m", "value": value, "timestamp": 1})
    query = {"run_id": run_id, "metric_key": "m", "max_results": 1}
    token = client.get(f"{API}/metrics/get-history", params=query).json()["next_page_token"]

    for forged in (token, token[:-2], "eyJvZmZzZXQiOiAyfQ==", "💥"):
        body = {"experiment_ids": ["0"], "page_token": forged}
        assert send(client, "runs/search", body).status_code == 400
