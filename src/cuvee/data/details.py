"""All that a table's metadata file says of its past and its columns, in both formats, without Iceberg's library."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from cuvee.data import errors

#: The branch that readers get who name none.
MAIN: Final = "main"
_UNSET: Final = -1
_DEEPEST: Final = 40
#: Columns of a schema, those inside others too: more are not shown.
_MOST_COLUMNS: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a schema; one that is inside another has the names around it before its own."""

    id: int
    #: Such as `address.city`; `tags.element` for what a list holds.
    path: str
    name: str
    #: As Iceberg writes it, such as `long`; `struct`, `list` or `map` for one that holds others.
    type: str
    is_required: bool
    doc: str = ""
    #: How many are around it.
    depth: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether it holds values itself."""
        return self.type not in {"struct", "list", "map"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A snapshot that the metadata file still has."""

    id: int
    parent_id: int | None
    #: Milliseconds since the epoch.
    committed_at: int
    operation: str
    schema_id: int | None
    summary: Mapping[str, str] = field(default_factory=dict)
    #: URI of the file that lists its manifests; empty in old tables, which name them here.
    manifest_list: str = ""
    manifests: Sequence[str] = ()

    def number(self, key: str) -> int | None:
        """A count of its summary, such as `added-records`; None when its writer did not say."""
        text = self.summary.get(key, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - 64 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A name that a snapshot has: a branch or a tag."""

    name: str
    snapshot_id: int
    is_branch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """A metadata file, read."""

    format_version: int
    schema_id: int
    #: Schema id → its columns, each before those inside it.
    schemas: Mapping[int, Sequence[Column]]
    snapshot_id: int | None
    snapshots: Mapping[int, Past]
    references: Sequence[Reference]
    #: How rows are spread over folders, in words; empty when they are not.
    partitions: Sequence[str]
    properties: Mapping[str, str]

    def columns_of(self, snapshot_id: int | None) -> Sequence[Column]:
        """The columns that a snapshot is read with; the table's own when the snapshot does not say, or is gone."""
        past = self.snapshots.get(snapshot_id) if snapshot_id is not None else None
        schema_id = self.schema_id if past is None or past.schema_id is None else past.schema_id
        return self.schemas.get(schema_id, self.schemas.get(self.schema_id, ()))

    def names_of(self, snapshot_id: int) -> list[Reference]:
        """The branches and tags of a snapshot."""
        return [each for each in self.references if each.snapshot_id == snapshot_id]


class _Field(msgspec.Struct):
    id: int
    name: str
    required: bool
    type: Any
    doc: str | None = None


class _Schema(msgspec.Struct, rename="kebab"):
    fields: list[_Field]
    schema_id: int = 0


class _Snapshot(msgspec.Struct, rename="kebab"):
    snapshot_id: int
    timestamp_ms: int
    parent_snapshot_id: int | None = None
    schema_id: int | None = None
    summary: dict[str, str] | None = None
    manifest_list: str = ""
    manifests: list[str] | None = None


class _Reference(msgspec.Struct, rename="kebab"):
    snapshot_id: int
    type: str


class _Part(msgspec.Struct, rename="kebab"):
    source_id: int
    name: str
    transform: str


class _Spec(msgspec.Struct, rename="kebab"):
    spec_id: int = 0
    fields: list[_Part] = msgspec.field(default_factory=list)


class _Metadata(msgspec.Struct, rename="kebab"):
    format_version: int
    current_schema_id: int = 0
    schema: _Schema | None = None
    schemas: list[_Schema] | None = None
    current_snapshot_id: int | None = None
    snapshots: list[_Snapshot] | None = None
    refs: dict[str, _Reference] | None = None
    default_spec_id: int = 0
    partition_spec: list[_Part] | None = None
    partition_specs: list[_Spec] | None = None
    properties: dict[str, str] | None = None


def read(content: bytes) -> Details:
    """What a metadata file says.

    Raises:
        BadMetadata: when it is none.

    """
    try:
        found = msgspec.json.decode(content, type=_Metadata)
        schemas = {each.schema_id: _columns(each) for each in _schemas(found)}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError, ValueError) as error:
        raise errors.BadMetadata from error
    current = None if found.current_snapshot_id == _UNSET else found.current_snapshot_id
    return Details(
        format_version=found.format_version,
        schema_id=found.current_schema_id,
        schemas=schemas,
        snapshot_id=current,
        snapshots={each.snapshot_id: _past(each) for each in found.snapshots or ()},
        references=_references(found, current),
        partitions=_partitions(found, schemas.get(found.current_schema_id, ())),
        properties=found.properties or {},
    )


