"""Data connections in a real session: databases, catalogs, and where their secrets are not."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg
import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog, load_catalog
from tests.conftest import Running
from tests.integration.catalogs import WINES, connect, new_project
from tests.integration.object_stores import SECRET as STORES_SECRET
from tests.integration.object_stores import USER, ObjectStore, object_store
from tests.integration.test_openlineage_bad_days import free_port
from tests.integration.test_sessions import Session

from cuvee.runtimes.values import Environment

#: Which database keeps a connection is no matter here.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session")
SECRET = f"s3kr1t-{uuid4().hex}"


@pytest.fixture(scope="module")
def project(platform: Running) -> Iterator[str]:
    with platform.client() as client:
        yield new_project(client, f"connected-{uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def session(platform: Running, project: str, base: Environment) -> Iterator[Session]:
    with platform.client() as client:
        session = Session(client, project, name="connected")
        session.reach("running")
        yield session
        session.stop()


@pytest.fixture
def connection(session: Session, project: str) -> Callable[..., None]:
    """Makes a data connection of the session's project, which the session finds at once."""

    def make(name: str, kind: str, **more: Any) -> None:
        reply = session.client.post(
            f"/api/v2/projects/{project}/dataconnections", json={"name": name, "kind": kind, **more}
        )
        assert reply.status_code == 200, reply.text

    return make


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("store")) as found:
        yield found


def said(session: Session, code: str) -> list[str]:
    done = session.finished(session.ask(code=f"import cml.data_v1 as cmldata\n{code}"))
    text = session.text(done)
    assert done["status"] == "succeeded", text
    return text.splitlines()


def test_a_sqlite_database_is_asked_by_name(session: Session, connection: Callable[..., None], tmp_path: Path):
    connection("sales", "sql", properties={"uri": f"sqlite:///{tmp_path}/sales.db"})
    ask = """
c = cmldata.get_connection("sales")
cursor = c.get_cursor()
cursor.execute("CREATE TABLE orders AS SELECT 7 AS price")
c.get_base_connection().commit()
print(c.get_pandas_dataframe("SELECT price FROM orders")["price"].tolist(), c)
"""
    assert said(session, ask) == ["[7] <data connection sales (sql)>"]


def test_a_postgresql_database_is_asked_by_name_and_its_password_is_used(
    session: Session, connection: Callable[..., None], postgres: Callable[[], str]
):
    address = psycopg.conninfo.conninfo_to_dict(postgres())
    with psycopg.connect(**address, autocommit=True) as admin:
        role = f"reader_{uuid4().hex[:8]}"
        admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{SECRET}'")
        admin.execute("CREATE TABLE wines AS SELECT * FROM generate_series(1, 5) AS quality")
        admin.execute(f"GRANT SELECT ON wines TO {role}")
    place = f"postgresql+psycopg://{role}:{SECRET}@/{address['dbname']}?host={address['host']}"
    connection("cellar", "sql", properties={"uri": place + (f"&port={address['port']}" if "port" in address else "")})
    session.run("!pip3 install -q 'psycopg[binary]'")
    ask = """
c = cmldata.get_connection("cellar")
frame = c.get_pandas_dataframe("SELECT current_user AS who, count(*) AS n FROM wines")
print(frame["who"][0], frame["n"][0], repr(c.get_engine().url))
"""
    [line] = said(session, ask)
    assert line.split()[:2] == [role, "5"]
    assert "***" in line
    assert SECRET not in line


def _in_a_folder(connection: Callable[..., None], name: str, folder: Path) -> Catalog:
    """A catalog with a table of wines, as a connection."""
    place = {"uri": f"sqlite:///{folder}/catalog.db", "warehouse": f"file://{folder}/warehouse"}
    made = load_catalog(name, type="sql", **place)
    made.create_namespace("cellar")
    made.create_table("cellar.wines", schema=WINES.schema).append(WINES)
    connection(name, "iceberg-sql", properties=place)
    return made


def test_another_catalog_is_read_by_its_name(session: Session, connection: Callable[..., None], tmp_path: Path):
    theirs = _in_a_folder(connection, "theirs", tmp_path)
    ask = """
from pyiceberg.catalog import load_catalog
table = load_catalog("theirs").load_table("cellar.wines")
table.append(table.scan().to_arrow())
print(cmldata.get_connection("theirs").get_catalog().load_table("cellar.wines").scan().to_arrow().num_rows)
"""
    assert said(session, ask) == ["6"]
    assert theirs.load_table("cellar.wines").scan().to_arrow().num_rows == 6


