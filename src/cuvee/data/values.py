"""What a catalog holds: namespaces, tables, their snapshots, and who needs which snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: The namespace that is always there: Spark works in it unless told otherwise.
DEFAULT: Final = ("default",)
#: Below a project's folder: where tables are, unless their maker says otherwise.
FOLDER: Final = ".warehouse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A named group of tables in a project's catalog."""

    project_id: str
    #: The parts of its name, the outermost first.
    levels: tuple[str, ...]
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An Iceberg table as the catalog knows it; everything else is in its metadata file."""

    #: The table's own: it stays when the table is renamed, and a new table of the same name has another.
    uuid: str
    project_id: str
    namespace: tuple[str, ...]
    name: str
    #: URI of the folder of its data.
    location: str
    #: URI of its metadata file, which a commit replaces by another.
    metadata_location: str
    #: None before the first write.
    snapshot_id: int | None
    schema_id: int
    #: Milliseconds since the epoch.
    created_at: int
    updated_at: int
    #: When it was taken out of the catalog; None while it is in it.
    dropped_at: int | None = None

    @property
    def full_name(self) -> str:
        """As people write it: `namespace.name`."""
        return ".".join((*self.namespace, self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A state of a table's rows, noted when it was committed and remembered when it is expired."""

    table_uuid: str
    id: int
    parent_id: int | None
    #: Milliseconds since the epoch.
    committed_at: int
    #: What Iceberg calls it: append, overwrite, delete, replace; empty when the writer did not say.
    operation: str
    schema_id: int | None
    #: Rows in the whole table; None when the writer did not say.
    records: int | None
    #: When its table no longer had it; its data may be gone.
    expired_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """Somebody's need for a snapshot: while there is one, it is not expired."""

    table_uuid: str
    snapshot_id: int
    #: Who needs it, such as `model-version:<id>`; a pin is let go of by this.
    holder: str
    #: The Iceberg tag that clients see on the snapshot.
    tag: str
    #: The holder in words, for whoever is refused.
    reason: str
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What one metadata file says, as far as the catalog itself minds."""

    table_uuid: str
    location: str
    schema_id: int
    snapshot_id: int | None
    snapshots: tuple[Snapshot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Using:
    """How a client says for whom it reads or writes; both may be empty."""

    #: An MLflow run's id.
    run_id: str = ""
    session_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A read of a table, as a client reported it."""

    snapshot_id: int
    schema_id: int
    #: Iceberg's expression in words; None for all rows.
    row_filter: str | None
    #: None for all columns.
    columns: tuple[str, ...] | None
