"""A run of Spark that is rebuilt, in a real session: Spark sees the tables as they were, and cannot change them."""

import pytest
from tests.conftest import Running, wait_for
from tests.integration.retrainings import studio
from tests.integration.test_connections_in_spark import with_spark as with_spark  # noqa: PLC0414 - a fixture
from tests.integration.test_sessions import END, Session

pytestmark = [
    pytest.mark.timeout(900),  # an environment with Spark is made once
    # Which database keeps what a session sees is no matter here.
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session"),
]

#: pyiceberg's read is told at once, so the run is known to rest on the snapshot; Spark then counts its rows.
SCRIPT = """
import mlflow
from pyiceberg.catalog import load_catalog
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
with mlflow.start_run(run_name="count"):
    load_catalog().load_table("default.wines").scan().to_arrow()
    mlflow.log_metric("rows", len(spark.table("wines").collect()))
for change in ("INSERT INTO wines VALUES (4.0, 2)", "ALTER TABLE wines ADD COLUMN colour STRING"):
    try:
        spark.sql(change)
    except Exception as error:
        print(error)
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
        before = wines.table()

        made = wines.again(run, "rebuild", anyway=True)  # no model of it says which packages it needs

        told = wines.output(made.tags["engineID"])
        after = wines.table()
    assert (run.metrics["rows"], before.scan().count(), made.metrics["rows"]) == (3, 4, 3)
    assert told.count("default.wines is seen as it was by this session, which cannot change it.") == 2
    assert after.metadata == before.metadata