def test_what_a_run_reads_and_writes_of_another_catalog_is_noted_on_it(
    session: Session, connection: Callable[..., None], tmp_path: Path
):
    _in_a_folder(connection, "noted", tmp_path)
    ask = """
import mlflow
from pyiceberg.catalog import load_catalog
table = load_catalog("noted").load_table("cellar.wines")
with mlflow.start_run() as run:
    used = mlflow.data.from_iceberg(table, row_filter="quality > 5")
    table.append(table.scan(row_filter="quality > 5").to_arrow())
    mlflow.log_input(used, context="training")
print(run.info.run_id, table.metadata.table_uuid, *[each.snapshot_id for each in table.snapshots()])
"""
    run_id, uuid, before, after = said(session, ask)[-1].split()
    run = session.client.get("/api/2.0/mlflow/runs/get", params={"run_id": run_id}).json()["run"]
    noted = [{tag["key"]: tag["value"] for tag in each["tags"]} for each in run["inputs"]["dataset_inputs"]]
    # What the user says of an input takes the place of what was noted.
    assert noted == [{"mlflow.data.context": "training"}, {"mlflow.data.context": "write", "cuvee.recorded": "true"}]
    assert {"key": "iceberg_snapshot_id", "value": before} in run["data"]["tags"]

    graph = session.client.get("/api/v2/lineage", params={"node": f"run:{run_id}"}).json()
    foreign = {each["node"]: each["status"] for each in graph["nodes"] if each["kind"] == "snapshot"}
    assert foreign == {f"snapshot:{uuid}/{each}": "elsewhere" for each in (before, after)}


def test_another_projects_tables_are_read_by_a_connection(
    platform: Running, session: Session, connection: Callable[..., None]
):
    other = new_project(session.client, f"other-{uuid4().hex[:8]}")
    connect(platform, other).create_table("default.wines", schema=WINES.schema).append(WINES)
    connection(
        "neighbour",
        "iceberg-rest",
        properties={"uri": f"{platform.url}/iceberg", "warehouse": other},
        secrets={"token": platform.api_key},
    )
    ask = """
from pyiceberg.catalog import load_catalog
print(load_catalog("neighbour").load_table("default.wines").scan().to_arrow().num_rows)
print(load_catalog().list_tables("default"))
"""
    assert said(session, ask) == ["3", "[]"]


def test_files_in_an_object_store_are_read_and_written(
    session: Session, connection: Callable[..., None], store: ObjectStore
):
    store.make_bucket("archive")
    place = {"uri": "s3://archive/2026", **store.properties}
    connection("archive", "object-store", properties=place, secrets={"s3.secret-access-key": STORES_SECRET})
    ask = """
import pandas
archive = cmldata.get_connection("archive")
files = archive.get_filesystem()
pandas.DataFrame({"quality": [5, 6]}).to_parquet("archive/2026/wines.parquet", filesystem=files)
print(pandas.read_parquet("archive/2026/wines.parquet", filesystem=files)["quality"].sum(), archive.test())
"""
    assert said(session, ask) == ["11 archive answers: Directory."]


def test_an_object_store_that_refuses_or_is_away_is_said_in_a_sentence(
    session: Session, connection: Callable[..., None], store: ObjectStore
):
    place = {"uri": "s3://archive/2026", **store.properties}
    connection("wrong", "object-store", properties=place, secrets={"s3.secret-access-key": f"not-{SECRET}"})
    gone = {**place, "s3.endpoint": f"http://127.0.0.1:{free_port()}"}
    connection("gone", "object-store", properties=gone, secrets={"s3.secret-access-key": SECRET})

    for name, why in (("wrong", "ACCESS_DENIED"), ("gone", "Could not connect")):
        done = session.finished(session.ask(code=f"cmldata.get_connection({name!r}).test()"))
        [reason] = done["status_reason"].splitlines()
        assert why in reason
        assert SECRET not in reason


