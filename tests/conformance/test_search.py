"""Search: the same filters, orders and pages to MLflow and to us."""

from typing import Any

import pytest
from tests.conformance.pair import Pair

#: Runs by their start times: metrics, parameters, tags.
RUNS: list[tuple[dict[str, Any], dict[str, str], dict[str, str]]] = [
    ({"loss": 0.5, "acc": 1}, {"lr": "0.1", "Model": "A"}, {"stage": "prod", "with space": "x"}),
    ({"loss": 0.25}, {"lr": "0.01"}, {"stage": "Prod"}),
    ({"loss": "NaN"}, {"lr": "1e-3", "model": "a%b"}, {"stage": "dev_1"}),
    ({"acc": -3}, {}, {}),
    ({"loss": "Infinity", "val/loss": 2}, {"lr": "0.1"}, {"stage": "it's"}),
    ({"loss": "-Infinity"}, {"note": ""}, {"a.b.c": "dots"}),
]

FILTERS = [
    "",
    "metrics.loss < 0.5",
    "metrics.loss <= 0.5 and metrics.acc = 1",
    "metric.loss != 0.5",
    "metrics.loss = 0",
    "metrics.`val/loss` >= 2",
    'metrics."val/loss" = 2.0',
    "metrics.never = 1",
    "params.lr = '0.1'",
    'params.lr = "0.1"',
    "params.lr != '0.1'",
    "parameter.lr LIKE '0.%'",
    "params.lr like '%1'",
    "params.Model ILIKE 'a'",
    "params.model LIKE 'a%b'",
    "params.note = ''",
    "param.lr IS NULL",
    "params.lr IS NOT NULL AND metrics.loss < 1",
    "tags.stage = 'prod'",
    "tags.stage LIKE 'prod'",
    "tags.stage ILIKE 'prod'",
    "tags.stage ILIKE '%_1'",
    'tags.stage = "it\'s"',
    "tags.`with space` = 'x'",
    "tags.a.b.c = 'dots'",
    "tags.stage IS NULL",
    "tag.mlflow.runName = 'name of r2'",
    "attributes.run_name = 'name of r1'",
    "run_name LIKE 'name%'",
    "`run name` = 'name of r3'",
    "attribute.status = 'RUNNING'",
    "status != 'RUNNING'",
    "attributes.start_time > 3",
    "start_time <= 2 AND start_time >= 1",
    "created < 3",
    "end_time > 0",
    "attributes.user_id = 'somebody'",
    "attributes.run_id = '$r1'",
    "run_id IN ('$r1', '$r3')",
    "attributes.run_id NOT IN ('$r1')",
    "dataset.name = 'x'",
    "datasets.digest LIKE 'x%'",
    "dataset.context IN ('train')",
    "metrics.loss < 'a'",
    "metrics.loss < abc",
    "params.lr = 0.1",
    "params.lr = abc",
    "params.lr > '0.1'",
    "tags.stage < 'a'",
    "attribute.colour = 'a'",
    "dataset.colour = 'a'",
    "foo.bar = 'a'",
    "start_time > 'a'",
    "run_id = 5",
    "metrics.loss LIKE 'a'",
    "metrics.loss IS NULL",
    "status LIKE 'RUN%'",
]

ORDERS = [
    [],
    ["metrics.loss"],
    ["metrics.loss DESC"],
    ["metrics.`val/loss` ASC", "start_time"],
    ["params.lr", "metrics.loss desc"],
    ["tags.stage DESC"],
    ["attributes.start_time ASC"],
    ["attribute.start_time DESC"],
    ["run_name"],
    ["end_time", "run_name desc"],
    ["status", "created ASC"],
    ["metrics.never", "params.never DESC"],
    ["metrics.loss SIDEWAYS"],
    ["foo.bar"],
    ["attribute.colour"],
    ["metrics.loss a b"],
]


