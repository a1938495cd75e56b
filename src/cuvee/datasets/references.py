"""Which snapshot of a table a dataset is, when it is one: the one thing that is read of a dataset's source."""

from typing import Final
from uuid import UUID

import msgspec

#: The source type of snapshots of Iceberg tables, as the plug-in for MLflow calls it.
ICEBERG: Final = "iceberg"
#: Iceberg's ids of snapshots are whole numbers of 64 bits with a sign.
_LARGEST: Final = 2**63 - 1


class _Source(msgspec.Struct):
    table_uuid: str
    snapshot_id: int


def of(source_type: str, source: str) -> str | None:
    """`<table UUID>/<snapshot id>`; None for a dataset that is no snapshot.

    >>> of("iceberg", '{"table_uuid": "9C12D441-03FE-4693-9A96-A0705DDF69C1", "snapshot_id": 17}')
    '9c12d441-03fe-4693-9a96-a0705ddf69c1/17'
    """
    if source_type != ICEBERG:
        return None
    try:
        read = msgspec.json.decode(source, type=_Source)
        return written(str(UUID(read.table_uuid)), read.snapshot_id) if abs(read.snapshot_id) <= _LARGEST else None
    except (ValueError, RecursionError):
        return None


def written(table_uuid: str, snapshot_id: int) -> str:
    """The reference of a snapshot."""
    return f"{table_uuid}/{snapshot_id}"


def parsed(reference: str) -> tuple[str, int] | None:
    """Table and snapshot of a reference; None for a text that is none.

    >>> parsed("9c12d441-03fe-4693-9a96-a0705ddf69c1/17")
    ('9c12d441-03fe-4693-9a96-a0705ddf69c1', 17)
    """
    try:
        table, snapshot = split(reference)
        is_reference = written(str(UUID(table)), snapshot) == reference and abs(snapshot) <= _LARGEST
    except ValueError:
        return None
    return (table, snapshot) if is_reference else None


def split(reference: str) -> tuple[str, int]:
    """Table and snapshot of a text that is known to be a reference."""
    table, _, snapshot = reference.partition("/")
    return table, int(snapshot)
