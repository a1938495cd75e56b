"""What one can do with a data connection of each kind. Libraries are imported when they are needed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from typing import Any

from cuvee_runtime.connections import metastores, queries, spark
from cuvee_runtime.connections.errors import NotInstalled, NotSupported, needed
from cuvee_runtime.connections.platform import Given

_CONNECT = "connect."
#: As code for CML names them → as SQLAlchemy does.
_CREDENTIALS = {"USERNAME": "username", "PASSWORD": "password"}


class Connection:
    """A data connection that was opened. It knows its secrets, and shows none."""

    def __init__(self, given: Given) -> None:
        self._given = given

    @property
    def name(self) -> str:
        return self._given.name

    @property
    def kind(self) -> str:
        return self._given.kind

    def __repr__(self) -> str:
        return f"<data connection {self.name} ({self.kind})>"

    def get_base_connection(self) -> Any:
        """What the kind's own library calls a connection."""
        raise NotSupported(self, "connection of its own")

    def get_cursor(self) -> Any:
        """A cursor, as Python's databases have them."""
        raise NotSupported(self, "cursor")

    def get_pandas_dataframe(self, sql: str) -> Any:
        """What a query finds, as a pandas frame."""
        raise NotSupported(self, "SQL")

    def get_polars_dataframe(self, sql: str) -> Any:
        """What a query finds, as a Polars frame."""
        return needed("polars").from_pandas(self.get_pandas_dataframe(sql))

    def get_spark_session(self) -> Any:
        """Spark, with the connection's catalog under its name."""
        raise NotSupported(self, "catalog for Spark")

    def get_catalog(self) -> Any:
        """The Iceberg catalog behind it, as pyiceberg's."""
        raise NotSupported(self, "Iceberg catalog")

    def get_engine(self) -> Any:
        """SQLAlchemy's engine."""
        raise NotSupported(self, "database")

    def get_filesystem(self) -> Any:
        """A file system of pyarrow's."""
        raise NotSupported(self, "files")

    def test(self) -> str:
        """Open it; gives a sentence, or raises what went wrong."""
        raise NotSupported(self, "test")

    def close(self) -> None:
        """Give back what it holds. It can be used again."""


class Database(Connection):
    """A SQL database, by SQLAlchemy."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._base: Any = None

    @cached_property
    def _engine(self) -> Any:
        given = self._given.properties
        options = {key.removeprefix(_CONNECT): value for key, value in given.items() if key.startswith(_CONNECT)}
        try:
            return import_module("sqlalchemy").create_engine(given["uri"], connect_args=options)
        except ModuleNotFoundError as error:
            raise NotInstalled(f"The database's driver is not here: `!pip3 install {error.name}`.") from None

    def get_engine(self) -> Any:
        return self._engine

    def get_base_connection(self) -> Any:
        """The driver's connection; the same one each time, until `close`."""
        if self._base is None:
            self._base = self._engine.raw_connection()
        return self._base

    def get_cursor(self) -> Any:
        return self.get_base_connection().cursor()

    def get_pandas_dataframe(self, sql: str) -> Any:
        text = import_module("sqlalchemy").text
        with self._engine.connect() as connection:
            return import_module("pandas").read_sql_query(text(sql.replace(":", r"\:")), connection)

    def test(self) -> str:
        with self._engine.connect() as connection:
            return f"{self.name} answers: a {connection.dialect.name} database."

    def close(self) -> None:
        if self._base is not None:
            self._base.close()
            self._base = None
        self._engine.dispose()


