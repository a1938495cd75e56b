"""API v2's models and builds as rows, on every database: no process is started here."""

import json
from collections.abc import Callable

import httpx
import pytest
from tests.conftest import Running, wait_for
from tests.integration import people

Unique = Callable[[str], str]


@pytest.fixture
def models(client: httpx.Client, unique: Unique) -> str:
    """The address of an empty project's models."""
    project = client.post("/api/v2/projects", json={"name": unique("models")}).json()
    return f"/api/v2/projects/{project['id']}/models"


def names(reply: httpx.Response) -> list[str]:
    return [model["name"] for model in reply.json()["models"]]


def test_a_model_is_as_cml_shows_it(client: httpx.Client, models: str):
    made = client.post(models, json={"name": "wine", "public": True, "run_as": "0"}).json()

    assert (len(made["access_key"]), made["access_key"][0], made["auth_enabled"]) == (32, "m", True)
    assert made["crn"].endswith("/" + made["id"])
    assert made["default_replication_policy"] == {"type": "fixed", "num_replicas": "1"}
    assert made["default_resources"] == {"cpu_millicores": "1000", "memory_mb": "2048", "nvidia_gpus": "0"}
    assert (made["visibility"], made["run_as"]) == ("private", 0)
    assert client.get(f"{models}/{made['id']}").json() == made
    assert next(iter(client.get(models).json())) == "models"


def test_lists_are_filtered_sorted_and_paged(client: httpx.Client, models: str):
    for name, closed in (("red wine", True), ("white wine", False), ("beer", False)):
        client.post(models, json={"name": name, "disable_authentication": not closed})

    assert names(client.get(models, params={"search_filter": '{"name":"wine"}', "sort": "-name"})) == [
        "white wine", "red wine",
    ]  # fmt: skip
    assert names(client.get(models, params={"search_filter": '{"auth_enabled":"t"}'})) == ["red wine"]
    first = client.get(models, params={"sort": "name", "page_size": 2})
    token = first.json()["next_page_token"]
    rest = client.get(models, params={"sort": "name", "page_size": 2, "page_token": token})
    assert (names(first), names(rest), rest.json()["next_page_token"]) == (["beer", "red wine"], ["white wine"], "")
    assert client.get(models, params={"search_filter": '{"access_key":"m"}'}).status_code == 400


def test_a_model_is_changed_field_by_field(client: httpx.Client, models: str):
    made = client.post(models, json={"name": "wine", "description": "white"}).json()
    change = {"example_input": '{"a": 1}', "auth_enabled": False, "default_resources": {"memory_mb": 512}}
    changed = client.patch(f"{models}/{made['id']}", json=change).json()

    assert (changed["description"], changed["auth_enabled"], changed["example_input"]) == ("white", False, '{"a": 1}')
    assert changed["default_resources"] == {"cpu_millicores": "1000", "memory_mb": "512", "nvidia_gpus": "0"}
    assert changed["access_key"] == made["access_key"]


NONSENSE = [
    {"name": ""}, {"name": "a/b"}, {"name": ".."}, {"name": "x" * 101}, {"name": "a\nb"}, {"name": "{{7*7}}"},
    {"name": "x", "visibility": "everybody"}, {"name": "x", "run_as": "root"},
    {"name": "x", "default_replication_policy": {"num_replicas": "-1"}},
    {"name": "x", "default_replication_policy": {"num_replicas": "1e308"}},
    {"name": "x", "default_resources": {"cpu_millicores": "NaN"}}, {"name": "x", "example_input": "{"},
    {"name": "x", "auto_build_model": True},
    {"name": "x", "auto_build_config": {"file_path": "../x.py", "function_name": "f"}},
    {"name": "x", "auto_build_config": {"file_path": "x.py", "function_name": "f; import os"}},
    {"name": "x", "auto_build_config": {"file_path": "x.py", "function_name": "f", "model_root_dir": "/etc"}},
    {"name": "x", "auto_build_config": {"file_path": "x.py", "function_name": "f", "build_script_path": "b.sh"}},
    {"name": "x", "auto_build_config": {"file_path": "x.py", "function_name": "f",
                                        "runtime_addon_identifiers": ["spark-9"]}},
    {"name": "x", "auto_build_config": {"registered_model_version_id": "' OR 1=1 --"}},
]  # fmt: skip


