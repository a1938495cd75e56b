"""When the database cannot follow: clients are asked to come back, and what was acknowledged is there."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.conftest import Running, running, wait_for

from cuvee.core.settings import Settings

LOG = "/api/2.0/mlflow/runs/log-batch"
CLIENTS = 12


@pytest.fixture
def own_database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue("postgres")() if database_kind == "postgresql" else ""


@pytest.fixture
def small(own_database_url: str, tmp_path: Path) -> Iterator[Running]:
    """A platform that holds the requests of a few clients only."""
    with running(Settings(home=tmp_path, port=0, database_url=own_database_url, intake=300_000)) as platform:
        yield platform


@pytest.fixture
def stall(small: Running, own_database_url: str) -> Iterator[Callable[[], None]]:
    """Nothing can be written until it is called."""
    if not own_database_url:
        with closing(sqlite3.connect(small.home / "cuvee.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield other.rollback
        return
    with psycopg.connect(own_database_url) as locking:
        locking.execute("LOCK TABLE metric_blocks IN ACCESS EXCLUSIVE MODE")
        yield locking.rollback


def new_run(client: httpx.Client) -> str:
    made = client.post("/api/2.0/mlflow/runs/create", json={"experiment_id": "0"}).json()
    return made["run"]["info"]["run_id"]


def batch(run_id: str, step: int) -> dict[str, object]:
    return {
        "run_id": run_id,
        "metrics": [{"key": "m", "value": n, "timestamp": n, "step": step * 1000 + n} for n in range(1000)],
    }


def test_what_cannot_be_held_is_refused_and_what_is_acknowledged_is_kept(
    small: Running, request: pytest.FixtureRequest
):
    with small.client() as client, ThreadPoolExecutor(CLIENTS) as clients:
        run_id = new_run(client)
        go_on = request.getfixturevalue("stall")
        sent: list[Future[httpx.Response]] = [
            clients.submit(client.post, LOG, json=batch(run_id, step)) for step in range(CLIENTS)
        ]
        wait_for(lambda: any(reply.done() for reply in sent))
        go_on()
        replies = [reply.result() for reply in sent]
        kept = client.get("/api/2.0/mlflow/metrics/get-history", params={"run_id": run_id, "metric_key": "m"}).json()

    refused = [reply for reply in replies if reply.status_code != 200]
    assert {(reply.status_code, reply.headers["retry-after"]) for reply in refused} == {(429, "1")}
    assert len(kept["metrics"]) == 1000 * (CLIENTS - len(refused)) > 0


def test_one_request_is_taken_however_large(small: Running):
    with small.client() as client:
        points = [{"key": f"{n:0250}", "value": n, "timestamp": n, "step": n} for n in range(1000)]

        assert client.post(LOG, json={"run_id": new_run(client), "metrics": points}).status_code == 200
