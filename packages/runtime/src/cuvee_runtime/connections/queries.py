"""SQL on Iceberg tables without Spark: DuckDB asks, pyiceberg reads."""

import json
from importlib import import_module
from typing import Any

from cuvee_runtime.connections.errors import NotInstalled


def by_duckdb(catalog: Any, name: str, sql: str) -> Any:
    """What a query finds, as a pandas frame. Each table that it names is read whole.

    Raises:
        NotInstalled: when DuckDB is not there either.

    """
    try:
        duckdb = import_module("duckdb")
    except ModuleNotFoundError:
        raise NotInstalled(
            "SQL on Iceberg tables needs Spark (Enable Spark) or DuckDB (`!pip3 install duckdb`). "
            "Without SQL: get_catalog().load_table(…).scan(row_filter=…).to_pandas()."
        ) from None
    with duckdb.connect() as connection:
        place = _quoted(name)
        connection.execute(f"ATTACH ':memory:' AS {place}")
        connection.execute(f"USE {place}")
        for namespace, table in sorted(_named(connection, name, sql)):
            _add(connection, catalog, namespace, table)
        return connection.execute(sql).df()


def _named(connection: Any, name: str, sql: str) -> set[tuple[str, str]]:
    """The tables that a query names, each with its namespace, empty where the query says none.

    DuckDB's parser says so, without asking whether they are there. What it cannot read is left to it to refuse.
    """
    [(text,)] = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    found: set[tuple[str, str]] = set()
    steps: set[str] = set()
    waiting = [json.loads(text)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            waiting += each.values()
            steps |= {step["key"] for step in (each.get("cte_map") or {}).get("map", ())}
            if each.get("type") == "BASE_TABLE" and each["catalog_name"] in {"", name}:
                found.add((each["schema_name"], each["table_name"]))
    return found - {("", step) for step in steps}


def _add(connection: Any, catalog: Any, namespace: str, table: str) -> None:
    """A table of the catalog as one of DuckDB's, without a copy of its rows; nothing when the catalog has none."""
    identifier = (namespace or "default", table)
    if not catalog.table_exists(identifier):
        return
    rows = catalog.load_table(identifier).scan().to_arrow()
    own = f"rows_{id(rows)}"
    connection.register(own, rows)
    schema = _quoted(namespace or "main")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute(f"CREATE VIEW {schema}.{_quoted(table)} AS FROM {own}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
