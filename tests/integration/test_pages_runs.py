"""A run's pages over HTTP: what they show, what they refuse, and that nothing a user wrote becomes markup."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people, runs
from tests.integration.runs import Run

Unique = Callable[[str], str]
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def run(platform: Running, client: httpx.Client, unique: Unique) -> Run:
    return runs.new_run(platform, client, unique)


@pytest.fixture
def stranger(platform: Running, unique: Unique) -> Iterator[httpx.Client]:
    """Somebody with a project of their own."""
    with people.user(platform, unique("stranger")) as client:
        assert client.post("/api/v2/projects", json={"name": unique("theirs")}).status_code == 200
        yield client


def page_of(run: Run) -> str:
    return f"/experiments/{run.experiment_id}/runs/{run.id}"


def log(client: httpx.Client, run: Run, **batch: Any) -> None:
    reply = client.post("/api/2.0/mlflow/runs/log-batch", json={"run_id": run.id, **batch})
    assert reply.status_code == 200, reply.text


def points(key: str, count: int) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": step / 2, "timestamp": 1_700_000_000_000 + step, "step": step} for step in range(count)
    ]


def kept(run: Run, path: str, content: str | bytes) -> None:
    """Put a file among the run's artifacts."""
    place = run.folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_a_run_shows_what_was_logged_to_it(client: httpx.Client, run: Run):
    log(
        client, run,
        params=[{"key": "alpha", "value": "0.6"}],
        metrics=points("rmse", 3),
        tags=[{"key": "snapshot", "value": "8123"}],
    )  # fmt: skip

    client.post("/api/2.0/mlflow/runs/update", json={"run_id": run.id, "status": "FINISHED", "end_time": 1})
    page = client.get(page_of(run)).text

    for text in (run.id, run.experiment_id, "alpha", "0.6", "rmse", "snapshot", "8123", "No artifacts were logged"):
        assert text in page


def test_a_run_is_only_in_its_own_experiment(client: httpx.Client, platform: Running, run: Run, unique: Unique):
    other = runs.new_run(platform, client, unique)

    assert client.get(f"/experiments/{other.experiment_id}/runs/{run.id}").status_code == 404


PARTS = ["", "/-/head", "/-/logged", "/-/metrics", "/-/artifacts", "/-/curves?key=a", "/-/metric?key=a",
         "/-/download?artifact=a.txt", "/-/picture?artifact=a.png"]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_to_strangers_a_run_does_not_exist(stranger: httpx.Client, run: Run, part: str):
    kept(run, "a.txt", "secret")

    reply = stranger.get(page_of(run) + part)

    assert reply.status_code == 404
    assert "secret" not in reply.text


@pytest.mark.parametrize("action", ["rename", "notes", "tags", "tags/delete", "delete", "restore", "register"])
def test_strangers_change_nothing(stranger: httpx.Client, run: Run, action: str):
    form = {"name": "mine", "key": "a", "value": "b", "notes": "n", "artifact": "model"}

    assert stranger.post(f"{page_of(run)}/-/{action}", data=form).status_code == 404


def test_a_run_is_renamed_deleted_and_restored(client: httpx.Client, run: Run):
    renamed = client.post(f"{page_of(run)}/-/rename", data={"name": "the best"})
    deleted = client.post(f"{page_of(run)}/-/delete", headers={"hx-request": "true"})

    assert renamed.status_code == 303
    assert renamed.headers["location"] == deleted.headers["hx-redirect"] == page_of(run)
    page = client.get(page_of(run)).text
    assert "the best" in page
    assert "This run is deleted" in page
    client.post(f"{page_of(run)}/-/restore")
    assert "This run is deleted" not in client.get(page_of(run)).text


def test_notes_and_tags_are_written_and_taken_away(client: httpx.Client, run: Run):
    client.post(f"{page_of(run)}/-/notes", data={"notes": "We **saw** it."})
    client.post(f"{page_of(run)}/-/tags", data={"key": "stage", "value": "first"})

    page = client.get(page_of(run)).text
    assert "We <strong>saw</strong> it." in page
    assert "first" in page
    client.post(f"{page_of(run)}/-/tags/delete", data={"key": "stage"})
    assert "first</textarea>" not in client.get(page_of(run)).text