class Catalog(Connection):
    """An Iceberg catalog."""

    def get_catalog(self) -> Any:
        load = import_module("pyiceberg.catalog").load_catalog
        try:
            return load(self.name, **metastores.answering(self._given).properties)
        except ModuleNotFoundError as error:
            raise NotInstalled(f"What the catalog needs is not here: `!pip3 install {error.name}`.") from None

    def get_base_connection(self) -> Any:
        return self.get_catalog()

    def get_spark_session(self) -> Any:
        if not self._given.spark:
            raise NotSupported(self, "catalog for Spark while its address is a secret")
        metastores.answering(self._given)  # Spark would say it with a stack trace, and later
        return spark.session({}, self._given.spark)

    def get_pandas_dataframe(self, sql: str) -> Any:
        """What a query finds; tables are named `namespace.table`. By Spark where it is, else by DuckDB."""
        if spark.is_there():
            return spark.inside(self.get_spark_session(), self._given.spark, self._spark_name).sql(sql).toPandas()
        return queries.by_duckdb(self.get_catalog(), self._spark_name, sql)

    def test(self) -> str:
        found = self.get_catalog().list_namespaces()
        return f"{self.name} answers: {len(found)} namespace{'' if len(found) == 1 else 's'}."

    @property
    def _spark_name(self) -> str:
        return self.name


class Own(Catalog):
    """Spark on the project's own catalog; plain Python sees the same tables."""

    def get_catalog(self) -> Any:
        return import_module("pyiceberg.catalog").load_catalog("cuvee")

    def get_base_connection(self) -> Any:
        return self.get_spark_session()

    def get_spark_session(self) -> Any:
        secrets = self._given.secrets
        plain = {key: value for key, value in self._given.spark.items() if key not in secrets}
        return spark.session(plain, {key: self._given.spark[key] for key in secrets})

    @property
    def _spark_name(self) -> str:
        return "cuvee"


class Objects(Connection):
    """Files in an object store."""

    def get_filesystem(self) -> Any:
        """It takes paths such as `bucket/folder/file`."""
        arrow = import_module("pyiceberg.io.pyarrow").PyArrowFileIO
        scheme, place, _path = arrow.parse_location(self._given.properties["uri"], self._given.properties)
        return arrow(dict(self._given.properties)).fs_by_scheme(scheme, place)

    def get_base_connection(self) -> Any:
        """For S3 a client of boto3's, as in CML; for others the file system."""
        given = self._given.properties
        if not given["uri"].startswith("s3"):
            return self.get_filesystem()
        return needed("boto3").client(
            "s3",
            endpoint_url=given.get("s3.endpoint"),
            region_name=given.get("s3.region"),
            aws_access_key_id=given.get("s3.access-key-id"),
            aws_secret_access_key=given.get("s3.secret-access-key"),
            aws_session_token=given.get("s3.session-token"),
        )

    def test(self) -> str:
        path = self._given.properties["uri"].partition("://")[2]
        found = self.get_filesystem().get_file_info(path.rstrip("/"))
        return f"{self.name} answers: {found.type.name}."


_KINDS: Mapping[str, Callable[[Given], Connection]] = {
    "spark": Own,
    "iceberg-rest": Catalog,
    "iceberg-sql": Catalog,
    "hive": Catalog,
    "object-store": Objects,
    "sql": Database,
}


def opened(given: Given, credentials: Mapping[str, str] | None = None) -> Connection:
    """The connection that was handed over, with what its kind can do; `credentials` in place of those that it has.

    Raises:
        ValueError: when the kind takes none, or others than USERNAME and PASSWORD.

    """
    return _KINDS[given.kind](_as_somebody_else(given, credentials) if credentials else given)


def _as_somebody_else(given: Given, credentials: Mapping[str, str]) -> Given:
    if given.kind not in {"sql", "iceberg-sql"} or not _CREDENTIALS.keys() >= credentials.keys():
        raise ValueError("A connection of a database takes USERNAME and PASSWORD, others take neither.")
    changes = {_CREDENTIALS[key]: value for key, value in credentials.items()}
    address = import_module("sqlalchemy").make_url(given.properties["uri"]).set(**changes)
    uri = address.render_as_string(hide_password=False)
    return replace(given, properties={**given.properties, "uri": uri})
