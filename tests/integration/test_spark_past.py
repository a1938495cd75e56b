"""A run of Spark that is rebuilt, in a real session: Spark sees the tables as they were, and cannot change them."""

import pytest
from tests.conftest import Running, wait_for
from tests.integration.retrainings import rows, studio
from tests.integration.test_connections_in_spark import with_spark as with_spark  # noqa: PLC0414 - a fixture
from tests.integration.test_sessions import END, Session

pytestmark = [
    pytest.mark.timeout(900),  # an environment with Spark is made once
    # Which database keeps what a session sees is no matter here.
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session"),
]

#: pyiceberg's read is told at once, so the run is known to rest on the snapshot. Spark is there in the rebuild alone,
#: which has code of its own: a Spark takes its time to start.
SCRIPT = """
import os
import mlflow
from pyiceberg.catalog import load_catalog

with mlflow.start_run(run_name="count"):
    rows = load_catalog().load_table("default.wines").scan().to_arrow().num_rows
    if "CUVEE_CODE" in os.environ:
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.getOrCreate()
        rows = len(spark.table("wines").collect())
        for change in ("INSERT INTO wines VALUES (4.0, 2)", "ALTER TABLE wines ADD COLUMN colour STRING"):
            try:
                spark.sql(change)
            except Exception as error:
                print(error)
    mlflow.log_metric("rows", rows)
"""


def test_spark_sees_the_rows_of_then_and_cannot_change_them(platform: Running, with_spark: None):
    with platform.client() as client:
        wines = studio(platform, client, "spark-past")
        wines.write("count.py", SCRIPT)
        session = Session(client, wines.project_id, runtime_addon_identifiers=["spark-4.0"], memory=2, idle_minutes=0)
        session.reach("running")
        asked = session.ask(file="count.py")
        wait_for(lambda: session.execution(asked)["status"] in END, 300)
        [run] = wines.runs_of(session.id)
        session.stop()
        wines.table().append(rows((4.0, 2)))
        before = wines.table().metadata

        made = wines.again(run, "rebuild", anyway=True)  # no model of it says which packages it needs

        told = wines.output(made.tags["engineID"])
        after = wines.table()
    assert (run.metrics["rows"], made.metrics["rows"], after.scan().count()) == (3, 3, 4)
    assert told.count("default.wines is seen as it was by this session, which cannot change it.") == 2
    assert after.metadata == before