def ones(first: int) -> list[dict[str, Any]]:
    """A thousand metrics of one point each."""
    return [{"key": f"m{number:04}", "value": 1, "timestamp": 1, "step": 0} for number in range(first, first + 1_000)]


def test_a_run_with_5000_metrics_shows_the_first_and_finds_the_rest(client: httpx.Client, run: Run):
    for start in range(0, 5_000, 1_000):
        log(
            client,
            run,
            metrics=ones(start),
        )

    page = client.get(page_of(run))
    found = client.get(f"{page_of(run)}/-/metrics", params={"text": "M4711"}).text
    last = client.get(f"{page_of(run)}/-/metrics", params={"offset": 4_800}).text

    assert len(page.content) < 300_000
    assert page.text.count('data-label="metric"') == 200
    assert ("m4711" in found, "m0001" in found) == (True, False)
    assert "m4999" in last


def test_system_metrics_stand_apart(client: httpx.Client, run: Run):
    log(client, run, metrics=[*points("system/cpu", 2), *points("loss", 2)])

    assert "loss" not in client.get(f"{page_of(run)}/-/metrics", params={"system": "true"}).text
    assert "system/cpu" not in client.get(f"{page_of(run)}/-/metrics").text


def test_a_curve_is_as_wide_as_it_was_asked_for(client: httpx.Client, run: Run):
    for start in range(0, 5_000, 1_000):
        log(client, run, metrics=points("loss", 5_000)[start : start + 1_000])

    (curve,) = client.get(f"{page_of(run)}/-/curves", params={"key": "loss", "width": 50}).json()["curves"]

    assert (curve["count"], curve["steps"][0], curve["steps"][-1]) == (5_000, 0, 4_999)
    assert len(curve["steps"]) == len(curve["times"]) == len(curve["values"]) <= 250


def test_a_part_of_a_curve_is_had_in_full(client: httpx.Client, run: Run):
    for start in range(0, 5_000, 1_000):
        log(client, run, metrics=points("loss", 5_000)[start : start + 1_000])

    part = {"key": "loss", "width": 50, "first": 100, "last": 140}
    (curve,) = client.get(f"{page_of(run)}/-/curves", params=part).json()["curves"]

    assert curve["steps"] == list(range(99, 142))


def test_what_is_no_number_is_named_in_a_curve(client: httpx.Client, run: Run):
    for value in (1.0, "NaN", "Infinity", "-Infinity"):
        metric = {"key": "odd", "value": value, "timestamp": 1, "step": 0}
        assert client.post("/api/2.0/mlflow/runs/log-metric", json={"run_id": run.id, **metric}).status_code == 200

    (curve,) = client.get(f"{page_of(run)}/-/curves", params={"key": "odd"}).json()["curves"]

    assert sorted(map(str, curve["values"])) == ["-Infinity", "1.0", "Infinity", "NaN"]


def test_one_foreign_run_refuses_the_whole_comparison(client: httpx.Client, stranger: httpx.Client, run: Run):
    log(client, run, metrics=points("loss", 2))

    assert stranger.get("/compare/-/curves", params={"run": run.id, "key": "loss"}).status_code == 404
    assert stranger.get("/compare", params={"runs": run.id}).status_code == 404


def test_more_curves_than_a_picture_shows_are_refused(client: httpx.Client, run: Run):
    keys = [f"k{number}" for number in range(501)]

    assert client.get(f"{page_of(run)}/-/curves", params={"key": keys}).status_code == 400


def test_what_users_wrote_never_becomes_markup(client: httpx.Client, run: Run):
    log(client, run, params=[{"key": "p", "value": SCRIPT}], tags=[{"key": "t", "value": SCRIPT}])
    client.post(f"{page_of(run)}/-/rename", data={"name": SCRIPT})
    client.post(f"{page_of(run)}/-/notes", data={"notes": f"{SCRIPT} [x](javascript:alert(1))"})
    dataset = {"name": SCRIPT, "digest": "<b>d</b>", "source_type": SCRIPT, "source": SCRIPT}
    used = {"run_id": run.id, "datasets": [{"dataset": dataset, "tags": []}]}
    assert client.post("/api/2.0/mlflow/runs/log-inputs", json=used).status_code == 200

    page = client.get(page_of(run)).text

    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript:' not in page
    assert page.count("&lt;script&gt;alert(1)") >= 6


