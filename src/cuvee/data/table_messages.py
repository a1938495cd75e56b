"""Tables as API v2 writes them: an extension in its style. Ids of snapshots are texts: JavaScript rounds 64 bits."""

from msgspec import Struct, field

from cuvee.core import clock
from cuvee.data.details import Column as TheColumn
from cuvee.data.differences import Beside, ColumnChange
from cuvee.data.looking import Difference, Look
from cuvee.data.statistics import Statistics as TheStatistics
from cuvee.data.statistics import Values as TheValues
from cuvee.data.values import Pin as ThePin
from cuvee.data.values import Snapshot as TheSnapshot
from cuvee.data.values import Table as TheTable


class Column(Struct):
    id: int
    name: str
    type: str
    required: bool
    doc: str = ""


class Reference(Struct):
    name: str
    #: `branch` or `tag`.
    type: str
    snapshot_id: str


class Table(Struct):
    id: str
    namespace: list[str]
    name: str
    #: Namespace and name, as people write it.
    full_name: str
    project_id: str
    #: Empty before the first write.
    current_snapshot_id: str
    #: None when it is not known.
    row_count: int | None
    location: str
    metadata_location: str
    created_at: str
    updated_at: str
    #: Empty while the table is in the catalog.
    dropped_at: str


class ListTablesResponse(Struct):
    tables: list[Table]
    next_page_token: str = ""


class TableDetails(Struct):
    table: Table
    format_version: int
    columns: list[Column]
    partitions: list[str]
    references: list[Reference]
    properties: dict[str, str]
    snapshot_count: int


class Pin(Struct):
    holder: str
    reason: str
    created_at: str


class Snapshot(Struct):
    id: str
    #: Empty for a table's first.
    parent_id: str
    committed_at: str
    operation: str
    row_count: int | None
    #: None when the snapshot is expired, or its writer did not say.
    added_rows: int | None
    removed_rows: int | None
    is_current: bool
    #: When the table no longer had it; empty while it has it.
    expired_at: str
    tags: list[str]
    pins: list[Pin]


class ListSnapshotsResponse(Struct):
    snapshots: list[Snapshot]
    next_page_token: str = ""


class Values(Struct):
    nulls: int | None = None
    nans: int | None = None
    #: As text; empty when it is not known of all rows.
    least: str = ""
    greatest: str = ""
    #: Rows of which nothing is noted.
    untold_rows: int = 0


class Described(Struct):
    """A column with what is known of its values."""

    column: Column
    values: Values | None


class Statistics(Struct):
    rows: int
    files: int
    bytes: int
    delete_files: int
    #: Why the numbers are not the whole truth; none when they are.
    remarks: list[str] = field(default_factory=list)


class SnapshotDetails(Struct):
    snapshot: Snapshot
    summary: dict[str, str]
    statistics: Statistics
    columns: list[Described]


class Changed(Struct):
    id: int
    #: `added`, `removed` or `changed`.
    change: str
    before: Column | None
    after: Column | None


class Compared(Struct):
    """A column's values in both snapshots."""

    column: Column
    before: Values | None
    after: Values | None


class Comparison(Struct):
    before: Snapshot
    after: Snapshot
    #: `same`, `ahead`, `behind`, `apart` or `unknown`: where `after` stands, seen from `before`.
    relation: str
    #: The snapshot from which both came; empty when it is not known.
    common_snapshot_id: str
    added_rows: int | None
    removed_rows: int | None
    is_inexact: bool
    schema_changes: list[Changed]
    statistics_before: Statistics | None
    statistics_after: Statistics | None
    columns: list[Compared]


class RollbackRequest(Struct):
    snapshot_id: str
    #: When it is given, only if the current snapshot is this one.
    expected_snapshot_id: str = ""


class TagRequest(Struct):
    snapshot_id: str


