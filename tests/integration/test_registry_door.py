"""Registered models and versions through the MLflow door."""

from collections.abc import Callable

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people
from tests.integration.runs import Run, new_run
from tests.unit.test_registry_sources import HOSTILE  # the same list, through the door

MODELS = "/api/2.0/mlflow/registered-models"
VERSIONS = "/api/2.0/mlflow/model-versions"
PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}


def post(client: httpx.Client, path: str, **body: object) -> dict:
    reply = client.post(path, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def refused(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error_code"]


@pytest.fixture
def run(platform: Running, client: httpx.Client, unique: Callable[[str], str]) -> Run:
    return new_run(platform, client, unique)


@pytest.fixture
def name(client: httpx.Client, unique: Callable[[str], str]) -> str:
    return post(client, f"{MODELS}/create", name=unique("wine"))["registered_model"]["name"]


def register(client: httpx.Client, name: str, run: Run, folder: str) -> dict:
    return post(client, f"{VERSIONS}/create", name=name, source=run.model(folder), run_id=run.id)["model_version"]


def test_a_version_is_made_of_a_runs_model(client: httpx.Client, name: str, run: Run):
    made = register(client, name, run, "model")

    got = client.get(f"{VERSIONS}/get", params={"name": name, "version": "1"}).json()["model_version"]
    uri = client.get(f"{VERSIONS}/get-download-uri", params={"name": name, "version": "1"}).json()

    assert made == got
    assert (got["version"], got["current_stage"], got["status"], got["run_id"]) == ("1", "None", "READY", run.id)
    assert uri == {"artifact_uri": f"{run.location}/model"}


def test_a_model_shows_its_newest_versions_tags_and_aliases(client: httpx.Client, name: str, run: Run):
    for number in ("a", "b"):
        register(client, name, run, number)
    post(client, f"{MODELS}/set-tag", name=name, key="team", value="x")
    post(client, f"{MODELS}/alias", name=name, alias="champion", version="1")
    post(client, f"{VERSIONS}/transition-stage", name=name, version="1", stage="staging")

    model = client.get(f"{MODELS}/get", params={"name": name}).json()["registered_model"]

    assert [version["version"] for version in model["latest_versions"]] == ["1", "2"]
    assert model["tags"] == [{"key": "team", "value": "x"}]
    assert model["aliases"] == [{"alias": "champion", "version": "1"}]
    assert model["latest_versions"][0]["aliases"] == ["champion"]


def test_a_version_of_another_version_keeps_the_files(client: httpx.Client, name: str, run: Run, unique):
    register(client, name, run, "model")
    post(client, f"{MODELS}/alias", name=name, alias="champion", version="1")
    other = post(client, f"{MODELS}/create", name=unique("copy"))["registered_model"]["name"]
    for source in (f"models:/{name}/1", f"models:/{name}@champion"):
        copied = post(client, f"{VERSIONS}/create", name=other, source=source)["model_version"]
        uri = client.get(f"{VERSIONS}/get-download-uri", params={"name": other, "version": copied["version"]}).json()

        assert copied["source"] == f"models:/{name}/1"
        assert uri["artifact_uri"] == f"{run.location}/model"


@pytest.mark.parametrize("tags", [[], [PROMPT]], ids=["model", "prompt"])
def test_no_other_source_is_taken_whatever_its_tags(client: httpx.Client, name: str, run: Run, tags: list):
    for source in HOSTILE:
        body = {"name": name, "source": source, "run_id": run.id, "tags": tags}
        try:
            reply = client.post(f"{VERSIONS}/create", json=body)
        except UnicodeEncodeError:
            continue
        assert refused(reply) == (400, "INVALID_PARAMETER_VALUE"), source
    assert "model_versions" not in client.get(f"{VERSIONS}/search", params={"filter": f"name='{name}'"}).json()


def test_a_source_must_lie_in_the_run_that_is_named(platform, client: httpx.Client, name: str, run: Run, unique):
    other = new_run(platform, client, unique)
    for source, run_id in (
        (other.model(), run.id),
        (run.model(), ""),
        (run.model("b"), "0000-0000-0000-0000"),
        (f"{run.location}2/model", run.id),
        (f"runs:/{other.id}/model", run.id),
        (f"mlflow-artifacts:/{run.experiment_id}", run.id),
    ):
        body = {"name": name, "source": source, "run_id": run_id}
        assert refused(client.post(f"{VERSIONS}/create", json=body)) == (400, "INVALID_PARAMETER_VALUE"), source


def test_a_strangers_run_is_no_source(platform: Running, client: httpx.Client, run: Run, unique):
    source = run.model()
    with people.user(platform, unique("eve").replace("-", "")) as eve:
        project = post(eve, "/api/v2/projects", name=unique("eves"))["name"]
        eve.headers["x-mlflow-workspace"] = project
        mine = post(eve, f"{MODELS}/create", name=unique("mine"))["registered_model"]["name"]
        for tried in (source, f"runs:/{run.id}/model"):
            body = {"name": mine, "source": tried, "run_id": run.id}
            assert refused(eve.post(f"{VERSIONS}/create", json=body)) == (400, "INVALID_PARAMETER_VALUE")


def test_a_prompt_has_a_placeholder_for_a_source(client: httpx.Client, unique: Callable[[str], str]):
    name = unique("prompt")
    post(client, f"{MODELS}/create", name=name, tags=[PROMPT])
    made = post(client, f"{VERSIONS}/create", name=name, source="dummy-source", tags=[PROMPT])["model_version"]

    assert made["source"] == "dummy-source"
    by_filter = client.get(f"{MODELS}/search", params={"filter": "tags.`mlflow.prompt.is_prompt` = 'true'"}).json()
    assert name in [model["name"] for model in by_filter["registered_models"]]


def test_a_version_stays_when_its_run_and_experiment_are_deleted(client: httpx.Client, name: str, run: Run):
    register(client, name, run, "model")
    post(client, "/api/2.0/mlflow/runs/delete", run_id=run.id)
    post(client, "/api/2.0/mlflow/experiments/delete", experiment_id=run.experiment_id)

    uri = client.get(f"{VERSIONS}/get-download-uri", params={"name": name, "version": "1"}).json()
    assert uri["artifact_uri"] == f"{run.location}/model"


def test_pages_are_followed_by_their_tokens_alone(client: httpx.Client, unique: Callable[[str], str]):
    stem = unique("page")
    for index in range(5):
        post(client, f"{MODELS}/create", name=f"{stem}-{index}")
    asked = {"filter": f"name LIKE '{stem}%'", "max_results": 2, "order_by": "name DESC"}
    names, token = [], ""
    while True:
        page = client.get(f"{MODELS}/search", params=asked | {"page_token": token}).json()
        names += [model["name"] for model in page["registered_models"]]
        if not (token := page.get("next_page_token", "")):
            break
        for other in (token[:-3] + "abc", "x"):
            assert client.get(f"{MODELS}/search", params=asked | {"page_token": other}).status_code == 400
        elsewhere = {"filter": "", "max_results": 2, "page_token": token}
        assert client.get(f"{MODELS}/search", params=elsewhere).status_code == 400

    assert names == [f"{stem}-{index}" for index in (4, 3, 2, 1, 0)]


NOWHERE = {"name": "no-such-model", "version": "1", "key": "a", "value": "b", "alias": "a", "stage": "None",
           "new_name": "x-y", "description": "x"}  # fmt: skip
CALLS = [
    ("GET", f"{MODELS}/get"), ("PATCH", f"{MODELS}/update"), ("POST", f"{MODELS}/rename"),
    ("DELETE", f"{MODELS}/delete"), ("GET", f"{MODELS}/get-latest-versions"), ("POST", f"{MODELS}/get-latest-versions"),
    ("POST", f"{MODELS}/set-tag"), ("DELETE", f"{MODELS}/delete-tag"), ("POST", f"{MODELS}/alias"),
    ("DELETE", f"{MODELS}/alias"), ("GET", f"{MODELS}/alias"), ("GET", f"{VERSIONS}/get"),
    ("PATCH", f"{VERSIONS}/update"), ("DELETE", f"{VERSIONS}/delete"), ("GET", f"{VERSIONS}/get-download-uri"),
    ("POST", f"{VERSIONS}/set-tag"), ("DELETE", f"{VERSIONS}/delete-tag"), ("POST", f"{VERSIONS}/transition-stage"),
]  # fmt: skip


def call(client: httpx.Client, method: str, path: str, values: dict) -> httpx.Response:
    if method == "GET":
        return client.get(path, params=values)
    return client.request(method, path, json=values)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_what_is_not_there_is_not_found(client: httpx.Client, method: str, path: str):
    assert refused(call(client, method, path, NOWHERE)) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_without_a_name_nothing_is_asked(client: httpx.Client, method: str, path: str):
    assert refused(call(client, method, path, {})) == (400, "INVALID_PARAMETER_VALUE")


def test_a_stranger_learns_nothing_of_a_private_model(platform: Running, client, name: str, run: Run, unique):
    register(client, name, run, "model")
    with people.user(platform, unique("eve").replace("-", "")) as eve:
        for method, path in CALLS:
            reply = call(eve, method, path, NOWHERE | {"name": name})
            assert refused(reply) == (404, "RESOURCE_DOES_NOT_EXIST"), path
        for listed in (f"{MODELS}/search", f"{VERSIONS}/search"):
            assert eve.get(listed, params={"filter": f"name = '{name}'"}).json() == {}


@pytest.mark.parametrize("text", ["name = ", "name == 'x'", "tags.a > 1", "x = 'y'", "name = 'x' OR name = 'y'", "'"])
def test_a_filter_that_cannot_be_read_is_a_400(client: httpx.Client, text: str):
    for listed in (f"{MODELS}/search", f"{VERSIONS}/search"):
        assert refused(client.get(listed, params={"filter": text})) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("most", ["0", "-1", "1000000000", "x", "9" * 30])
def test_a_page_has_a_sensible_size(client: httpx.Client, most: str):
    for listed in (f"{MODELS}/search", f"{VERSIONS}/search"):
        assert refused(client.get(listed, params={"max_results": most})) == (400, "INVALID_PARAMETER_VALUE")


FILES = "/api/2.0/mlflow-artifacts/artifacts"


def test_who_sees_a_model_loads_its_files_and_nothing_beside_them(
    platform: Running, client, name: str, run: Run, unique
):
    register(client, name, run, "model")
    (run.folder / "secret.txt").write_text("secret")
    inside = f"{FILES}/{run.experiment_id}/{run.id}/artifacts/model/MLmodel"
    beside = [f"{FILES}/{run.experiment_id}/{run.id}/artifacts/{path}" for path in ("secret.txt", "model2/MLmodel", "")]
    listed = {"path": f"{run.experiment_id}/{run.id}/artifacts/model"}
    with people.user(platform, unique("eve").replace("-", "")) as eve:
        post(eve, "/api/v2/projects", name=unique("eves"))
        assert eve.get(inside).status_code == 404
        model = client.get("/api/v2/registry/models", params={"search_filter": f'{{"model_name": "{name}"}}'}).json()
        publish = {"model_id": model["models"][0]["model_id"], "visibility": "PUBLIC"}
        assert client.patch("/api/v2/registry/models", json=publish).status_code == 200

        assert eve.get(inside).text.startswith("artifact_path")
        assert [file["path"] for file in eve.get(FILES, params=listed).json()["files"]] == ["MLmodel"]
        assert {eve.get(path).status_code for path in beside} <= {400, 403, 404}
        assert eve.put(inside, content=b"mine").status_code in {403, 404}
        assert eve.delete(inside).status_code in {403, 404}
