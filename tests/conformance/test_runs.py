"""Runs, parameters, tags: the same calls to MLflow and to us."""

from typing import Any

import pytest
from tests.conformance.pair import API, Pair

RUN: dict[str, Any] = {"run_id": "$run"}

#: One call each on `$run`, which has a parameter and a tag.
CALLS: list[tuple[str, str, Any]] = [
    ("GET", "runs/get", RUN),
    ("GET", "runs/get", {"run_uuid": "$run"}),
    ("GET", "runs/get", {"run_id": "nothing"}),
    ("GET", "runs/get", {"run_id": "../../etc/passwd"}),
    ("GET", "runs/get", {"run_id": ""}),
    ("GET", "runs/get", {}),
    ("POST", "runs/create", {"experiment_id": "999999"}),
    ("POST", "runs/create", {"experiment_id": 7, "run_name": "a"}),
    ("POST", "runs/create", {"experiment_id": "$exp", "start_time": "now"}),
    (
        "POST",
        "runs/create",
        {"experiment_id": "$exp", "run_name": "a", "tags": [{"key": "mlflow.runName", "value": "b"}]},
    ),
    ("POST", "runs/update", {**RUN, "status": "FINISHED", "end_time": 99}),
    ("POST", "runs/update", {**RUN, "status": "FAILED", "end_time": "99"}),
    ("POST", "runs/update", {**RUN, "status": 5}),
    ("POST", "runs/update", {**RUN, "end_time": 0}),
    ("POST", "runs/update", {**RUN, "run_name": "another"}),
    ("POST", "runs/update", {**RUN, "run_name": ""}),
    ("POST", "runs/update", {**RUN, "end_time": "soon"}),
    ("POST", "runs/update", {"run_uuid": "$run", "status": "KILLED"}),
    ("POST", "runs/update", {"run_id": "nothing", "status": "KILLED"}),
    ("POST", "runs/update", {"status": "KILLED"}),
    ("POST", "runs/delete", RUN),
    ("POST", "runs/delete", {"run_id": "nothing"}),
    ("POST", "runs/delete", {}),
    ("POST", "runs/restore", RUN),
    ("POST", "runs/restore", {"run_id": "nothing"}),
    ("POST", "runs/set-tag", {**RUN, "key": "a", "value": "b"}),
    ("POST", "runs/set-tag", {**RUN, "key": "kept", "value": "new"}),
    ("POST", "runs/set-tag", {**RUN, "key": "a"}),
    ("POST", "runs/set-tag", {**RUN, "key": "mlflow.runName", "value": "renamed"}),
    ("POST", "runs/set-tag", {**RUN, "value": "b"}),
    ("POST", "runs/set-tag", {**RUN, "key": "a/../b", "value": "b"}),
    ("POST", "runs/set-tag", {**RUN, "key": "a" * 251, "value": "b"}),
    ("POST", "runs/set-tag", {**RUN, "key": "a", "value": "b" * 8000}),
    ("POST", "runs/set-tag", {"run_id": "nothing", "key": "a", "value": "b"}),
    ("POST", "runs/set-tag", {**RUN, "key": 5, "value": "b"}),
    ("POST", "runs/delete-tag", {**RUN, "key": "kept"}),
    ("POST", "runs/delete-tag", {**RUN, "key": "never"}),
    ("POST", "runs/delete-tag", RUN),
    ("POST", "runs/log-parameter", {**RUN, "key": "new", "value": "b"}),
    ("POST", "runs/log-parameter", {**RUN, "key": "p", "value": "1"}),
    ("POST", "runs/log-parameter", {**RUN, "key": "p", "value": "2"}),
    ("POST", "runs/log-parameter", {**RUN, "key": "empty", "value": ""}),
    ("POST", "runs/log-parameter", {**RUN, "key": "none"}),
    ("POST", "runs/log-parameter", {**RUN, "value": "1"}),
    ("POST", "runs/log-parameter", {**RUN, "key": "a", "value": 7}),
    ("POST", "runs/log-parameter", {**RUN, "key": "./a", "value": "7"}),
    ("POST", "runs/log-parameter", {**RUN, "key": "a\nb", "value": "7"}),
    ("POST", "runs/log-parameter", {**RUN, "key": "a" * 251, "value": "7"}),
    ("POST", "runs/log-parameter", {**RUN, "key": "long", "value": "7" * 6000}),
    ("POST", "runs/log-parameter", {"run_id": "nothing", "key": "a", "value": "7"}),
    ("POST", "runs/log-model", {**RUN, "model_json": "{"}),
    ("POST", "runs/log-model", RUN),
    (
        "POST",
        "runs/log-batch",
        {**RUN, "params": [{"key": "a", "value": "1"}], "tags": [{"key": "t", "value": "2"}], "metrics": []},
    ),
    ("POST", "runs/log-batch", {**RUN, "params": [{"key": "p", "value": "2"}, {"key": "q", "value": "2"}]}),
    ("POST", "runs/log-batch", {**RUN, "params": [{"key": "a", "value": "1"}, {"key": "a", "value": "1"}]}),
    ("POST", "runs/log-batch", {**RUN, "params": [{"value": "1"}]}),
    ("POST", "runs/log-batch", {**RUN, "tags": [{"key": "", "value": "1"}]}),
    ("POST", "runs/log-batch", {**RUN, "tags": [{"key": "mlflow.runName", "value": "batch"}]}),
    ("POST", "runs/log-batch", {**RUN, "tags": [{"key": "t", "value": "1"}, {"key": "t", "value": "2"}]}),
    ("POST", "runs/log-batch", {**RUN, "params": [{"key": f"k{n}", "value": "1"} for n in range(101)]}),
    ("POST", "runs/log-batch", {**RUN, "tags": [{"key": f"k{n}", "value": "1"} for n in range(101)]}),
    ("POST", "runs/log-batch", {**RUN, "params": "text"}),
    ("POST", "runs/log-batch", {"params": []}),
    ("POST", "runs/log-batch", {"run_id": "nothing", "params": [{"key": "a", "value": "1"}]}),
    ("POST", "runs/log-batch", RUN),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_a_call_is_answered_as_mlflow_answers_it(both: Pair, method: str, path: str, body: Any):
    both.run(tags=[{"key": "kept", "value": "v"}], user_id="somebody")
    both.same("POST", "runs/log-parameter", {**RUN, "key": "p", "value": "1"})

    both.same(method, path, body)
    both.same("GET", "runs/get", RUN)


def test_a_new_run_looks_like_mlflows(both: Pair):
    body = {"experiment_id": "$exp", "start_time": "5", "run_name": "named", "tags": [{"key": "a", "value": ""}]}
    both.bind("run", "POST", "runs/create", body, lambda reply: reply["run"]["info"]["run_id"])
    theirs, ours = both.call("POST", "runs/create", body)

    for reply in (theirs, *ours):
        for name in ("run_id", "run_uuid", "artifact_uri"):
            assert reply["run"]["info"].pop(name)
    assert ours == [theirs, theirs]
    both.same("GET", "runs/get", RUN)


def test_a_deleted_run_takes_nothing_until_it_is_restored(both: Pair):
    both.run()
    both.same("POST", "runs/delete", RUN)
    for path, body in [
        ("runs/update", {**RUN, "status": "FINISHED"}),
        ("runs/set-tag", {**RUN, "key": "a", "value": "b"}),
        ("runs/delete-tag", {**RUN, "key": "a"}),
        ("runs/log-parameter", {**RUN, "key": "a", "value": "b"}),
        ("runs/log-metric", {**RUN, "key": "a", "value": 1, "timestamp": 1}),
        ("runs/log-batch", {**RUN, "params": [{"key": "a", "value": "b"}]}),
        ("runs/delete", RUN),
    ]:
        both.same("POST", path, body)
    both.same("GET", "runs/get", RUN)
    both.same("POST", "runs/restore", RUN)
    both.same("POST", "runs/log-parameter", {**RUN, "key": "a", "value": "b"})
    both.same("GET", "runs/get", RUN)


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_is_not_json_is_refused(both: Pair, content_type: str | None):
    headers = {"content-type": content_type} if content_type else {}
    reply = both.same("POST", f"{API}/experiments/create", content=b'{"name": "x"}', headers=headers)

    assert reply["status"] == 400
