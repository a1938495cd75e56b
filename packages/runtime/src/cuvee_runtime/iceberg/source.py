"""Where a dataset comes from when it is a snapshot of an Iceberg table. MLflow finds this class as a plug-in.

MLflow imports it with itself: from then on, reads of a session's tables are reported (see hook.py).
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlflow.data.dataset_source import DatasetSource

from cuvee_runtime.iceberg import hook
from cuvee_runtime.iceberg.facts import NoSuchSnapshot

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.table import Table

hook.install()

#: In place of a filter's value, in what Spark tells of a read.
_MASK = re.compile(r"[ (]\((?:\d+-digit-|hash-|date|time)")


class FilterMasked(LookupError):
    """The values of the filter are not known: Spark does not tell them."""


class IcebergDatasetSource(DatasetSource):  # type: ignore[misc] # mlflow is not in the platform's environment
    """A snapshot of a table, with the rows and columns that were taken of it."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = dict(facts)

    @staticmethod
    def _get_source_type() -> str:
        return "iceberg"

    def table(self) -> "Table":
        """The table with this snapshot in it: as its catalog has it now, or as it was when the snapshot was used.

        A table that was renamed, dropped or made anew under its name is read by the metadata file of that time.

        Raises:
            NoSuchSnapshot: when neither has the snapshot.

        """
        for find in (self._in_catalog, self._as_it_was):
            table = find()
            if table is not None and table.snapshot_by_id(self.facts["snapshot_id"]) is not None:
                return table
        raise NoSuchSnapshot(f"{self.facts['table']} no longer has snapshot {self.facts['snapshot_id']}.")

    def load(self) -> "pa.Table":
        """The rows as they were, as an Arrow table.

        Raises:
            NoSuchSnapshot: when the snapshot, or a file of its data, is gone.
            FilterMasked: when the read was Spark's, and had a filter.

        """
        if _MASK.search(self.facts.get("row_filter") or ""):
            raise FilterMasked(
                f"Spark did not tell the values of the filter {self.facts['row_filter']!r}: filter the rows yourself, "
                f"as in source.table().scan(snapshot_id={self.facts['snapshot_id']}, row_filter=…).to_arrow()."
            )
        scan = self.table().scan(
            snapshot_id=self.facts["snapshot_id"],
            selected_fields=tuple(self.facts.get("columns") or ("*",)),
            **({"row_filter": self.facts["row_filter"]} if self.facts.get("row_filter") else {}),
        )
        try:
            return scan.to_arrow()
        except FileNotFoundError as error:
            raise NoSuchSnapshot(f"Data of snapshot {self.facts['snapshot_id']} is gone: it was expired.") from error

    def _in_catalog(self) -> "Table | None":
        from pyiceberg.catalog import load_catalog  # noqa: PLC0415 - only who reads pays for it
        from pyiceberg.exceptions import NoSuchTableError  # noqa: PLC0415

        try:
            table = load_catalog(self.facts["catalog"] or None).load_table(self.facts["table"])
        except (NoSuchTableError, ValueError):
            return None
        return table if str(table.metadata.table_uuid) == self.facts["table_uuid"] else None

    def _as_it_was(self) -> "Table | None":
        from pyiceberg.table import StaticTable  # noqa: PLC0415

        try:
            return StaticTable.from_metadata(self.facts["metadata_location"] or "")
        except (OSError, ValueError):
            return None

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:  # noqa: ARG004 - what a text names is not guessed
        return False

    @classmethod
    def _resolve(cls, raw_source: Any) -> "IcebergDatasetSource":
        raise NotImplementedError(f"{raw_source!r} is not taken for a table: use mlflow.data.from_iceberg.")

    def to_dict(self) -> dict[str, Any]:
        return dict(self.facts)

    @classmethod
    def from_dict(cls, source_dict: Mapping[str, Any]) -> "IcebergDatasetSource":
        return cls(source_dict)
