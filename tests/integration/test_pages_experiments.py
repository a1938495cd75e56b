"""The pages of experiments over HTTP: what they show, to whom, and what hostile names and filters do to them."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from tests.conftest import Running
from tests.integration.people import Unique, user

from cuvee.core.ids import new_id

API = "/api/2.0/mlflow"
HOSTILE = '<img src=x onerror="alert(1)">{{7*7}}\'"&'
FORMULA = '=HYPERLINK("http://evil")'


@pytest.fixture
def browser(platform: Running) -> httpx.Client:
    with platform.client() as client:
        client.headers["accept"] = "text/html"
        yield client


@pytest.fixture
def made(client: httpx.Client, unique: Unique) -> Callable[..., str]:
    """Makes an experiment."""

    def make(name: str = "") -> str:
        reply = client.post(f"{API}/experiments/create", json={"name": name or unique("wines")})
        return str(reply.json()["experiment_id"])

    return make


def run(client: httpx.Client, experiment_id: str, name: str = "run", **logged: Any) -> str:
    tags = [{"key": key, "value": value} for key, value in logged.get("tags", {}).items()]
    body = {"experiment_id": experiment_id, "run_name": name, "start_time": logged.get("start_time", 1), "tags": tags}
    run_id = client.post(f"{API}/runs/create", json=body).json()["run"]["info"]["run_id"]
    params = [{"key": key, "value": value} for key, value in logged.get("params", {}).items()]
    metrics = [{"key": key, "value": value, "timestamp": 1} for key, value in logged.get("metrics", {}).items()]
    reply = client.post(f"{API}/runs/log-batch", json={"run_id": run_id, "params": params, "metrics": metrics})
    assert reply.status_code == 200, reply.text
    return str(run_id)


def test_the_list_shows_experiments_with_project_creator_and_runs(browser, client, made, unique: Unique):
    name = unique("wines")
    run(client, made(name))

    page = browser.get("/experiments", params={"q": name})

    assert page.status_code == 200
    assert page.text.count(f'title="{name}"') == 1
    assert 'href="/projects/default"' in page.text
    assert '<td class="text-end">1</td>' in page.text


def test_an_experiment_is_made_with_the_form_and_shown(browser, unique: Unique):
    name = unique("wine-quality-test")
    form = browser.get("/projects/default/experiments/-/new").text
    project_id = form.split('<option value="', 1)[1].split('"', 1)[0]

    made = browser.post("/experiments", data={"name": name, "project": project_id})

    assert made.status_code == 303
    page = browser.get(made.headers["location"]).text
    assert name in page
    assert "No runs yet" in page
    assert browser.get("/projects/default/experiments", params={"q": name}).text.count(f'title="{name}"') == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 501])
def test_a_name_that_cannot_be_is_said_beside_the_form(browser, name: str):
    project_id = browser.get("/projects/default/experiments/-/new").text.split('<option value="', 1)[1].split('"')[0]

    refused = browser.post("/experiments", data={"name": name, "project": project_id})

    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert '<form class="card' in refused.text


def test_a_name_that_is_taken_is_said_beside_the_form(browser, made, unique: Unique):
    name = unique("taken")
    made(name)
    project_id = browser.get("/projects/default/experiments/-/new").text.split('<option value="', 1)[1].split('"')[0]

    refused = browser.post("/experiments", data={"name": name, "project": project_id})

    assert refused.status_code == 409
    assert "already exists" in refused.text


def test_hostile_names_are_text_everywhere(browser, client, made, unique: Unique):
    name = unique(HOSTILE)
    experiment_id = made(name)
    run(client, experiment_id, HOSTILE, params={"alpha": HOSTILE}, tags={"mlflow.source.name": HOSTILE})
    client.post(
        f"{API}/experiments/set-experiment-tag",
        json={"experiment_id": experiment_id, "key": "mlflow.note.content", "value": HOSTILE},
    )

    for path in (f"/experiments?q={name[:9]}", f"/experiments/{experiment_id}"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "<img src=x" not in page.text
        assert "{{7*7}}" in page.text
        assert "script-src 'self';" in page.headers["content-security-policy"]


def test_times_that_no_calendar_has_do_not_break_the_page(browser, client, made):
    experiment_id = made()
    run(client, experiment_id, "far", start_time=2**62)

    assert "far" in browser.get(f"/experiments/{experiment_id}").text


def test_the_first_rows_are_in_the_page(browser, client, made):
    experiment_id = made()
    run(client, experiment_id, "first-run", params={"alpha": "0.5"}, metrics={"rmse": 0.123456789})

    page = browser.get(f"/experiments/{experiment_id}").text

    assert f'href="/experiments/{experiment_id}/runs/' in page
    assert ">first-run</a>" in page
    assert ">0.123457</td>" in page
    assert "mlflow-artifacts:/" in page


def test_rows_come_as_the_address_says(browser, client, made):
    experiment_id = made()
    for number in range(3):
        run(client, experiment_id, f"run {number}", start_time=number + 1, metrics={"rmse": float(number)})

    reply = browser.get(
        f"/experiments/{experiment_id}/-/rows",
        params={"columns": "metrics.rmse,id,params.none", "sort": "metrics.rmse", "filter": "metrics.rmse > 0"},
    ).json()

    assert reply["total"] == 2
    assert [(row[1], row[7]) for row in reply["rows"]] == [
        ("run 1", [1.0, reply["rows"][0][0], None]),
        ("run 2", [2.0, reply["rows"][1][0], None]),
    ]


def test_values_that_json_has_no_number_for_are_texts(browser, client, made):
    experiment_id = made()
    run(client, experiment_id, metrics={"odd": "NaN", "high": "Infinity"})

    rows = browser.get(f"/experiments/{experiment_id}/-/rows", params={"columns": "metrics.odd,metrics.high"})

    assert rows.json()["rows"][0][7][0] == "NaN"
    assert rows.json()["rows"][0][7][1] in {"Infinity", 1.7976931348623157e308}


def test_children_come_when_their_parent_is_opened(browser, client, made):
    experiment_id = made()
    parent = run(client, experiment_id, "parent")
    run(client, experiment_id, "child", tags={"mlflow.parentRunId": parent})
    path = f"/experiments/{experiment_id}/-/rows"

    assert [(row[1], row[6]) for row in browser.get(path).json()["rows"]] == [("parent", 1)]
    assert [row[1] for row in browser.get(path, params={"parent": parent}).json()["rows"]] == ["child"]
    filtered = browser.get(path, params={"filter": "run_name LIKE '%'"}).json()
    assert filtered["total"] == 2


def test_groups_tell_counts_and_a_metric(browser, client, made):
    experiment_id = made()
    for alpha, rmse in (("0.1", 1.0), ("0.1", 3.0), ("0.2", 5.0)):
        run(client, experiment_id, params={"alpha": alpha}, metrics={"rmse": rmse})
    asked = {"group": "alpha", "by": "rmse"}

    groups = browser.get(f"/experiments/{experiment_id}/-/groups", params=asked).json()
    members = browser.get(f"/experiments/{experiment_id}/-/rows", params={**asked, "value": "0.2"}).json()

    assert groups == [["0.1", 2, 2.0, 1.0, 3.0], ["0.2", 1, 5.0, 5.0, 5.0]]
    assert members["total"] == 1
    assert "mean 2" in browser.get(f"/experiments/{experiment_id}", params=asked).text


def test_a_filter_that_cannot_be_read_says_where(browser, made):
    experiment_id = made()
    text = "metrics.rmse < 1 AND <b>"

    rows = browser.get(f"/experiments/{experiment_id}/-/rows", params={"filter": text})
    page = browser.get(f"/experiments/{experiment_id}", params={"filter": text})

    assert rows.status_code == page.status_code == 400
    assert text[rows.json()["start"] : rows.json()["end"]] == "<"
    assert rows.json()["hint"].startswith("A name is expected")
    assert "<mark>&lt;</mark>" in page.text
    assert "<b>" not in page.text


@pytest.mark.parametrize(
    "asked",
    [
        "offset=-1",
        "limit=0",
        "offset=x",
        "limit=1e3",
        "offset=" + "9" * 40,
        "limit=%00",
        "filter=%00'",
        "filter=" + "(" * 99,
    ],
)
def test_windows_that_cannot_be_are_refused(browser, made, asked: str):
    assert browser.get(f"/experiments/{made()}/-/rows?{asked}").status_code == 400


@pytest.mark.parametrize(
    "asked",
    [
        "view=nonsense",
        "show=x",
        "sort=metrics.`;drop",
        "columns=,,a.b,metrics.,tags.%00",
        "page=-3",
        "group=%00",
        "page=99999",
    ],
)
def test_an_address_with_nonsense_shows_the_page(browser, made, asked: str):
    assert browser.get(f"/experiments/{made()}?{asked}").status_code == 200


def test_the_experiment_is_renamed_noted_deleted_and_restored(browser, made, unique: Unique):
    experiment_id, name = made(), unique("renamed")
    path = f"/experiments/{experiment_id}"

    assert browser.post(f"{path}/-/name", data={"name": name}).status_code == 303
    assert browser.post(f"{path}/-/note", data={"note": "**bold** <script>x</script>"}).status_code == 303
    page = browser.get(path).text
    assert f">{name}</h1>" in page
    assert "<strong>bold</strong>" in page
    assert "<script>x" not in page

    assert browser.post(f"{path}/-/delete").status_code == 303
    assert "Restore" in browser.get(path).text
    assert browser.get("/experiments", params={"q": name, "show": "deleted"}).text.count(f'title="{name}"') == 1
    assert browser.post(f"{path}/-/restore").status_code == 303
    assert browser.post(f"{path}/-/note", data={"note": ""}).status_code == 303
    assert "<strong>bold</strong>" not in browser.get(path).text


def test_ticked_runs_are_deleted_and_restored(browser, client, made):
    experiment_id = made()
    ids = [run(client, experiment_id, f"run {number}") for number in range(3)]
    path = f"/experiments/{experiment_id}/-/runs"

    gone = browser.post(f"{path}/delete?filter=x", data={"runs": ",".join(ids[:2])})

    assert gone.headers["location"] == f"/experiments/{experiment_id}?filter=x"
    assert sorted(browser.get(f"/experiments/{experiment_id}/-/ids?show=deleted").json()) == sorted(ids[:2])
    assert browser.post(f"{path}/restore", data={"runs": ids[0]}).status_code == 303
    assert browser.get(f"/experiments/{experiment_id}/-/ids").json() == sorted([ids[0], ids[2]], key=ids.index)
    assert browser.post(f"{path}/delete", data={"runs": f"{ids[0]},{new_id()}"}).status_code == 404


def test_a_download_has_every_run_with_formulas_made_harmless(browser, client, made):
    experiment_id = made()
    run(
        client,
        experiment_id,
        FORMULA,
        params={"a": "+1+2", "n": "-5"},
        metrics={"m": -0.5},
        tags={"t": "@x", "tab": "\tx"},
    )
    run(client, experiment_id, "plain", start_time=5, params={"a": 'line\nbreak, "quoted"'})

    reply = browser.get(f"/experiments/{experiment_id}/-/runs.csv")
    rows = list(csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff"))))

    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert reply.headers["content-disposition"].startswith("attachment;")
    assert [row["name"] for row in rows] == ["plain", f"'{FORMULA}"]
    assert (rows[1]["params.a"], rows[1]["params.n"], rows[1]["metrics.m"]) == ("'+1+2", "-5", "-0.5")
    assert (rows[1]["tags.t"], rows[1]["tags.tab"]) == ("'@x", "'\tx")
    assert rows[0]["params.a"] == 'line\nbreak, "quoted"'


def test_a_download_keeps_to_the_filter(browser, client, made):
    experiment_id = made()
    for number in range(4):
        run(client, experiment_id, f"run {number}", metrics={"m": float(number)})

    reply = browser.get(f"/experiments/{experiment_id}/-/runs.csv", params={"filter": "metrics.m >= 2"})

    assert reply.text.count("\r\n") == 3
    assert browser.get(f"/experiments/{experiment_id}/-/runs.csv?filter=x").status_code == 400


@contextmanager
def stranger_to(platform: Running, unique: Unique) -> Iterator[httpx.Client]:
    """Somebody with a project, who has no part in any other."""
    with user(platform, unique("stranger")) as stranger:
        assert stranger.post("/api/v2/projects", json={"name": unique("own")}).status_code == 200
        yield stranger


PATHS = ["", "/-/rows", "/-/groups?group=a", "/-/ids", "/-/runs.csv", "/-/note"]


@pytest.mark.parametrize("path", PATHS)
def test_strangers_do_not_see_an_experiment(platform: Running, made, unique: Unique, path: str):
    experiment_id = made()
    with stranger_to(platform, unique) as stranger:
        client = stranger.get(f"/experiments/{experiment_id}{path}")
    nobody = httpx.get(f"{platform.url}/experiments/{experiment_id}{path}")

    assert (client.status_code, nobody.status_code) == (404, 401)


@pytest.mark.parametrize("action", ["name", "note", "delete", "restore"])
def test_strangers_and_viewers_change_nothing(platform: Running, client, made, unique: Unique, action: str):
    experiment_id, name = made(), unique("viewer")
    with user(platform, name) as someone:
        someone.post("/api/v2/projects", json={"name": unique("own")})
        assert someone.post(f"/experiments/{experiment_id}/-/{action}", data={"name": "x"}).status_code == 404
        project = next(each for each in client.get("/api/v2/projects").json()["projects"] if each["name"] == "default")
        client.put(f"/api/v2/projects/{project['id']}/collaborators/{name}", json={"permission": "read"})
        assert someone.post(f"/experiments/{experiment_id}/-/{action}", data={"name": "x"}).status_code == 403
        page = someone.get(f"/experiments/{experiment_id}").text

    assert "/-/delete" not in page
    assert "Edit notes" not in page


def test_the_list_has_nothing_of_others_projects(platform: Running, made, unique: Unique):
    name = unique("secret")
    made(name)
    with stranger_to(platform, unique) as stranger:
        listed = stranger.get("/experiments", params={"q": name})
        in_project = stranger.get("/projects/default/experiments")
        form = stranger.post("/experiments", data={"name": "x", "project": "default"})

    assert "No experiment fits" in listed.text
    assert f'title="{name}"' not in listed.text
    assert (in_project.status_code, form.status_code) == (404, 404)


def test_charts_draw_the_first_runs_and_a_parameter_against_a_metric(browser, client, made):
    experiment_id = made()
    ids = [
        run(client, experiment_id, f"run {alpha}", params={"alpha": alpha}, metrics={"rmse": 0.5, "r2": 0.1})
        for alpha in ("0.1", "many", "NaN")
    ]

    page = browser.get(f"/experiments/{experiment_id}?view=chart&metrics=rmse&metrics=r2").text

    assert all(page.count(f"run={run_id}") == 2 for run_id in ids)
    assert page.count('data-chart="curves"') == 2
    assert '"x": 0.1' in page
    assert "2 runs are left out" in page


def test_artifacts_of_many_runs_lie_over_each_other(browser, client, made):
    experiment_id = made()
    ids = [run(client, experiment_id, f"run {number}") for number in range(2)]
    for run_id, path in ((ids[0], "model/MLmodel"), (ids[1], "model/MLmodel"), (ids[1], "plot.png")):
        client.put(f"{API}-artifacts/artifacts/{experiment_id}/{run_id}/artifacts/{path}", content=b"1234")

    whole = browser.get(f"/experiments/{experiment_id}?view=artifacts").text
    one = browser.get(f"/experiments/{experiment_id}?view=artifacts&artifact=plot.png").text

    assert '<td class="num">2</td>' in whole.partition(">model</a>")[2][:80]
    assert "1 run has plot.png" in one
    assert f"/runs/{ids[1]}?artifact=plot.png" in one


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a//b", "%00", "..%5cx", "a" * 5000])
def test_artifact_paths_that_cannot_be_show_nothing(browser, made, path: str):
    reply = browser.get(f"/experiments/{made()}?view=artifacts&artifact={path}")

    assert reply.status_code == 200
    assert "root:x:0" not in reply.text
