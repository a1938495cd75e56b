"""From filters and orders to SQL."""

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, or_, select

from cuvee.db.pages import Order
from cuvee.registry import errors, tables
from cuvee.registry.filters import IS_PROMPT, Comparison, asks_for_prompts
from cuvee.registry.values import Sight, Visibility

_models, _versions = tables.models, tables.versions
_model_tags, _version_tags = tables.model_tags, tables.version_tags

#: Name in requests → column. MLflow orders models by their last change whichever timestamp is named.
_MODEL_ORDERS: Final[dict[str, ColumnElement[Any]]] = {
    "name": _models.c.name,
    "timestamp": _models.c.updated_at,
    "last_updated_timestamp": _models.c.updated_at,
    "created_at": _models.c.created_at,
    "updated_at": _models.c.updated_at,
    "versions": _models.c.last_number,
}
_VERSION_ORDERS: Final[dict[str, ColumnElement[Any]]] = {
    "name": _models.c.name,
    "version_number": _versions.c.number,
    "creation_timestamp": _versions.c.created_at,
    "last_updated_timestamp": _versions.c.updated_at,
    "created_at": _versions.c.created_at,
    "updated_at": _versions.c.updated_at,
}
_ATTRIBUTES: Final[dict[str, ColumnElement[Any]]] = {
    "name": _models.c.name,
    "version_number": _versions.c.number,
    "run_id": _versions.c.run_id,
    "source_path": _versions.c.source,
}
_ORDER: Final = re.compile(r"""\s*[`"]?(?:attributes?\.)?[`"]?(?P<key>\w+)[`"]?(?:\s+(?P<way>\S+))?\s*""")


def seen_by(sight: Sight) -> ColumnElement[bool] | None:
    """The condition on models that somebody may see; None when they see all."""
    if sight.projects is None:
        return None
    return or_(
        _models.c.visibility == Visibility.PUBLIC,
        _models.c.owner_id == sight.user_id,
        _models.c.project_id.in_(sight.projects),
    )


def models_where(conditions: Sequence[Comparison]) -> list[ColumnElement[bool]]:
    """A filter on models. Prompts, which clients keep among them, are listed only when asked for."""
    tag_of_model = and_(_model_tags.c.model_id == _models.c.id)
    is_prompt = exists().where(tag_of_model, _model_tags.c.key == IS_PROMPT, _model_tags.c.value == "true")
    where = [_attribute(condition) for condition in conditions if not condition.is_tag]
    with_prompts = asks_for_prompts(conditions)
    for condition in conditions:
        if condition.is_tag and (with_prompts or condition.key != IS_PROMPT):
            value = _compared(_model_tags.c.value, condition)
            where.append(exists().where(tag_of_model, _model_tags.c.key == condition.key, value))
    return where if with_prompts else [*where, ~is_prompt]


def versions_where(conditions: Sequence[Comparison]) -> list[ColumnElement[bool]]:
    """A filter on versions. Those of prompts are listed only when asked for."""
    where = [_attribute(condition) for condition in conditions if not condition.is_tag]
    with_prompts = asks_for_prompts(conditions)
    for condition in conditions:
        if condition.is_tag and (with_prompts or condition.key != IS_PROMPT):
            value = _compared(_version_tags.c.value, condition)
            of_version = _version_tags.c.version_id == _versions.c.id
            where.append(exists().where(of_version, _version_tags.c.key == condition.key, value))
    return where if with_prompts else [*where, _versions.c.model_id.not_in(_models_of_prompts())]


def _models_of_prompts() -> Any:
    sibling = _versions.alias("sibling")
    return (
        select(sibling.c.model_id)
        .join(_version_tags, _version_tags.c.version_id == sibling.c.id)
        .where(_version_tags.c.key == IS_PROMPT, _version_tags.c.value == "true")
    )


def _attribute(condition: Comparison) -> ColumnElement[bool]:
    return _compared(_ATTRIBUTES[condition.key], condition)


def _compared(column: ColumnElement[Any], condition: Comparison) -> ColumnElement[bool]:
    value: Any = condition.value
    match condition.operator:
        case "LIKE":
            return column.like(str(value))
        case "ILIKE":
            return column.ilike(str(value))
        case "IN":
            return column.in_(value)
        case "NOT IN":
            return column.not_in(value)
        case operator:
            compare: ColumnElement[bool] = column.op(operator, is_comparison=True)(value)
            return compare


def model_orders(order_by: Sequence[str]) -> list[Order]:
    """The order of a list of models: what was asked for, then the name.

    Raises:
        BadOrder: when a clause names what models cannot be ordered by.

    """
    orders = _orders(order_by, _MODEL_ORDERS, "['name ASC', 'name DESC', 'timestamp ASC', 'timestamp DESC']")
    return orders if _has(orders, _models.c.name) else [*orders, (_models.c.name, True)]


def version_orders(order_by: Sequence[str]) -> list[Order]:
    """The order of a list of versions: what was asked for, then the name and the newest first.

    Raises:
        BadOrder: when a clause names what versions cannot be ordered by.

    """
    orders = _orders(
        order_by or ("last_updated_timestamp DESC", "name ASC", "version_number DESC"), _VERSION_ORDERS,
        str(sorted(_VERSION_ORDERS)),
    )  # fmt: skip
    if not _has(orders, _models.c.name):
        orders.append((_models.c.name, True))
    if not _has(orders, _versions.c.number):
        orders.append((_versions.c.number, False))
    return orders


def _has(orders: Sequence[Order], column: ColumnElement[Any]) -> bool:
    return any(ordered is column for ordered, _ in orders)


def _orders(order_by: Sequence[str], known: dict[str, ColumnElement[Any]], valid: str) -> list[Order]:
    orders: list[Order] = []
    for clause in order_by:
        match = _ORDER.fullmatch(clause)
        if match is None:
            raise errors.BadOrder(f"Invalid order_by clause '{clause}'. Could not be parsed.")
        column = known.get(match["key"])
        if column is None:
            raise errors.BadOrder(f"Invalid order by key '{match['key']}' specified. Valid keys are '{valid}'")
        way = (match["way"] or "asc").lower()
        if way not in {"asc", "desc"}:
            raise errors.BadOrder(f"Invalid ordering key in order_by clause '{clause}'.")
        if _has(orders, column):
            raise errors.BadOrder(f"`order_by` contains duplicate fields: {list(order_by)}")
        orders.append((column, way == "asc"))
    return orders
