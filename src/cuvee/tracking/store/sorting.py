"""What runs are sorted by, as columns: for ORDER BY, and to go on behind a run that was given."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Double, Select, and_, case, false, func, literal, or_, true

from cuvee.db.statements import compared
from cuvee.tracking import tables
from cuvee.tracking.conditions import Aggregate, Compared, Entity, Order

_runs, _series = tables.runs, tables.metric_series
PAIRS: Final = {Entity.PARAM: tables.run_params, Entity.TAG: tables.run_tags}
_artifact_uri: Final = (
    literal("mlflow-artifacts:/") + _runs.c.experiment_id + literal("/") + _runs.c.id + literal("/artifacts")
)
ATTRIBUTES: Final[dict[str, ColumnElement[Any]]] = {
    "run_id": _runs.c.id,
    "run_name": _runs.c.name,
    "user_id": _runs.c.user_id,
    "status": _runs.c.status,
    "artifact_uri": _artifact_uri,
    "start_time": _runs.c.start_time,
    "end_time": _runs.c.end_time,
    "duration": _runs.c.duration,
}
#: What a run does not have while it goes on.
OPTIONAL: Final = frozenset({"end_time", "duration"})
#: Below this a sum is taken for the mean: PostgreSQL refuses a quotient too small for a number.
_TINY: Final = 1e-280


class Key(NamedTuple):
    """One column of a sort."""

    column: ColumnElement[Any]
    is_rising: bool


class Worth(NamedTuple):
    """What a series comes to."""

    #: Where it is not a number, this may be anything.
    value: ColumnElement[Any]
    is_number: ColumnElement[bool]
    is_nan: ColumnElement[bool]


def worth(series: Any, wanted: Aggregate) -> Worth:
    """An aggregate of a series, as columns."""
    columns = series.c
    if wanted is Aggregate.LAST:
        return Worth(columns.last_value, columns.last_is_nan == 0, columns.last_is_nan == 1)
    if wanted is Aggregate.COUNT:
        return Worth(columns.point_count, true(), false())
    value: ColumnElement[Any] = columns.min_value if wanted is Aggregate.MIN else columns.max_value
    if wanted is Aggregate.MEAN:
        numbers = func.nullif(columns.point_count - columns.nan_count, 0)
        is_tiny = and_(numbers.is_not(None), func.abs(columns.total) < _TINY)
        value = case((is_tiny, columns.total), else_=columns.total / numbers)
    return Worth(value, value.is_not(None), value.is_(None))


def holds(value: ColumnElement[Any], condition: Compared) -> ColumnElement[bool]:
    """A number compared with a number, or with several, as numbers with a fraction, whatever the column's type."""
    given = condition.value
    several = isinstance(given, tuple)
    wanted: Any = [literal(float(each), Double()) for each in given] if several else literal(float(given), Double())
    return compared(value, condition.operator, wanted)


def joined(query: Select[Any], orders: Sequence[Order]) -> tuple[Select[Any], list[Key]]:
    """The query with what it is sorted by joined to it, and the columns, of which the last is unique.

    Each thing that a run may lack has two or three: first whether it is there, then what it is.
    """
    keys: list[Key] = []
    for order in orders:
        query, some = _joined(query, order)
        keys += some
    if not any((order.entity, order.key) == (Entity.ATTRIBUTE, "start_time") for order in orders):
        keys.append(Key(_runs.c.start_time, is_rising=False))
    return query, [*keys, Key(_runs.c.id, is_rising=True)]


def _joined(query: Select[Any], order: Order) -> tuple[Select[Any], list[Key]]:
    if order.entity is Entity.ATTRIBUTE:
        return query, attribute(order)
    source: Any = _series if order.entity is Entity.METRIC else PAIRS[order.entity]
    table: Any = source.alias()
    query = query.outerjoin(table, and_(table.c.run_id == _runs.c.id, table.c.key == order.key))
    if order.entity is not Entity.METRIC:
        rank = case((table.c.run_id.is_(None), 1), else_=0)
        return query, [Key(rank, is_rising=True), *values(table, order)]
    rank = case((table.c.run_id.is_(None), 2), (worth(table, order.aggregate).is_nan, 1), else_=0)
    return query, [Key(rank, is_rising=True), *values(table, order)]


def attribute(order: Order) -> list[Key]:
    """The columns of an attribute: of a name first its head, which its index has, and of a time whether it is there."""
    column = Key(ATTRIBUTES[order.key], order.is_rising)
    if order.key == "run_name":
        return [Key(_runs.c.name_head, order.is_rising), column]
    if order.key in OPTIONAL:
        return [Key(case((column.column.is_(None), 1), else_=0), is_rising=True), column]
    return [column]


def values(table: Any, order: Order) -> list[Key]:
    """The columns of a thing that is there: of a text first its head, which its index has."""
    if order.entity is Entity.METRIC:
        return [Key(worth(table, order.aggregate).value, order.is_rising)]
    return [Key(table.c.head, order.is_rising), Key(table.c.value, order.is_rising)]


def sorted_by(query: Select[Any], keys: Sequence[Key]) -> Select[Any]:
    return query.order_by(*(key.column.asc() if key.is_rising else key.column.desc() for key in keys))


def behind(keys: Sequence[Key], position: Sequence[Any]) -> ColumnElement[bool]:
    """Of runs, those that stand behind the one that has these values. None is nothing, as all equals of it have."""
    given = [(key, value) for key, value in zip(keys, position, strict=True) if value is not None]
    condition: ColumnElement[bool] = false()
    for key, value in reversed(given):
        beyond = key.column > value if key.is_rising else key.column < value
        condition = or_(beyond, and_(key.column == value, condition))
    if not given:
        return true()
    # Says the same once more for the first column: from there on its index is read.
    (first, is_rising), value = given[0]
    return and_(first >= value if is_rising else first <= value, condition)
