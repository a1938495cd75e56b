"""Experiments: the same calls to MLflow and to us."""

from typing import Any

import pytest
from tests.conformance.pair import Pair

LONG = "x" * 501

#: One call each, on `$exp` with the tag `kept`.
CALLS: list[tuple[str, str, Any]] = [
    ("GET", "experiments/get", {"experiment_id": "$exp"}),
    ("GET", "experiments/get", {"experiment_id": "999999"}),
    ("GET", "experiments/get", {}),
    ("GET", "experiments/get", {"experiment_id": ""}),
    ("GET", "experiments/get-by-name", {"experiment_name": "$exp_name"}),
    ("GET", "experiments/get-by-name", {"experiment_name": "no such name"}),
    ("GET", "experiments/get-by-name", {}),
    ("POST", "experiments/create", {"name": "$exp_name"}),
    ("POST", "experiments/create", {"name": ""}),
    ("POST", "experiments/create", {}),
    ("POST", "experiments/create", {"name": None}),
    ("POST", "experiments/create", {"name": 7}),
    ("POST", "experiments/create", {"name": ["a"]}),
    ("POST", "experiments/create", {"name": {"a": 1}}),
    ("POST", "experiments/create", {"name": True}),
    ("POST", "experiments/create", {"name": LONG}),
    ("POST", "experiments/create", {"name": "a", "tags": "text"}),
    ("POST", "experiments/create", {"name": "a", "tags": [{"key": "a//b", "value": "c"}]}),
    ("POST", "experiments/create", {"name": "a", "tags": [{"key": "a" * 251, "value": "c"}]}),
    ("POST", "experiments/create", {"name": "a", "tags": [{"key": "a", "value": "c" * 20_001}]}),
    ("POST", "experiments/create", {"name": "a", "tags": [{"value": "c"}]}),
    ("POST", "experiments/update", {"experiment_id": "$exp", "new_name": "$exp_name-2"}),
    ("POST", "experiments/update", {"experiment_id": "$exp", "new_name": ""}),
    ("POST", "experiments/update", {"experiment_id": "$exp"}),
    ("POST", "experiments/update", {"experiment_id": "999999", "new_name": "a"}),
    ("POST", "experiments/update", {"experiment_id": "$exp", "new_name": LONG}),
    ("POST", "experiments/update", {"experiment_id": "$exp", "newName": "a"}),
    ("POST", "experiments/delete", {"experiment_id": "999999"}),
    ("POST", "experiments/delete", {}),
    ("POST", "experiments/delete", {"experimentId": "$exp"}),
    ("POST", "experiments/restore", {"experiment_id": "$exp"}),
    ("POST", "experiments/restore", {}),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": "$exp", "key": "a", "value": "b"}),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": "$exp", "key": "a"}),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": "$exp", "key": "", "value": "b"}),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": "$exp", "value": "b"}),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": "$exp", "key": "../a", "value": "b"}),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": "$exp", "key": "a|b", "value": "b"}),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": "$exp", "key": "a", "value": 7}),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": "999999", "key": "a", "value": "b"}),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": "$exp", "key": "a", "value": "é 😀 \u2028"}),
    ("POST", "experiments/delete-experiment-tag", {"experiment_id": "$exp", "key": "kept"}),
    ("POST", "experiments/delete-experiment-tag", {"experiment_id": "$exp", "key": "never"}),
    ("POST", "experiments/delete-experiment-tag", {"experiment_id": "$exp"}),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_a_call_is_answered_as_mlflow_answers_it(both: Pair, method: str, path: str, body: Any):
    both.experiment()
    both.same("POST", "experiments/set-experiment-tag", {"experiment_id": "$exp", "key": "kept", "value": "v"})

    both.same(method, path, body)
    both.same("GET", "experiments/get", {"experiment_id": "$exp"})


def test_an_experiment_lives_and_is_restored_with_its_runs(both: Pair):
    both.experiment()
    both.run()
    both.same("POST", "experiments/delete", {"experiment_id": "$exp"})
    for path, body in [
        ("experiments/delete", {"experiment_id": "$exp"}),
        ("experiments/update", {"experiment_id": "$exp", "new_name": "a"}),
        ("experiments/set-experiment-tag", {"experiment_id": "$exp", "key": "a", "value": "b"}),
        ("experiments/create", {"name": "$exp_name"}),
        ("runs/create", {"experiment_id": "$exp", "run_name": "a"}),
        ("runs/set-tag", {"run_id": "$run", "key": "a", "value": "b"}),
    ]:
        both.same("POST", path, body)
    both.same("GET", "runs/get", {"run_id": "$run"})
    both.same("GET", "experiments/get-by-name", {"experiment_name": "$exp_name"})
    both.same("POST", "experiments/restore", {"experiment_id": "$exp"})
    both.same("GET", "runs/get", {"run_id": "$run"})
    both.same("GET", "experiments/get", {"experiment_id": "$exp"})


def test_tags_of_an_experiment_come_with_it(both: Pair):
    both.bind(
        "exp",
        "POST",
        "experiments/create",
        {"name": f"tagged-{id(both)}", "tags": [{"key": "a", "value": "1"}, {"key": "b", "value": ""}]},
        lambda reply: reply["experiment_id"],
    )
    for side in both.sides():
        side.names["name"] = f"tagged-{id(both)}"
    both.same("GET", "experiments/get", {"experiment_id": "$exp"})
