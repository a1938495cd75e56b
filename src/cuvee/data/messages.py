"""The messages of Iceberg's REST protocol, as far as the catalog reads them itself."""

from typing import Any

from msgspec import Raw, Struct, field


class Config(Struct):
    overrides: dict[str, str]
    endpoints: list[str]
    defaults: dict[str, str] = field(default_factory=dict)


class CreateNamespace(Struct):
    namespace: list[str]
    properties: dict[str, str] = field(default_factory=dict)


class Namespace(Struct):
    namespace: list[str]
    properties: dict[str, str]


class Namespaces(Struct):
    namespaces: list[list[str]]


class ChangeProperties(Struct):
    removals: list[str] = field(default_factory=list)
    updates: dict[str, str] = field(default_factory=dict)


class ChangedProperties(Struct):
    updated: list[str]
    removed: list[str]
    missing: list[str]


class Identifier(Struct):
    namespace: list[str]
    name: str


class Identifiers(Struct):
    identifiers: list[Identifier]


class Rename(Struct):
    source: Identifier
    destination: Identifier


class Register(Struct, rename="kebab"):
    name: str
    metadata_location: str
    overwrite: bool = False


class LoadedTable(Struct, rename="kebab"):
    """A table; the metadata as it is in its file."""

    metadata: Raw
    metadata_location: str | None = None
    config: dict[str, str] = field(default_factory=dict)


class ScanReport(Struct, rename="kebab"):
    """What a client tells of a read. Commits are reported too, and are known already."""

    report_type: str = ""
    snapshot_id: int = -1
    schema_id: int = 0
    filter: Any = True
    projected_field_names: list[str] = field(default_factory=list)
