"""Spark on a cluster: a real master and a real worker of Spark's own, and a project that names them."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from tests.conftest import Running, wait_for
from tests.integration.catalogs import WINES, connect, new_project
from tests.integration.test_connections_in_spark import with_spark as with_spark  # noqa: PLC0414 - a fixture
from tests.integration.test_openlineage_bad_days import free_port
from tests.integration.test_sessions import END, Session

pytestmark = [
    pytest.mark.timeout(900),  # an environment with Spark is made once
    # Spark speaks to the catalog over HTTP; which database is behind it is no matter here.
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session"),
]

#: Starts one of Spark's own processes and waits until it says that it is there.
Start = Callable[..., psutil.Process]
WHERE = """
import json, os, pyspark
print(json.dumps([os.environ["JAVA_HOME"], pyspark.__path__[0], os.environ["CDSW_APIV2_KEY"]]))
"""
ASK = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.sql("INSERT INTO wines VALUES (8, 'd')")
rows = spark.table("wines").rdd.map(lambda row: (row.quality, os.getcwd())).collect()
print(json.dumps([spark.sparkContext.master, rows]))
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def started(java: str, spark: str, kind: str, *arguments: str, until: str) -> psutil.Process:
            log = tmp_path / f"{kind}.log"
            command = [f"{spark}/bin/spark-class", f"org.apache.spark.deploy.{kind.lower()}.{kind}", *arguments]
            variables = {"JAVA_HOME": java, "SPARK_HOME": spark, "SPARK_LOCAL_IP": "127.0.0.1"}
            with log.open("wb") as out:
                process = psutil.Popen(
                    [*command, "--host", "127.0.0.1", "--webui-port", "0"],
                    env={"PATH": os.environ["PATH"], **variables},
                    cwd=tmp_path,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
            stack.callback(_end, process)
            wait_for(lambda: re.search(until, log.read_text()) or process.poll() is not None, 120)
            assert process.poll() is None, log.read_text()
            return process

        yield started


def _end(process: psutil.Popen) -> None:
    """Kill it and what it started, and see that they are gone."""
    family = [process, *process.children(recursive=True)]
    for each in family:
        if each.is_running():
            each.kill()
    assert not psutil.wait_procs(family, 30)[1]


def _seen(process: psutil.Process) -> str:
    """What other processes see of it; nothing of one that ended meanwhile, as Python workers do."""
    try:
        return " ".join(process.cmdline()) + str(process.environ())
    except psutil.NoSuchProcess:
        return ""


def told(session: Session, code: str) -> list:
    """What the code printed last."""
    asked = session.ask(code=code)
    wait_for(lambda: session.execution(asked)["status"] in END, 300)
    text = session.text(asked)
    assert session.execution(asked)["status"] == "succeeded", text
    return json.loads(text.splitlines()[-1])


def test_a_query_on_the_projects_table_runs_on_the_worker(
    platform: Running, with_spark: None, start: Start, tmp_path: Path
):
    master = f"spark://127.0.0.1:{free_port()}"
    with platform.client() as client:
        project = new_project(client, "clustered")
        connect(platform, project).create_table("default.wines", schema=WINES.schema).append(WINES)
        settings = f"spark.master {master}\nspark.executor.memory 512m\nspark.cores.max 1\n"
        client.put(f"/api/v2/projects/{project}/files/spark-defaults.conf", content=settings).raise_for_status()
        session = Session(client, project, runtime_addon_identifiers=["spark-4.0"], memory=2)
        session.reach("running")
        java, spark, key = told(session, WHERE)
        start(java, spark, "Master", "--port", master.rpartition(":")[2], until="New state: ALIVE")
        work = ("--cores", "1", "--memory", "600m", "--work-dir", f"{tmp_path}/work")
        worker = start(java, spark, "Worker", *work, master, until="Successfully registered with master")

        address, rows = told(session, ASK)

        executors = [seen for each in worker.children(recursive=True) if (seen := _seen(each))]
        session.stop()
    assert address == master
    assert sorted(quality for quality, _ in rows) == [5, 6, 7, 8]
    # Where a worker of Spark's runs what it is given; the rows were read there, by its Java and its Python.
    assert {Path(place).parents[1] for _, place in rows} == {tmp_path / "work"}
    assert executors
    assert not [each for each in executors if key in each]
