"""Data connections in a real Spark: catalogs by their names, and no secret among what other processes see."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from tests.conftest import Running, base_environment
from tests.integration.catalogs import WINES, connect, new_project
from tests.integration.metastores import Metastore, metastore
from tests.integration.test_sessions import Session

from cuvee.runtimes import addons

pytestmark = [
    pytest.mark.timeout(900),  # an environment with Spark is made once
    # Which database keeps a connection is no matter here.
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session"),
]


#: What code on the metastore's tables begins with.
OPENED = """
import cml.data_v1 as cmldata, pyarrow as pa
lake = cmldata.get_connection("hive")
catalog, spark = lake.get_catalog(), lake.get_spark_session()
wines = pa.table({"quality": [5, 6, 7]})
print(lake.name)
"""


@pytest.fixture(scope="module")
def with_spark() -> None:
    """The environment that the session needs, so that its start does not wait for it."""
    base_environment(addons.find("spark-4.0"))


@pytest.fixture(scope="module")
def session(platform: Running, with_spark: None) -> Iterator[Session]:
    with platform.client() as client:
        mine, theirs = (new_project(client, f"{stem}-{uuid4().hex[:8]}") for stem in ("mine", "theirs"))
        connect(platform, theirs).create_table("default.wines", schema=WINES.schema).append(WINES)
        place = {"uri": f"{platform.url}/iceberg", "warehouse": theirs}
        body = {"name": "cellar", "kind": "iceberg-rest", "properties": place, "secrets": {"token": platform.api_key}}
        add(client, mine, **body)
        session = Session(client, mine, name="spark", runtime_addon_identifiers=["spark-4.0"], memory=4)
        session.reach("running")
        add(client, mine, **{**body, "name": "later"})
        tuned = {"spark.sql.shuffle.partitions": "3"}
        add(client, mine, name="tuned", kind="spark", properties=tuned, secrets={"spark.hadoop.my.secret": "hidden-9"})
        yield session
        session.stop()


@pytest.fixture(scope="module")
def hive(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metastore]:
    """A metastore, which the session has as the connection `hive`."""
    where = 'import json, os, pyspark; print(json.dumps([pyspark.__path__[0], os.environ["JAVA_HOME"]]))'
    spark, java = (Path(each) for each in json.loads(said(session, where)))
    with metastore(spark, java, tmp_path_factory.mktemp("metastore")) as found:
        add(session.client, session.now["project_id"], name="hive", kind="hive", properties={"uri": found.uri})
        assert said(session, OPENED) == "hive"
        yield found


#: What Spark reads of a connection is noted as what it reads of the project's own tables.
IN_A_RUN = """
import json, mlflow
with mlflow.start_run() as run:
    spark.table("cellar.default.wines").filter("quality > 5").collect()
[used] = mlflow.get_run(run.info.run_id).inputs.dataset_inputs
source = json.loads(used.dataset.source)
print(json.dumps([used.tags[0].value, source["catalog"], source["table"], source["row_filter"]]))
"""


def add(client, project: str, **body: object) -> None:
    reply = client.post(f"/api/v2/projects/{project}/dataconnections", json=body)
    assert reply.status_code == 200, reply.text


def said(session: Session, code: str) -> str:
    done = session.finished(session.ask(code=code))
    text = session.text(done)
    assert done["status"] == "succeeded", text
    return text.splitlines()[-1]


def test_spark_finds_connections_and_tells_nobody_their_secrets(session: Session, platform: Running):
    tuned = """
import cml.data_v1 as cmldata
spark = cmldata.get_connection("tuned").get_spark_session()
hadoop = spark.sparkContext._jsc.hadoopConfiguration()
print(spark.conf.get("spark.sql.shuffle.partitions"), hadoop.get("my.secret"))
"""
    assert said(session, tuned) == "3 hidden-9"
    # There when the session started; and made since.
    assert said(session, 'print(spark.table("cellar.default.wines").count())') == "3"
    assert json.loads(said(session, IN_A_RUN)) == [
        "read",
        "cellar",
        "default.wines",
        "quality is not null and quality > 5",
    ]
    later = 'c = cmldata.get_connection("later"); print(c.get_spark_session().table("later.default.wines").count())'
    assert said(session, later) == "3"
    frame = 'print(c.get_pandas_dataframe("SELECT sum(quality) s FROM default.wines")["s"][0])'
    assert said(session, frame) == "18"
    own = 'print(cmldata.get_connection("default").get_spark_session().sql("SHOW TABLES IN default").count())'
    assert said(session, own) == "0"

    java = [each for each in psutil.process_iter(["name"]) if each.info["name"] == "java"]
    assert java
    told = [" ".join(each.cmdline()) + str(each.environ()) for each in java if session.id in str(each.environ())]
    assert told
    assert not [each for each in told if platform.api_key in each or "hidden-9" in each]


def test_pyiceberg_and_spark_share_the_tables_of_a_hive_metastore(session: Session, hive: Metastore):
    code = """
catalog.create_namespace("cellar")
catalog.create_table("cellar.wines", schema=wines.schema).append(wines)
spark.sql("INSERT INTO hive.cellar.wines VALUES (8)")
spark.sql("CREATE TABLE hive.cellar.reds USING iceberg AS SELECT * FROM hive.cellar.wines WHERE quality > 6")
found = [catalog.load_table(f"cellar.{name}").scan().to_arrow()["quality"].to_pylist() for name in ("wines", "reds")]
print([sorted(each) for each in found], lake.test())
"""
    assert said(session, code) == "[[5, 6, 7, 8], [7, 8]] hive answers: 2 namespaces."
    assert (hive.warehouse / "cellar.db" / "reds" / "metadata").is_dir()


def test_nothing_is_lost_when_pyiceberg_and_spark_append_to_one_table_of_a_metastore(session: Session, hive: Metastore):
    code = """
from concurrent.futures import ThreadPoolExecutor
from pyiceberg.catalog import load_catalog
catalog.create_table("default.busy", schema=wines.schema, properties={"commit.retry.num-retries": "20"})
def by_python(n):
    load_catalog("hive").load_table("default.busy").append(pa.table({"quality": [n]}))
def by_spark(n):
    spark.sql(f"INSERT INTO hive.default.busy VALUES ({100 + n})")
with ThreadPoolExecutor(3) as pool:
    for done in [pool.submit(by, n) for n in range(4) for by in (by_python, by_spark)]:
        done.result()
print(sorted(spark.table("hive.default.busy").toPandas()["quality"].tolist()))
"""
    done = session.finished(session.ask(code=code))
    text = session.text(done)
    assert text.splitlines()[-1] == str([*range(4), *range(100, 104)])
    assert "\tat org.apache" not in text  # a retry is a line


def test_a_metastore_that_is_away_is_said_in_a_sentence(session: Session, hive: Metastore):
    refusal = f"NotReached: The metastore of the data connection hive does not answer: {hive.uri} (Connection refused)."
    hive.stop()

    for code in (
        'cmldata.get_connection("hive").get_catalog()',
        'cmldata.get_connection("hive").get_spark_session()',
        'cmldata.get_connection("hive").test()',
        'from pyiceberg.catalog import load_catalog; load_catalog("hive")',
    ):
        done = session.finished(session.ask(code=code))
        assert done["status_reason"] == refusal
    by_spark = session.finished(session.ask(code='spark.sql("SHOW NAMESPACES IN hive").count()'))
    assert "metastore" in by_spark["status_reason"].partition("\n\tat ")[0].lower()

    hive.start()
    assert int(said(session, 'print(spark.sql("SHOW NAMESPACES IN hive").count())')) > 0