def test_anothers_catalog_has_its_tables_in_an_object_store(
    session: Session, connection: Callable[..., None], store: ObjectStore
):
    store.make_warehouse("lakehouse")
    connection(
        "lakehouse",
        "iceberg-rest",
        properties={"uri": store.catalog, "warehouse": "s3://lakehouse/", **store.properties},
        secrets={"credential": f"{USER}:{STORES_SECRET}", "s3.secret-access-key": STORES_SECRET},
    )
    ask = """
import pyarrow as pa
from pyiceberg.catalog import load_catalog
lakehouse = load_catalog("lakehouse")
lakehouse.create_namespace("cellar")
wines = pa.table({"quality": [5, 6, 7]})
lakehouse.create_table("cellar.wines", schema=wines.schema).append(wines)
found = cmldata.get_connection("lakehouse").get_catalog().load_table("cellar.wines")
print(found.location(), found.scan(row_filter="quality > 5").to_arrow().num_rows)
"""
    assert said(session, ask) == ["s3://lakehouse/cellar/wines 2"]


def test_the_default_connection_is_the_projects_catalog(session: Session, platform: Running, project: str):
    connect(platform, project).create_table("default.mine", schema=pa.schema([("x", pa.int64())]))
    assert said(session, 'print(cmldata.get_connection("default").get_catalog().list_tables("default"))') == [
        "[('default', 'mine')]"
    ]


def test_a_new_password_counts_at_once(session: Session, connection: Callable[..., None], project: str):
    connection("moving", "sql", properties={"uri": "postgresql://me:old@db/x"})
    ask = 'print(cmldata.get_connection("moving")._given.properties["uri"])'
    assert said(session, ask) == ["postgresql://me:old@db/x"]
    place = f"/api/v2/projects/{project}/dataconnections/moving"
    session.client.patch(place, json={"secrets": {"password": "new"}})

    assert said(session, ask) == ["postgresql://me:new@db/x"]


def test_a_secret_is_in_no_process_and_no_file(
    platform: Running, session: Session, connection: Callable[..., None], project: str
):
    secret = f"hidden-{uuid4().hex}"
    connection("hidden", "iceberg-rest", properties={"uri": "http://127.0.0.1:9"}, secrets={"token": secret})
    ask = f"""
import os
c = cmldata.get_connection("hidden")
print(len(c._given.properties["token"]), c, os.getpid())
try:
    c.test()
except Exception as error:
    assert "hidden-" not in str(error), "the error tells it"
kept = [name for name, value in os.environ.items() if {secret[:12]!r} in value]
print(kept)
"""
    shown = said(session, ask)
    assert shown[0].startswith(f"{len(secret)} <data connection hidden (iceberg-rest)> ")
    assert shown[-1] == "[]"

    pid = int(shown[0].split()[-1])
    family = [psutil.Process(pid), *psutil.Process(pid).parents()[:2]]
    for process in family:
        assert secret not in " ".join(process.cmdline())
        assert secret not in str(process.environ())
    assert _holding(platform.home, secret) == []


def test_a_page_tries_a_connection_in_the_readers_session(session: Session, project: str):
    project = session.client.get(f"/api/v2/projects/{project}").json()["name"]
    page = f"/projects/{project}/data/connections/default"
    assert session.id in session.client.get(page).text

    tried = session.client.post(f"{page}/-/try", data={"session": session.id})

    assert (tried.status_code, tried.headers["location"]) == (303, f"/sessions/{session.id}")
    last = session.client.get(f"{session.path}/executions", params={"sort": "-created_at"}).json()["executions"][0]
    assert session.text(session.finished(last)) == "default answers: 1 namespace.\n"


def test_a_connection_that_is_not_there_is_said_in_a_sentence(session: Session):
    done = session.finished(session.ask(code='import cml.data_v1; cml.data_v1.get_connection("nowhere")'))

    assert done["status_reason"] == "NoSuchConnection: This project has no data connection 'nowhere'."


def _holding(home: Path, text: str) -> list[str]:
    """The files of the home, of the sessions too, that hold the text; those that go meanwhile hold nothing."""
    found = []
    for folder, _folders, names in os.walk(home):
        for name in names:
            try:
                content = (Path(folder) / name).read_bytes() if (Path(folder) / name).is_file() else b""
            except OSError:
                continue
            if text.encode() in content:
                found.append(name)
    return found
