"""The writer: grouped, durable, one failure does not take the others with it."""

import threading
from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import text

from cuvee.core import errors
from cuvee.db.database import Database
from cuvee.db.session import Reading, Writing


class Odd(errors.Invalid):
    """Odd numbers are not taken."""


@pytest.fixture
def numbers(database: Database) -> Database:
    database.write_now(
        lambda connection: connection.execute(text("CREATE TABLE numbers (n BIGINT PRIMARY KEY)")) and None
    )
    return database


def add(connection: Writing, n: int) -> int:
    connection.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": n})
    return n


def add_even(connection: Writing, n: int) -> int:
    add(connection, n)
    if n % 2:
        raise Odd
    return n


def kept(connection: Reading) -> list[int]:
    return list(connection.execute(text("SELECT n FROM numbers ORDER BY n")).scalars())


def while_the_writer_is_busy(database: Database) -> threading.Event:
    """Holds a lane until the event is set, so that what is submitted meanwhile is grouped."""
    go = threading.Event()
    database._writer.submit(lambda _connection: go.wait(30))
    return go


def test_work_is_answered_after_its_commit(numbers: Database):
    assert numbers.write_now(partial(add, n=7)) == 7
    assert numbers.read_now(kept) == [7]


def test_a_failing_piece_of_a_group_fails_alone(numbers: Database):
    go = while_the_writer_is_busy(numbers)
    futures = [numbers._writer.submit(partial(add_even, n=n)) for n in range(6)]
    go.set()

    failures = [future.exception(30) for future in futures]

    assert [type(failure) for failure in failures] == [type(None), Odd] * 3
    assert numbers.read_now(kept) == [0, 2, 4]


def test_work_that_fails_alone_leaves_nothing(numbers: Database):
    with pytest.raises(Odd):
        numbers.write_now(partial(add_even, n=1))

    assert numbers.read_now(kept) == []


def test_a_duplicate_in_a_group_fails_alone(numbers: Database):
    go = while_the_writer_is_busy(numbers)
    futures = [numbers._writer.submit(partial(add, n=n)) for n in (1, 1, 2)]
    go.set()

    assert sum(future.exception(30) is not None for future in futures) == 1
    assert numbers.read_now(kept) == [1, 2]


@pytest.mark.parametrize("count", [1, 5])
async def test_items_of_a_batch_are_written_together_and_answered_each(numbers: Database, count: int):
    def add_all(connection: Writing, items: Sequence[int]) -> list[int | errors.CuveeError]:
        return [add(connection, item) if item % 2 == 0 else Odd() for item in items]

    answers = [await numbers.write_item(add_all, n * 2) for n in range(count)]
    with pytest.raises(Odd):
        await numbers.write_item(add_all, 3)

    assert answers == [n * 2 for n in range(count)]


def test_a_full_queue_asks_to_come_back_later(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'small.db'}", waiting=1)
    go, begun = threading.Event(), threading.Event()
    database._writer.submit(lambda _connection: begun.set() or go.wait(30))
    begun.wait(30)
    database._writer.submit(lambda _connection: None)

    with pytest.raises(errors.Busy):
        database._writer.submit(lambda _connection: None)

    go.set()
    database.close()


def test_what_was_accepted_is_written_before_closing(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'closing.db'}")
    database.write_now(lambda connection: connection.execute(text("CREATE TABLE numbers (n INT PRIMARY KEY)")) and None)
    futures = [database._writer.submit(partial(add, n=n)) for n in range(50)]

    database.close()

    assert all(future.done() and future.exception() is None for future in futures)
    with pytest.raises(errors.Unavailable):
        database.write_now(partial(add, n=99))


def test_a_reader_cannot_write(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'read.db'}")

    with pytest.raises(errors.Unavailable):
        database.read_now(lambda connection: connection.execute(text("CREATE TABLE t (n INT)")) and None)

    database.close()
