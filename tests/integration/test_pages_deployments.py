"""The pages of model deployments over HTTP: who may deploy where, what is refused, what logs become."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.conftest import Running, wait_for
from tests.integration import people, runs
from tests.integration.test_pages_models import MLMODEL

Unique = Callable[[str], str]
MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Cellar:
    """A project with a registered model, and people with roles in it."""

    project: str
    model: str
    home: Path
    owner: httpx.Client
    viewer: httpx.Client
    viewer_name: str
    stranger: httpx.Client

    @property
    def url(self) -> str:
        return f"/projects/{self.project}/deployments"

    def form(self, **fields: str) -> dict[str, str]:
        form = {"kind": "registered", "model": self.model, "version": "1", "name": "wine", "profile": "1:2"}
        return {**form, "replicas": "1", **fields}

    def failed(self) -> str:
        """The page of an endpoint whose build has failed: its file is not there."""
        form = self.form(kind="code", file_path="nothing.py", function_name="predict", example_input='{"x": 1}')
        reply = self.owner.post(self.url, data=form)
        assert reply.status_code == 303, reply.text
        page = reply.headers["location"]
        wait_for(lambda: "Build failed" in self.owner.get(page).text)
        return page


@pytest.fixture
def cellar(platform: Running, unique: Unique) -> Iterator[Cellar]:
    viewer_name = unique("eve")
    with (
        people.user(platform, unique("ann")) as owner,
        people.user(platform, viewer_name) as viewer,
        people.user(platform, unique("bob")) as stranger,
    ):
        assert stranger.post("/api/v2/projects", json={"name": unique("elsewhere")}).status_code == 200
        project = unique("cellar")
        project_id = owner.post("/api/v2/projects", json={"name": project}).json()["id"]
        owner.put(f"/api/v2/projects/{project_id}/collaborators/{viewer_name}", json={"permission": "read"})
        run = runs.new_run(platform, owner, unique, project)
        run.model()
        (run.folder / "model" / "MLmodel").write_text(MLMODEL)
        body = {"run_id": run.id, "model_path": "model", "model_name": unique("wine")}
        name = owner.post("/api/v2/registry/models", json=body).json()["name"]
        yield Cellar(
            project=project, model=name, home=platform.home, owner=owner, viewer=viewer, viewer_name=viewer_name,
            stranger=stranger,
        )  # fmt: skip


def test_only_projects_in_which_one_may_deploy_are_offered(cellar: Cellar):
    choose = f"/models/{cellar.model}/versions/1/deploy"

    assert f'<option value="{cellar.project}"' in cellar.owner.get(choose).text
    assert f'<option value="{cellar.project}"' not in cellar.viewer.get(choose).text
    assert cellar.viewer.get(choose, params={"project": cellar.project}).status_code == 403
    form = cellar.owner.get(choose, params={"project": cellar.project}).headers["location"]
    assert f'<option value="{cellar.model}" selected' in cellar.owner.get(form).text


def test_only_who_may_deploy_sees_the_form_and_deploys(cellar: Cellar):
    for who, status in ((cellar.viewer, 403), (cellar.stranger, 404)):
        assert who.get(f"{cellar.url}/-/new").status_code == status
        assert who.post(cellar.url, data=cellar.form()).status_code == status
    assert cellar.viewer.get(cellar.url).status_code == 200
    assert cellar.stranger.get(cellar.url).status_code == 404


def test_the_example_is_checked_column_by_column(cellar: Cellar):
    form = cellar.form(example_input='{"alcohol": "much", "colour": "<i>red</i>"}')
    said = cellar.owner.post(f"{cellar.url}/-/check", data=form).text

    assert "&#34;much&#34; is not a number" in said
    assert re.search(r"bottles&lt;/b&gt;</strong> <code>long</code> is missing", said)
    assert '<strong class="text-break">colour</strong> the model does not know it' in said
    good = cellar.form(example_input='{"columns": ["alcohol", "<b>bottles</b>"], "data": [[1.5, 2]]}')
    assert "It fits the signature: 2 columns, 1 row." in cellar.owner.post(f"{cellar.url}/-/check", data=good).text


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"name": "a/b"}, 400), ({"replicas": "0"}, 400), ({"replicas": "many"}, 400), ({"profile": "1000:1"}, 400),
     ({"profile": "x"}, 400), ({"environment": "no sign"}, 400), ({"environment": "1A=b"}, 400),
     ({"example_input": "{"}, 400), ({"model": ""}, 400), ({"version": "9"}, 404), ({"model": "nobody's"}, 404),
     ({"kind": "code"}, 400), ({"kind": "code", "file_path": "../x.py", "function_name": "f"}, 400),
     ({"kind": "code", "file_path": "x.py", "function_name": "f", "addon": "spark-9"}, 400)],
)  # fmt: skip
def test_a_form_that_cannot_be_is_refused_and_nothing_is_made(cellar: Cellar, wrong: dict[str, str], status: int):
    reply = cellar.owner.post(cellar.url, data=cellar.form(**wrong), headers={"hx-request": "true"})

    assert (reply.status_code, 'role="alert"' in reply.text) == (status, True)
    assert "No model deployments yet" in cellar.owner.get(cellar.url).text


def test_code_is_built_with_the_spark_that_was_chosen(cellar: Cellar):
    assert '<option value="spark-4.0"' in cellar.owner.get(f"{cellar.url}/-/source", params={"kind": "code"}).text
    form = cellar.form(kind="code", file_path="nothing.py", function_name="predict", addon="spark-3.5")
    page = cellar.owner.post(cellar.url, data=form).headers["location"]

    assert re.search(r"<dt>Add-ons</dt><dd>Spark 3.5</dd>", cellar.owner.get(f"{page}/builds").text)


def test_a_failed_build_says_why_and_keeps_its_log(cellar: Cellar):
    page = cellar.failed()

    assert "There is no file nothing.py" in cellar.owner.get(page).text
    assert "There is no file nothing.py" in cellar.owner.get(f"{page}/builds").text
    assert "wine" in cellar.owner.get("/deployments", params={"q": "wine"}).text
    for tab in ("/history", "/monitoring", "/logs", "/settings"):
        assert cellar.owner.get(f"{page}{tab}").status_code == 200


def test_strangers_see_nothing_of_an_endpoint_and_viewers_change_nothing(cellar: Cellar):
    page = cellar.failed()
    for tab in ("", "/history", "/builds", "/monitoring", "/logs", "/settings"):
        assert cellar.stranger.get(f"{page}{tab}").status_code == 404
        assert cellar.viewer.get(f"{page}{tab}").status_code == 200
    for action in ("/stop", "/restart", "/settings", "/deploy", "/delete"):
        assert cellar.stranger.post(f"{page}{action}").status_code == 404
        assert cellar.viewer.post(f"{page}{action}").status_code == 403
    assert "Deploy another version" not in cellar.viewer.get(f"{page}/settings").text
    assert cellar.stranger.post(f"{page}/test", data={"input": "{}"}).status_code == 404


def test_a_test_goes_through_the_gateway_and_says_what_it_said(cellar: Cellar):
    page = cellar.failed()

    said = cellar.owner.post(f"{page}/test", data={"input": '{"x": 1}'}).text
    assert "No replica of this model is ready" in said
    assert 'data-status="503"' in said
    assert "not JSON" in cellar.owner.post(f"{page}/test", data={"input": "{"}).text


def test_a_test_leaves_no_key_behind(cellar: Cellar):
    page = cellar.failed()
    cellar.owner.post(f"{page}/settings", data={"name": "wine", "auth_enabled": "on"})
    place = f"/api/v2/users/{cellar.viewer_name}/v2_keys"
    keys = cellar.viewer.get(place)
    assert keys.status_code == 200
    assert "No replica" in cellar.viewer.post(f"{page}/test", data={"input": "{}"}).text

    assert cellar.viewer.get(place).text == keys.text


def test_what_is_printed_into_a_log_is_text(cellar: Cellar):
    page = cellar.failed()
    log = build_log(cellar, page)
    log.write_text("\x1b[31m<script>alert(1)</script>\x1b[0m\n\x1b]8;;javascript:alert(1)\x07link\n")

    shown = cellar.owner.get(f"{page}/builds").text
    assert '<span class="ansi-red">&lt;script&gt;alert(1)&lt;/script&gt;</span>' in shown
    assert "javascript:" not in shown


def test_of_a_large_log_the_end_is_shown_and_all_is_kept_for_download(cellar: Cellar):
    page = cellar.failed()
    log = build_log(cellar, page)
    with log.open("wb") as stream:
        stream.write(b"first line\n")
        stream.truncate(100 * MIB)
        stream.seek(0, 2)
        stream.write(b"\nlast line\n")

    shown = cellar.owner.get(f"{page}/builds").text
    assert "last line" in shown
    assert len(shown) < MIB
    link = re.search(r'href="([^"]*/log/file)"', shown)
    assert link is not None
    with cellar.owner.stream("GET", link[1]) as reply:
        assert reply.headers["content-disposition"].startswith("attachment")
        assert sum(map(len, reply.iter_bytes())) == log.stat().st_size


def test_settings_are_changed_and_names_are_not_taken_twice(cellar: Cellar):
    page = cellar.failed()
    other = cellar.owner.post(
        cellar.url, data=cellar.form(kind="code", file_path="a.py", function_name="f", name="port")
    )
    assert other.status_code == 303
    form = {"name": "claret", "description": "*red*", "replicas": "2", "example_input": '{"x": 2}'}

    assert cellar.owner.post(f"{page}/settings", data=form).status_code == 303
    assert "<em>red</em>" in cellar.owner.get(page).text
    assert cellar.owner.post(f"{page}/settings", data={**form, "name": "port"}).status_code == 409


def test_somebody_without_a_project_sees_an_empty_list(platform: Running, unique: Unique):
    with people.user(platform, unique("new")) as client:
        assert "No model deployments yet" in client.get("/deployments").text


def test_it_is_deleted_when_its_name_is_typed(cellar: Cellar):
    page = cellar.failed()

    assert cellar.owner.post(f"{page}/delete", data={"confirm": "port"}).status_code == 400
    assert cellar.owner.post(f"{page}/delete", data={"confirm": "wine"}).headers["location"] == cellar.url
    assert cellar.owner.get(page).status_code == 404


@pytest.mark.parametrize("endpoint_id", ["x", "0" * 36, "01a20983-e323-717a-b00b-59f93ba8c813", "%00", "-"])
def test_an_endpoint_that_is_not_there_is_not_found(client: httpx.Client, endpoint_id: str):
    assert client.get(f"/deployments/{endpoint_id}").status_code in {400, 404}


def build_log(cellar: Cellar, page: str) -> Path:
    found = re.search(r"/builds/([0-9a-f-]{36})/log", cellar.owner.get(f"{page}/builds").text)
    assert found is not None
    return cellar.home / "builds" / found[1] / "build.log"
