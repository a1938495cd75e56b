"""Spark with Iceberg, as it is in a session: real Spark, real tables, one session for all.

On SQLite alone: Spark speaks to the catalog over HTTP, and what its database does is tested on both elsewhere.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.conftest import ENVIRONMENTS, Running, running, wait_for
from tests.docs import pages
from tests.integration.scheduled import Work
from tests.integration.serving.conftest import CODE, Endpoint, Project, make_project
from tests.integration.test_sessions import Session

from cuvee.core.settings import Settings

pytestmark = pytest.mark.timeout(900)  # the first time, an environment with Spark is made

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "spark.md"
#: As the tutorial has it, with what people add: no metastore is there, whatever they write.
START = """
import json, mlflow, pandas as pd, pyarrow as pa
from concurrent.futures import ThreadPoolExecutor
from pyiceberg.catalog import load_catalog
from pyspark.sql import SparkSession
spark = (
    SparkSession.builder.appName("test")
    .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
    .config("spark.sql.catalog.spark_catalog", "org.apache.iceberg.spark.SparkSessionCatalog")
    .config("spark.sql.catalog.spark_catalog.type", "hive")
    .getOrCreate()
)
def tell(*values):
    print(json.dumps(values))
def rows(query):
    return [list(row) for row in spark.sql(query).collect()]
def refusal(query):
    try:
        return rows(query)
    except Exception as error:
        return str(error).splitlines()[0]
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = Settings(
        home=tmp_path_factory.mktemp("spark"), port=0, shared_environments=ENVIRONMENTS, stop_workloads=True
    )
    with running(settings) as platform:
        yield platform


@pytest.fixture(scope="module")
def session(house: Running) -> Iterator[Session]:
    """A session with Spark, in which Spark was started."""
    with house.client() as client:
        project = client.post("/api/v2/projects", json={"name": f"spark-{uuid4().hex[:8]}", "template": "blank"})
        asked = {"runtime_addon_identifiers": ["spark-4.0"], "cpu": 2, "memory": 4, "idle_minutes": 0}
        session = Session(client, project.json()["id"], name="spark", **asked)
        wait_for(lambda: session.now["status"] != "starting", 800)
        assert session.now["status"] == "running", session.now["status_reason"]
        session.started = said_whole(session, START)
        yield session
        session.stop()


def said_whole(session: Session, code: str) -> str:
    asked = session.ask(code=code)
    wait_for(lambda: session.execution(asked)["status"] in {"succeeded", "failed", "lost"}, 600)
    text = session.text(asked)
    assert session.execution(asked)["status"] == "succeeded", [session.execution(asked)["status_reason"], text]
    return text


def said(session: Session, code: str) -> list:
    """What the code told: MLflow and Spark print lines of their own, before it and behind it."""
    return json.loads([line for line in said_whole(session, code).splitlines() if line.startswith("[")][-1])


def run_of(session: Session, run_id: str) -> dict:
    return session.client.get("/api/2.0/mlflow/runs/get", params={"run_id": run_id}).json()["run"]


def tags(run: dict) -> dict[str, str]:
    return {each["key"]: each["value"] for each in run["data"]["tags"]}


def uses(run: dict) -> list[tuple[str, dict]]:
    """What was read or written, and the source of it."""
    inputs = run["inputs"]["dataset_inputs"]
    return [(each["tags"][0]["value"], json.loads(each["dataset"]["source"])) for each in inputs]


def test_settings_that_ask_for_hive_mean_the_projects_catalog(session: Session):
    assert "spark_catalog stays the project's catalog" in session.started
    code = """
rows("CREATE TABLE seed (a INT) USING iceberg")
tell(rows("SHOW TABLES IN cuvee.default"), load_catalog().list_tables("default"))
"""
    assert said(session, code) == [[["default", "seed", False]], [["default", "seed"]]]


def test_a_warehouse_of_ones_own_stands_beside_it(session: Session):
    code = """
import tempfile
other = spark.newSession()
other.conf.set("spark.sql.catalog.mine", "org.apache.iceberg.spark.SparkCatalog")
other.conf.set("spark.sql.catalog.mine.type", "hadoop")
other.conf.set("spark.sql.catalog.mine.warehouse", tempfile.mkdtemp())
other.sql("CREATE TABLE mine.db.t USING iceberg AS SELECT 1 AS a")
tell(other.table("mine.db.t").count(), load_catalog().table_exists("db.t"))
"""
    assert said(session, code) == [1, False]


def test_spark_and_python_see_the_same_tables(session: Session):
    code = """
rows("CREATE TABLE both USING iceberg AS SELECT 1L AS id, 'spark' AS who")
table = load_catalog("cuvee").load_table("default.both")
table.append(pa.table({"id": [2], "who": ["python"]}))
seen = [rows(f"SELECT * FROM {name} ORDER BY id") for name in ("both", "cuvee.default.both")]
tell(seen, table.scan().to_arrow().num_rows)
"""
    assert said(session, code) == [[[[1, "spark"], [2, "python"]]] * 2, 2]


