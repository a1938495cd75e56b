"""A page of runs in order, read along an index: what it costs does not grow with the number of runs.

Sorted by a metric, a parameter or a tag, the runs are walked in the order of its index until the page is full: first
those that have it, then, for a metric, those where it is not a number, then those without it. Where few runs have what
the filter asks for, these are looked up in the index of that instead, and sorted. Which way it goes is decided by
counting, at most to NARROW: neither database knows beforehand how many runs a filter leaves.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, literal, not_, select

from cuvee.db.session import Reading
from cuvee.db.statements import compared
from cuvee.tracking import tables
from cuvee.tracking.conditions import Compared, Condition, Entity, Every, Exists, Order
from cuvee.tracking.store import search

_runs, _series = tables.runs, tables.metric_series
_PAIRS: Final = {Entity.PARAM: tables.run_params, Entity.TAG: tables.run_tags}
#: So many runs are looked up and sorted rather than met on a walk.
NARROW: Final = 5_000
#: Parts of a filter that are counted.
_COUNTED: Final = 8
#: Characters of a value that its index has: see `tables`.
_HEAD: Final = 64
_RANGES: Final = frozenset({"=", "<", "<=", ">", ">="})


def page(
    connection: Reading,
    fitting: search.Fitting,
    *,
    experiment_ids: Sequence[str],
    condition: Condition | None,
    orders: Sequence[Order],
    offset: int,
    limit: int,
) -> Sequence[Row[Any]]:
    """The rows of the runs of these experiments that are fitting, in order: by default the newest first.

    `fitting` has to ask for the condition too: here it only says where to begin. Four queries at the
    most, and behind an offset up to three more that count.
    """
    found = _narrowest(connection, _finders(condition, experiment_ids))
    if found is not None:
        few = found.subquery()
        queries = iter([search.ordered(fitting(select(_runs).join(few, few.c.run_id == _runs.c.id)), orders)])
    elif len(experiment_ids) == 1 and orders and orders[0].entity in {Entity.METRIC, *_PAIRS}:
        queries = (
            search.ordered(fitting(query), orders[1:], before=clauses)
            for query, clauses in _walks(experiment_ids[0], condition, orders[0])
        )
    else:
        within = _runs.c.experiment_id.in_(experiment_ids)
        queries = iter([search.ordered(fitting(select(_runs).where(within)), orders)])
    return _read(connection, queries, offset, limit)


def _read(connection: Reading, queries: Iterator[Select[Any]], offset: int, limit: int) -> Sequence[Row[Any]]:
    """A stretch of what the queries give one after the other; none is asked that is not needed."""
    rows: list[Row[Any]] = []
    for query in queries:
        some = connection.execute(query.offset(offset).limit(limit - len(rows))).all()
        rows += some
        if len(rows) >= limit:
            break
        if some:
            offset = 0
        elif offset:
            counted = query.order_by(None).with_only_columns(func.count())
            offset -= min(offset, connection.execute(counted).scalar_one())
    return rows


def _walks(
    experiment_id: str, condition: Condition | None, order: Order
) -> Iterator[tuple[Select[Any], Sequence[ColumnElement[Any]]]]:
    """Queries for runs and what each is sorted by: those with a value, in its order, and those without."""
    # Under another name: a condition on the same table is about another row.
    table: Any = (_series if order.entity is Entity.METRIC else _PAIRS[order.entity]).alias()
    having = select(_runs).join(table, table.c.run_id == _runs.c.id)
    having = having.where(table.c.experiment_id == experiment_id, table.c.key == order.key)
    if order.entity is Entity.METRIC:
        bounds = [
            compared(table.c.last_value, part.operator, float(part.value))
            for part in _parts(condition)
            if isinstance(part, Compared) and (part.entity, part.key) == (order.entity, order.key)
            if part.operator in _RANGES
        ]
        yield having.where(table.c.last_is_nan == 0, *bounds), [_directed(table.c.last_value, order)]
        yield having.where(table.c.last_is_nan == 1), []
    else:
        yield having, [_directed(table.c.head, order), _directed(table.c.value, order)]
    has = select(literal(1)).select_from(table).where(and_(table.c.run_id == _runs.c.id, table.c.key == order.key))
    yield select(_runs).where(_runs.c.experiment_id == experiment_id, not_(exists(has))), []


def _directed(column: ColumnElement[Any], order: Order) -> ColumnElement[Any]:
    return column.asc() if order.is_rising else column.desc()


def _parts(condition: Condition | None) -> Sequence[Condition]:
    """What must all hold."""
    if condition is None:
        return ()
    return condition.parts if isinstance(condition, Every) else (condition,)


def _finders(condition: Condition | None, experiment_ids: Sequence[str]) -> list[Select[Any]]:
    """Queries for the ids of runs, each along an index, one for each part of the condition that has one."""
    finders = []
    for part in _parts(condition):
        if not isinstance(part, Compared | Exists) or part.entity not in {Entity.METRIC, *_PAIRS}:
            continue
        table: Any = _series if part.entity is Entity.METRIC else _PAIRS[part.entity]
        of_key = select(table.c.run_id).where(table.c.experiment_id.in_(experiment_ids), table.c.key == part.key)
        if isinstance(part, Exists):
            finders.append(of_key)
        elif part.entity is Entity.METRIC and part.operator in _RANGES:
            holds = compared(table.c.last_value, part.operator, float(part.value))
            finders.append(of_key.where(table.c.last_is_nan == 0, holds))
        elif part.entity in _PAIRS and part.operator == "=":
            of_head = of_key.where(table.c.head == part.value[:_HEAD])
            finders.append(of_head if len(part.value) < _HEAD else of_head.where(table.c.value == part.value))
    return finders[:_COUNTED]


def _narrowest(connection: Reading, finders: Sequence[Select[Any]]) -> Select[Any] | None:
    """The query that finds the fewest runs, when those are few: one query."""
    if not finders:
        return None
    few = [finder.limit(NARROW + 1).subquery() for finder in finders]
    counts = connection.execute(select(*(select(func.count()).select_from(some).scalar_subquery() for some in few)))
    least, finder = min(zip(counts.one(), finders, strict=True), key=lambda counted: counted[0])
    return finder if least <= NARROW else None
