"""Metrics: the same calls to MLflow and to us."""

from typing import Any

import pytest
from tests.conformance.pair import Pair

RUN: dict[str, Any] = {"run_id": "$run"}
M: dict[str, Any] = {**RUN, "key": "m", "value": 1.5, "timestamp": 10}
HISTORY: dict[str, Any] = {**RUN, "metric_key": "m"}


def batch(*points: tuple[int, int, Any]) -> dict[str, Any]:
    metrics = [{"key": "m", "step": step, "timestamp": at, "value": value} for step, at, value in points]
    return {**RUN, "metrics": metrics}


#: One call each; then the run and the metric's history are compared.
CALLS: list[tuple[str, Any]] = [
    ("log-metric", M),
    ("log-metric", {**M, "step": 7}),
    ("log-metric", {**M, "step": "7", "timestamp": "12", "value": "2.5"}),
    ("log-metric", {**M, "step": -7}),
    ("log-metric", {**M, "value": "NaN"}),
    ("log-metric", {**M, "value": "Infinity"}),
    ("log-metric", {**M, "value": "-Infinity"}),
    ("log-metric", {**M, "value": 0}),
    ("log-metric", {**M, "value": -0.0}),
    ("log-metric", {**M, "value": 1e-320}),
    ("log-metric", {**M, "value": 123456789012345680000}),
    ("log-metric", {**M, "timestamp": 0}),
    ("log-metric", {**M, "timestamp": -1}),
    ("log-metric", {**M, "timestamp": 2**53 + 1}),
    ("log-metric", {**M, "value": "abc"}),
    ("log-metric", {**M, "value": None}),
    ("log-metric", {**M, "timestamp": "soon"}),
    ("log-metric", {**M, "step": "first"}),
    ("log-metric", {**M, "key": ""}),
    ("log-metric", {**M, "key": "a/b c.d-e:f"}),
    ("log-metric", {**M, "key": "a/../b"}),
    ("log-metric", {**M, "key": "/a"}),
    ("log-metric", {**M, "key": "a?b"}),
    ("log-metric", {**M, "key": "m" * 251}),
    ("log-metric", {**M, "run_id": "nothing"}),
    ("log-metric", {"run_uuid": "$run", "key": "m", "value": 1, "timestamp": 1}),
    ("log-metric", {**RUN, "key": "m", "value": 1}),
    ("log-metric", {**RUN, "key": "m", "timestamp": 1}),
    ("log-metric", {**RUN, "value": 1, "timestamp": 1}),
    ("log-metric", {"key": "m", "value": 1, "timestamp": 1}),
    ("log-metric", {}),
    ("log-batch", batch((0, 1, 1), (1, 2, 2), (2, 3, 3))),
    ("log-batch", batch((2, 3, 3), (0, 1, 1), (1, 2, 2))),
    ("log-batch", batch((1, 1, 1), (1, 1, 1), (1, 1, 2), (1, 2, 0))),
    ("log-batch", batch((1, 1, "NaN"), (1, 1, "NaN"), (1, 1, -1))),
    ("log-batch", batch((1, 1, "NaN"), (1, 1, 1))),
    ("log-batch", batch((5, 5, 1), (5, 4, 2), (4, 9, 3))),
    ("log-batch", batch((0, 1, "Infinity"), (1, 1, "-Infinity"))),
    ("log-batch", {**RUN, "metrics": [{"key": "m", "value": 1, "timestamp": 1}, {"value": 1, "timestamp": 1}]}),
    ("log-batch", {**RUN, "metrics": [{"key": "m", "timestamp": 1}]}),
    ("log-batch", {**RUN, "metrics": [{"key": "m", "value": 1}]}),
    ("log-batch", {**RUN, "metrics": [{"key": "m", "value": 1, "timestamp": -1}]}),
    ("log-batch", {**RUN, "metrics": [{"key": "m//n", "value": 1, "timestamp": 1}]}),
    ("log-batch", {**RUN, "metrics": 5}),
    ("log-batch", batch(*((step, 1, 1) for step in range(1001)))),
    ("log-batch", {**batch(*((step, 1, 1) for step in range(1000))), "params": [{"key": "a", "value": "b"}]}),
]


@pytest.mark.parametrize(("path", "body"), CALLS)
def test_a_call_is_answered_as_mlflow_answers_it(both: Pair, path: str, body: Any):
    both.run()

    both.same("POST", f"runs/{path}", body)
    both.same("GET", "runs/get", RUN)
    both.same("GET", "metrics/get-history", HISTORY)


@pytest.fixture
def logged(both: Pair) -> Pair:
    """`$run` with 25 points, out of order, some of them twice, and `$other` with none."""
    both.run()
    both.run("other")
    for body in (
        batch(*((step, 100 - step, step * 0.5) for step in range(0, 20, 2))),
        batch(*((step, 100 - step, step * 0.5) for step in range(19, -1, -1))),
        batch((3, 1, "NaN"), (3, 1, 7), (30, 0, 1), (30, 0, 2), (10, 90, 5.0)),
    ):
        both.same("POST", "runs/log-batch", body)
    return both


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("get-history", HISTORY),
        ("get-history", {**HISTORY, "max_results": 5}),
        ("get-history", {**HISTORY, "max_results": 0}),
        ("get-history", {**HISTORY, "max_results": -1}),
        ("get-history", {**HISTORY, "metric_key": "never"}),
        ("get-history", RUN),
        ("get-history", {"metric_key": "m"}),
        ("get-history-bulk-interval", {"run_ids": "$run", "metric_key": "m"}),
        ("get-history-bulk-interval", {"run_ids": ["$run", "$other"], "metric_key": "m", "max_results": 7}),
        ("get-history-bulk-interval", {"run_ids": "$run", "metric_key": "m", "max_results": 1}),
        ("get-history-bulk-interval", {"run_ids": "$run", "metric_key": "m", "start_step": 3, "end_step": 9}),
        ("get-history-bulk-interval", {"run_ids": "$run", "metric_key": "m", "start_step": 9, "end_step": 3}),
        ("get-history-bulk-interval", {"run_ids": "$run", "metric_key": "m", "start_step": 9}),
        ("get-history-bulk-interval", {"run_ids": "$run", "metric_key": "m", "max_results": 0}),
        ("get-history-bulk-interval", {"run_ids": "$run", "metric_key": "m", "max_results": 2501}),
        ("get-history-bulk-interval", {"run_ids": ["$run"] * 101, "metric_key": "m"}),
        ("get-history-bulk-interval", {"run_ids": "$run"}),
        ("get-history-bulk-interval", {"metric_key": "m"}),
        ("/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"run_id": "$run", "metric_key": "m"}),
        ("/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"run_id": "$run", "metric_key": "m", "max_results": 3}),
        ("/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"metric_key": "m"}),
        ("/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"run_id": "$run"}),
    ],
)
def test_a_history_is_read_as_from_mlflow(logged: Pair, path: str, query: Any):
    logged.same("GET", path if path.startswith("/") else f"metrics/{path}", query)


def test_a_history_comes_in_pages(logged: Pair):
    for page in range(5):
        query = {**HISTORY, "max_results": 6, **({"page_token": "$token"} if page else {})}
        reply = logged.same("GET", "metrics/get-history", query)
        if "next_page_token" not in reply:
            return
        logged.bind("token", "GET", "metrics/get-history", query, lambda reply: reply["next_page_token"])
    pytest.fail("the pages did not end")
