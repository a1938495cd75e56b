"""`mlflow.data.from_iceberg`: a snapshot of a table as a dataset of MLflow's. MLflow finds it as a plug-in."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlflow.data.dataset import Dataset

from cuvee_runtime.iceberg import facts as of
from cuvee_runtime.iceberg.source import IcebergDatasetSource

if TYPE_CHECKING:
    from pyiceberg.table import Table


class IcebergDataset(Dataset):  # type: ignore[misc] # mlflow is not in the platform's environment
    """A snapshot of an Iceberg table, for `mlflow.log_input`."""

    def __init__(
        self,
        source: IcebergDatasetSource,
        *,
        name: str | None = None,
        digest: str | None = None,
        columns: Sequence[Any] = (),
        targets: str | None = None,
    ) -> None:
        self._columns = columns
        self._targets = targets
        super().__init__(source=source, name=name or source.facts["table"], digest=digest)

    def _compute_digest(self) -> str:
        return of.digest(self.source.facts)

    def to_dict(self) -> dict[str, str]:
        schema = {"columns": list(self._columns), "targets": self._targets}
        return {**super().to_dict(), "schema": json.dumps(schema), "profile": json.dumps(self.profile)}

    @property
    def profile(self) -> dict[str, Any]:
        """How many rows the snapshot has."""
        return {"num_rows": self.source.facts["row_count"]}

    @property
    def schema(self) -> list[dict[str, Any]]:
        """The columns by name, with Iceberg's types."""
        return list(self._columns)


def from_iceberg(
    table: "Table | str",
    *,
    snapshot_id: int | None = None,
    row_filter: str | None = None,
    columns: Sequence[str] | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> IcebergDataset:
    """A snapshot of a table, the current one unless another is named, for `mlflow.log_input`.

    Args:
        table: Table of pyiceberg, or its name in the default catalog, such as `default.wines`.
        snapshot_id: Which of its snapshots.
        row_filter: Which rows were taken, such as `quality >= 5`; None for all.
        columns: Which columns were taken; None for all.
        targets: Which column is to be predicted.
        name: How the dataset is called; the table's name unless given.
        digest: Ours unless given: it follows from table, snapshot, schema, rows and columns.

    Raises:
        NoSuchSnapshot: when the table does not have the snapshot.

    """
    found = _opened(table)
    facts = of.of_table(found, snapshot_id=snapshot_id, row_filter=row_filter, columns=columns)
    schema = found.schemas()[facts["schema_id"]]
    fields = [
        {"name": field.name, "type": str(field.field_type), "required": field.required}
        for field in schema.fields
        if not facts["columns"] or field.name in facts["columns"]
    ]
    return IcebergDataset(IcebergDatasetSource(facts), name=name, digest=digest, columns=fields, targets=targets)


def _opened(table: "Table | str") -> "Table":
    if not isinstance(table, str):
        return table
    from pyiceberg.catalog import load_catalog  # noqa: PLC0415 - only who names a table pays for it

    return load_catalog().load_table(table)