@pytest.mark.parametrize("body", NONSENSE, ids=lambda body: json.dumps(body)[:60])
def test_what_cannot_be_is_refused_and_nothing_is_kept(client: httpx.Client, models: str, body: dict):
    reply = client.post(models, json=body)

    assert (reply.status_code, reply.json()["code"]) == (400, 3)
    assert names(client.get(models)) == []


@pytest.mark.parametrize(
    "config",
    [{"environment": {"A=B": "x"}}, {"environment": {"LD PRELOAD": "x"}}, {"environment": "[1]"}, {"replicas": 65},
     {"environment": {"A": {"b": 1}}}, {"environment": {"A": "\0"}}, {"cpu": "much"}, {"memory": -3}],
)  # fmt: skip
def test_a_deployment_that_cannot_be_is_refused(client: httpx.Client, models: str, config: dict):
    body = {
        "name": "x", "auto_build_config": {"file_path": "x.py", "function_name": "f"},
        "auto_deploy_model": True, "auto_deployment_config": config,
    }  # fmt: skip
    assert client.post(models, json=body).status_code == 400


def test_a_name_is_taken_once_in_a_project(client: httpx.Client, models: str):
    client.post(models, json={"name": "wine"})
    other = client.post(models, json={"name": "beer"}).json()

    assert client.post(models, json={"name": "wine"}).status_code == 409
    assert client.patch(f"{models}/{other['id']}", json={"name": "wine"}).status_code == 409


def test_a_build_that_fails_says_why_and_cannot_be_deployed(client: httpx.Client, models: str):
    made = client.post(models, json={"name": "wine"}).json()
    builds = f"{models}/{made['id']}/builds"
    build = client.post(builds, json={"file_path": "no.py", "function_name": "f", "comment": "first"}).json()
    wait_for(lambda: client.get(f"{builds}/{build['id']}").json()["status"] == "build failed")
    failed = client.get(f"{builds}/{build['id']}").json()

    assert (failed["number"], failed["comment"], failed["built_at"]) == (1, "first", None)
    assert "no.py" in failed["status_reason"]
    assert "no.py" in client.get(f"{builds}/{build['id']}/log").text
    assert client.post(f"{builds}/{build['id']}/deployments", json={}).status_code == 409
    assert len(client.get(builds, params={"search_filter": '{"status":"failed"}'}).json()["model_builds"]) == 1
    assert client.delete(f"{builds}/{build['id']}").status_code == 200
    assert client.get(f"{builds}/{build['id']}").status_code == 404


def test_ids_of_another_project_lead_nowhere(client: httpx.Client, models: str, unique: Unique):
    made = client.post(models, json={"name": "wine"}).json()
    other = client.post("/api/v2/projects", json={"name": unique("other")}).json()["id"]

    for path in (f"{other}/models/{made['id']}", f"{other}/models/{made['id']}/builds"):
        assert client.get(f"/api/v2/projects/{path}").status_code == 404
    for wrong in ("x", "..%2f..", "%00", made["id"].upper()):
        assert client.get(f"{models}/{wrong}").status_code == 404


def test_lists_show_only_what_one_may_see(platform: Running, client: httpx.Client, models: str, unique: Unique):
    name = unique("hidden")
    made = client.post(models, json={"name": name}).json()
    with people.user(platform, unique("stranger")) as stranger:
        assert name not in stranger.get("/api/v2/models").text
        assert stranger.get(models).status_code in {403, 404}
        assert stranger.delete(f"{models}/{made['id']}").status_code in {403, 404}
    assert name in client.get("/api/v2/models", params={"page_size": 1000}).text
