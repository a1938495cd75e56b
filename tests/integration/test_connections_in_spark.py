"""Data connections in a real Spark: catalogs by their names, and no secret among what other processes see."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psutil
import pytest
from tests.conftest import ENVIRONMENTS, Running
from tests.integration.catalogs import WINES, connect, new_project
from tests.integration.test_sessions import Session

from cuvee.runtimes import addons, interpreters
from cuvee.runtimes.environments import Environments

pytestmark = [
    pytest.mark.timeout(900),  # an environment with Spark is made once
    # Which database keeps a connection is no matter here.
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session"),
]


@pytest.fixture(scope="module")
def with_spark() -> None:
    """The environment that the session needs, so that its start does not wait for it."""
    environments = Environments(ENVIRONMENTS)
    made = environments.ensure(environments.base_recipe(interpreters.own(), addons.find("spark-4.0")))
    with ThreadPoolExecutor(1) as pool:  # a browser may have a loop of its own in this thread
        pool.submit(asyncio.run, made).result()


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
