"""Logged models: the same calls to MLflow and to us."""

from typing import Any

import pytest
from tests.conformance.pair import Pair

MODEL = "logged-models/$model"

#: One call each on `$model`, which has a tag and a parameter.
CALLS: list[tuple[str, str, Any]] = [
    ("GET", MODEL, {}),
    ("GET", "logged-models/nothing", {}),
    ("GET", "logged-models/m-0123456789abcdef0123456789abcdef", {}),
    ("POST", "logged-models", {"experiment_id": "$exp", "name": "a.b"}),
    ("POST", "logged-models", {"experiment_id": "$exp", "name": "a/b"}),
    ("POST", "logged-models", {"experiment_id": "$exp", "name": "a:b"}),
    ("POST", "logged-models", {"experiment_id": "999999", "name": "a"}),
    ("POST", "logged-models", {"name": "a"}),
    ("POST", "logged-models", {"experiment_id": "$exp", "params": "a"}),
    ("PATCH", MODEL, {"model_id": "$model", "status": "LOGGED_MODEL_READY"}),
    ("PATCH", MODEL, {"model_id": "$model", "status": "LOGGED_MODEL_UPLOAD_FAILED"}),
    ("PATCH", MODEL, {"model_id": "$model", "status": 2}),
    ("PATCH", "logged-models/nothing", {"model_id": "nothing", "status": 2}),
    ("DELETE", MODEL, {}),
    ("DELETE", "logged-models/nothing", {}),
    ("PATCH", f"{MODEL}/tags", {"tags": [{"key": "a", "value": "b"}, {"key": "kept", "value": "new"}]}),
    ("PATCH", f"{MODEL}/tags", {"tags": []}),
    ("PATCH", "logged-models/nothing/tags", {"tags": [{"key": "a", "value": "b"}]}),
    ("DELETE", f"{MODEL}/tags/kept", {}),
    ("DELETE", f"{MODEL}/tags/never", {}),
    ("DELETE", "logged-models/nothing/tags/kept", {}),
    ("POST", f"{MODEL}/params", {"model_id": "$model", "params": [{"key": "new", "value": "x"}]}),
    ("POST", "logged-models/nothing/params", {"model_id": "nothing", "params": [{"key": "new", "value": "x"}]}),
    ("GET", f"{MODEL}/artifacts/directories", {}),
    ("GET", "logged-models/nothing/artifacts/directories", {}),
    ("GET", f"{MODEL}/artifacts/directories", {"artifact_directory_path": "../.."}),
    ("POST", "runs/outputs", {"run_id": "$run", "models": [{"model_id": "$model", "step": 3}]}),
    ("POST", "runs/outputs", {"run_id": "nothing", "models": [{"model_id": "$model", "step": 3}]}),
    ("POST", "runs/outputs", {"models": [{"model_id": "$model"}]}),
    ("POST", "runs/outputs", {"run_id": "$run"}),
    ("POST", "runs/log-inputs", {"run_id": "$run", "models": [{"model_id": "$model"}]}),
    ("POST", "artifacts/presigned-upload-url", {"model_id": "$model", "path": "a"}),
    ("POST", "artifacts/presigned-upload-url", {"model_id": "$model", "run_id": "$run", "path": "a"}),
    ("POST", "artifacts/presigned-upload-url", {"model_id": "$model", "path": "../a"}),
    ("POST", "artifacts/presigned-download-url", {"run_id": "$run", "path": "a", "expiration": 0}),
    ("POST", "artifacts/presigned-download-url", {"run_id": "$run", "path": "a"}),
]  # fmt: skip


@pytest.fixture
def pair(both: Pair) -> Pair:
    both.experiment()
    both.run()
    model(both, "model", tags=[{"key": "kept", "value": "old"}], params=[{"key": "p", "value": "old"}])
    return both


def model(pair: Pair, name: str, **fields: Any) -> None:
    body = {"experiment_id": "$exp", "name": f"name-of-{name}", **fields}
    pair.bind(name, "POST", "logged-models", body, lambda reply: reply["model"]["info"]["model_id"])


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=str)
def test_a_call_and_what_it_did_are_mlflows(pair: Pair, method: str, path: str, body: Any):
    same(pair, method, path, body)
    same(pair, "GET", MODEL, {})
    same(pair, "GET", "runs/get", {"run_id": "$run"})


def same(pair: Pair, method: str, path: str, body: Any) -> None:
    """All replies, equal but for where files are: MLflow has no place for a model in its run."""
    theirs, *ours = [_placeless(side.comparable(side.call(method, side.filled(path), body))) for side in pair.sides()]
    for reply in ours:
        assert reply == theirs, f"{method} {path} {body}\nMLflow: {theirs}\nours:   {reply}"


def _placeless(reply: dict[str, Any]) -> dict[str, Any]:
    reply.get("model", {}).get("info", {}).pop("artifact_uri", None)
    reply.pop("root_uri", None)
    return reply


