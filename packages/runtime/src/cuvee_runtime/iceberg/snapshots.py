"""The past of a table: read it, go back to it, give it a name."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cuvee_runtime.iceberg.facts import NoSuchSnapshot, of_table

if TYPE_CHECKING:
    from pyiceberg.table import DataScan, Table


def as_of(table: "Table", when: int | str | datetime) -> "DataScan":
    """A scan of the table as it was: at a snapshot's id, at a tag or a branch, or at a moment.

    Raises:
        NoSuchSnapshot: when the table does not have it, or had none at that moment.

    """
    return table.scan(snapshot_id=snapshot_id(table, when))


def snapshot_id(table: "Table", when: int | str | datetime) -> int:
    """The snapshot that `as_of` would read. A moment without a zone is in the local one."""
    if isinstance(when, datetime):
        found = table.snapshot_as_of_timestamp(int(when.timestamp() * 1000))
    elif isinstance(when, str):
        found = table.snapshot_by_name(when)
    else:
        found = table.snapshot_by_id(when)
    if found is None:
        raise NoSuchSnapshot(f"{'.'.join(table.name())} has no snapshot {when}.")
    return int(found.snapshot_id)


def rollback(table: "Table", when: int | str | datetime) -> None:
    """Have the table be what it was. What was written since stays among its snapshots until it is expired."""
    table.manage_snapshots().set_current_snapshot(snapshot_id(table, when)).commit()


def tag(table: "Table", name: str, when: int | str | datetime | None = None) -> None:
    """Give a snapshot, the current one unless another is named, a name; it is kept as long as it has one."""
    at = of_table(table)["snapshot_id"] if when is None else snapshot_id(table, when)
    table.manage_snapshots().create_tag(at, name).commit()


def untag(table: "Table", name: str) -> None:
    """Take a tag away."""
    table.manage_snapshots().remove_tag(name).commit()


def history(table: "Table") -> list[dict[str, Any]]:
    """The table's snapshots, the newest first: id, parent, moment, operation, rows."""
    found = sorted(table.snapshots(), key=lambda each: each.timestamp_ms, reverse=True)
    facts = [of_table(table, snapshot_id=each.snapshot_id) for each in found]
    return [
        {
            "snapshot_id": each["snapshot_id"],
            "parent_id": each["parent_id"],
            "committed_at": datetime.fromtimestamp(each["committed_at"] / 1000, tz=UTC),
            "operation": each["operation"],
            "row_count": each["row_count"],
        }
        for each in facts
    ]
