"""A project's tables as other libraries read them: all see the same, and what a run reads is noted on it."""

from collections.abc import Iterator

import pytest
from tests.conftest import Running
from tests.integration.test_sessions import Session
from tests.integration.test_sessions import project as project  # noqa: PLC0414 - a fixture
from tests.integration.test_tables_in_sessions import MAKE, inputs, said

from cuvee.runtimes.values import Environment

READ = """
import duckdb, pandas, polars
good = "quality >= 6"
with mlflow.start_run() as read:
    found = {}
print(found, read.info.run_id)
"""
WAYS = {
    "pandas": 'pandas.read_iceberg("default.wines", row_filter=good)["quality"].sum()',
    "polars": 'polars.scan_iceberg(wines).filter(polars.col("quality") >= 6).collect()["quality"].sum()',
    "duckdb": 'wines.scan(row_filter=good).to_duckdb("w").sql("SELECT sum(quality)::INT FROM w").fetchall()[0][0]',
}


@pytest.fixture(scope="module")
def session(platform: Running, project: str, base: Environment) -> Iterator[Session]:
    with platform.client() as client:
        session = Session(client, project, name="others")
        session.reach("running")
        said(session, "%pip install -q duckdb polars polars_iceberg")
        said(session, MAKE)
        yield session
        session.stop()


@pytest.mark.parametrize("way", WAYS)
def test_a_table_is_read_by_others_and_noted(session: Session, way: str):
    count, read = said(session, READ.format(WAYS[way]))

    assert count == "13"
    [(what, scanned)] = inputs(session, read)
    assert (what, scanned["table"], scanned["row_filter"]) == ("read", "default.wines", "quality >= 6")
