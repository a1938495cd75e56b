"""A page of runs in order, read along an index: what it costs does not grow with the number of runs.

Sorted by a metric, a parameter or a tag, the runs are walked in the order of its index until the page is full: first
those that have it, then, for a metric, those where it is not a number, then those without it. Where few runs have what
the filter asks for, these are looked up in the index of that instead, and sorted. Which way it goes is decided by
counting, at most to NARROW: neither database knows beforehand how many runs a filter leaves.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, literal, literal_column, not_, null, select

from cuvee.db.session import Reading
from cuvee.tracking import tables
from cuvee.tracking.conditions import Aggregate, Compared, Condition, Entity, Every, Exists, Order
from cuvee.tracking.store import search, sorting
from cuvee.tracking.store.sorting import PAIRS, Key

_runs, _series = tables.runs, tables.metric_series
#: So many runs are looked up and sorted rather than met on a walk.
NARROW: Final = 5_000
#: Parts of a filter that are counted.
_COUNTED: Final = 8
_RANGES: Final = frozenset({"=", "<", "<=", ">", ">=", "IN"})
#: Aggregates that have an index.
_INDEXED: Final = frozenset({Aggregate.LAST})
#: What a row has of a run; behind it stands what it is sorted by.
_COLUMNS: Final = len(_runs.c)


class _Stage(NamedTuple):
    """A part of the answer: a query, what it is sorted by, and what that is together with what all its rows have."""

    query: Select[Any]
    keys: Sequence[Key]
    #: As many values for each row as the keys of the whole answer.
    position: Sequence[ColumnElement[Any]]
    #: Whose index is walked; None for that of the runs.
    walked: Any = None


def page(
    connection: Reading,
    fitting: search.Fitting,
    *,
    experiment_ids: Sequence[str],
    condition: Condition | None,
    orders: Sequence[Order],
    limit: int,
    offset: int = 0,
    after: Sequence[Any] | None = None,
) -> Sequence[Row[Any]]:
    """The rows of the runs of these experiments that are fitting, in order: by default the newest first.

    `after` is the `position` of the last row of the page before; it holds whichever way that was read. `fitting` has to
    ask for the condition too: here it only says where to begin. Four queries at the most, and behind an offset up to
    three more that count.
    """
    found = _narrowest(connection, _finders(condition, experiment_ids))
    if found is not None:
        few = found.subquery()
        stages = iter([_whole(select(_runs).join(few, few.c.run_id == _runs.c.id), orders, after)])
    elif len(experiment_ids) == 1 and orders and _is_walked(orders[0]):
        stages = _walks(experiment_ids[0], condition, orders, after)
    else:
        stages = iter([_whole(select(_runs).where(_runs.c.experiment_id.in_(experiment_ids)), orders, after)])
    return _read(connection, (_selected(fitting, stage) for stage in stages), offset, limit)


def position(row: Row[Any]) -> list[Any]:
    """Where the list goes on behind this row."""
    return list(row[_COLUMNS:])


def _selected(fitting: search.Fitting, stage: _Stage) -> Select[Any]:
    query = sorting.sorted_by(fitting(stage.query, stage.walked), stage.keys)
    return query.add_columns(*(column.label(f"sort_{place}") for place, column in enumerate(stage.position)))


def _read(connection: Reading, queries: Iterator[Select[Any]], offset: int, limit: int) -> Sequence[Row[Any]]:
    """A stretch of what the queries give one after the other; none is asked that is not needed."""
    rows: list[Row[Any]] = []
    for query in queries:
        some = connection.execute(query.offset(offset or None).limit(limit - len(rows))).all()
        rows += some
        if len(rows) >= limit:
            break
        if some:
            offset = 0
        elif offset:
            counted = query.order_by(None).with_only_columns(func.count())
            offset -= min(offset, connection.execute(counted).scalar_one())
    return rows


def _whole(query: Select[Any], orders: Sequence[Order], after: Sequence[Any] | None) -> _Stage:
    """All in one."""
    query, keys = sorting.joined(query, orders)
    if after is not None:
        query = query.where(sorting.behind(keys, after))
    return _Stage(query, keys, [key.column for key in keys])


def _is_walked(order: Order) -> bool:
    return order.entity in PAIRS or (order.entity is Entity.METRIC and order.aggregate in _INDEXED)


def _walks(
    experiment_id: str, condition: Condition | None, orders: Sequence[Order], after: Sequence[Any] | None
) -> Iterator[_Stage]:
    """Those with a value, in its order, and then those without, each sorted by the rest."""
    order, rest = orders[0], orders[1:]
    # Under another name: a condition on the same table is about another row.
    table: Any = (_series if order.entity is Entity.METRIC else PAIRS[order.entity]).alias()
    of_key = and_(table.c.run_id == _runs.c.id, table.c.key == order.key)
    having = select(_runs).join(table, of_key).where(table.c.experiment_id == experiment_id)
    missing = not_(exists(select(literal(1)).select_from(table).where(of_key)))
    lacking = select(_runs).where(_runs.c.experiment_id == experiment_id, missing)
    values = sorting.values(table, order)
    if order.entity is Entity.METRIC:
        worth = sorting.worth(table, order.aggregate)
        bounds = _bounds(worth.value, condition, order)
        parts = [having.where(worth.is_number, *bounds), having.where(worth.is_nan), lacking]
    else:
        parts = [having, lacking]
    at = 0 if after is None else after[0]
    for rank, part in enumerate(parts[at:], at):
        query, keys = sorting.joined(part, rest)
        some = list(values) if rank == 0 else []
        shown = [key.column for key in values] if rank == 0 else [null() for _ in values]
        here: list[ColumnElement[bool]] = []
        if after is not None and rank == at:
            here.append(sorting.behind([*some, *keys], after[1 if rank == 0 else 1 + len(values) :]))
        place = [literal_column(str(rank)), *shown, *(key.column for key in keys)]
        yield _Stage(query.where(*here), [*some, *keys], place, None if part is lacking else table)


def _bounds(value: ColumnElement[Any], condition: Condition | None, order: Order) -> list[ColumnElement[bool]]:
    """What the filter says of the metric that is sorted by: so much of the index is read."""
    return [
        sorting.holds(value, part)
        for part in _parts(condition)
        if isinstance(part, Compared) and part.entity is order.entity
        if (part.key, part.aggregate) == (order.key, order.aggregate) and part.operator in _RANGES
    ]


def _parts(condition: Condition | None) -> Sequence[Condition]:
    """What must all hold."""
    if condition is None:
        return ()
    return condition.parts if isinstance(condition, Every) else (condition,)


def _finders(condition: Condition | None, experiment_ids: Sequence[str]) -> list[Select[Any]]:
    """Queries for the ids of runs, each along an index, one for each part of the condition that has one."""
    finders = []
    for part in _parts(condition):
        if not isinstance(part, Compared | Exists) or part.entity not in {Entity.METRIC, *PAIRS}:
            continue
        table: Any = _series if part.entity is Entity.METRIC else PAIRS[part.entity]
        of_key = select(table.c.run_id).where(table.c.experiment_id.in_(experiment_ids), table.c.key == part.key)
        if isinstance(part, Exists):
            finders.append(of_key)
        elif part.entity is Entity.METRIC:
            if part.operator in _RANGES and part.aggregate in _INDEXED:
                worth = sorting.worth(table, part.aggregate)
                finders.append(of_key.where(worth.is_number, sorting.holds(worth.value, part)))
        elif part.operator in {"=", "IN"}:
            finders.append(of_key.where(search.equal(table, part)))
    return finders[:_COUNTED]


def _narrowest(connection: Reading, finders: Sequence[Select[Any]]) -> Select[Any] | None:
    """The query that finds the fewest runs, when those are few: one query."""
    if not finders:
        return None
    few = [finder.limit(NARROW + 1).subquery() for finder in finders]
    counts = connection.execute(select(*(select(func.count()).select_from(some).scalar_subquery() for some in few)))
    least, finder = min(zip(counts.one(), finders, strict=True), key=lambda counted: counted[0])
    return finder if least <= NARROW else None
