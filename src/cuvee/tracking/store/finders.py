"""Where a search begins: the few runs that a part of a filter leaves, found along the index of what it asks for.

What is found here may be more than what fits: the search asks for the whole filter besides.
"""

from collections.abc import Sequence
from math import ceil, floor
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true

from cuvee.db.session import Reading
from cuvee.tracking import tables
from cuvee.tracking.conditions import Aggregate, Compared, Condition, Entity, Every, Exists, Order
from cuvee.tracking.store import search, sorting
from cuvee.tracking.store.sorting import PAIRS
from cuvee.tracking.values import Stage

_runs, _series = tables.runs, tables.metric_series
#: So many runs are looked up and sorted rather than met on a walk.
NARROW: Final = 5_000
#: A walk is not thought of where fewer than one run in so many is found.
_DENSE: Final = 12
#: Aggregates that have an index.
INDEXED: Final = frozenset({Aggregate.LAST, Aggregate.MIN, Aggregate.MAX})
#: Attributes in milliseconds.
TIMES: Final = frozenset({"start_time", "end_time", "duration"})
_RANGES: Final = frozenset({"=", "<", "<=", ">", ">=", "IN"})
#: Parts of a filter that are counted.
_COUNTED: Final = 8
#: Whole numbers that a column can hold are below it.
_BEYOND: Final = 2**63


def narrowest(
    connection: Reading, condition: Condition | None, experiment_ids: Sequence[str], *, walked_for: int | None = None
) -> Select[tuple[str]] | None:
    """The query that finds the fewest runs, `run_id`, when those are few: one query says which.

    `walked_for` is how many runs are wanted, if they can be met on a walk: None too, when that is expected to be
    quicker, because a large part of all runs is found.
    """
    found = (_finder(part, experiment_ids) for part in _parts(condition))
    finders = [finder for finder in found if finder is not None][:_COUNTED]
    if not finders:
        return None
    few = [finder.limit(NARROW + 1).subquery() for finder in finders]
    counts = connection.execute(select(*(select(func.count()).select_from(some).scalar_subquery() for some in few)))
    least, finder = min(zip(counts.one(), finders, strict=True), key=lambda counted: counted[0])
    if least > NARROW or (walked_for and _is_soon_met(connection, experiment_ids, least, walked_for)):
        return None
    return finder


def _is_soon_met(connection: Reading, experiment_ids: Sequence[str], found: int, wanted: int) -> bool:
    """Whether so many of all runs are found that a walk costs less than a sort of these.

    A run looked up and sorted costs about four times as much as one passed on a walk, which passes as many for each
    run wanted as there are for each found. They need not be spread evenly: so it is one in `_DENSE` at least.
    """
    most = min(_DENSE * found, 4 * found * found // wanted)
    if most <= found:
        return False
    runs = select(_runs.c.id).where(_runs.c.experiment_id.in_(experiment_ids), _runs.c.stage.in_(list(Stage)))
    counted = select(func.count()).select_from(runs.limit(most + 1).subquery())
    return int(connection.execute(counted).scalar_one()) <= most


def bounds(value: ColumnElement[Any], condition: Condition | None, order: Order) -> list[ColumnElement[bool]]:
    """What the filter says of that which is sorted by, a number: so much of its index is read."""
    return [
        _whole(value, part) if order.entity is Entity.ATTRIBUTE else sorting.holds(value, part)
        for part in _parts(condition)
        if isinstance(part, Compared) and part.entity is order.entity
        if (part.key, part.aggregate) == (order.key, order.aggregate) and part.operator in _RANGES
    ]


def _parts(condition: Condition | None) -> Sequence[Condition]:
    """What must all hold."""
    if condition is None:
        return ()
    return condition.parts if isinstance(condition, Every) else (condition,)


def _finder(part: Condition, experiment_ids: Sequence[str]) -> Select[tuple[str]] | None:
    """A query for the ids of runs along an index, if there is one for this part."""
    if isinstance(part, Compared) and part.entity is Entity.ATTRIBUTE:
        return _by_attribute(part, experiment_ids)
    if not isinstance(part, Compared | Exists) or part.entity not in {Entity.METRIC, *PAIRS}:
        return None
    table: Any = _series if part.entity is Entity.METRIC else PAIRS[part.entity]
    of_key = select(table.c.run_id).where(table.c.experiment_id.in_(experiment_ids), table.c.key == part.key)
    if isinstance(part, Exists):
        return of_key
    if part.entity is not Entity.METRIC:
        return of_key.where(search.equal(table, part)) if part.operator in {"=", "IN"} else None
    if part.operator not in _RANGES or part.aggregate not in INDEXED:
        return None
    worth = sorting.worth(table, part.aggregate)
    return of_key.where(worth.is_number, sorting.holds(worth.value, part))


def _by_attribute(part: Compared, experiment_ids: Sequence[str]) -> Select[tuple[str]] | None:
    column: Any = sorting.ATTRIBUTES[part.key]
    # All stages there are: so that an index that begins with the experiment and the stage is read.
    of_runs = select(_runs.c.id.label("run_id")).where(_runs.c.experiment_id.in_(experiment_ids))
    of_runs = of_runs.where(_runs.c.stage.in_(list(Stage)))
    if part.key in TIMES:
        return of_runs.where(_whole(column, part)) if part.operator in _RANGES else None
    if part.operator not in {"=", "IN"} or part.key == "artifact_uri":
        return None
    values = part.value if isinstance(part.value, tuple) else (part.value,)
    if part.key == "run_name":
        return of_runs.where(_runs.c.name_head.in_([value[: search.HEAD] for value in values]))
    return of_runs.where(column.in_(values))


def _whole(column: Any, part: Compared) -> ColumnElement[bool]:
    """What holds of a column of whole numbers, said in whole numbers: PostgreSQL has no index for a fraction."""
    values = part.value if isinstance(part.value, tuple) else (part.value,)
    near = [float(value) for value in values if abs(float(value)) < _BEYOND]
    if part.operator in {"=", "IN"}:
        return or_(false(), *(column.between(floor(value), ceil(value)) for value in near))
    if not near:
        return true()
    at_least: ColumnElement[bool] = column >= floor(near[0])
    at_most: ColumnElement[bool] = column <= ceil(near[0])
    return at_least if part.operator.startswith(">") else at_most
