"""Pages of searches over HTTP: a list goes on where it stood, whatever is added, and only for the question it is of."""

from collections.abc import Callable

import httpx
import pytest

API = "/api/2.0/mlflow"
Asks = Callable[..., dict]


@pytest.fixture
def experiment_id(client: httpx.Client, unique: Callable[[str], str]) -> str:
    made = client.post(f"{API}/experiments/create", json={"name": unique("pages")})
    return made.json()["experiment_id"]


def add_run(client: httpx.Client, experiment_id: str, start: int, loss: float | str) -> str:
    body = {"experiment_id": experiment_id, "start_time": start}
    run_id = client.post(f"{API}/runs/create", json=body).json()["run"]["info"]["run_id"]
    logged = {"run_id": run_id, "metrics": [{"key": "loss", "value": loss, "timestamp": 1}]}
    client.post(f"{API}/runs/log-batch", json=logged).raise_for_status()
    return run_id


def search(client: httpx.Client, experiment_id: str, **asked: object) -> httpx.Response:
    return client.post(f"{API}/runs/search", json={"experiment_ids": [experiment_id], "max_results": 2, **asked})


def ids(reply: httpx.Response) -> list[str]:
    return [run["info"]["run_id"] for run in reply.json().get("runs", [])]


@pytest.mark.parametrize("asked", [{}, {"order_by": ["metrics.loss DESC"]}, {"filter": "metrics.loss > -10"}])
def test_runs_that_are_added_shift_no_page(client: httpx.Client, experiment_id: str, asked: dict):
    there = [add_run(client, experiment_id, start, loss) for start, loss in enumerate((1.0, 2.0, 3.0, "Infinity"))]
    first = search(client, experiment_id, **asked)
    for start in (7, 8, 9):
        add_run(client, experiment_id, start, "Infinity")

    second = search(client, experiment_id, **asked, page_token=first.json()["next_page_token"])

    assert ids(first) + ids(second) == there[::-1]
    assert "next_page_token" not in second.json()


@pytest.mark.parametrize(
    "other", [{"order_by": ["metrics.loss"]}, {"filter": "metrics.loss > 0"}, {"run_view_type": "ALL"}]
)
def test_a_page_token_of_another_question_is_refused(client: httpx.Client, experiment_id: str, other: dict):
    for start in range(3):
        add_run(client, experiment_id, start, 0)
    token = search(client, experiment_id).json()["next_page_token"]

    refused = search(client, experiment_id, **other, page_token=token)

    assert refused.status_code == 400
    assert refused.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "asked in the same way" in refused.json()["message"]


def test_a_page_may_have_another_size_than_the_one_before(client: httpx.Client, experiment_id: str):
    there = [add_run(client, experiment_id, start, 0) for start in range(4)]
    token = search(client, experiment_id).json()["next_page_token"]

    assert ids(search(client, experiment_id, max_results=5, page_token=token)) == there[1::-1]


def test_a_name_in_doubt_keeps_its_meaning_on_every_page(client: httpx.Client, experiment_id: str):
    there = [add_run(client, experiment_id, start, 3 - start) for start in range(3)]
    asked = {"order_by": ["metrics.loss.min"]}
    first = search(client, experiment_id, **asked)
    named = {"run_id": there[2], "key": "loss.min", "value": 5, "timestamp": 1}
    client.post(f"{API}/runs/log-metric", json=named).raise_for_status()

    second = search(client, experiment_id, **asked, page_token=first.json()["next_page_token"])

    assert ids(first) + ids(second) == there[::-1]
    assert ids(search(client, experiment_id, filter="metrics.loss.min = 5")) == [there[2]]
    assert ids(search(client, experiment_id, filter="metrics.`loss`.min = 1")) == [there[2]]


@pytest.mark.parametrize("order_by", [[], ["name"], ["creation_time DESC", "name"]])
def test_experiments_that_are_added_shift_no_page(client: httpx.Client, unique: Callable[[str], str], order_by: list):
    stem = unique("listed")
    asked = {"filter": f"name LIKE '{stem}%'", "order_by": order_by, "max_results": 2}
    for name in "bcd":
        client.post(f"{API}/experiments/create", json={"name": f"{stem}-{name}"}).raise_for_status()
    first = client.post(f"{API}/experiments/search", json=asked).json()
    client.post(f"{API}/experiments/create", json={"name": f"{stem}-a"}).raise_for_status()

    second = client.post(f"{API}/experiments/search", json={**asked, "page_token": first["next_page_token"]}).json()

    found = [each["name"][-1] for each in first["experiments"] + second["experiments"]]
    assert sorted(found) == ["b", "c", "d"]
    wrong = client.post(f"{API}/experiments/search", json={"max_results": 2, "page_token": first["next_page_token"]})
    assert wrong.status_code == 400
