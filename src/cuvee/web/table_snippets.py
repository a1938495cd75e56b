"""Code that reads a table in a session, to take along: pyiceberg, pandas, Spark."""

import re
from typing import Final

from cuvee.data.values import Table

#: How a table is made, for projects that have none.
FIRST: Final = """import pyarrow as pa
from pyiceberg.catalog import load_catalog

rows = pa.table({"quality": [5, 6, 7]})
table = load_catalog().create_table_if_not_exists("default.wines", schema=rows.schema)
table.append(rows)"""
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def reading(table: Table, snapshot_id: int | None) -> list[tuple[str, str]]:
    """How the table is read, as it was at a snapshot; as it is without one."""
    named, spark = _python(table), _spark(table)
    opened = f"from pyiceberg.catalog import load_catalog\n\ntable = load_catalog().load_table({named})\n"
    scan = "table.scan()" if snapshot_id is None else f"table.scan(snapshot_id={snapshot_id})"
    option = "" if snapshot_id is None else f'.option("snapshot-id", {snapshot_id})'
    version = "" if snapshot_id is None else f" VERSION AS OF {snapshot_id}"
    return [
        ("pyiceberg", f"{opened}rows = {scan}.to_arrow()"),
        ("pandas", f"{opened}rows = {scan}.to_pandas()"),
        ("Spark", f"rows = spark.read{option}.table({_text(spark)})"),
        ("Spark SQL", f"SELECT * FROM {spark}{version}"),  # noqa: S608 - shown to people, run by nobody
    ]


def _python(table: Table) -> str:
    """The name as a text, or as a tuple when a part of it has dots."""
    parts = (*table.namespace, table.name)
    return repr(parts) if any("." in part for part in parts) else _text(table.full_name)


def _spark(table: Table) -> str:
    """The name as SQL has it: in backquotes, where a part is no plain name."""
    quoted = ("`" + part.replace("`", "``") + "`" for part in (*table.namespace, table.name))
    return ".".join(part[1:-1] if _PLAIN.fullmatch(part[1:-1]) else part for part in quoted)


def _text(name: str) -> str:
    """A text of Python's, in double quotes."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
