"""The registry through API v2, in the shapes of its specification."""

from collections.abc import Callable

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people
from tests.integration.runs import Run, new_run

REGISTRY = "/api/v2/registry/models"


@pytest.fixture
def run(platform: Running, client: httpx.Client, unique: Callable[[str], str]) -> Run:
    return new_run(platform, client, unique)


@pytest.fixture
def model(client: httpx.Client, run: Run, unique: Callable[[str], str]) -> dict:
    run.model()
    return register(client, run, unique("wine"))


def register(client: httpx.Client, run: Run, name: str, path: str = "model", **more: object) -> dict:
    body = {"project_id": run.project_id, "experiment_id": run.experiment_id, "run_id": run.id,
            "model_path": path, "model_name": name, **more}  # fmt: skip
    reply = client.post(REGISTRY, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_model_of_a_run_is_registered(client: httpx.Client, run: Run, unique: Callable[[str], str]):
    run.model()
    made = register(client, run, unique("wine"), description="of wine", notes="the first", visibility="PUBLIC",
                    tags=[{"key": "a", "value": "b"}])  # fmt: skip

    [version] = made["model_versions"]
    assert (made["description"], made["visibility"], made["count"]) == ("of wine", "PUBLIC", 1)
    assert (version["version_name"], version["number"], version["notes"]) == ("Version 1", 1, "the first")
    assert version["tags"] == [{"key": "a", "value": "b"}]
    assert version["model_version_metadata"]["mlflow_metadata"]["run_id"] == run.id
    assert len(version["mlmodel_digest"]) == 64
    assert made["owner"]["username"] == version["user"]["username"] != ""


def test_the_same_name_again_is_a_new_version(client: httpx.Client, run: Run, model: dict):
    again = register(client, run, model["name"])

    assert again["model_id"] == model["model_id"]
    assert again["model_versions"][0]["number"] == 2


@pytest.mark.parametrize(
    "path", ["artifacts/model", "/home/cdsw/.experiments/x/y/artifacts/model", "model/", "", "artifacts"]
)
def test_scripts_write_the_path_in_several_ways(client: httpx.Client, run: Run, unique, path: str):
    uri = run.model()
    made = register(client, run, unique("wine"), path=path)

    asked = {"name": made["name"], "version": "1"}
    assert client.get("/api/2.0/mlflow/model-versions/get-download-uri", params=asked).json()["artifact_uri"] == uri


@pytest.mark.parametrize("path", ["nothing", "model/deeper", "../model", "/etc", "model%2f", ""])
def test_where_there_is_no_model_it_says_so(client: httpx.Client, run: Run, unique, path: str):
    (run.folder / "model").mkdir(parents=True)
    body = {"run_id": run.id, "model_path": path, "model_name": unique("wine")}
    reply = client.post(REGISTRY, json=body)

    assert reply.status_code == 400
    assert reply.json()["code"] == 3


@pytest.mark.parametrize("field", ["project_id", "experiment_id", "run_id"])
def test_the_run_must_be_where_the_request_says(client: httpx.Client, run: Run, unique, field: str):
    run.model()
    body = {"run_id": run.id, "model_path": "model", "model_name": unique("wine"), field: "0000-0000-0000-0000"}

    assert client.post(REGISTRY, json=body).status_code == 404


def test_both_patches_change_what_they_are_for(client: httpx.Client, model: dict):
    version_id = model["model_versions"][0]["model_version_id"]
    of_model = {"model_id": model["model_id"], "description": "new", "visibility": "PUBLIC"}
    changed = client.patch(REGISTRY, json=of_model).json()
    of_version = {"model_version_id": version_id, "notes": "better", "tags": [{"key": "k", "value": "v"}]}
    version = client.patch(f"{REGISTRY}/{model['model_id']}", json=of_version).json()

    assert (changed["description"], changed["visibility"]) == ("new", "PUBLIC")
    assert (version["notes"], version["tags"]) == ("better", [{"key": "k", "value": "v"}])


def test_a_model_is_handed_over(platform: Running, client: httpx.Client, model: dict, unique):
    name = unique("heir").replace("-", "")
    with people.user(platform, name) as heir:
        changed = client.patch(REGISTRY, json={"model_id": model["model_id"], "user_id": name}).json()

        assert changed["owner"]["username"] == name
        assert heir.get(f"{REGISTRY}/{model['model_id']}").json()["permission"] == "write"
        unknown = {"model_id": model["model_id"], "user_id": "nobody-at-all"}
        assert client.patch(REGISTRY, json=unknown).status_code == 404


def test_versions_come_in_pages_inside_their_model(client: httpx.Client, run: Run, model: dict):
    for _ in range(4):
        register(client, run, model["name"])
    numbers, token = [], ""
    while True:
        asked = {"page_size": 2, "sort": "-version_number", "page_token": token}
        page = client.get(f"{REGISTRY}/{model['model_id']}", params=asked).json()
        numbers += [version["number"] for version in page["model_versions"]]
        if not (token := page["next_page_token"]):
            break

    assert numbers == [5, 4, 3, 2, 1]
    third = client.get(f"{REGISTRY}/{model['model_id']}", params={"search_filter": '{"version_number": "3"}'}).json()
    assert [version["number"] for version in third["model_versions"]] == [3]


def test_models_are_found_by_a_part_of_their_name_and_by_their_maker(client: httpx.Client, model: dict):
    for wanted in (f'{{"model_name": "{model["name"][2:]}"}}', f'{{"creator_id": "{model["owner"]["username"]}"}}'):
        listed = client.get(REGISTRY, params={"search_filter": wanted, "sort": "-created_at"}).json()["models"]
        assert model["model_id"] in [found["model_id"] for found in listed]
    assert list(client.get(REGISTRY, params={"search_filter": '{"model_name": "no such"}'}).json()) == [
        "models", "next_page_token",
    ]  # fmt: skip


@pytest.mark.parametrize("query", [{"search_filter": "{"}, {"search_filter": '{"x": "y"}'}, {"sort": "x"},
                                   {"page_token": "x"}, {"page_size": -1}, {"page_size": "x"}])  # fmt: skip
def test_a_list_that_cannot_be_is_refused(client: httpx.Client, model: dict, query: dict):
    for path in (REGISTRY, f"{REGISTRY}/{model['model_id']}"):
        assert client.get(path, params=query).status_code == 400


def test_what_is_deleted_is_gone(client: httpx.Client, model: dict):
    path = f"{REGISTRY}/{model['model_id']}"
    version = f"{path}/versions/{model['model_versions'][0]['model_version_id']}"

    assert client.get(version).json()["number"] == 1
    assert client.delete(version).json() == {}
    assert client.get(version).status_code == 404
    assert client.delete(path).json() == {}
    assert client.get(path).status_code == 404


def test_an_alias_moves_only_from_where_it_was_expected(client: httpx.Client, run: Run, model: dict):
    register(client, run, model["name"])
    alias = f"{REGISTRY}/{model['model_id']}/aliases/champion"

    assert client.put(alias, json={"version": 1, "expected_version": 0}).status_code == 200
    assert client.put(alias, json={"version": 2, "expected_version": 0}).status_code == 409
    assert client.put(alias, json={"version": 2, "expected_version": 1}).status_code == 200
    assert client.delete(alias, params={"expected_version": 1}).status_code == 409
    moves = client.get(f"{REGISTRY}/{model['model_id']}/moves").json()["moves"]
    assert [(move["kind"], move["before"], move["after"]) for move in moves[:2]] == [
        ("alias", "1", "2"), ("alias", "", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["0000-0000-0000-0000", "x", "..", "%00"])
def test_ids_that_are_none_are_not_found(client: httpx.Client, path: str):
    assert client.get(f"{REGISTRY}/{path}").status_code in {400, 404}
    assert client.delete(f"{REGISTRY}/{path}").status_code in {400, 404}
