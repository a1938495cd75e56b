"""What both databases can do and SQLAlchemy spells for each of them apart."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite

from cuvee.db.session import Writing

#: The comparisons of filters → the condition on a column.
_COMPARED: Final[dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]]] = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    "LIKE": lambda column, value: column.like(value),
    "ILIKE": lambda column, value: column.ilike(value),
    "IN": lambda column, value: column.in_(value),
    "NOT IN": lambda column, value: column.not_in(value),
}


def insert(connection: Writing, table: Table) -> Any:
    """An insert with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def compared(column: ColumnElement[Any], operator: str, value: Any) -> ColumnElement[bool]:
    """A column compared with a value, by an operator of `core.filters`."""
    return _COMPARED[operator](column, value)