HOSTILE = {
    "page.html": f"<html>{SCRIPT}</html>",
    "drawing.svg": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>',
    "drawing.png": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>',
    "book.ipynb": json.dumps({"cells": [{"cell_type": "markdown", "source": [SCRIPT]}]}),
    "table.csv": f"{SCRIPT},b\n{SCRIPT},=cmd|' /C calc'!A0\n",
    "table.json": json.dumps({"columns": [SCRIPT], "data": [[SCRIPT], [{"a": SCRIPT}]]}),
    "notes.md": f"{SCRIPT}\n\n[x](javascript:alert(1))",
    "model/MLmodel": (
        'flavors: !!js/function "alert(1)"\nsignature:\n  inputs: \'[{"name": "<script>alert(1)", "type": "<b>"}]\'\n'
    ),
}


@pytest.mark.parametrize("path", HOSTILE)
def test_no_artifact_is_a_page_of_ours(client: httpx.Client, run: Run, path: str):
    kept(run, path, HOSTILE[path])

    shown = client.get(page_of(run), params={"artifact": path})
    folder = client.get(page_of(run), params={"artifact": path.rpartition("/")[0]})
    drawn = client.get(f"{page_of(run)}/-/picture", params={"artifact": path})

    for page in (shown.text, folder.text):
        assert "<script>alert" not in page
        assert "onerror=alert" not in page.replace("&lt;img src=x onerror=alert", "")
        assert "<svg xmlns" not in page
        assert 'href="javascript:' not in page
    assert drawn.status_code == 404


def test_a_file_is_saved_and_never_opened(client: httpx.Client, run: Run):
    kept(run, "page.html", HOSTILE["page.html"])

    head = client.get(f"{page_of(run)}/-/download", params={"artifact": "page.html"}).headers

    assert head["content-disposition"].startswith("attachment")
    assert head["content-security-policy"].startswith("sandbox")
    assert head["x-content-type-options"] == "nosniff"


def test_a_picture_of_points_is_shown_without_any_rights(client: httpx.Client, run: Run):
    kept(run, "plot.html", b"\x89PNG\r\n\x1a\n" + b"<script>")

    reply = client.get(f"{page_of(run)}/-/picture", params={"artifact": "plot.html"})

    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_of_a_huge_file_the_beginning_is_shown(client: httpx.Client, run: Run):
    kept(run, "big.log", "first\n")
    with (run.folder / "big.log").open("r+b") as stream:
        stream.seek(10)
        stream.write(b"x" * 100)
        stream.truncate(1_000_000_000)
    kept(run, "long.txt", "line\n" * 200_000)

    sparse = client.get(page_of(run), params={"artifact": "big.log"})
    long = client.get(page_of(run), params={"artifact": "long.txt"})

    assert "953.7 MiB" in sparse.text
    assert "This is the beginning of the file" in long.text
    assert len(long.content) < 800_000


def test_a_folder_of_thousands_comes_a_page_at_a_time(client: httpx.Client, run: Run):
    for number in range(450):
        kept(run, f"images/{number:03}.txt", "")

    first = client.get(f"{page_of(run)}/-/artifacts", params={"artifact": "images"}).text
    last = client.get(f"{page_of(run)}/-/artifacts", params={"artifact": "images", "offset": 400}).text

    assert ("199.txt" in first, "200.txt" in first) == (True, False)
    assert ("399.txt" in last, "449.txt" in last) == (False, True)


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "a/../../x", "a%2f..%2fx", "C:/x", "~root", "a\nb", "x" * 5_000]
)
def test_paths_out_of_the_run_are_refused(client: httpx.Client, run: Run, path: str):
    page = client.get(page_of(run), params={"artifact": path})

    assert page.status_code == 200
    assert "root:x:" not in page.text
    assert client.get(f"{page_of(run)}/-/download", params={"artifact": path}).status_code in {400, 404}


