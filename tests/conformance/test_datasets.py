"""Datasets: the same calls to MLflow and to us."""

import json
from typing import Any

import pytest
from tests.conformance.pair import Pair

DATASET = {"name": "wine", "digest": "abc", "source_type": "local", "source": '{"uri": "wine.csv"}'}
TRAINING = [{"key": "mlflow.data.context", "value": "training"}]


def input_of(tags: Any = None, **fields: Any) -> dict[str, Any]:
    return {"dataset": DATASET | fields, **({"tags": tags} if tags else {})}


#: Each is sent to `$run` in turn; then the run is looked at.
INPUTS: list[Any] = [
    {"run_id": "$run", "datasets": [input_of(TRAINING)]},
    {"run_id": "$run", "datasets": [input_of(TRAINING), input_of([{"key": "other", "value": "x"}])]},
    {"run_id": "$run", "datasets": [input_of(schema="{}", profile="{}")]},
    {"run_id": "$run", "datasets": [input_of(schema="", profile="")]},
    {"run_id": "$run", "datasets": []},
    {"run_id": "$run"},
    {"run_id": "nothing", "datasets": [input_of()]},
    {"datasets": [input_of()]},
    {"run_id": "$run", "datasets": "wine"},
    {"run_id": "$run", "datasets": [input_of(name="n" * 500)]},
    {"run_id": "$run", "datasets": [input_of(name="n" * 501)]},
    {"run_id": "$run", "datasets": [input_of(digest="n" * 37)]},
    {"run_id": "$run", "datasets": [input_of([{"key": "k" * 256, "value": "x"}])]},
    {"run_id": "$run", "datasets": [input_of([{"key": "k", "value": "x" * 501}])]},
]


@pytest.fixture
def pair(both: Pair) -> Pair:
    both.experiment()
    both.run()
    return both


@pytest.mark.parametrize("body", INPUTS, ids=lambda body: str(body)[:80])
def test_a_run_uses_datasets_as_with_mlflow(pair: Pair, body: Any):
    pair.same("POST", "runs/log-inputs", body)
    pair.same("GET", "runs/get", {"run_id": "$run"})


def test_an_input_is_noted_once(pair: Pair):
    for tags in (TRAINING, [{"key": "mlflow.data.context", "value": "testing"}]):
        pair.same("POST", "runs/log-inputs", {"run_id": "$run", "datasets": [input_of(tags)]})

    pair.same("GET", "runs/get", {"run_id": "$run"})


SEARCH = "/ajax-api/2.0/mlflow/experiments/search-datasets"


@pytest.mark.parametrize(
    "body", [{"experiment_ids": ["$exp"]}, {"experiment_ids": []}, {}],
    ids=lambda body: str(body)[:40],
)  # fmt: skip
def test_the_datasets_of_experiments_are_listed(pair: Pair, body: Any):
    pair.run("other")
    pair.same("POST", "runs/log-inputs", {"run_id": "$run", "datasets": [input_of(TRAINING), input_of(name="plain")]})
    pair.same("POST", "runs/log-inputs", {"run_id": "$other", "datasets": [input_of(TRAINING)]})
    theirs, ours = pair.call("POST", SEARCH, body)
    for reply in (theirs, *ours):
        reply.get("dataset_summaries", []).sort(key=lambda found: found["name"])

    assert ours == [theirs] * 2


