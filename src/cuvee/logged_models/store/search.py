"""Logged models, searched: filters and orders as conditions over typed, indexed tables."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Select, Table, and_, exists, func, or_, select

from cuvee.core.filters import Comparison
from cuvee.db.session import Reading
from cuvee.db.statements import compared
from cuvee.logged_models import tables
from cuvee.logged_models.store import models
from cuvee.logged_models.values import ATTRIBUTES, DatasetFilter, LoggedModel, Order

_models, _metrics = tables.logged_models, tables.logged_model_metrics
_NUMBERS: Final = frozenset({"created_at", "updated_at", "status"})


def page(
    connection: Reading,
    *,
    experiment_ids: Collection[str],
    project_ids: Collection[str] | None,
    comparisons: Sequence[Comparison],
    datasets: Sequence[DatasetFilter],
    order: Sequence[Order],
    offset: int,
    limit: int,
) -> list[LoggedModel]:
    """Models that are not deleted, with all that belongs to them: four queries, however many they are."""
    query = select(_models).where(_models.c.experiment_id.in_(experiment_ids), ~_models.c.is_deleted)
    if project_ids is not None:
        query = query.where(_models.c.project_id.in_(project_ids))
    query = query.where(*(_condition(comparison, datasets) for comparison in comparisons))
    if datasets and not any(comparison.entity == "metrics" for comparison in comparisons):
        query = query.where(exists().where(_metrics.c.model_id == _models.c.id, _on(datasets)))
    query = _ordered(query, order)
    return models.completed(connection, connection.execute(query.offset(offset).limit(limit)).all())


def _condition(comparison: Comparison, datasets: Sequence[DatasetFilter]) -> ColumnElement[bool]:
    match comparison.entity:
        case "metrics":
            value = _compared(_metrics.c.value, comparison, is_number=True)
            of = [_metrics.c.model_id == _models.c.id, _metrics.c.key == comparison.key, value]
            return exists().where(*of, *([_on(datasets)] if datasets else []))
        case "params":
            return _has(tables.logged_model_params, comparison)
        case "tags":
            return _has(tables.logged_model_tags, comparison)
        case _:
            column = ATTRIBUTES[comparison.key]
            return _compared(_models.c[column], comparison, is_number=column in _NUMBERS)


def _has(table: Table, comparison: Comparison) -> ColumnElement[bool]:
    value = _compared(table.c.value, comparison, is_number=False)
    return exists().where(table.c.model_id == _models.c.id, table.c.key == comparison.key, value)


def _on(datasets: Sequence[DatasetFilter]) -> ColumnElement[bool]:
    return or_(*(_on_one(_metrics.c.dataset_name, _metrics.c.dataset_digest, each) for each in datasets))


def _on_one(name: Column[Any], digest: Column[Any], dataset: DatasetFilter) -> ColumnElement[bool]:
    return and_(name == dataset.name, digest == dataset.digest) if dataset.digest else name == dataset.name


def _compared(column: Column[Any], comparison: Comparison, *, is_number: bool) -> ColumnElement[bool]:
    return compared(column, comparison.operator, comparison.number if is_number else comparison.value)


def _ordered(query: Select[Any], order: Sequence[Order]) -> Select[Any]:
    for each in order:
        if each.metric:
            latest = _latest(each).subquery()
            query = query.outerjoin(latest, and_(latest.c.model_id == _models.c.id, latest.c.place == 1))
            column: Any = latest.c.value
        else:
            column = _models.c[each.attribute]
        query = query.order_by(column.is_(None), column.asc() if each.is_ascending else column.desc())
    return query.order_by(_models.c.created_at.desc(), _models.c.id)


def _latest(order: Order) -> Select[Any]:
    """Each model's values of a metric, the last measured in first place."""
    place = func.row_number().over(
        partition_by=_metrics.c.model_id,
        order_by=[_metrics.c.timestamp.desc(), _metrics.c.step.desc(), _metrics.c.run_id],
    )
    query = select(_metrics.c.model_id, _metrics.c.value, place.label("place")).where(_metrics.c.key == order.metric)
    if order.dataset is not None:
        query = query.where(_on_one(_metrics.c.dataset_name, _metrics.c.dataset_digest, order.dataset))
    return query
