"""Tables in a session's Python: found without an address, and noted on the run without a call."""

import json
from collections.abc import Iterator

import pytest
from tests.conftest import Running
from tests.integration.test_sessions import Session
from tests.integration.test_sessions import project as project  # noqa: PLC0414 - a fixture

from cuvee.runtimes.values import Environment

MAKE = """
import mlflow, pyarrow as pa
from pyiceberg.catalog import load_catalog
wines = load_catalog().create_table("default.wines", schema=pa.schema([("quality", pa.int64()), ("name", pa.string())]))
with mlflow.start_run() as made:
    wines.append(pa.table({"quality": [5, 6, 7], "name": ["a", "b", "c"]}))
"""
READ = """
with mlflow.start_run() as read:
    rows = load_catalog("cuvee").load_table("default.wines").scan(row_filter="quality >= 6").to_pandas()
print(len(rows), read.info.run_id, made.info.run_id)
"""
AGAIN = """
with mlflow.start_run() as third:
    mlflow.log_input(mlflow.data.from_iceberg("default.wines"), context="training")
wines.append(pa.table({"quality": [8], "name": ["d"]}))
logged = mlflow.get_run(third.info.run_id).inputs.dataset_inputs[0].dataset
print(mlflow.data.get_source(logged).load().num_rows, wines.scan().to_arrow().num_rows)
"""
SIDE_BY_SIDE = """
import mlflow, pyarrow as pa
from concurrent.futures import ThreadPoolExecutor
from pyiceberg.catalog import load_catalog
reds = load_catalog().create_table("default.reds", schema=pa.schema([("quality", pa.int64())]))
with mlflow.start_run() as mine, ThreadPoolExecutor(1) as pool:
    later = pool.submit(mlflow.start_run).result()
    reds.append(pa.table({"quality": [9]}))
    pool.submit(mlflow.end_run).result()
print(mine.info.run_id, later.info.run_id)
"""


@pytest.fixture(scope="module")
def session(platform: Running, project: str, base: Environment) -> Iterator[Session]:
    with platform.client() as client:
        session = Session(client, project, name="tables")
        session.reach("running")
        yield session
        session.stop()


def said(session: Session, code: str) -> list[str]:
    """The words of the last line that the code printed: MLflow prints lines of its own."""
    done = session.finished(session.ask(code=code))
    text = session.text(done)
    assert done["status"] == "succeeded", text
    return text.splitlines()[-1].split() if text else []


def inputs(session: Session, run_id: str) -> list[tuple[str, dict]]:
    run = session.client.get("/api/2.0/mlflow/runs/get", params={"run_id": run_id}).json()["run"]
    return [
        (
            next(tag["value"] for tag in each["tags"] if tag["key"] == "mlflow.data.context"),
            json.loads(each["dataset"]["source"]),
        )
        for each in run["inputs"].get("dataset_inputs", [])
    ]


def test_a_table_is_written_read_and_read_again_as_it_was(session: Session):
    said(session, MAKE)
    count, read, made = said(session, READ)

    assert count == "2"
    [(what, written)] = inputs(session, made)
    assert (what, written["table"], written["row_count"]) == ("write", "default.wines", 3)
    [(what, scanned)] = inputs(session, read)
    assert (what, scanned["row_filter"], scanned["snapshot_id"]) == ("read", "quality >= 6", written["snapshot_id"])
    assert said(session, AGAIN) == ["3", "4"]


def test_a_write_belongs_to_the_run_of_its_thread_and_not_to_one_that_began_later(session: Session):
    mine, later = said(session, SIDE_BY_SIDE)

    assert [what for what, _written in inputs(session, mine)] == ["write"]
    assert inputs(session, later) == []