def test_nothing_is_lost_when_both_append_at_once(session: Session):
    code = """
rows("CREATE TABLE busy (id BIGINT) USING iceberg")
def python(n):
    load_catalog().load_table("default.busy").append(pa.table({"id": [n]}))
def by_spark(n):
    rows(f"INSERT INTO busy VALUES ({n})")
with ThreadPoolExecutor(4) as pool:
    done = [pool.submit((python, by_spark)[n % 2], n) for n in range(8)]
for each in done:
    each.result()
tell(sorted(row[0] for row in rows("SELECT id FROM busy")), rows("SELECT count(*) FROM default.busy.snapshots")[0][0])
"""
    assert said(session, code) == [list(range(8)), 8]


def test_what_a_run_writes_and_reads_is_noted_on_it(session: Session):
    code = """
rows("CREATE TABLE noted (quality BIGINT, name STRING) USING iceberg")
rows("INSERT INTO noted VALUES (5, 'a'), (6, 'b')")
with mlflow.start_run() as writer:
    rows("INSERT INTO noted VALUES (7, 'c')")
with mlflow.start_run() as reader:
    found = rows("SELECT name FROM noted WHERE quality >= 6")
snapshots = rows("SELECT snapshot_id FROM default.noted.snapshots ORDER BY committed_at")
tell(writer.info.run_id, reader.info.run_id, len(found), snapshots)
"""
    writer, reader, found, [[first], [second]] = said(session, code)
    wait_for(lambda: "dataset_inputs" in run_of(session, reader).get("inputs", {}))  # Spark tells of a read behind it

    [(what, source)] = uses(run_of(session, writer))
    assert (what, source["table"]) == ("write", "default.noted")
    assert (source["snapshot_id"], source["parent_id"]) == (second, first)
    tagged = tags(run_of(session, writer))
    assert (tagged["iceberg_snapshot_id"], tagged["iceberg_parent_id"]) == (str(second), str(first))
    assert (tagged["row_count"], tagged["iceberg_snapshot_committed_at"][-1]) == ("3", "Z")
    [(what, source)] = uses(run_of(session, reader))
    assert (what, source["snapshot_id"], source["row_count"], source["schema_id"]) == ("read", second, 3, 0)
    assert source["row_filter"] == "quality is not null and quality >= (1-digit-int)"  # Spark keeps values to itself
    assert found == 2


def test_the_past_is_read_and_a_table_goes_back_to_it(session: Session):
    code = """
rows("CREATE TABLE past USING iceberg AS SELECT 1 AS a")
rows("ALTER TABLE past CREATE TAG audited")
rows("INSERT INTO past VALUES (2)")
first = rows("SELECT snapshot_id FROM default.past.snapshots ORDER BY committed_at")[0][0]
before = [
    rows(f"SELECT count(*) FROM past VERSION AS OF {first}"),
    rows("SELECT count(*) FROM past VERSION AS OF 'audited'"),
    [[spark.read.option("snapshot-id", first).table("past").count()]],
]
rows(f"CALL spark_catalog.system.rollback_to_snapshot('default.past', {first})")
now = load_catalog().load_table("default.past").current_snapshot().snapshot_id
tell(before, rows("SELECT count(*) FROM past"), now == first)
"""
    assert said(session, code) == [[[[1]]] * 3, [[1]], True]


def test_what_is_gone_is_said_in_a_line(session: Session):
    code = """
rows("CREATE TABLE gone USING iceberg AS SELECT 1 AS a")
rows("INSERT INTO gone VALUES (2)")
first = rows("SELECT snapshot_id FROM default.gone.snapshots ORDER BY committed_at")[0][0]
rows("CALL spark_catalog.system.expire_snapshots(table => 'default.gone', older_than => now(), retain_last => 1)")
expired = refusal(f"SELECT * FROM gone VERSION AS OF {first}")
rows("ALTER TABLE gone RENAME TO moved")
renamed, kept = refusal("SELECT * FROM gone"), rows("SELECT count(*) FROM moved")
rows("DROP TABLE moved")
tell(first, expired, renamed, kept, refusal("SELECT * FROM moved"))
"""
    first, expired, renamed, kept, dropped = said(session, code)

    assert expired == f"Cannot find snapshot with ID {first}"
    assert kept == [[2]]
    for name, refused in (("gone", renamed), ("moved", dropped)):
        assert f"[TABLE_OR_VIEW_NOT_FOUND] The table or view `{name}` cannot be found" in refused


