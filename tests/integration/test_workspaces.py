"""MLflow's workspaces, which are projects."""

from collections.abc import Callable

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people

WORKSPACES = "/api/3.0/mlflow/workspaces"


@pytest.fixture
def name(client: httpx.Client, unique: Callable[[str], str]) -> str:
    name = unique("space")
    assert client.post(WORKSPACES, json={"name": name, "description": "of wine"}).status_code == 201
    return name


def test_a_workspace_is_a_project(client: httpx.Client, name: str):
    assert client.get(f"{WORKSPACES}/{name}").json() == {"workspace": {"name": name, "description": "of wine"}}
    assert client.get(f"/api/v2/projects/{name}").json()["description"] == "of wine"
    assert name in [found["name"] for found in client.get(WORKSPACES).json()["workspaces"]]


def test_its_description_changes(client: httpx.Client, name: str):
    changed = client.patch(f"{WORKSPACES}/{name}", json={"description": "of beer"}).json()

    assert changed == {"workspace": {"name": name, "description": "of beer"}}
    assert client.patch(f"{WORKSPACES}/{name}", json={}).status_code == 400


def test_it_is_deleted_when_it_is_empty_or_with_everything(client: httpx.Client, name: str):
    headers = {"x-mlflow-workspace": name}
    assert client.post("/api/2.0/mlflow/experiments/create", json={"name": "e"}, headers=headers).status_code == 200

    assert client.delete(f"{WORKSPACES}/{name}").json()["error_code"] == "INVALID_STATE"
    assert client.delete(f"{WORKSPACES}/{name}", params={"mode": "CASCADE"}).status_code == 204
    assert client.get(f"{WORKSPACES}/{name}").json()["message"] == f"Workspace '{name}' not found"


def test_an_empty_one_is_deleted(client: httpx.Client, name: str):
    assert client.delete(f"{WORKSPACES}/{name}").status_code == 204


@pytest.mark.parametrize("bad", ["", "a", "A-b", "a_b", "-ab", "ab-", "a" * 64, "default", "api", "../x", "a b"])
def test_a_name_that_cannot_be_is_refused(client: httpx.Client, bad: str):
    assert client.post(WORKSPACES, json={"name": bad}).status_code == 400


def test_the_default_one_stays(client: httpx.Client):
    assert client.get(f"{WORKSPACES}/default").status_code == 200
    assert client.delete(f"{WORKSPACES}/default").status_code == 400


def test_a_stranger_sees_and_changes_none(platform: Running, name: str, unique: Callable[[str], str]):
    with people.user(platform, unique("eve").replace("-", "")) as eve:
        assert eve.post(WORKSPACES, json={"name": unique("eves")}).status_code == 201
        assert name not in [found["name"] for found in eve.get(WORKSPACES).json()["workspaces"]]
        for reply in (eve.get(f"{WORKSPACES}/{name}"), eve.patch(f"{WORKSPACES}/{name}", json={"description": "x"}),
                      eve.delete(f"{WORKSPACES}/{name}")):  # fmt: skip
            assert (reply.status_code, reply.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
