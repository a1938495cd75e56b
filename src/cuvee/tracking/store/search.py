"""Conditions and orders, compiled to SQL over the typed, indexed tables of what was logged."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, false, func, literal, not_, or_, select, true

from cuvee.datasets import service as datasets
from cuvee.db.session import Reading
from cuvee.db.statements import compared
from cuvee.tracking import tables
from cuvee.tracking.conditions import Compared, Condition, Entity, Every, Exists, Not, Order, Some
from cuvee.tracking.values import Stage

_runs, _series, _experiments = tables.runs, tables.metric_series, tables.experiments
_PAIRS: Final = {Entity.PARAM: tables.run_params, Entity.TAG: tables.run_tags}
_artifact_uri: Final = (
    literal("mlflow-artifacts:/") + _runs.c.experiment_id + literal("/") + _runs.c.id + literal("/artifacts")
)
_RUN_ATTRIBUTES: Final[dict[str, ColumnElement[Any]]] = {
    "run_id": _runs.c.id,
    "run_name": _runs.c.name,
    "user_id": _runs.c.user_id,
    "status": _runs.c.status,
    "artifact_uri": _artifact_uri,
    "start_time": _runs.c.start_time,
    "end_time": _runs.c.end_time,
    "duration": _runs.c.end_time - _runs.c.start_time,
}
#: What a run does not have while it goes on.
_OPTIONAL: Final = frozenset({"end_time", "duration"})
_EXPERIMENT_ATTRIBUTES: Final[dict[str, ColumnElement[Any]]] = {
    "experiment_id": _experiments.c.id,
    "name": _experiments.c.name,
    "creation_time": _experiments.c.created_at,
    "last_update_time": _experiments.c.updated_at,
}
#: Adds to a query for runs what they must be.
Fitting = Callable[[Select[Any]], Select[Any]]
_Compile = Callable[[Compared | Exists, bool], ColumnElement[bool]]


def fitting(connection: Reading, stages: Sequence[Stage], condition: Condition | None) -> Fitting:
    """Adds to a query for runs, of whatever experiments, what they must be."""
    clauses: list[ColumnElement[bool]] = [_runs.c.stage.in_(stages)]
    if condition is not None:
        clauses.append(_compiled(condition, _run_leaf, keeps_backslash=_keeps_backslash(connection)))
    return lambda query: query.where(*clauses)


def ordered(query: Select[Any], orders: Sequence[Order], *, before: Sequence[ColumnElement[Any]] = ()) -> Select[Any]:
    """A query for runs, sorted: by default the newest first. `before` is what it is sorted by before all else."""
    clauses = list(before)
    for order in orders:
        query, some = _run_order(query, order)
        clauses += some
    if not any((order.entity, order.key) == (Entity.ATTRIBUTE, "start_time") for order in orders):
        clauses.append(_runs.c.start_time.desc())
    return query.order_by(*clauses, _runs.c.id)


def experiments(
    connection: Reading,
    *,
    project_ids: Collection[str] | None,
    stages: Sequence[Stage],
    condition: Condition | None,
    orders: Sequence[Order],
    offset: int,
    limit: int,
) -> Sequence[Row[Any]]:
    """The rows of these projects' experiments, or of all, that fit, in order: by default the newest first."""
    query = select(_experiments).where(_experiments.c.stage.in_(stages))
    if project_ids is not None:
        query = query.where(_experiments.c.project_id.in_(project_ids))
    if condition is not None:
        query = query.where(_compiled(condition, _experiment_leaf, keeps_backslash=_keeps_backslash(connection)))
    clauses = [
        _EXPERIMENT_ATTRIBUTES[order.key].asc() if order.is_rising else _EXPERIMENT_ATTRIBUTES[order.key].desc()
        for order in orders
    ] or [_experiments.c.created_at.desc()]
    return connection.execute(query.order_by(*clauses, _experiments.c.id.desc()).offset(offset).limit(limit)).all()


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


def _run_leaf(condition: Compared | Exists, keeps_backslash: bool) -> ColumnElement[bool]:
    if condition.entity is Entity.METRIC:
        return _metric(condition)
    if condition.entity in _PAIRS:
        table = _PAIRS[condition.entity]
        return _pair(condition, table, table.c.run_id == _runs.c.id, keeps_backslash=keeps_backslash)
    if not isinstance(condition, Compared):
        return false()
    if condition.entity is Entity.DATASET:
        query, column = datasets.runs_using(condition.key)
        found: ColumnElement[bool] = _runs.c.id.in_(
            query.where(_compare(column, condition, keeps_backslash=keeps_backslash))
        )
        return found
    return _attribute(_RUN_ATTRIBUTES[condition.key], condition, keeps_backslash=keeps_backslash)


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
    return and_(column.is_not(None), holds) if condition.key in _OPTIONAL else holds


def _pair(
    condition: Compared | Exists, table: Any, of_thing: ColumnElement[bool], *, keeps_backslash: bool
) -> ColumnElement[bool]:
    wanted = [of_thing, table.c.key == condition.key]
    if isinstance(condition, Compared):
        wanted.append(_compare(table.c.value, condition, keeps_backslash=keeps_backslash))
    return exists(select(literal(1)).select_from(table).where(*wanted))


def _metric(condition: Compared | Exists) -> ColumnElement[bool]:
    """Of the last value. What is not a number differs from every number, and compares in no other way."""
    wanted = [_series.c.run_id == _runs.c.id, _series.c.key == condition.key]
    if isinstance(condition, Compared):
        holds = compared(_series.c.last_value, condition.operator, float(condition.value))
        is_nan = _series.c.last_is_nan == 1
        wanted.append(or_(holds, is_nan) if condition.operator == "!=" else and_(holds, not_(is_nan)))
    return exists(select(literal(1)).select_from(_series).where(*wanted))


def _compare(column: Any, condition: Compared, *, keeps_backslash: bool) -> ColumnElement[bool]:
    value = condition.value
    if condition.operator in {"LIKE", "ILIKE"} and not keeps_backslash:
        value = value.replace("\\", "\\\\")
    return compared(column, condition.operator, value)


def _run_order(query: Select[Any], order: Order) -> tuple[Select[Any], list[ColumnElement[Any]]]:
    """The query with what is sorted by joined to it, and the clauses: first what has a value, then by the value."""
    if order.entity is Entity.ATTRIBUTE:
        column = _RUN_ATTRIBUTES[order.key]
        if order.key not in _OPTIONAL:
            return query, [_directed(column, order)]
        return query, [case((column.is_(None), 1), else_=0), _directed(column, order)]
    if order.entity is Entity.METRIC:
        series = _series.alias()
        query = query.outerjoin(series, and_(series.c.run_id == _runs.c.id, series.c.key == order.key))
        rank = case((series.c.last_is_nan == 1, 1), (series.c.last_value.is_(None), 2), else_=0)
        return query, [rank, _directed(series.c.last_value, order)]
    table = _PAIRS[order.entity].alias()
    query = query.outerjoin(table, and_(table.c.run_id == _runs.c.id, table.c.key == order.key))
    return query, [case((table.c.value.is_(None), 1), else_=0), _directed(table.c.value, order)]


def _directed(column: ColumnElement[Any], order: Order) -> ColumnElement[Any]:
    return column.asc() if order.is_rising else column.desc()
