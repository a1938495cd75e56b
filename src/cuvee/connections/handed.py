"""A connection as those who open it want it: pyiceberg and SQLAlchemy, and Spark."""

from collections.abc import Mapping
from typing import Final

from cuvee.connections import addresses
from cuvee.connections.values import CATALOGS, WITH_PASSWORD, Connection, Handed, Kind

_TYPES: Final = {Kind.REST: "rest", Kind.SQL_CATALOG: "sql", Kind.HIVE: "hive"}
#: Only plain Python knows these.
_PYTHONS: Final = ("py-", "init_catalog_tables", "pool_pre_ping", "echo", "ssl.", "snapshot-loading-mode", "ugi")
#: Iceberg's way to files that goes by how an address begins; a SQL or Hive catalog has Hadoop's otherwise.
_BY_SCHEME: Final = "org.apache.iceberg.io.ResolvingFileIO"
#: Groups of properties that Java has in another group.
_GROUPS: Final = {"auth.": "rest.auth.", "hive.": "hadoop.hive."}


def whole(connection: Connection, secrets: Mapping[str, str]) -> Handed:
    """The connection with its secrets."""
    properties = {**connection.properties, **secrets}
    spark = _spark(connection, properties)
    if connection.kind in WITH_PASSWORD and "password" in properties:
        properties["uri"] = addresses.with_password(properties["uri"], properties.pop("password"))
    if connection.kind in CATALOGS:
        properties["type"] = _TYPES[connection.kind]
    return Handed(connection=connection, properties=properties, spark=spark)


def _spark(connection: Connection, properties: Mapping[str, str]) -> dict[str, str]:
    """What makes it a catalog of Spark's, under its own name."""
    if connection.kind is Kind.SPARK:
        return dict(properties)
    if connection.kind not in CATALOGS or "uri" not in connection.properties:
        return {}
    prefix = f"spark.sql.catalog.{connection.name}"
    shared = {
        _javas(key): value for key, value in properties.items() if not key.startswith((*_PYTHONS, "uri", "password"))
    }
    own = _jdbc(properties) if connection.kind is Kind.SQL_CATALOG else _plain(connection.kind, properties)
    # What others write in the meantime is seen at once.
    options = {"cache-enabled": "false", **_storage(shared), **shared, **own}
    return {prefix: "org.apache.iceberg.spark.SparkCatalog"} | {f"{prefix}.{key}": options[key] for key in options}


def _storage(shared: Mapping[str, str]) -> dict[str, str]:
    """What Java must be told besides of an S3 that pyiceberg finds with fewer words."""
    found = {}
    if any(name.startswith("s3.") for name in shared):
        found["io-impl"] = _BY_SCHEME
    if "s3.region" in shared:
        found["client.region"] = shared["s3.region"]
    if "s3.endpoint" in shared:  # pyiceberg has the bucket in the path unless it is told otherwise, Java in the host
        virtual = shared.get("s3.force-virtual-addressing", "false").lower() == "true"
        found["s3.path-style-access"] = "false" if virtual else "true"
    return found


def _javas(name: str) -> str:
    """A property's name, as Iceberg's Java library has it."""
    group = next((group for group in _GROUPS if name.startswith(group)), "")
    return _GROUPS.get(group, "") + name.removeprefix(group)


def _plain(kind: Kind, properties: Mapping[str, str]) -> dict[str, str]:
    return {"type": _TYPES[kind], "uri": properties["uri"]}


def _jdbc(properties: Mapping[str, str]) -> dict[str, str]:
    """Java's form of a catalog in a database. The database's driver is for the project to add."""
    address, user = addresses.jdbc(properties["uri"])
    given = {"jdbc.user": user, "jdbc.password": properties.get("password", "")}
    return {
        "catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog",
        "uri": address,
        **{key: value for key, value in given.items() if value},
    }
