"""The registry's pages over HTTP: what they show to whom, and what their forms do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people, runs

Unique = Callable[[str], str]
MLFLOW = "/api/2.0/mlflow/registered-models"
HOSTILE = '<img src=x onerror="alert(1)">'
MLMODEL = """\
flavors:
  python_function:
    loader_module: mlflow.sklearn
  sklearn:
    code: null
signature:
  inputs: '[{"type": "double", "name": "alcohol", "required": true}, {"type": "long",
    "name": "<b>bottles</b>", "required": true}]'
"""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A registered model with one version, and who may do what with it."""

    name: str
    owner: httpx.Client
    stranger: httpx.Client
    project: str

    @property
    def url(self) -> str:
        return f"/models/{quote(self.name, safe='')}"

    def text(self, path: str = "", who: httpx.Client | None = None) -> str:
        reply = (who or self.owner).get(f"{self.url}{path}")
        assert reply.status_code == 200, reply.text
        return reply.text


@pytest.fixture
def model(platform: Running, unique: Unique) -> Iterator[Model]:
    with people.user(platform, unique("ann")) as owner, people.user(platform, unique("bob")) as stranger:
        project = unique("vineyard")
        assert owner.post("/api/v2/projects", json={"name": project}).status_code == 200
        run = runs.new_run(platform, owner, unique, project)
        run.model()
        (run.folder / "model" / "MLmodel").write_text(MLMODEL)
        (run.folder / "model" / "requirements.txt").write_text("mlflow==3.17.2\n")
        body = {"run_id": run.id, "model_path": "model", "model_name": unique("wine")}
        made = owner.post("/api/v2/registry/models", json=body).json()
        yield Model(name=made["name"], owner=owner, stranger=stranger, project=project)


def test_what_users_wrote_is_text(model: Model, unique: Unique):
    name = unique(HOSTILE).replace("/", "")
    body = {"name": name, "description": f"{HOSTILE} **bold**", "tags": [{"key": "note", "value": HOSTILE}]}
    reply = model.owner.post(f"{MLFLOW}/create", json=body, headers={"x-mlflow-workspace": model.project})
    assert reply.status_code == 200, reply.text

    for path in ("/models", f"/models/{quote(name, safe='')}"):
        shown = model.owner.get(path, params={"q": name} if path == "/models" else None).text
        assert "<img src=x" not in shown
        assert "&lt;img src=x" in shown
    assert "<strong>bold</strong>" in shown


