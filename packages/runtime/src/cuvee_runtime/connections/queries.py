"""SQL on Iceberg tables without Spark: DuckDB asks, pyiceberg reads."""

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
        for table in duckdb.get_table_names(sql, qualified=True):
            _add(connection, catalog, name, _parts(table))
        return connection.execute(sql).df()


def _add(connection: Any, catalog: Any, name: str, parts: list[str]) -> None:
    """A table of the catalog as one of DuckDB's, without a copy of its rows."""
    *namespace, table = parts[1:] if len(parts) > 2 and parts[0] == name else parts  # noqa: PLR2004 - name, space, table
    rows = catalog.load_table((*(namespace or ["default"]), table)).scan().to_arrow()
    own = f"rows_{id(rows)}"
    connection.register(own, rows)
    schema = _quoted(".".join(namespace)) if namespace else "main"
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute(f"CREATE VIEW {schema}.{_quoted(table)} AS FROM {own}")


def _parts(name: str) -> list[str]:
    """The levels of a name as DuckDB writes it, with quotes around what needs them."""
    parts, inside = [""], False
    for character in name:
        if character == '"':
            inside = not inside
        elif character == "." and not inside:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