def _schemas(found: _Metadata) -> Sequence[_Schema]:
    """The first format once had one schema only, which is the current one."""
    if found.schemas:
        return found.schemas
    if found.schema is None:
        return ()
    return [msgspec.structs.replace(found.schema, schema_id=found.current_schema_id)]


def _past(read: _Snapshot) -> Past:
    summary = read.summary or {}
    return Past(
        id=read.snapshot_id,
        parent_id=None if read.parent_snapshot_id == _UNSET else read.parent_snapshot_id,
        committed_at=read.timestamp_ms,
        operation=summary.get("operation", "")[:32],
        schema_id=read.schema_id,
        summary=summary,
        manifest_list=read.manifest_list,
        manifests=read.manifests or (),
    )


def _references(found: _Metadata, current: int | None) -> Sequence[Reference]:
    refs = dict(found.refs or {})
    if current is not None:
        refs.setdefault(MAIN, _Reference(snapshot_id=current, type="branch"))
    return [
        Reference(name=name, snapshot_id=each.snapshot_id, is_branch=each.type == "branch")
        for name, each in sorted(refs.items())
    ]


def _partitions(found: _Metadata, columns: Sequence[Column]) -> Sequence[str]:
    specs = {each.spec_id: each.fields for each in found.partition_specs or ()}
    parts = specs.get(found.default_spec_id, found.partition_spec or [])
    paths = {each.id: each.path for each in columns}
    return [
        paths.get(each.source_id, each.name)
        if each.transform == "identity"
        else f"{each.transform} of {paths.get(each.source_id, each.name)}"
        for each in parts
    ]


def _columns(schema: _Schema) -> Sequence[Column]:
    found = []
    for column in _of_struct(schema.fields, "", 0):
        found.append(column)
        if len(found) == _MOST_COLUMNS:
            break
    return tuple(found)


def _of_struct(fields: Sequence[_Field], around: str, depth: int) -> Iterator[Column]:
    for each in fields:
        yield from _walk(each, f"{around}{each.name}", depth)


def _walk(given: _Field, path: str, depth: int) -> Iterator[Column]:
    kind = given.type if isinstance(given.type, str) else str(given.type["type"])
    if depth > _DEEPEST or (isinstance(given.type, str) and kind in {"struct", "list", "map"}):
        raise ValueError
    yield Column(
        id=given.id,
        path=path,
        name=given.name,
        type=kind,
        is_required=given.required,
        doc=given.doc or "",
        depth=depth,
    )
    if isinstance(given.type, dict):
        yield from _of_struct(_inside(given.type), f"{path}.", depth + 1)


def _inside(kind: Mapping[str, Any]) -> Sequence[_Field]:
    """The columns inside a struct, a list or a map."""
    if kind["type"] == "struct":
        return msgspec.convert(kind["fields"], list[_Field])
    if kind["type"] == "list":
        return msgspec.convert([_part(kind, "element")], list[_Field])
    if kind["type"] == "map":
        key = {**_part(kind, "key"), "required": True}
        return msgspec.convert([key, _part(kind, "value")], list[_Field])
    raise ValueError


def _part(kind: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {
        "id": kind[f"{name}-id"],
        "name": name,
        "required": kind.get(f"{name}-required", False),
        "type": kind[name],
    }