def table(found: TheTable, current: TheSnapshot | None) -> Table:
    return Table(
        id=found.uuid,
        namespace=list(found.namespace),
        name=found.name,
        full_name=found.full_name,
        project_id=found.project_id,
        current_snapshot_id=_id(found.snapshot_id),
        row_count=current.records if current is not None else (0 if found.snapshot_id is None else None),
        location=found.location,
        metadata_location=found.metadata_location,
        created_at=clock.rfc3339(found.created_at),
        updated_at=clock.rfc3339(found.updated_at),
        dropped_at=_moment(found.dropped_at),
    )


def table_details(look: Look) -> TableDetails:
    details = look.details
    return TableDetails(
        table=table(look.table, look.current),
        format_version=details.format_version,
        columns=[column(each) for each in details.columns_of(None)],
        partitions=list(details.partitions),
        references=[
            Reference(name=each.name, type="branch" if each.is_branch else "tag", snapshot_id=str(each.snapshot_id))
            for each in details.references
        ],
        properties=dict(details.properties),
        snapshot_count=sum(each.expired_at is None for each in look.snapshots),
    )


def column(found: TheColumn) -> Column:
    return Column(id=found.id, name=found.path, type=found.type, required=found.is_required, doc=found.doc)


def snapshot(look: Look, found: TheSnapshot) -> Snapshot:
    past = look.details.snapshots.get(found.id)
    return Snapshot(
        id=str(found.id),
        parent_id=_id(found.parent_id),
        committed_at=clock.rfc3339(found.committed_at),
        operation=found.operation,
        row_count=found.records,
        added_rows=None if past is None else past.number("added-records"),
        removed_rows=None if past is None else past.number("deleted-records"),
        is_current=found.id == look.table.snapshot_id,
        expired_at=_moment(found.expired_at),
        tags=[each.name for each in look.details.names_of(found.id) if not each.is_branch],
        pins=[_pin(each) for each in look.pins.get(found.id, ())],
    )


def snapshot_details(look: Look, found: TheSnapshot, known: TheStatistics) -> SnapshotDetails:
    return SnapshotDetails(
        snapshot=snapshot(look, found),
        summary=dict(look.past(found.id).summary),
        statistics=_statistics(known),
        columns=[
            Described(column=column(each), values=_values(known.columns.get(each.id)))
            for each in look.details.columns_of(found.id)
        ],
    )


def comparison(look: Look, found: Difference) -> Comparison:
    before, after = found.statistics or (None, None)
    return Comparison(
        before=snapshot(look, found.before),
        after=snapshot(look, found.after),
        relation=str(found.way.relation),
        common_snapshot_id=_id(found.way.common_id),
        added_rows=found.rows.added,
        removed_rows=found.rows.removed,
        is_inexact=found.rows.is_inexact,
        schema_changes=[_changed(each) for each in found.columns],
        statistics_before=None if before is None else _statistics(before),
        statistics_after=None if after is None else _statistics(after),
        columns=[_compared(each) for each in found.beside],
    )


def _changed(found: ColumnChange) -> Changed:
    return Changed(
        id=found.id,
        change=str(found.change),
        before=None if found.before is None else column(found.before),
        after=None if found.after is None else column(found.after),
    )


def _compared(found: Beside) -> Compared:
    return Compared(column=column(found.column), before=_values(found.before), after=_values(found.after))


def _statistics(found: TheStatistics) -> Statistics:
    return Statistics(
        rows=found.rows,
        files=found.files,
        bytes=found.size,
        delete_files=found.delete_files,
        remarks=list(found.remarks),
    )


def _values(found: TheValues | None) -> Values | None:
    if found is None:
        return None
    return Values(
        nulls=found.nulls, nans=found.nans, least=found.least, greatest=found.greatest, untold_rows=found.untold
    )


def _pin(found: ThePin) -> Pin:
    return Pin(holder=found.holder, reason=found.reason, created_at=clock.rfc3339(found.created_at))


def _id(found: int | None) -> str:
    return "" if found is None else str(found)


def _moment(found: int | None) -> str:
    return "" if found is None else clock.rfc3339(found)