@pytest.fixture(scope="module")
def filled(open_pair: Pair) -> Pair:
    """`$exp` with the runs above, `$r0` to `$r5`."""
    both = open_pair
    both.experiment()
    for number, (metrics, params, tags) in enumerate(RUNS):
        both.run(f"r{number}", start_time=number, user_id="somebody")
        both.same(
            "POST",
            "runs/log-batch",
            {
                "run_id": f"$r{number}",
                "metrics": [{"key": key, "value": value, "timestamp": 1} for key, value in metrics.items()],
                "params": [{"key": key, "value": value} for key, value in params.items()],
                "tags": [{"key": key, "value": value} for key, value in tags.items()],
            },
        )
    both.same("POST", "runs/update", {"run_id": "$r1", "status": "FINISHED", "end_time": 50})
    both.run("deleted", start_time=9)
    both.same("POST", "runs/delete", {"run_id": "$deleted"})
    return both


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_finds_what_mlflow_finds(filled: Pair, text: str):
    filled.same("POST", "runs/search", {"experiment_ids": ["$exp"], "filter": text})


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_is_mlflows(filled: Pair, order: list[str]):
    filled.same("POST", "runs/search", {"experiment_ids": ["$exp"], "order_by": order})


@pytest.mark.parametrize(
    "fields",
    [
        {"run_view_type": "ALL"},
        {"run_view_type": "DELETED_ONLY"},
        {"run_view_type": 2},
        {"runViewType": "ALL", "maxResults": "3"},
        {"max_results": 2},
        {"max_results": 0},
        {"max_results": -1},
        {"max_results": 50_001},
        {"max_results": "many"},
        {"experiment_ids": []},
        {"experiment_ids": ["999999"]},
        {"experiment_ids": "text"},
        {"order_by": "metrics.loss"},
        {"order_by": [5]},
        {"filter": ["a"]},
    ],
)
def test_the_other_fields_mean_the_same(filled: Pair, fields: dict[str, Any]):
    filled.same("POST", "runs/search", {"experiment_ids": ["$exp"], **fields})


def test_pages_follow_each_other(filled: Pair):
    asked: dict[str, Any] = {"experiment_ids": ["$exp"], "max_results": 2, "order_by": ["metrics.loss"]}
    for page in range(4):
        if page:
            asked = {**asked, "page_token": "$token"}
        reply = filled.same("POST", "runs/search", asked)
        if "next_page_token" not in reply:
            assert page == 2
            return
        filled.bind("token", "POST", "runs/search", asked, lambda reply: reply["next_page_token"])


EXPERIMENTS = [
    {"filter": "name LIKE '$exp_name%'"},
    {"filter": "name = '$exp_name-a'"},
    {"filter": "attribute.name ILIKE '$exp_name-B'"},
    {"filter": "name LIKE '$exp_name%' AND tags.t = '1'"},
    {"filter": "name LIKE '$exp_name%' AND tag.t IS NULL"},
    {"filter": "name LIKE '$exp_name%' AND tags.t != '1'"},
    {"filter": "name LIKE '$exp_name%' AND creation_time > 0 AND last_update_time >= 1"},
    {"filter": "name LIKE '$exp_name%'", "order_by": ["name"]},
    {"filter": "name LIKE '$exp_name%'", "order_by": ["name DESC"], "max_results": 2},
    {"filter": "name LIKE '$exp_name%'", "view_type": "ALL", "order_by": ["name"]},
    {"filter": "name LIKE '$exp_name%'", "view_type": "DELETED_ONLY"},
    {"filter": "name LIKE '$exp_name%'", "view_type": 3, "order_by": ["name ASC"]},
    {"filter": "name = 5"},
    {"filter": "metrics.x = 5"},
    {"filter": "colour = 'x'"},
    {"filter": "creation_time > 'a'"},
    {"filter": "name IS NULL"},
    {"filter": "", "max_results": 0},
    {"filter": "", "max_results": 50_001},
    {"filter": "", "order_by": ["colour"]},
    {"filter": "", "order_by": ["tags.t"]},
]


@pytest.fixture(scope="module")
def experiments(filled: Pair) -> Pair:
    for name in ("a", "b", "c"):
        body = {"name": f"$exp_name-{name}", "tags": [{"key": "t", "value": "1"}] if name == "a" else []}
        filled.bind(f"exp-{name}", "POST", "experiments/create", body, lambda reply: reply["experiment_id"])
    filled.same("POST", "experiments/set-experiment-tag", {"experiment_id": "$exp-b", "key": "t", "value": "2"})
    filled.same("POST", "experiments/delete", {"experiment_id": "$exp-c"})
    return filled


@pytest.mark.parametrize("asked", EXPERIMENTS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_experiments_are_found_as_by_mlflow(experiments: Pair, asked: dict[str, Any], method: str):
    experiments.same(method, "experiments/search", {"max_results": 10, **asked})
