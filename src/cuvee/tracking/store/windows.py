"""What a table of runs shows at once: some rows of many with the columns asked for, and what is known of them all."""

from collections.abc import Collection, Mapping, Sequence
from math import nan
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, literal, not_, select

from cuvee.db.session import Reading
from cuvee.tracking import tables
from cuvee.tracking.conditions import Condition, Order
from cuvee.tracking.store import search, sorting, walks
from cuvee.tracking.values import PARENT_TAG, Group, Stage

_runs, _series, _params, _tags = tables.runs, tables.metric_series, tables.run_params, tables.run_tags


def page(
    connection: Reading,
    experiment_id: str,
    *,
    stages: Sequence[Stage],
    condition: Condition | None,
    parent: str | None,
    orders: Sequence[Order],
    offset: int,
    limit: int,
) -> Sequence[Row[Any]]:
    """The rows of a window. `parent`: None for all runs, empty for those under no other, else those under that one."""
    return walks.page(
        connection,
        _fitting(connection, experiment_id, stages, condition, parent),
        experiment_ids=[experiment_id],
        condition=condition,
        orders=orders,
        offset=offset,
        limit=limit,
    )


def total(
    connection: Reading, experiment_id: str, *, stages: Sequence[Stage], condition: Condition | None, parent: str | None
) -> int:
    """How many runs `page` could give."""
    query = _matching(connection, experiment_id, stages, condition, parent).with_only_columns(func.count())
    return connection.execute(query).scalar_one()


def following(
    connection: Reading,
    experiment_id: str,
    *,
    stages: Sequence[Stage],
    condition: Condition | None,
    before: str,
    limit: int,
) -> Sequence[Row[Any]]:
    """The rows of the runs with ids below `before`, the greatest id first: a list that new runs do not shift."""
    query = _matching(connection, experiment_id, stages, condition, None)
    if before:
        query = query.where(_runs.c.id < before)
    return connection.execute(query.order_by(_runs.c.id.desc()).limit(limit)).all()


def ids(
    connection: Reading, experiment_id: str, *, stages: Sequence[Stage], condition: Condition | None, limit: int
) -> list[str]:
    """The ids of the runs that fit, the newest first."""
    query = _matching(connection, experiment_id, stages, condition, None).with_only_columns(_runs.c.id)
    _query, newest = sorting.joined(query, ())
    return list(connection.execute(sorting.sorted_by(query, newest).limit(limit)).scalars())


def numbers(connection: Reading, run_ids: Sequence[str], keys: Collection[str]) -> dict[tuple[str, str], float]:
    """(Run id, metric) → the last value."""
    if not keys:
        return {}
    query = select(_series.c.run_id, _series.c.key, _series.c.last_value, _series.c.last_is_nan).where(
        _series.c.run_id.in_(run_ids), _series.c.key.in_(keys)
    )
    return {(run_id, key): nan if is_nan else value for run_id, key, value, is_nan in connection.execute(query)}


def params(
    connection: Reading, run_ids: Sequence[str], keys: Collection[str], most: int | None
) -> dict[tuple[str, str], str]:
    """(Run id, parameter) → its text, or so much of it."""
    return _texts(connection, _params, run_ids, keys, most)


def tags(
    connection: Reading, run_ids: Sequence[str], keys: Collection[str], most: int | None
) -> dict[tuple[str, str], str]:
    """(Run id, tag) → its text, or so much of it."""
    return _texts(connection, _tags, run_ids, keys, most)