def test_the_list_is_searched_and_goes_on_page_by_page(client: httpx.Client, unique: Unique):
    stem = unique("many")
    for number in range(51):
        assert client.post(f"{MLFLOW}/create", json={"name": f"{stem}-{number:02}"}).status_code == 200

    first = client.get("/models", params={"q": stem, "sort": "name"}).text
    following = first.split("Next page")[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = client.get(f"/models{following}").text

    assert f"{stem}-49<" in first
    assert f"{stem}-50<" not in first
    assert f"{stem}-50<" in second


def test_an_empty_registry_says_how_to_register(model: Model):
    assert "registered_model_name=" in model.stranger.get("/models").text


def test_a_private_model_is_not_there_for_strangers(model: Model):
    assert model.name not in model.stranger.get("/models").text
    for path in ("", "/versions/1", "/versions/1/deploy", "/versions/1/files/MLmodel"):
        assert model.stranger.get(f"{model.url}{path}").status_code == 404
    assert model.stranger.post(f"{model.url}/delete", data={"confirm": model.name}).status_code == 404


def test_a_public_model_is_shown_to_strangers_without_ways_to_change_it(model: Model):
    reply = model.owner.post(f"{model.url}/visibility", data={"visibility": "PUBLIC"})
    assert (reply.status_code, reply.headers["location"]) == (303, model.url)

    shown = model.text(who=model.stranger) + model.text("/versions/1", who=model.stranger)
    assert "A project you do not see" in shown
    assert 'method="post" action="/models' not in shown
    assert model.stranger.post(f"{model.url}/tags", data={"key": "a", "value": "b"}).status_code == 403


def test_a_version_shows_what_is_in_its_folder(model: Model):
    shown = model.text("/versions/1")

    assert "&lt;b&gt;bottles&lt;/b&gt;" in shown
    assert "mlflow==3.17.2" in shown
    assert f"models:/{model.name}/1" in shown
    assert f'href="{model.url}/versions/1/files/requirements.txt"' in shown


def test_files_are_downloaded_and_never_shown(model: Model):
    reply = model.owner.get(f"{model.url}/versions/1/files/MLmodel")

    assert reply.text == MLMODEL
    assert reply.headers["content-disposition"].startswith("attachment")
    assert model.owner.get(f"{model.url}/versions/1/files/..%2f..%2fx").status_code in {400, 404}


def test_an_alias_moves_only_from_where_it_was_seen(model: Model):
    point = f"{model.url}/versions/1/aliases"

    assert model.owner.post(point, data={"alias": "champion", "seen": ""}).status_code == 303
    assert model.owner.post(point, data={"alias": "champion", "seen": ""}).status_code == 409
    assert model.owner.post(point, data={"remove": "champion", "seen": "champion=2"}).status_code == 409
    assert "set <span" in model.text()
    assert model.owner.post(point, data={"remove": "champion", "seen": "champion=1"}).status_code == 303
    assert "@champion" not in model.text().split("History")[0]


def test_stages_descriptions_and_tags_are_changed(model: Model):
    version = f"{model.url}/versions/1"
    for path, form in (
        (f"{version}/stage", {"stage": "Production"}),
        (f"{version}/description", {"description": "notes of *mine*"}),
        (f"{version}/tags", {"key": "colour", "value": "red"}),
        (f"{model.url}/tags", {"key": "team", "value": "cellar"}),
        (f"{model.url}/tags", {"remove": "team"}),
    ):
        assert model.owner.post(path, data=form).status_code == 303

    shown = model.text("/versions/1")
    assert "<em>mine</em>" in shown
    assert 'value="red"' in shown
    assert "moved version 1 from None to Production" in shown
    assert "cellar" not in model.text()


def test_it_is_renamed_and_deleted_when_its_name_is_typed(model: Model, unique: Unique):
    name = unique("renamed")
    assert model.owner.post(f"{model.url}/name", data={"name": name}).headers["location"] == f"/models/{name}"
    assert model.owner.post(f"/models/{name}/delete", data={"confirm": "wine"}).status_code == 400
    assert model.owner.get(f"/models/{name}").status_code == 200
    assert model.owner.post(f"/models/{name}/delete", data={"confirm": name}).headers["location"] == "/models"
    assert model.owner.get(f"/models/{name}").status_code == 404


@pytest.mark.parametrize(
    ("path", "form"),
    [("/name", {"name": "a/b"}), ("/visibility", {"visibility": "SECRET"}), ("/tags", {"key": "", "value": "x"}),
     ("/versions/1/stage", {"stage": "Limbo"}), ("/versions/1/aliases", {"alias": "latest"}),
     ("/versions/x/delete", {}), ("/versions/1/delete", {"confirm": ""})],
)  # fmt: skip
def test_nonsense_is_refused_with_a_sentence(model: Model, path: str, form: dict[str, str]):
    reply = model.owner.post(f"{model.url}{path}", data=form, headers={"hx-request": "true"})

    assert reply.status_code == 400
    assert 'role="alert"' in reply.text


def test_nonsense_in_an_address_is_refused(model: Model):
    for path in ("/models?sort=colour", "/models?after=x", f"{model.url}?after=x", f"{model.url}/versions/abc"):
        assert model.owner.get(path, headers={"accept": "text/html"}).status_code == 400
    assert model.owner.get(f"{model.url}/versions/7").status_code == 404
