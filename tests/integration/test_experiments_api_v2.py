"""Experiments and runs through API v2, in the shapes of its specification."""

import json
from collections.abc import Callable

import httpx
import pytest
from tests.conftest import Running
from tests.integration.runs import Run, new_run, project_id_of


@pytest.fixture
def project(client: httpx.Client) -> str:
    return f"/api/v2/projects/{project_id_of(client)}"


@pytest.fixture
def experiment(client: httpx.Client, project: str, unique: Callable[[str], str]) -> str:
    """The address of a new experiment."""
    made = sent(client.post(f"{project}/experiments", json={"name": unique("e"), "tags": [{"key": "a", "value": "b"}]}))
    return f"{project}/experiments/{made['id']}"


@pytest.fixture
def run(client: httpx.Client, experiment: str) -> str:
    """The address of a new run."""
    made = sent(client.post(f"{experiment}/runs", json={"run_name": "first", "tags": [{"key": "t", "value": "u"}]}))
    return f"{experiment}/runs/{made['id']}"


def sent(reply: httpx.Response) -> dict:
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_an_experiment_is_made_changed_and_deleted(client: httpx.Client, experiment: str, unique):
    assert sent(client.get(experiment))["tags"] == [{"key": "a", "value": "b"}]
    name = unique("renamed")

    changed = sent(client.patch(experiment, json={"name": name, "tags": [{"key": "c", "value": "d"}]}))

    assert (changed["name"], len(changed["tags"]), changed["lifecycle_stage"]) == (name, 2, "active")
    assert sent(client.delete(experiment)) == {}
    assert sent(client.get(experiment))["lifecycle_stage"] == "deleted"


def test_an_experiment_says_who_made_it(client: httpx.Client, project: str, experiment: str):
    me = sent(client.post("/api/v2/auth/validate_key", json={}))["username"]
    listed = sent(client.get(f"{project}/experiments", params={"page_size": 1}))["experiments"]

    assert {each["user"]["username"] for each in [sent(client.get(experiment)), *listed]} == {me}


def test_a_name_is_taken_once(client: httpx.Client, project: str, experiment: str):
    name = sent(client.get(experiment))["name"]

    assert client.post(f"{project}/experiments", json={"name": name}).status_code == 409


def test_experiments_are_listed_in_pages(client: httpx.Client, project: str, unique: Callable[[str], str]):
    stem = unique("page")
    for index in range(3):
        client.post(f"{project}/experiments", json={"name": f"{stem}-{index}"})
    for path in (f"{project}/experiments", "/api/v2/experiments"):
        names, asked = [], {"search_filter": json.dumps({"name": stem}), "sort": "-name", "page_size": 2}
        while True:
            page = sent(client.get(path, params=asked))
            names += [found["name"] for found in page["experiments"]]
            if not page["next_page_token"]:
                break
            asked["page_token"] = page["next_page_token"]
        assert names == [f"{stem}-{index}" for index in (2, 1, 0)]


def test_a_run_shows_what_was_logged_to_it(client: httpx.Client, run: str):
    batch = {
        "metrics": [{"key": "rmse", "value": value, "timestamp": "2026-11-23T10:00:00Z", "step": str(step)}
                    for step, value in enumerate([1.5, 0.5, "NaN"])],
        "params": [{"key": "alpha", "value": "0.6"}],
        "tags": [{"key": "team", "value": "x"}],
    }  # fmt: skip
    assert sent(client.post(f"{run}:logbatch", json=batch)) == {}

    data = sent(client.get(run))["data"]

    assert data["metrics"] == [{"key": "rmse", "value": "NaN", "timestamp": "2026-11-23T10:00:00.000Z", "step": "2"}]
    assert data["params"] == batch["params"]
    assert {"key": "team", "value": "x"} in data["tags"]
    history = sent(client.get(f"{run}/metrics/rmse"))["metrics"]
    assert [(point["step"], point["value"]) for point in history] == [("0", 1.5), ("1", 0.5), ("2", "NaN")]


def test_what_was_logged_is_deleted_by_name(client: httpx.Client, run: str):
    batch = {"metrics": [{"key": "a/b", "value": 1}], "params": [{"key": "p", "value": "1"}], "tags": []}
    sent(client.post(f"{run}:logbatch", json=batch))
    assert len(sent(client.get(f"{run}/metrics/a%2Fb"))["metrics"]) == 1

    sent(client.post(f"{run}:deletebatch", json={"metrics": ["a/b", "none"], "params": ["p"], "tags": ["t"]}))

    data = sent(client.get(run))["data"]
    assert (data["metrics"], data["params"]) == ([], [])
    assert "t" not in [tag["key"] for tag in data["tags"]]
    assert sent(client.get(f"{run}/metrics/a%2Fb"))["metrics"] == []


@pytest.mark.parametrize("given", ["EXPERIMENT_RUN_FAILED", "FAILED", "failed", 4, "4"])
def test_a_run_ends_with_a_status_in_several_spellings(client: httpx.Client, run: str, given: str | int):
    ended = sent(client.patch(run, json={"status": given, "end_time": "2026-11-23T10:00:00+01:00"}))

    assert (ended["status"], ended["end_time"]) == ("EXPERIMENT_RUN_FAILED", "2026-11-23T09:00:00.000Z")


def test_a_run_that_ends_without_a_time_ends_now(client: httpx.Client, run: str):
    assert sent(client.get(run))["end_time"] is None
    assert sent(client.patch(run, json={"status": 3, "name": "done"}))["end_time"] > "2026"