def test_too_many_experiments_are_refused(pair: Pair):
    for side in pair.sides():
        reply = side.call("POST", SEARCH, {"experiment_ids": [f"none-{number}" for number in range(21)]})
        assert (reply.status_code, reply.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert reply.json()["message"].endswith("Received 21 experiment_ids.")


@pytest.mark.parametrize(
    "text",
    ["dataset.name = 'wine'", "dataset.name LIKE 'w%'", "datasets.digest = 'abc'", "dataset.context = 'training'",
     "dataset.context = 'testing'", "dataset.name IN ('wine')",
     "dataset.name = 'wine' AND dataset.context = 'training'"],
)  # fmt: skip
def test_runs_are_searched_by_their_datasets(pair: Pair, text: str):
    pair.run("other")
    pair.same("POST", "runs/log-inputs", {"run_id": "$run", "datasets": [input_of(TRAINING)]})

    pair.same("POST", "runs/search", {"experiment_ids": ["$exp"], "filter": text})


EVALUATION = "/api/3.0/mlflow/datasets"
RECORDS = (
    '[{"inputs": {"q": "a", "n": 1}, "expectations": {"x": true}, "tags": {"mlflow.user": "me"}},'
    ' {"inputs": {"q": "b"}, "outputs": {"o": [1.5, null]},'
    ' "source": {"source_type": "HUMAN", "source_data": {"source_id": "7"}}},'
    ' {"inputs": {"q": "c"}, "outputs": "text"}]'
)


@pytest.fixture
def evaluation(pair: Pair) -> Pair:
    body = {"name": "evaluation", "experiment_ids": ["$exp"], "tags": '{"kept": "old"}'}
    pair.bind("data", "POST", f"{EVALUATION}/create", body, lambda reply: reply["dataset"]["dataset_id"])
    return pair


#: One call each on `$data`; then the dataset is looked at.
EVALUATIONS: list[tuple[str, str, Any]] = [
    ("GET", "/$data", {}),
    ("GET", "/d-nothing", {}),
    ("POST", "/create", {"name": "bare"}),
    ("POST", "/create", {"name": ""}),
    ("POST", "/create", {}),
    ("POST", "/create", {"name": "a", "experiment_ids": "x"}),
    ("PATCH", "/$data/tags", {"tags": '{"kept": "new", "more": 7, "none": null}'}),
    ("PATCH", "/$data/tags", {}),
    ("PATCH", "/d-nothing/tags", {"tags": "{}"}),
    ("DELETE", "/$data/tags/kept", {}),
    ("DELETE", "/$data/tags/never", {}),
    ("DELETE", "/d-nothing/tags/never", {}),
    ("GET", "/$data/experiment-ids", {}),
    ("POST", "/$data/add-experiments", {"experiment_ids": ["$exp"]}),
    ("POST", "/d-nothing/add-experiments", {"experiment_ids": ["$exp"]}),
    ("POST", "/$data/remove-experiments", {"experiment_ids": ["$exp"]}),
    ("POST", "/$data/remove-experiments", {"experiment_ids": ["999999"]}),
    ("POST", "/$data/records", {"records": RECORDS}),
    ("POST", "/$data/records", {"records": "[]"}),
    ("POST", "/$data/records", {}),
    ("DELETE", "/$data/records", {"dataset_record_ids": ["dr-nothing"]}),
    ("DELETE", "/$data", {}),
    ("DELETE", "/d-nothing", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), EVALUATIONS, ids=lambda part: str(part)[:40])
def test_evaluation_datasets_are_mlflows(evaluation: Pair, method: str, path: str, body: Any):
    same(evaluation, method, path, body)
    same(evaluation, "GET", "/$data", {})
    same(evaluation, "GET", "/$data/experiment-ids", {})


def same(pair: Pair, method: str, path: str, body: Any) -> None:
    theirs, *ours = [
        _tidy(side.comparable(side.call(method, EVALUATION + side.filled(path), body))) for side in pair.sides()
    ]
    for reply in ours:
        assert reply == theirs, f"{method} {path} {body}\nMLflow: {theirs}\nours:   {reply}"


def _tidy(reply: dict[str, Any]) -> dict[str, Any]:
    for key in ("digest", "dataset_id"):
        reply.get("dataset", {}).pop(key, None)
    return reply


def test_records_are_merged_by_their_inputs(evaluation: Pair):
    second = '[{"inputs": {"n": 1, "q": "a"}, "expectations": {"y": 2}, "tags": {"t": "1"}}, {"inputs": {"q": "d"}}]'
    for records in (RECORDS, second):
        same(evaluation, "POST", "/$data/records", {"records": records})
    same(evaluation, "GET", "/$data", {})
    shown = []
    for side in evaluation.sides():
        reply = side.call("GET", EVALUATION + side.filled("/$data/records"), {}).json()
        records = sorted(side_records(reply), key=lambda record: str(record["inputs"]))
        shown.append(records)

    assert shown[1:] == [shown[0]] * 2


def side_records(reply: dict[str, Any]) -> list[dict[str, Any]]:
    made = {"dataset_record_id", "dataset_id", "created_time", "last_update_time"}
    records = json.loads(reply["records"])
    assert all(made <= record.keys() for record in records)
    return [{key: value for key, value in record.items() if key not in made} for record in records]


def test_records_come_in_pages_and_go(evaluation: Pair):
    same(evaluation, "POST", "/$data/records", {"records": RECORDS})
    for side in evaluation.sides():
        address = EVALUATION + side.filled("/$data/records")
        first = side.call("GET", address, {"max_results": 2}).json()
        second = side.call("GET", address, {"max_results": 2, "page_token": first["next_page_token"]}).json()
        assert (len(side_records(first)), len(side_records(second)), "next_page_token" in second) == (2, 1, False)
        ids = [record["dataset_record_id"] for record in json.loads(first["records"])]
        gone = side.client.request("DELETE", address, json={"dataset_record_ids": ids})
        assert gone.json() == {"deleted_count": 2}
    same(evaluation, "GET", "/$data", {})


@pytest.mark.parametrize(
    "body",
    [{"filter_string": "name = 'evaluation'"}, {"filter_string": "name LIKE 'ev%'"},
     {"filter_string": "tags.kept = 'old'"}, {"filter_string": "tags.kept != 'old'"},
     {"filter_string": "created_time > 5"},
     {"filter_string": "name IN ('a', 'evaluation')"},
     {"order_by": ["name ASC"]}, {"order_by": ["last_update_time DESC"]}, {}],
    ids=str,
)  # fmt: skip
def test_evaluation_datasets_are_searched(evaluation: Pair, body: Any):
    same_search(evaluation, {"experiment_ids": ["$exp"], **body})


@pytest.mark.parametrize(
    "body",
    [{"filter_string": "nonsense = 'a'"}, {"filter_string": "created_time LIKE 'a'"},
     {"order_by": ["nonsense"]}, {"filter_string": "name = 'a' OR name = 'b'"}],
    ids=str,
)  # fmt: skip
def test_a_search_that_cannot_be_is_refused(evaluation: Pair, body: Any):
    for side in evaluation.sides():
        reply = side.call("POST", f"{EVALUATION}/search", body)
        assert (reply.status_code, reply.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def same_search(pair: Pair, body: Any) -> None:
    theirs, ours = pair.call("POST", f"{EVALUATION}/search", body)
    for reply in (theirs, *ours):
        for found in reply.get("datasets", []):
            found.pop("digest")

    assert ours == [theirs] * 2