TRAIN = """
import mlflow.spark
from pyspark.ml import Pipeline
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
line = spark.createDataFrame([(float(x), float(x % 3), 2.0 * x + 1) for x in range(20)], "a DOUBLE, b DOUBLE, y DOUBLE")
mlflow.pyspark.ml.autolog(log_models=False)
with mlflow.start_run() as run:
    stages = [VectorAssembler(inputCols=["a", "b"], outputCol="features"), LinearRegression(labelCol="y")]
    model = Pipeline(stages=stages).fit(line)
    asked, answer = line.select("a", "b").toPandas(), model.transform(line).select("prediction").toPandas()
    logged = mlflow.spark.log_model(
        model, "model", signature=mlflow.models.infer_signature(asked, answer), registered_model_name="straight",
        pip_requirements=mlflow.spark.get_default_pip_requirements(),
    )
mlflow.pyspark.ml.autolog(disable=True)
tell(run.info.run_id, logged.model_uri)
"""


@pytest.fixture(scope="module")
def trained(session: Session) -> tuple[str, str]:
    """The run that trained a model, and where the model is."""
    run_id, model_uri = said(session, TRAIN)
    return run_id, model_uri


def test_training_logs_itself(session: Session, trained: tuple[str, str]):
    params = {each["key"]: each["value"] for each in run_of(session, trained[0])["data"]["params"]}

    assert params["LinearRegression.labelCol"] == "y"


def test_a_job_with_spark_writes_what_a_session_reads(session: Session):
    work = Work.known(session.client, session.project.rpartition("/")[2])
    text = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TABLE by_job USING iceberg AS SELECT 7L AS n")
"""
    asked = {"script": work.script("by_job.py", text), "runtime_addon_identifiers": ["spark-4.0"], "memory": 4}
    done = work.ended(work.start(work.job(**asked)))

    assert done["status"] == "ENGINE_SUCCEEDED", work.logs(done)
    assert said(session, 'tell(*rows("SELECT n FROM by_job"))') == [[7]]


def test_a_model_is_loaded_and_predicts_in_spark_in_python_and_as_a_function_of_sql(
    session: Session, trained: tuple[str, str]
):
    code = f"""
one = pd.DataFrame({{"a": [3.0], "b": [0.0]}})
loaded = mlflow.spark.load_model("models:/straight/1").transform(spark.createDataFrame(one)).first()["prediction"]
plain = mlflow.pyfunc.load_model("{trained[1]}").predict(one)[0]
function = mlflow.pyfunc.spark_udf(spark, "models:/straight/1", env_manager="local")
column = spark.createDataFrame(one).coalesce(1).select(function("a", "b")).first()[0]
tell([round(value, 6) for value in (loaded, plain, column)])
"""
    assert said(session, code) == [[7.0, 7.0, 7.0]]


def test_the_how_to_does_what_it_shows(session: Session):
    for block in pages.blocks(HOW_TO):
        if block.kind == "python":
            said_whole(session, block.text)
    code = """
shown = [rows("SHOW TABLES IN cuvee.cellar"), in_python.predict(pd.DataFrame({"x": [5.0]}))]
tell(shown[0], round(shown[1][0], 6), again.stages[-1].getLabelCol())
"""
    assert said(session, code) == [[["cellar", "reds", False]], 11.0, "y"]


@pytest.fixture(scope="module")
def endpoint(session: Session, trained: tuple[str, str]) -> Endpoint:
    project = Project(
        client=session.client,
        id=session.project.rpartition("/")[2],
        name="spark",
        folder=Path(),
        unique=lambda stem: f"{stem}-{uuid4().hex[:8]}",
    )
    return project.endpoint()


def test_a_model_of_spark_answers_behind_an_address(session: Session, endpoint: Endpoint):
    registry = "/api/v2/registry/models"
    [model] = session.client.get(registry, params={"search_filter": '{"model_name": "straight"}'}).json()["models"]
    version = session.client.get(f"{registry}/{model['model_id']}").json()["model_versions"][0]
    build = endpoint.build(registered_model_version_id=version["model_version_id"])
    assert build["status"] == "built", build["status_reason"]
    assert build["runtime_addon_identifiers"] == ["spark-4.0"]  # nobody asked: the model's packages name pyspark
    deployment = endpoint.deploy(build, memory=3)
    assert deployment["status"] == "deployed", deployment["status_reason"]

    answer = endpoint.call(columns=["a", "b"], data=[[3.0, 0.0], [5.0, 1.0]]).json()
    assert answer["success"], answer
    assert [round(each, 6) for each in answer["response"]] == [7.0, 11.0]


def test_a_build_without_the_jar_fails_with_the_sentence(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("jarless")
    settings = Settings(home=home, port=0, shared_environments=ENVIRONMENTS, jars=home)
    with running(settings) as platform, platform.client() as client:
        project = make_project(client, home, lambda stem: stem)
        build = project.endpoint().build(**CODE, runtime_addon_identifiers=["spark-4.0"])

    assert build["status"] == "build failed"
    assert build["status_reason"].startswith(
        "iceberg-spark-runtime-4.0_2.13-1.10.2.jar is not in the folder CUVEE_JARS"
    )
