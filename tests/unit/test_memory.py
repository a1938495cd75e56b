"""What the writer remembers instead of reading it again, and when it must not."""

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from cuvee.core import errors
from cuvee.core.settings import Settings
from cuvee.db import memory
from cuvee.db.database import Database
from cuvee.db.session import Writing


@pytest.fixture
def numbers(tmp_path: Path) -> Iterator[Database]:
    """A table on SQLite, which has one writer."""
    database = Database(Settings(home=tmp_path).database)
    database.write_now(lambda connection: connection.execute(text("CREATE TABLE numbers (n BIGINT)")) and None)
    yield database
    database.close()


def add(connection: Writing, n: int, *, fails: bool = False) -> None:
    connection.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": n})
    memory.keep(connection, [n])
    if fails:
        raise errors.Invalid


def recalled(connection: Writing) -> list[int] | None:
    return memory.recall(connection, list)


def test_what_was_written_last_is_remembered(numbers: Database):
    numbers.write_now(partial(add, n=7))

    assert numbers.write_now(recalled) == [7]


def test_another_write_between_is_noticed(numbers: Database):
    numbers.write_now(partial(add, n=7))
    numbers.write_now(lambda connection: connection.execute(text("DELETE FROM numbers")) and None)

    assert numbers.write_now(recalled) is None


def test_a_write_that_has_no_part_in_it_does_not_end_the_memory(numbers: Database):
    def beside(connection: Writing) -> None:
        with memory.unaffected(connection):
            connection.execute(text("DELETE FROM numbers"))

    numbers.write_now(partial(add, n=7))
    numbers.write_now(beside)

    assert numbers.write_now(recalled) == [7]


def test_a_memory_that_held_no_more_is_not_revived(numbers: Database):
    def beside(connection: Writing) -> None:
        with memory.unaffected(connection):
            connection.execute(text("DELETE FROM numbers"))

    numbers.write_now(partial(add, n=7))
    numbers.write_now(lambda connection: connection.execute(text("DELETE FROM numbers")) and None)
    numbers.write_now(beside)

    assert numbers.write_now(recalled) is None


def test_what_another_process_wrote_is_noticed(numbers: Database):
    numbers.write_now(partial(add, n=7))
    with sqlite3.connect(numbers.url.removeprefix("sqlite:///")) as other:
        other.execute("INSERT INTO numbers VALUES (8)")
    other.close()

    assert numbers.write_now(recalled) is None


def test_what_was_taken_back_is_forgotten(numbers: Database):
    with pytest.raises(errors.Invalid):
        numbers.write_now(partial(add, n=7, fails=True))

    assert numbers.write_now(recalled) is None


def test_what_was_taken_back_within_a_group_is_forgotten(numbers: Database):
    def group(connection: Writing) -> list[int] | None:
        savepoint = connection.begin_nested()
        add(connection, 7)
        savepoint.rollback()
        return recalled(connection)

    assert numbers.write_now(group) is None


def test_on_postgresql_nothing_is_remembered(postgres: Callable[[], str], tmp_path: Path):
    database = Database(Settings(home=tmp_path, database_url=postgres()).database)

    def group(connection: Writing) -> list[int] | None:
        memory.keep(connection, [7])
        return recalled(connection)

    assert database.write_now(group) is None
    database.close()
