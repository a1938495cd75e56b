"""Data connections from inside: what each kind can do, on real databases and catalogs, and nothing of its secrets."""

import base64
import http.server
import json
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import duckdb
import pyarrow as pa
import pyarrow.parquet
import pytest
import sqlalchemy

from cml import data_v1
from cuvee_runtime.connections.errors import NotInstalled, NotReached, NotSupported
from cuvee_runtime.connections.platform import NoSuchConnection, NotHanded, NotInASession

WINES = pa.table({"quality": [5, 6, 7], "name": ["a", "b", "c"]})
KEY = "the-sessions-key"
SECRET = "s3kr1t-never-to-be-seen"


class Platform(http.server.BaseHTTPRequestHandler):
    """Hands connections over as the platform does."""

    def do_GET(self):
        name = self.path.split("/")[-2]
        known = self.server.connections.get(name)
        status = 401 if self.headers["Authorization"] != f"Bearer {KEY}" else 200 if known else 404
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(known if status == 200 else {"error": "refused in a sentence"}).encode())

    def log_message(self, *_arguments):
        """Say nothing."""


@contextmanager
def served(handler, **attributes):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        vars(server).update(attributes)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def handed(monkeypatch):
    """The connections of a project, by name; the platform is served meanwhile."""
    known = {}
    with served(Platform, connections=known) as url:
        monkeypatch.setenv("CDSW_API_URL", f"{url}/api/v1")
        monkeypatch.setenv("CDSW_APIV2_KEY", KEY)
        monkeypatch.setenv("CDSW_PROJECT_ID", "0000-0000-0000-0000")
        yield lambda name, kind, secrets=(), **properties: known.update(
            {name: {"name": name, "kind": kind, "properties": properties, "secrets": list(secrets), "spark": {}}}
        )


@pytest.fixture
def catalog(handed, tmp_path):
    """A catalog in a folder, with a table, as the connection `lake`."""
    handed("lake", "iceberg-sql", type="sql", uri=f"sqlite:///{tmp_path}/c.db", warehouse=f"file://{tmp_path}/w")
    lake = data_v1.get_connection("lake")
    found = lake.get_catalog()
    found.create_namespace("cellar")
    found.create_table("cellar.wines", schema=WINES.schema).append(WINES)
    return lake


def test_a_database_is_asked_in_every_way(handed, tmp_path):
    handed("sales", "sql", uri=f"sqlite:///{tmp_path}/sales.db")
    sales = data_v1.get_connection("sales")
    with sales.get_engine().begin() as connection:
        connection.exec_driver_sql("CREATE TABLE orders (item TEXT, price REAL)")
        connection.exec_driver_sql("INSERT INTO orders VALUES ('a:b', 1.5), ('100%', 2)")

    assert sales.get_pandas_dataframe("SELECT item FROM orders WHERE item = 'a:b'")["item"].tolist() == ["a:b"]
    assert sales.get_pandas_dataframe("SELECT sum(price) s FROM orders WHERE item LIKE '1%'")["s"].tolist() == [2]
    assert sales.get_polars_dataframe("SELECT price FROM orders").to_dict(as_series=False) == {"price": [1.5, 2.0]}
    cursor = sales.get_cursor()
    assert cursor.execute("SELECT count(*) FROM orders").fetchall() == [(2,)]
    assert sales.get_base_connection() is sales.get_base_connection()
    assert sales.test() == "sales answers: a sqlite database."
    sales.close()


def test_a_password_is_used_and_not_shown(handed):
    handed("sales", "sql", ["password"], uri=f"postgresql+psycopg://me:{SECRET}@127.0.0.1:1/sales")
    sales = data_v1.get_connection("sales")

    with pytest.raises(sqlalchemy.exc.OperationalError) as error:
        sales.test()

    shown = (str(error.value), repr(sales), str(sales), repr(sales.get_engine()), repr(sales._given), repr(vars(sales)))
    assert not [text for text in shown if SECRET in text]
    assert sales.get_engine().url.password == SECRET