def test_a_model_is_registered_from_its_folder(client: httpx.Client, run: Run, unique: Unique):
    run.model("model")
    name = unique("wine")

    page = client.get(page_of(run), params={"artifact": "model"}).text
    made = client.post(f"{page_of(run)}/-/register", data={"name": name, "artifact": "model", "tags": "by=mouse"})
    again = client.post(f"{page_of(run)}/-/register", data={"name": name, "artifact": "model"})

    assert "Make Predictions" in page
    assert f"runs:/{run.id}/model" in page
    assert made.headers["location"] == f"/models/{quote(name)}/versions/1"
    assert again.headers["location"] == f"/models/{quote(name)}/versions/2"
    assert f"{name} v2" in client.get(page_of(run), params={"artifact": "model"}).text


@pytest.mark.parametrize(
    "form", [{"name": ""}, {"name": "a/b"}, {"name": "x", "artifact": "plots"}, {"name": "x", "tags": "no sign"}]
)
def test_what_cannot_be_registered_is_refused(client: httpx.Client, run: Run, form: dict[str, str]):
    run.model("model")

    reply = client.post(
        f"{page_of(run)}/-/register", data={"artifact": "model", **form}, headers={"hx-request": "true"}
    )

    assert 400 <= reply.status_code < 500
    assert "alert" in reply.text


def new_runs(client: httpx.Client, run: Run, count: int) -> list[str]:
    """Runs beside this one, in the same experiment; its own id comes first."""
    order = {"experiment_id": run.experiment_id}
    made = [
        client.post("/api/2.0/mlflow/runs/create", json=order).json()["run"]["info"]["run_id"] for _ in range(count)
    ]
    return [run.id, *made]


def log_to(client: httpx.Client, run_id: str, **batch: Any) -> None:
    assert client.post("/api/2.0/mlflow/runs/log-batch", json={"run_id": run_id, **batch}).status_code == 200


def test_a_comparison_shows_what_differs_first_and_the_rest_when_asked(client: httpx.Client, run: Run):
    ids = new_runs(client, run, 2)
    for place, run_id in enumerate(ids):
        params = [{"key": "depth", "value": str(place)}, {"key": "seed-of-all", "value": "42"}]
        log_to(client, run_id, params=params, metrics=[{"key": "rmse", "value": place, "timestamp": 1, "step": 0}])

    different = client.get("/compare", params={"runs": ",".join(ids)}).text.partition('id="params"')[2]
    everything = client.get("/compare", params={"runs": ",".join(ids), "show": "all"}).text.partition('id="params"')[2]

    assert ("depth" in different, "rmse" in different, "seed-of-all" in different) == (True, True, False)
    assert everything.index("depth") < everything.index("seed-of-all")


def test_the_values_of_a_chart_are_numbers_where_they_can_be(client: httpx.Client, run: Run):
    params = [{"key": "depth", "value": "3"}, {"key": "solver", "value": "cd"}]
    log(client, run, params=params, metrics=points("rmse", 3))

    axes = ["param:depth", "param:solver", "metric:rmse", "metric:none"]
    (found,) = client.get("/compare/-/values", params={"runs": run.id, "axis": axes}).json()["runs"]

    assert found["values"] == [3.0, "cd", 1.0, None]


def test_a_comparison_of_hostile_runs_has_no_markup_of_theirs(client: httpx.Client, run: Run):
    ids = new_runs(client, run, 1)
    log(client, run, params=[{"key": "p", "value": SCRIPT}], tags=[{"key": "t", "value": SCRIPT}])
    client.post(f"{page_of(run)}/-/rename", data={"name": SCRIPT})

    page = client.get("/compare", params={"runs": ",".join([*ids, ids[0]])}).text

    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3


def test_a_comparison_of_nothing_or_of_too_much_says_what_to_do(client: httpx.Client, run: Run):
    nothing = client.get("/compare")
    too_many = client.get("/compare", params={"runs": ",".join(f"{run.id}{number}" for number in range(101))})
    unknown = client.get("/compare", params={"runs": f"{run.id},0000-0000-0000-0000"})

    assert "No runs chosen" in nothing.text
    assert (nothing.status_code, too_many.status_code, unknown.status_code) == (200, 400, 404)


def test_a_hundred_runs_are_compared(client: httpx.Client, run: Run):
    ids = new_runs(client, run, 99)
    for place, run_id in enumerate(ids):
        log_to(client, run_id, params=[{"key": "depth", "value": str(place)}])

    page = client.get("/compare", params={"runs": ",".join(ids)})

    assert page.status_code == 200
    assert page.text.count('scope="col"') == 101
