"""A page of runs in order, read along an index: what it costs does not grow with the number of runs.

Sorted by a metric, a parameter, a tag or a time, the runs are walked in the order of its index until the page is full:
first those that have it, then, for a metric, those where it is not a number, then those without it. Where few runs have
what the filter asks for, these are looked up in the index of that instead, and sorted. Which way it goes is decided by
counting, at most to `finders.NARROW`: neither database knows beforehand how many runs a filter leaves.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, literal, literal_column, not_, null, select

from cuvee.db.session import Reading
from cuvee.tracking import tables
from cuvee.tracking.conditions import Condition, Entity, Order
from cuvee.tracking.store import finders, search, sorting
from cuvee.tracking.store.sorting import PAIRS, Key
from cuvee.tracking.values import Status

_runs, _series = tables.runs, tables.metric_series
#: What a row has of a run; behind it stands what it is sorted by.
_COLUMNS: Final = len(_runs.c)


class _Part(NamedTuple):
    """Runs that are alike in what they have of that which is sorted by."""

    query: Select[Any]
    #: What it is, of those that have it.
    values: Sequence[Key] = ()
    #: Whose index is walked; None for that of the runs.
    walked: Any = None


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
    ask for the condition too: here it only says where to begin. Six queries at the most, and behind an offset up to
    five more that count.
    """
    is_along = len(experiment_ids) == 1 and _is_along_index(orders)
    found = finders.narrowest(connection, condition, experiment_ids, walked_for=offset + limit if is_along else None)
    if found is not None:
        few = found.subquery()
        stages = iter([_whole(select(_runs).join(few, few.c.run_id == _runs.c.id), orders, after)])
    elif len(experiment_ids) == 1 and orders and _is_walked(orders[0]):
        stages = _walks(experiment_ids[0], condition, orders, after)
    else:
        began = finders.bounds(_runs.c.start_time, condition, Order(entity=Entity.ATTRIBUTE, key="start_time"))
        query = select(_runs).where(_runs.c.experiment_id.in_(experiment_ids), *began)
        stages = iter([_whole(query, orders, after)])
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


def _is_along_index(orders: Sequence[Order]) -> bool:
    """Whether the runs of one experiment come out of an index in this order, without a sort of all of them."""
    return not orders or _is_walked(orders[0]) or (orders[0].entity, orders[0].key) == (Entity.ATTRIBUTE, "start_time")


def _is_walked(order: Order) -> bool:
    if order.entity is Entity.ATTRIBUTE:
        return order.key == "status" or order.key in sorting.OPTIONAL
    return order.entity in PAIRS or order.aggregate in finders.INDEXED


def _walks(
    experiment_id: str, condition: Condition | None, orders: Sequence[Order], after: Sequence[Any] | None
) -> Iterator[_Stage]:
    if (orders[0].entity, orders[0].key) == (Entity.ATTRIBUTE, "status"):
        return _by_status(experiment_id, orders, after)
    return _by_value(_parts(experiment_id, condition, orders[0]), orders[1:], after)


def _by_status(experiment_id: str, orders: Sequence[Order], after: Sequence[Any] | None) -> Iterator[_Stage]:
    """The runs of each status, in the order of their names: of one status are as many as there are runs."""
    statuses = sorted(Status, reverse=not orders[0].is_rising)
    for status in statuses if after is None else statuses[statuses.index(Status(after[0])) :]:
        of_status = select(_runs).where(_runs.c.experiment_id == experiment_id, _runs.c.status == status)
        query, keys = sorting.joined(of_status, orders[1:])
        if after is not None and status == after[0]:
            query = query.where(sorting.behind(keys, after[1:]))
        yield _Stage(query, keys, [_runs.c.status, *(key.column for key in keys)])


def _by_value(parts: Iterable[_Part], rest: Sequence[Order], after: Sequence[Any] | None) -> Iterator[_Stage]:
    """Those with a value, in its order, and then those without, each sorted by the rest."""
    width = 0
    at = 0 if after is None else after[0]
    for rank, part in enumerate(parts):
        width = max(width, len(part.values))
        if rank < at:
            continue
        query, keys = sorting.joined(part.query, rest)
        here: list[ColumnElement[bool]] = []
        if after is not None and rank == at:
            here.append(sorting.behind([*part.values, *keys], after[1 if part.values else 1 + width :]))
        shown = [key.column for key in part.values] or [null()] * width
        place = [literal_column(str(rank)), *shown, *(key.column for key in keys)]
        yield _Stage(query.where(*here), [*part.values, *keys], place, part.walked)


def _parts(experiment_id: str, condition: Condition | None, order: Order) -> Iterator[_Part]:
    """The runs of an experiment by what they have of that which is sorted by: mostly the first are all that is read."""
    of_experiment = select(_runs).where(_runs.c.experiment_id == experiment_id)
    if order.entity is Entity.ATTRIBUTE:
        column = sorting.ATTRIBUTES[order.key]
        has = of_experiment.where(column.is_not(None), *finders.bounds(column, condition, order))
        yield _Part(has, [Key(column, order.is_rising)])
        yield _Part(of_experiment.where(column.is_(None)))
        return
    # Under another name: a condition on the same table is about another row.
    table: Any = (_series if order.entity is Entity.METRIC else PAIRS[order.entity]).alias()
    of_key = and_(table.c.run_id == _runs.c.id, table.c.key == order.key)
    having = select(_runs).join(table, of_key).where(table.c.experiment_id == experiment_id)
    values = sorting.values(table, order)
    if order.entity is Entity.METRIC:
        worth = sorting.worth(table, order.aggregate)
        bounds = finders.bounds(worth.value, condition, order)
        yield _Part(having.where(worth.is_number, *bounds), values, table)
        yield _Part(having.where(worth.is_nan), walked=table)
    else:
        yield _Part(having, values, table)
    yield _Part(of_experiment.where(not_(exists(select(literal(1)).select_from(table).where(of_key)))))
