"""A search that names its columns gets these and nothing else of what was logged."""

import httpx
import pytest
from tests.conftest import Running

API = "/api/2.0/mlflow"
MANY = 5_000


@pytest.fixture(scope="module")
def experiment_id(platform: Running) -> str:
    """An experiment with two runs: one of many metrics, and one without any."""
    with platform.client() as client:
        made = client.post(f"{API}/experiments/create", json={"name": "columns"}).json()["experiment_id"]
        for start in (1, 2):
            client.post(
                f"{API}/runs/create", json={"experiment_id": made, "start_time": start, "run_name": f"r{start}"}
            )
        [many] = [run["info"]["run_id"] for run in search(client, made)["runs"] if run["info"]["run_name"] == "r1"]
        for first in range(0, MANY, 1_000):
            metrics = [{"key": f"m{n}", "value": n, "timestamp": 1} for n in range(first, first + 1_000)]
            client.post(f"{API}/runs/log-batch", json={"run_id": many, "metrics": metrics}).raise_for_status()
        rest = {
            "metrics": [{"key": "m1.min", "value": 7, "timestamp": 1}, {"key": "my loss", "value": 8, "timestamp": 1}],
            "params": [{"key": "lr", "value": "0.1"}, {"key": "depth", "value": "3"}],
            "tags": [{"key": "stage", "value": "prod"}],
        }
        client.post(f"{API}/runs/log-batch", json={"run_id": many, **rest}).raise_for_status()
    return made


def search(client: httpx.Client, experiment_id: str, **asked: object) -> dict:
    reply = client.post(f"{API}/runs/search", json={"experiment_ids": [experiment_id], **asked})
    return reply.raise_for_status().json()


def logged(run: dict) -> dict[str, set[str]]:
    return {kind: {pair["key"] for pair in pairs} for kind, pairs in run["data"].items() if pairs}


SOME = {
    "a metric": (["metrics.m17"], {"metrics": {"m17"}}),
    "one of each": (
        ["metrics.m1", "params.lr", "tags.stage"],
        {"metrics": {"m1"}, "params": {"lr"}, "tags": {"stage"}},
    ),
    "all of a kind": (["params.*", "tags.stage"], {"params": {"lr", "depth"}, "tags": {"stage"}}),
    "names in quotes": (["metrics.`my loss`", 'params."lr"'], {"metrics": {"my loss"}, "params": {"lr"}}),
    "a name that ends like an aggregate": (["metrics.m1.min"], {"metrics": {"m1.min"}}),
    "what every run has": (["start_time", "attributes.status"], {}),
    "what no run has": (["metrics.none", "params.none"], {}),
    "nothing": ([], {}),
}


@pytest.mark.parametrize("what", SOME)
def test_only_what_is_asked_for_is_given(client: httpx.Client, experiment_id: str, what: str):
    columns, given = SOME[what]
    empty, many = search(client, experiment_id, columns=columns)["runs"]

    assert logged(many) == given
    assert not logged(empty).get("metrics")
    assert (empty["info"]["run_name"], many["info"]["run_name"]) == ("r2", "r1")


def test_without_columns_everything_is_given(client: httpx.Client, experiment_id: str):
    many = search(client, experiment_id)["runs"][1]

    assert len(logged(many)["metrics"]) == MANY + 2


def test_filters_and_orders_may_name_what_is_no_column(client: httpx.Client, experiment_id: str):
    asked = {"filter": "metrics.m3 = 3", "order_by": ["params.lr"], "columns": ["tags.stage"]}
    [run] = search(client, experiment_id, **asked)["runs"]

    assert logged(run) == {"tags": {"stage"}}


def test_columns_may_change_from_page_to_page(client: httpx.Client, experiment_id: str):
    first = search(client, experiment_id, columns=["metrics.m1"], max_results=1)
    token = first["next_page_token"]
    [run] = search(client, experiment_id, columns=["metrics.m2"], max_results=1, page_token=token)["runs"]

    assert logged(run) == {"metrics": {"m2"}}


@pytest.mark.parametrize(
    "columns",
    [
        ["nothing.x"],
        ["datasets.name"],
        ["metrics.`a`.min"],
        ["attributes.none"],
        ["m\0"],
        ["m"] * 1_001,
        "metrics.m1",
        [7],
    ],
)
def test_what_is_no_column_is_refused(client: httpx.Client, experiment_id: str, columns: object):
    reply = client.post(f"{API}/runs/search", json={"experiment_ids": [experiment_id], "columns": columns})

    assert (reply.status_code, reply.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_page_of_columns_is_as_small_as_they_are(client: httpx.Client, experiment_id: str):
    whole = client.post(f"{API}/runs/search", json={"experiment_ids": [experiment_id]})
    some = client.post(f"{API}/runs/search", json={"experiment_ids": [experiment_id], "columns": ["metrics.m1"]})

    assert len(some.content) < len(whole.content) / 100
