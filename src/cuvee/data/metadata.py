"""What the catalog reads of a table's metadata itself, without Iceberg's library."""

from typing import Final

import msgspec

from cuvee.data import errors
from cuvee.data.values import Snapshot, State

_UNSET: Final = -1


class _Snapshot(msgspec.Struct, rename="kebab"):
    snapshot_id: int
    timestamp_ms: int
    parent_snapshot_id: int | None = None
    schema_id: int | None = None
    summary: dict[str, str] = msgspec.field(default_factory=dict)


class _Metadata(msgspec.Struct, rename="kebab"):
    table_uuid: str
    location: str
    current_schema_id: int = 0
    current_snapshot_id: int | None = None
    snapshots: list[_Snapshot] | None = None


def state(content: bytes) -> State:
    """What a metadata file says.

    Raises:
        BadMetadata: when it is none.

    """
    try:
        read = msgspec.json.decode(content, type=_Metadata)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.BadMetadata from error
    current = read.current_snapshot_id
    return State(
        table_uuid=read.table_uuid,
        location=read.location,
        schema_id=read.current_schema_id,
        snapshot_id=None if current == _UNSET else current,
        snapshots=tuple(_snapshot(read.table_uuid, each) for each in read.snapshots or ()),
    )


def _snapshot(table_uuid: str, read: _Snapshot) -> Snapshot:
    total = read.summary.get("total-records", "")
    return Snapshot(
        table_uuid=table_uuid,
        id=read.snapshot_id,
        parent_id=None if read.parent_snapshot_id == _UNSET else read.parent_snapshot_id,
        committed_at=read.timestamp_ms,
        operation=read.summary.get("operation", "")[:32],
        schema_id=read.schema_id,
        records=int(total) if total.isascii() and total.isdigit() and len(total) < 19 else None,  # noqa: PLR2004
    )


class _Field(msgspec.Struct):
    name: str


class _Schema(msgspec.Struct, rename="kebab"):
    schema_id: int = 0
    fields: list[_Field] = msgspec.field(default_factory=list)


class _Schemas(msgspec.Struct):
    schemas: list[_Schema] = msgspec.field(default_factory=list)


def columns(content: bytes, schema_id: int) -> frozenset[str]:
    """The names of a schema's outermost columns; none when the file has no such schema."""
    read = msgspec.json.decode(content, type=_Schemas)
    return frozenset(field.name for schema in read.schemas if schema.schema_id == schema_id for field in schema.fields)
