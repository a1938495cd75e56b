"""Pages by key: a list goes on after the last row it gave, so that a late page costs what the first one costs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_

#: A column to order by, and whether it rises.
Order = tuple[ColumnElement[Any], bool]


def ordering(orders: Sequence[Order]) -> list[ColumnElement[Any]]:
    """The ORDER BY of a list. Its last column must be unique, or rows could be lost between two pages."""
    return [column.asc() if is_rising else column.desc() for column, is_rising in orders]


def after(orders: Sequence[Order], position: Sequence[Any]) -> ColumnElement[bool]:
    """What stands behind a position: the values of the ordering columns in the last row given. None may be NULL."""
    condition: ColumnElement[bool] = false()
    for (column, is_rising), value in reversed(list(zip(orders, position, strict=True))):
        beyond = column > value if is_rising else column < value
        condition = or_(beyond, and_(column == value, condition))
    return condition
