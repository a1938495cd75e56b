"""Every endpoint of MLflow's table: served, or refused in the way that clients fall back from."""

import re

import httpx
import pytest
from tests.conftest import Running
from tests.tools.reference import mlflow_rows

ROWS = mlflow_rows()


@pytest.mark.parametrize(("method", "path", "name", "is_served"), ROWS, ids=[f"{row[0]}-{row[2]}" for row in ROWS])
def test_an_endpoint_is_served_or_says_that_it_is_not(
    client: httpx.Client, method: str, path: str, name: str, is_served: bool
):
    reply = client.request(method, re.sub("<[^>]*>", "x", path), json={})

    is_unknown = reply.status_code == 404 and "ENDPOINT_NOT_FOUND" in reply.text
    assert is_unknown != is_served
    assert reply.status_code < 500 or reply.json()["error_code"] in {"NOT_IMPLEMENTED", "INVALID_STATE"}


@pytest.mark.parametrize("path", ["/api/3.0/mlflow/traces/search", "/ajax-api/2.0/mlflow/webhooks"])
def test_what_is_not_served_asks_for_a_key_all_the_same(platform: Running, path: str):
    with platform.client("") as stranger:
        assert stranger.post(path, json={}).status_code == 401