def test_somebody_elses_credentials_take_the_place_of_its_own(handed):
    handed("sales", "sql", ["password"], uri=f"postgresql+psycopg://me:{SECRET}@db/sales")
    handed("files", "object-store", uri="s3://bucket")
    url = data_v1.get_connection("sales", {"USERNAME": "anna", "PASSWORD": "a@b"}).get_engine().url

    assert (url.username, url.password, url.database) == ("anna", "a@b", "sales")
    for name, wrong in (("sales", {"HOST": "x"}), ("files", {"PASSWORD": "x"})):
        with pytest.raises(ValueError, match="USERNAME and PASSWORD"):
            data_v1.get_connection(name, wrong)


def test_a_missing_driver_is_said_in_a_sentence(handed):
    handed("sales", "sql", uri="oracle+oracledb://me@db/x")

    with pytest.raises(NotInstalled, match="pip3 install oracledb"):
        data_v1.get_connection("sales").get_engine()


def test_a_catalog_is_read_by_pyiceberg_duckdb_and_polars(catalog):
    assert catalog.get_catalog().load_table("cellar.wines").scan().to_arrow().num_rows == 3
    good = "WITH good AS (SELECT * FROM cellar.wines WHERE quality > 5) SELECT count(*) n FROM good"
    assert catalog.get_pandas_dataframe(good)["n"].tolist() == [2]
    assert catalog.get_pandas_dataframe("SELECT name FROM lake.cellar.wines")["name"].tolist() == ["a", "b", "c"]
    assert catalog.get_polars_dataframe('SELECT max(quality) AS q FROM "cellar"."wines"')["q"].to_list() == [7]
    joined = "SELECT count(*) n FROM cellar.wines a JOIN lake.cellar.wines b USING (quality)"
    assert catalog.get_pandas_dataframe(joined)["n"].tolist() == [3]
    assert catalog.test() == "lake answers: 1 namespace."


def test_the_default_namespace_needs_no_name(catalog):
    found = catalog.get_catalog()
    found.create_namespace("default")
    found.create_table("default.wines", schema=WINES.schema).append(WINES.slice(1))

    for name in ("wines", '"default".wines', 'lake."default".wines'):
        assert len(catalog.get_pandas_dataframe(f"SELECT * FROM {name}")) == 2
    assert catalog.get_pandas_dataframe("WITH wines AS (SELECT 1 a) SELECT a FROM wines")["a"].tolist() == [1]


def test_a_query_that_makes_no_sense_is_refused_in_duckdbs_words(catalog):
    for wrong in ("SELEC 1", "SELECT * FROM cellar.nothing", "SELECT nothing FROM cellar.wines"):
        with pytest.raises(duckdb.Error):
            catalog.get_pandas_dataframe(wrong)


def test_what_a_kind_does_not_have_is_said(catalog, handed):
    for ask in (catalog.get_cursor, catalog.get_engine, catalog.get_filesystem):
        with pytest.raises(NotSupported, match="iceberg-sql"):
            ask()
    handed("own", "spark")
    with pytest.raises(NotInstalled, match="Enable Spark"):
        data_v1.get_connection("own").get_spark_session()


def test_pyiceberg_finds_a_connection_by_its_name(catalog, monkeypatch):
    program = """
import os, cml.data_v1
from pyiceberg.catalog import load_catalog
print(load_catalog("lake").list_tables("cellar"), [key for key in os.environ if "LAKE" in key])
try:
    load_catalog("nowhere")
except ValueError as error:
    print(error)
print(load_catalog("mine").properties["uri"])
"""
    monkeypatch.setenv("PYICEBERG_CATALOG__CUVEE__URI", "http://127.0.0.1:1")
    monkeypatch.setenv("PYICEBERG_CATALOG__MINE__URI", "sqlite:///:memory:")
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    found, missing, mine = ran.stdout.splitlines()
    assert found == "[('cellar', 'wines')] []"
    assert "URI missing" in missing
    assert mine == "sqlite:///:memory:"


class RestCatalog(http.server.BaseHTTPRequestHandler):
    """As much of a REST catalog as a client needs to list nothing."""

    def do_GET(self):
        self.server.asked.append(self.headers.get("Authorization", ""))
        reply = {"defaults": {}, "overrides": {}, "namespaces": []}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(reply).encode())

    def log_message(self, *_arguments):
        """Say nothing."""


