"""A short read is done at once; one that is not short is done all the same, without holding others up."""

import threading

import httpx
import pytest
from sqlalchemy import text

from cuvee.db.database import Database
from cuvee.db.session import Reading

SHORT = "SELECT 1"
#: A million steps of either database.
LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT count(*) FROM n"


class Asked:
    """A query, and the threads that ran it to its end."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.threads: list[threading.Thread] = []

    def __call__(self, connection: Reading) -> int:
        found = connection.execute(text(self.query)).scalar_one()
        self.threads.append(threading.current_thread())
        return int(found)


async def test_a_short_read_needs_no_other_thread_on_sqlite(database: Database):
    asked = Asked(SHORT)

    assert await database.read_briefly(asked) == 1
    assert (asked.threads == [threading.current_thread()]) == database.is_sqlite


async def test_a_long_read_is_broken_off_and_done_in_a_thread(database: Database):
    asked = Asked(LONG)

    assert await database.read_briefly(asked) == 100_000
    assert threading.current_thread() not in asked.threads


async def test_short_reads_go_on_after_a_long_one_and_see_what_was_written(database: Database):
    await database.read_briefly(Asked(LONG))
    await database.write(lambda connection: connection.execute(text("CREATE TABLE fresh (i INTEGER)")))

    assert await database.read_briefly(Asked("SELECT count(*) FROM fresh")) == 0


async def test_a_failure_of_the_function_is_its_own(database: Database):
    def failing(_connection: Reading) -> None:
        raise KeyError("mine")

    for _ in range(3):
        with pytest.raises(KeyError, match="mine"):
            await database.read_briefly(failing)


def test_a_run_with_thousands_of_metrics_is_read_like_any_other(client: httpx.Client):
    run_id = client.post("/api/2.0/mlflow/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
    for some in range(3):
        metrics = [{"key": f"m{some}-{n}", "value": n, "timestamp": 1, "step": 0} for n in range(1_000)]
        client.post("/api/2.0/mlflow/runs/log-batch", json={"run_id": run_id, "metrics": metrics}).raise_for_status()

    for _ in range(20):
        reply = client.get("/api/2.0/mlflow/runs/get", params={"run_id": run_id})
        assert len(reply.raise_for_status().json()["run"]["data"]["metrics"]) == 3_000