@pytest.mark.parametrize("body", [{"status": "DONE"}, {"status": 6}, {"end_time": "now"}, {"status": ["x"]}])
def test_a_change_that_cannot_be_is_refused(client: httpx.Client, run: str, body: dict):
    assert client.patch(run, json=body).status_code == 400


@pytest.mark.parametrize(
    "metric", [{"value": "much"}, {"step": "1.5"}, {"step": "9" * 30}, {"timestamp": "x"}, {"key": ""}]
)
def test_a_metric_that_cannot_be_is_refused(client: httpx.Client, run: str, metric: dict):
    body = {"metrics": [{"key": "m", "value": 1.0, "step": "0"} | metric]}

    assert client.post(f"{run}:logbatch", json=body).status_code == 400


FILTERS = {
    '{"name": "run-1"}': [1],
    '{"status": "finished"}': [0],
    '{"status": "EXPERIMENT_RUN_RUNNING", "name": "run"}': [2, 1],
    '{"metrics.rmse": "<2"}': [1, 0],
    '{"metrics": {"rmse": ">= 1.0"}}': [2, 1],
    '{"metrics.rmse": 1}': [1],
    '{"params.alpha": "0.2"}': [2],
    '{"params.alpha": "0.", "tags.team": "it\'s 1"}': [1],
    '{"creator.username": "nobody-at-all"}': [],
}


@pytest.fixture
def three(client: httpx.Client, experiment: str) -> str:
    for index in range(3):
        start = f"2026-11-23T10:00:0{index}Z"
        made = sent(client.post(f"{experiment}/runs", json={"run_name": f"run-{index}", "start_time": start}))
        batch = {
            "metrics": [{"key": "rmse", "value": float(index)}],
            "params": [{"key": "alpha", "value": f"0.{index}"}],
            "tags": [{"key": "team", "value": f"it's {index}"}],
        }
        sent(client.post(f"{experiment}/runs/{made['id']}:logbatch", json=batch))
        if index == 0:
            sent(client.patch(f"{experiment}/runs/{made['id']}", json={"status": 3}))
    return experiment


def numbers(client: httpx.Client, experiment: str, **query: object) -> list[int]:
    found = sent(client.get(f"{experiment}/runs", params=query))["experiment_runs"]
    return [int(run["name"].removeprefix("run-")) for run in found]


def test_runs_are_found_by_what_was_logged(client: httpx.Client, three: str):
    for text, expected in FILTERS.items():
        assert numbers(client, three, search_filter=text) == expected, text


def test_runs_are_sorted_by_what_was_logged(client: httpx.Client, three: str):
    assert numbers(client, three, sort="+metrics.rmse") == [0, 1, 2]
    assert numbers(client, three, sort="-params.alpha") == [2, 1, 0]
    assert numbers(client, three, sort="tags.team,-created_at") == [0, 1, 2]
    assert numbers(client, three, sort="-name", page_size=2) == [2, 1]


@pytest.mark.parametrize(
    "query",
    [{"search_filter": "x"}, {"search_filter": '{"x": "y"}'}, {"search_filter": '{"metrics.a": "much"}'},
     {"search_filter": '{"params.`": "x"}'}, {"search_filter": '{"status": "x"}'}, {"sort": "x"}, {"sort": "metrics.`"},
     {"page_token": "x"}, {"page_size": -1}, {"search_filter": '{"metrics.a": "1.2.3"}'}],
)  # fmt: skip
def test_a_list_that_cannot_be_is_refused(client: httpx.Client, experiment: str, query: dict):
    assert client.get(f"{experiment}/runs", params=query).status_code == 400


def test_a_run_shows_its_files_and_what_was_registered(platform: Running, client: httpx.Client, unique):
    made: Run = new_run(platform, client, unique)
    made.model()
    body = {"run_id": made.id, "model_path": "model", "model_name": unique("wine")}
    registered = sent(client.post("/api/v2/registry/models", json=body))
    path = f"/api/v2/projects/{made.project_id}/experiments/{made.experiment_id}/runs"

    data = sent(client.get(f"{path}/{made.id}"))["data"]
    [listed] = sent(client.get(path))["experiment_runs"]

    assert [(file["path"], file["is_dir"]) for file in data["files"]] == [("model", True), ("model/MLmodel", False)]
    assert data["files"][1]["file_size"].isdigit()
    [metadata] = data["registered_model_metadata"]
    assert (metadata["model_path"], metadata["version_number"]) == ("model", 1)
    assert metadata["model_id"] == registered["model_id"]
    assert listed["data"]["registered_model_metadata"] == [metadata]


def test_a_run_of_another_experiment_is_not_found(client: httpx.Client, project: str, run: str, unique):
    other = sent(client.post(f"{project}/experiments", json={"name": unique("other")}))["id"]
    path = f"{project}/experiments/{other}/runs/{run.rsplit('/', 1)[1]}"

    for reply in (client.get(path), client.patch(path, json={}), client.delete(path),
                  client.post(f"{path}:logbatch", json={}), client.get(f"{path}/metrics/a")):  # fmt: skip
        assert reply.status_code == 404


def test_a_deleted_run_is_no_longer_listed(client: httpx.Client, experiment: str, run: str):
    assert sent(client.delete(run)) == {}
    assert sent(client.get(f"{experiment}/runs")) == {"experiment_runs": [], "next_page_token": ""}