def test_a_rest_catalog_is_opened_with_a_users_name_and_password(handed):
    asked = []
    with served(RestCatalog, asked=asked) as url:
        options = {"auth.type": "basic", "auth.basic.username": "me", "auth.basic.password": SECRET}
        handed("lake", "iceberg-rest", ["auth.basic.password"], type="rest", uri=url, **options)

        assert data_v1.get_connection("lake").test() == "lake answers: 0 namespaces."

    assert set(asked) == {"Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()}


class Store(http.server.BaseHTTPRequestHandler):
    """As much of S3 as a client needs to read one object."""

    def do_GET(self):
        self._answer(with_body=True)

    def do_HEAD(self):
        self._answer(with_body=False)

    def _answer(self, *, with_body):
        self.server.asked.append(self.headers.get("Authorization", ""))
        content = self.server.content
        start, end = 0, len(content) - 1
        if asked := self.headers.get("Range"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start, end = int(first), min(int(last or end), end)
        part = content[start : end + 1]
        self.send_response(206 if asked else 200)
        for name, value in {
            "Content-Length": str(len(part)),
            "Content-Range": f"bytes {start}-{end}/{len(content)}",
            "Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT",
            "ETag": '"x"',
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(part)

    def log_message(self, *_arguments):
        """Say nothing."""


def test_an_object_store_is_read_with_the_connections_key(handed):
    sink = pa.BufferOutputStream()
    pyarrow.parquet.write_table(WINES, sink)
    asked = []
    with served(Store, content=sink.getvalue().to_pybytes(), asked=asked) as url:
        options = {
            "s3.endpoint": url,
            "s3.region": "eu-1",
            "s3.access-key-id": "AKIAOURS",
            "s3.secret-access-key": SECRET,
        }
        handed("files", "object-store", uri="s3://bucket/wines", **options)
        files = data_v1.get_connection("files")

        rows = pyarrow.parquet.read_table("bucket/wines/1.parquet", filesystem=files.get_filesystem())

        assert rows.num_rows == 3
        assert files.test() == "files answers: File."
    assert all("AKIAOURS" in each for each in asked)
    assert SECRET not in repr(files) + " ".join(asked)


def test_a_name_that_nobody_has_and_a_key_that_opens_nothing(handed, monkeypatch):
    with pytest.raises(NoSuchConnection, match="lakes"):
        data_v1.get_connection("lakes")
    monkeypatch.setenv("CDSW_APIV2_KEY", "another")
    with pytest.raises(NotHanded, match="refused in a sentence"):
        data_v1.get_connection("lake")
    monkeypatch.setenv("CDSW_API_URL", "http://127.0.0.1:1/api/v1")
    with pytest.raises(NotHanded, match="does not answer"):
        data_v1.get_connection("lake")
    monkeypatch.delenv("CDSW_PROJECT_ID")
    with pytest.raises(NotInASession):
        data_v1.get_connection("lake")


def test_no_proxy_sees_a_connection(handed, monkeypatch):
    handed("sales", "sql", uri="sqlite://")
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")

    assert data_v1.get_connection("sales").kind == "sql"


def test_of_several_metastores_the_first_that_answers_is_opened(handed):
    with socket.create_server(("127.0.0.1", 0)) as there, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone, answers = (f"thrift://127.0.0.1:{each.getsockname()[1]}" for each in (nobody, there))
        handed("hive", "hive", type="hive", uri=f"{gone},{answers}")

        assert data_v1.get_connection("hive").get_catalog().properties["uri"] == answers


def test_metastores_that_are_away_are_all_named_and_a_secret_address_is_not(handed):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = f"thrift://127.0.0.1:{nobody.getsockname()[1]}"
        handed("hive", "hive", type="hive", uri=f"{gone},thrift://nowhere.invalid:9083")
        with pytest.raises(NotReached, match=rf"connection hive .*{gone} \(Connection refused\), thrift://nowhere"):
            data_v1.get_connection("hive").test()

        handed("hive", "hive", type="hive", uri=gone, secrets=["uri"])
        with pytest.raises(NotReached, match=r"does not answer: Connection refused\.$"):
            data_v1.get_connection("hive").test()