def children(
    connection: Reading, experiment_id: str, run_ids: Sequence[str], stages: Sequence[Stage]
) -> Mapping[str, int]:
    """Run id → how many runs are under it; those without any are left out."""
    query = (
        select(_tags.c.value, func.count())
        .join(_runs, _runs.c.id == _tags.c.run_id)
        .where(
            _runs.c.experiment_id == experiment_id,
            _runs.c.stage.in_(stages),
            _tags.c.key == PARENT_TAG,
            _tags.c.value.in_(run_ids),
        )
        .group_by(_tags.c.value)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def keys(
    connection: Reading, experiment_id: str, *, stages: Sequence[Stage], among: int | None, limit: int
) -> tuple[list[str], list[str], list[str]]:
    """Metrics, parameters and tags of the newest runs (of all for None); those that most of them have come first."""
    newest = select(_runs.c.id).where(_runs.c.experiment_id == experiment_id, _runs.c.stage.in_(stages))
    if among is not None:
        newest = newest.order_by(_runs.c.start_time.desc()).limit(among)
    return (
        _keys(connection, _series, newest, limit),
        _keys(connection, _params, newest, limit),
        _keys(connection, _tags, newest, limit),
    )


def groups(
    connection: Reading,
    experiment_id: str,
    *,
    stages: Sequence[Stage],
    condition: Condition | None,
    param: str,
    metric: str,
    limit: int,
) -> list[Group]:
    """Runs by the value of a parameter, the largest group first, with what a metric's last values are in each."""
    matching = _matching(connection, experiment_id, stages, condition, None)
    of_run = and_(_series.c.run_id == _runs.c.id, _series.c.key == metric, _series.c.last_is_nan == 0)
    value = _params.c.value
    count = func.count(_runs.c.id)
    query = (
        matching.outerjoin(_params, and_(_params.c.run_id == _runs.c.id, _params.c.key == param))
        .outerjoin(_series, of_run)
        .with_only_columns(
            value,
            count,
            func.avg(_series.c.last_value),
            func.min(_series.c.last_value),
            func.max(_series.c.last_value),
        )
        .group_by(value)
        .order_by(count.desc(), value)
        .limit(limit)
    )
    return [
        Group(value=text, count=number, mean=mean, least=least, greatest=greatest)
        for text, number, mean, least, greatest in connection.execute(query)
    ]


def _matching(
    connection: Reading, experiment_id: str, stages: Sequence[Stage], condition: Condition | None, parent: str | None
) -> Select[Any]:
    fitting = _fitting(connection, experiment_id, stages, condition, parent)
    return fitting(select(_runs).where(_runs.c.experiment_id == experiment_id), None)


def _fitting(
    connection: Reading, experiment_id: str, stages: Sequence[Stage], condition: Condition | None, parent: str | None
) -> search.Fitting:
    """Adds to a query for the experiment's runs what they must be."""
    fitting = search.fitting(connection, stages, condition)
    named = select(literal(1)).where(_tags.c.key == PARENT_TAG)
    if parent:
        of_parent = named.where(_tags.c.value == parent)
        return lambda query, walked: fitting(query, walked).where(exists(of_parent.where(_tags.c.run_id == _runs.c.id)))
    if parent is None:
        return fitting
    # A run whose parent is not in the list stands by itself.
    above = _runs.alias()
    in_list = and_(above.c.id == _tags.c.value, above.c.experiment_id == experiment_id, above.c.stage.in_(stages))
    folded = named.select_from(_tags.join(above, in_list))
    return lambda query, walked: fitting(query, walked).where(not_(exists(folded.where(_tags.c.run_id == _runs.c.id))))


def _texts(
    connection: Reading, table: Any, run_ids: Sequence[str], wanted: Collection[str], most: int | None
) -> dict[tuple[str, str], str]:
    if not wanted:
        return {}
    value = table.c.value if most is None else func.substr(table.c.value, 1, most)
    query = select(table.c.run_id, table.c.key, value).where(table.c.run_id.in_(run_ids), table.c.key.in_(wanted))
    return {(run_id, key): value for run_id, key, value in connection.execute(query)}


def _keys(connection: Reading, table: Any, run_ids: Any, limit: int) -> list[str]:
    among = run_ids.subquery()
    query = (
        select(table.c.key)
        .join(among, among.c.id == table.c.run_id)
        .group_by(table.c.key)
        .order_by(func.count().desc(), table.c.key)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())
