"""Requests that want the same new thing at the same time: one makes it, the others find it."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
from tests.integration.catalogs import new_project

AT_ONCE = 16
EXPERIMENTS = "/api/2.0/mlflow/experiments"


def test_the_first_runs_of_a_project_share_one_default_experiment(client: httpx.Client):
    name = f"collide-{uuid4().hex[:8]}"
    new_project(client, name)
    here = {"x-mlflow-workspace": name}

    def start(_number: int) -> httpx.Response:
        return client.post("/api/2.0/mlflow/runs/create", json={"experiment_id": "0"}, headers=here)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        replies = list(pool.map(start, range(AT_ONCE)))

    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.json()["run"]["info"]["experiment_id"] for reply in replies}) == 1


def test_of_many_who_make_an_experiment_one_does_and_the_others_are_told(client: httpx.Client):
    name = f"collide-{uuid4().hex[:8]}"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        replies = list(pool.map(lambda _: client.post(f"{EXPERIMENTS}/create", json={"name": name}), range(AT_ONCE)))

    codes = [reply.json().get("error_code", "made") for reply in replies]
    assert sorted(codes) == ["RESOURCE_ALREADY_EXISTS"] * (AT_ONCE - 1) + ["made"]