def test_a_new_model_looks_the_same(pair: Pair):
    for body in (
        {"experiment_id": "$exp", "name": "whole", "model_type": "Agent", "source_run_id": "$run",
         "tags": [{"key": "a", "value": "b"}], "params": [{"key": "c", "value": "d"}]},
        {"experiment_id": "$exp", "name": "bare"},
    ):  # fmt: skip
        replies = [_placeless(side.comparable(side.call("POST", "logged-models", body))) for side in pair.sides()]
        assert all(reply["model"]["info"].pop("model_id") for reply in replies)
        assert replies[1:] == [replies[0]] * 2


SEARCHES: list[dict[str, Any]] = [
    {},
    {"filter": "name = 'name-of-m1'"},
    {"filter": "name != 'name-of-m1'"},
    {"filter": "name LIKE 'name-of-%'"},
    {"filter": "name IN ('name-of-m1', 'name-of-m2')"},
    {"filter": "name NOT IN ('name-of-m1')"},
    {"filter": "params.p = '1'"},
    {"filter": "params.p = '1' AND tags.t = 'x'"},
    {"filter": "tags.`t` ILIKE 'X'"},
    {"filter": "metrics.loss < 0.5"},
    {"filter": "metrics.loss >= 0.1 AND metrics.loss < 0.3"},
    {"filter": "metrics.loss < 0.5", "datasets": [{"dataset_name": "d", "dataset_digest": "1"}]},
    {"datasets": [{"dataset_name": "d", "dataset_digest": "1"}]},
    {"datasets": [{"dataset_digest": "1"}]},
    {"filter": "model_type = 'T'"},
    {"filter": "source_run_id = '$run'"},
    {"filter": "creation_timestamp > 5"},
    {"filter": "last_updated_timestamp > 99999999999999"},
    {"order_by": [{"field_name": "name", "ascending": True}]},
    {"order_by": [{"field_name": "name", "ascending": False}]},
    {"order_by": [{"field_name": "metrics.loss", "ascending": True}]},
    {"order_by": [{"field_name": "metrics.loss", "ascending": False}]},
    {"order_by": [{"field_name": "metrics.loss", "ascending": True, "dataset_name": "d", "dataset_digest": "1"}]},
    {"order_by": [{"field_name": "creation_time", "ascending": True}]},
    {"order_by": [{"field_name": "nonsense"}]},
    {"order_by": [{"field_name": "params.p"}]},
    {"max_results": 2, "order_by": [{"field_name": "name"}]},
    {"filter": "metrics.loss LIKE 'a'"},
    {"filter": "name < 'a'"},
    {"filter": "nonsense.a = 'b'"},
    {"filter": "name = 'a' OR name = 'b'"},
]


@pytest.fixture
def several(both: Pair) -> Pair:
    both.experiment()
    both.run()
    model(both, "m1", params=[{"key": "p", "value": "1"}], tags=[{"key": "t", "value": "x"}], model_type="T")
    model(both, "m2", params=[{"key": "p", "value": "1"}], source_run_id="$run")
    model(both, "m3", params=[{"key": "p", "value": "2"}])
    metric = {"run_id": "$run", "key": "loss", "timestamp": 1}
    for name, value, more in (
        ("m1", 0.1, {"step": 0}),
        ("m1", 0.4, {"step": 1}),
        ("m2", 0.2, {"dataset_name": "d", "dataset_digest": "1"}),
        ("m2", 0.9, {"dataset_name": "d", "dataset_digest": "2", "step": 2}),
    ):
        both.same("POST", "runs/log-metric", {**metric, "model_id": f"${name}", "value": value, **more})
    return both


@pytest.mark.parametrize("search", SEARCHES, ids=str)
def test_a_search_finds_what_mlflow_finds(several: Pair, search: dict[str, Any]):
    theirs, ours = several.call("POST", "logged-models/search", {"experiment_ids": ["$exp"], **search})
    for reply in (theirs, *ours):
        for found in reply.get("models", []):
            del found["info"]["artifact_uri"]
            found["data"].get("metrics", []).sort(key=lambda metric: (metric["value"], metric["step"]))
        if {"order_by", "max_results"}.isdisjoint(search):  # made in one millisecond, they come in any order
            reply.get("models", []).sort(key=lambda found: found["info"]["name"])

    assert ours == [theirs] * 2


def test_pages_go_on(several: Pair):
    body = {"experiment_ids": ["$exp"], "max_results": 2, "order_by": [{"field_name": "name", "ascending": True}]}
    for side in several.sides():
        first = side.call("POST", "logged-models/search", body).json()
        second = side.call("POST", "logged-models/search", body | {"page_token": first["next_page_token"]}).json()
        names = [found["info"]["name"] for found in first["models"] + second["models"]]
        assert names == ["name-of-m1", "name-of-m2", "name-of-m3"]
        assert "next_page_token" not in second
        other = {"experiment_ids": ["$exp"], "page_token": first["next_page_token"]}
        assert side.call("POST", "logged-models/search", other).status_code == 400
