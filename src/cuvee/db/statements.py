"""What both databases can do and SQLAlchemy spells for each of them apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib import import_module
from itertools import chain
from typing import Any, Final

import msgspec
from sqlalchemy import ARRAY, Boolean, ColumnElement, Dialect, Table, Text, TypeDecorator, bindparam, exc
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from cuvee.db.session import Reading, Writing

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
#: Rows of one statement. Each number of rows is a statement of its own, and both drivers keep those prepared.
_ROWS: Final = 64


def insert(connection: Writing, table: Table) -> Any:
    """An insert with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return _dialect(connection.dialect.name).insert(table)


@cache
def _dialect(name: str) -> Any:
    """Only the one that is used: the other's import is a fifth of SQLAlchemy's."""
    return import_module(f"sqlalchemy.dialects.{name}")


def compared(column: ColumnElement[Any], operator: str, value: Any) -> ColumnElement[bool]:
    """A column compared with a value, by an operator of `core.filters`."""
    return _COMPARED[operator](column, value)


def among(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """A column of texts holds one of those that are given under this name when the query is run.

    They are one value to the database. An `IN` with a value for each is written anew for every query.
    """
    return _Among(column, bindparam(name, type_=_Texts()))


def fetched(connection: Reading, query: Any, given: Mapping[str, Any]) -> Sequence[Any]:
    """All rows as the driver gives them, in one step: thousands of small ones cost half of what SQLAlchemy's rows do.

    For columns of texts and numbers, which need no conversion.
    """
    result = connection.execute(query, given)
    with _told(connection, "rows"):
        rows: Sequence[Any] = result.cursor.fetchall()
    result.close()
    return rows


def insert_rows(connection: Writing, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of plain values, in as few steps of the database as there can be.

    Each step lets go of the interpreter, and a busy event loop is slow to give it back: `executemany` does that for
    each row. PostgreSQL is sent many rows in one stream.
    """
    if len(rows) > _ROWS and connection.dialect.name == "postgresql":
        _copy(connection, table, names, rows)
    else:
        _in_lengths(connection, table, tuple(names), (), rows)


def upsert_rows(
    connection: Writing, table: Table, names: Sequence[str], key: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Likewise, in place of the rows that have the same key; no two of the rows have."""
    _in_lengths(connection, table, tuple(names), tuple(key), rows)


class _Texts(TypeDecorator[Any]):
    """Several texts as one value: JSON, which SQLite reads itself, and an array."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else msgspec.json.encode(list(value)).decode()


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """A condition as it is: SQLAlchemy would compare it with 1 on SQLite, which then reads the whole table."""
        return self


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, given = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({given}))"  # noqa: S608 - what SQLAlchemy wrote


@compiles(_Among, "postgresql")
def _among_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, given = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY({given})"


def _copy(connection: Writing, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    into = f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)"
    cursor: Any = connection.connection.cursor()
    with _told(connection, into), cursor, cursor.copy(into) as copy:
        copy.set_types([_driver_type(table.c[name].type.compile(connection.dialect)) for name in names])
        for row in rows:
            copy.write_row(row)


def _driver_type(name: str) -> str:
    """A type as psycopg calls it: without its length."""
    return name.lower().partition("(")[0]


@contextmanager
def _told(connection: Reading, statement: str) -> Iterator[None]:
    """What the driver itself was asked fails as SQLAlchemy tells of any other statement that failed."""
    driver = connection.dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        raise exc.DBAPIError.instance(statement, None, error, driver.Error, dialect=connection.dialect) from error


def _in_lengths(
    connection: Writing, table: Table, names: tuple[str, ...], key: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> None:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    cursor: Any = connection.connection.cursor()
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        written = _written(table.name, names, key, len(some), mark)
        # By the driver itself: what SQLAlchemy does around a statement takes longer than the statement.
        with _told(connection, written):
            cursor.execute(written, tuple(chain.from_iterable(some)))


@lru_cache(maxsize=256)
def _written(table: str, names: tuple[str, ...], key: tuple[str, ...], length: int, mark: str) -> str:
    values = ", ".join(["(" + ", ".join([mark] * len(names)) + ")"] * length)
    written = f"INSERT INTO {table} ({', '.join(names)}) VALUES {values}"  # noqa: S608 - names of our own tables
    if not key:
        return written
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return f"{written} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
