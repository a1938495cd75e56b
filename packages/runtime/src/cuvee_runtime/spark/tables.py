"""Iceberg's tables as Spark's Java knows them, for those who know pyiceberg's."""

import json
from dataclasses import dataclass
from typing import Any

from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.io import load_file_io
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadataUtil

from cuvee_runtime.iceberg import filters

#: Under which name Python finds the project's catalog.
_OWN = "cuvee"
#: Iceberg opens these when a table is named by its folder. They lead to Hive, which would be started when it is asked.
_FOR_FOLDERS = frozenset({"default_iceberg", "default_cache_iceberg"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A table of one of Spark's catalogs."""

    catalog: str
    name: tuple[str, ...]
    java: Any


class Tables:
    """Finds tables by the names that Iceberg's events have for them."""

    def __init__(self, jvm: Any) -> None:
        self._sessions = jvm.org.apache.spark.sql.SparkSession
        self._spark = jvm.org.apache.iceberg.spark.Spark3Util
        self._identifiers = jvm.org.apache.iceberg.catalog.TableIdentifier
        self._snapshots = jvm.org.apache.iceberg.util.SnapshotUtil
        self._metadata = jvm.org.apache.iceberg.TableMetadataParser
        self._schemas = jvm.org.apache.iceberg.SchemaParser
        self._binder = jvm.org.apache.iceberg.expressions.Binder
        self._expressions = jvm.org.apache.iceberg.expressions.ExpressionParser
        self._none = jvm.scala.Option.empty()

    def find(self, session: Any, name: str, snapshot_id: int) -> Found | None:
        """The table that has the snapshot; None when no catalog has it, or not yet.

        A transaction tells of its table without the catalog: every one is asked that the session has opened. A table
        that is named by its folder is in none.
        """
        if "/" in name:
            return None
        self._sessions.setActiveSession(session)  # a catalog that is opened here asks the thread for its settings
        first, *rest = name.split(".")
        others = (catalog for catalog in self._opened(session) if catalog != first)
        for catalog, parts in [(first, rest), *((catalog, [first, *rest]) for catalog in others)]:
            table = self._loaded(session, catalog, ".".join(parts))
            if table is not None and _holds(table, snapshot_id):
                return Found(catalog=catalog, name=tuple(parts), java=table)
        return None

    def as_pythons(self, session: Any, found: Found) -> Table:
        """The same table as pyiceberg has it, of the same moment."""
        metadata = found.java.operations().current()
        return Table(
            found.name,
            TableMetadataUtil.parse_raw(self._metadata.toJson(metadata)),
            metadata.metadataFileLocation(),
            load_file_io({}),
            _catalog(session, found.catalog),
        )

    def projected(self, event: Any) -> list[tuple[int, str]]:
        """Ids and names of the columns that a scan takes."""
        fields = json.loads(self._schemas.toJson(event.projection()))["fields"]
        return [(field["id"], field["name"]) for field in fields]

    @staticmethod
    def columns(table: Table, snapshot_id: int, projected: list[tuple[int, str]]) -> list[str] | None:
        """Which of a snapshot's columns are projected; None for all, and nothing where a metadata table is read."""
        snapshot = table.snapshot_by_id(snapshot_id)
        schema_id = None if snapshot is None else snapshot.schema_id
        schema = table.schema() if schema_id is None else table.schemas()[schema_id]
        every = [(field.field_id, field.name) for field in schema.fields]
        found = [name for key, name in every if (key, name) in projected]
        return None if len(found) == len(every) else found

    def row_filter(self, found: Found, event: Any) -> str | None:
        """A scan's filter with its values, as pyiceberg takes it; None for all rows."""
        schema = self._snapshots.schemaFor(found.java, event.snapshotId())
        # Bound to the columns, days and moments are written as such and not as numbers.
        bound = self._binder.bind(schema.asStruct(), event.filter(), False)
        return filters.text(json.loads(self._expressions.toJson(bound)))

    def _opened(self, session: Any) -> list[str]:
        names: str = session.sessionState().catalogManager().listCatalogs(self._none).mkString("\n")
        return [name for name in names.split("\n") if name not in _FOR_FOLDERS]

    def _loaded(self, session: Any, catalog: str, name: str) -> Any:
        """By Iceberg's catalog alone: behind Spark's own may be Hive, which would be started for this."""
        try:
            return self._spark.loadIcebergCatalog(session, catalog).loadTable(self._identifiers.parse(name))
        except Exception:  # noqa: BLE001 - py4j and pyspark have many words for a table that is not there
            return None


def _holds(table: Any, snapshot_id: int) -> bool:
    if table.snapshot(snapshot_id) is None:
        table.refresh()  # what a catalog keeps in its cache may be older
    return table.snapshot(snapshot_id) is not None


def _catalog(session: Any, name: str) -> NoopCatalog:
    """By the name by which `load_catalog` finds it in a session."""
    prefix, settings = f"spark.sql.catalog.{name}.", session.conf()
    if settings.get(f"{prefix}type", "") == "rest" and settings.get(f"{prefix}header.X-Cuvee-Session", ""):
        return NoopCatalog(_OWN, prefix=settings.get(f"{prefix}warehouse", ""))
    return NoopCatalog(name)
