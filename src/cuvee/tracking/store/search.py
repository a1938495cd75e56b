"""Conditions and orders, compiled to SQL over the typed, indexed tables of what was logged."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, func, literal, not_, or_, select, true

from cuvee.datasets import service as datasets
from cuvee.db import pages
from cuvee.db.session import Reading
from cuvee.db.statements import compared
from cuvee.tracking import tables
from cuvee.tracking.conditions import Compared, Condition, Entity, Every, Exists, Not, Order, Some
from cuvee.tracking.store import sorting
from cuvee.tracking.values import Stage

_runs, _series, _experiments = tables.runs, tables.metric_series, tables.experiments
_EXPERIMENT_ATTRIBUTES: Final[dict[str, ColumnElement[Any]]] = {
    "experiment_id": _experiments.c.id,
    "name": _experiments.c.name,
    "creation_time": _experiments.c.created_at,
    "last_update_time": _experiments.c.updated_at,
}
#: Adds to a query for runs what they must be. The table is the one that the query walks, where SQLite then asks what
#: was logged to a run, before it looks the run itself up; None when that is the table of runs.
Fitting = Callable[[Select[Any], Any], Select[Any]]
#: Characters of a value that its index has: see `tables`.
HEAD: Final = 64
_Compile = Callable[[Compared | Exists, bool], ColumnElement[bool]]


def fitting(connection: Reading, stages: Sequence[Stage], condition: Condition | None) -> Fitting:
    """Adds to a query for runs, of whatever experiments, what they must be."""
    keeps_backslash = _keeps_backslash(connection)
    is_sqlite = connection.dialect.name == "sqlite"

    def fitted(query: Select[Any], walked: Any) -> Select[Any]:
        query = query.where(_runs.c.stage.in_(stages))
        if condition is None:
            return query
        leaf = partial(_run_leaf, walked=walked if is_sqlite else None)
        return query.where(_compiled(condition, leaf, keeps_backslash=keeps_backslash))

    return fitted


def experiments(
    connection: Reading,
    *,
    project_ids: Collection[str] | None,
    stages: Sequence[Stage],
    condition: Condition | None,
    orders: Sequence[Order],
    limit: int,
    after: Sequence[Any] | None = None,
) -> Sequence[Row[Any]]:
    """The rows of these projects' experiments, or of all, that fit, in order: by default the newest first.

    `after` is what `experiment_position` gives for the last row of the page before.
    """
    query = select(_experiments).where(_experiments.c.stage.in_(stages))
    if project_ids is not None:
        query = query.where(_experiments.c.project_id.in_(project_ids))
    if condition is not None:
        query = query.where(_compiled(condition, _experiment_leaf, keeps_backslash=_keeps_backslash(connection)))
    keys = _experiment_keys(orders)
    if after is not None:
        query = query.where(pages.after(keys, after))
    return connection.execute(query.order_by(*pages.ordering(keys)).limit(limit)).all()


def experiment_position(row: Row[Any], orders: Sequence[Order]) -> list[Any]:
    """Where a list goes on behind this row."""
    return [getattr(row, str(column.key)) for column, _is_rising in _experiment_keys(orders)]


def _experiment_keys(orders: Sequence[Order]) -> list[pages.Order]:
    wanted = [(_EXPERIMENT_ATTRIBUTES[order.key], order.is_rising) for order in orders]
    return [*(wanted or [(_experiments.c.created_at, False)]), (_experiments.c.id, False)]


def last_starts(connection: Reading) -> dict[str, int]:
    """Project → when its newest active run began (milliseconds); one look into an index for each experiment."""
    newest = (
        select(func.max(_runs.c.start_time))
        .where(_runs.c.experiment_id == _experiments.c.id, _runs.c.stage == Stage.ACTIVE)
        .scalar_subquery()
    )
    starts: dict[str, int] = {}
    for project_id, start in connection.execute(select(_experiments.c.project_id, newest)):
        starts[project_id] = max(starts.get(project_id, 0), start or 0)
    return starts


def _keeps_backslash(connection: Reading) -> bool:
    """Whether a backslash in a LIKE pattern stands for itself: on SQLite it does, on PostgreSQL it escapes."""
    return connection.dialect.name == "sqlite"


def _compiled(condition: Condition, leaf: _Compile, *, keeps_backslash: bool) -> ColumnElement[bool]:
    """A condition as SQL; `leaf` knows the tables of what is searched."""
    match condition:
        case Not(inner):
            return not_(_compiled(inner, leaf, keeps_backslash=keeps_backslash))
        case Every(parts):
            return and_(true(), *(_compiled(part, leaf, keeps_backslash=keeps_backslash) for part in parts))
        case Some(parts):
            return or_(false(), *(_compiled(part, leaf, keeps_backslash=keeps_backslash) for part in parts))
        case Compared() | Exists():
            return leaf(condition, keeps_backslash)


def _run_leaf(condition: Compared | Exists, keeps_backslash: bool, *, walked: Any) -> ColumnElement[bool]:
    run_id = _runs.c.id if walked is None else walked.c.run_id
    if condition.entity is Entity.METRIC:
        return _metric(condition, run_id)
    if condition.entity in sorting.PAIRS:
        table = sorting.PAIRS[condition.entity]
        if walked is not None and isinstance(condition, Compared) and condition.operator in {"=", "IN"}:
            # A range of one: else SQLite takes the primary key, and from there has to look the value up.
            of_walked = and_(table.c.experiment_id == walked.c.experiment_id, table.c.run_id.between(run_id, run_id))
            return exists(select(literal(1)).select_from(table).where(of_walked, equal(table, condition)))
        return _pair(condition, table, table.c.run_id == run_id, keeps_backslash=keeps_backslash)
    if not isinstance(condition, Compared):
        return false()
    if condition.entity is Entity.DATASET:
        query, column = datasets.runs_using(condition.key)
        found: ColumnElement[bool] = run_id.in_(
            query.where(_compare(column, condition, keeps_backslash=keeps_backslash))
        )
        return found
    column = sorting.ATTRIBUTES[condition.key]
    if condition.key in sorting.OPTIONAL:
        # Not by its index: what is walked here are the runs in their order. `finders` looks the few up.
        column += 0
    return _attribute(column, condition, keeps_backslash=keeps_backslash)


def _experiment_leaf(condition: Compared | Exists, keeps_backslash: bool) -> ColumnElement[bool]:
    if condition.entity is Entity.TAG:
        table = tables.experiment_tags
        return _pair(condition, table, table.c.experiment_id == _experiments.c.id, keeps_backslash=keeps_backslash)
    if not isinstance(condition, Compared):
        return false()
    return _attribute(_EXPERIMENT_ATTRIBUTES[condition.key], condition, keeps_backslash=keeps_backslash)


def _attribute(column: ColumnElement[Any], condition: Compared, *, keeps_backslash: bool) -> ColumnElement[bool]:
    """An attribute that is not there compares with nothing, and so a NOT around it holds."""
    holds = _compare(column, condition, keeps_backslash=keeps_backslash)
    return and_(column.is_not(None), holds) if condition.key in sorting.OPTIONAL else holds


def _pair(
    condition: Compared | Exists, table: Any, of_thing: ColumnElement[bool], *, keeps_backslash: bool
) -> ColumnElement[bool]:
    wanted = [of_thing, table.c.key == condition.key]
    if isinstance(condition, Compared):
        wanted.append(_compare(table.c.value, condition, keeps_backslash=keeps_backslash))
    return exists(select(literal(1)).select_from(table).where(*wanted))


def equal(table: Any, condition: Compared) -> ColumnElement[bool]:
    """A parameter or a tag has the value, or one of them: told from its index, and for long texts from the value."""
    values = condition.value if condition.operator == "IN" else (condition.value,)
    of_head = and_(table.c.key == condition.key, table.c.head.in_([value[:HEAD] for value in values]))
    is_short = all(len(value) < HEAD for value in values)
    return of_head if is_short else and_(of_head, compared(table.c.value, "IN", values))


def _metric(condition: Compared | Exists, run_id: ColumnElement[str]) -> ColumnElement[bool]:
    """What is not a number differs from every number, is in no list, and compares in no other way."""
    wanted = [_series.c.run_id == run_id, _series.c.key == condition.key]
    if isinstance(condition, Compared):
        worth = sorting.worth(_series, condition.aggregate)
        holds, differs = sorting.holds(worth.value, condition), condition.operator in {"!=", "NOT IN"}
        wanted.append(or_(worth.is_nan, holds) if differs else and_(worth.is_number, holds))
    return exists(select(literal(1)).select_from(_series).where(*wanted))


def _compare(column: Any, condition: Compared, *, keeps_backslash: bool) -> ColumnElement[bool]:
    value = condition.value
    if any(isinstance(each, float) for each in (value if isinstance(value, tuple) else (value,))):
        return sorting.holds(column, condition)
    if condition.operator in {"LIKE", "ILIKE"} and not keeps_backslash:
        value = value.replace("\\", "\\\\")
    return compared(column, condition.operator, value)
