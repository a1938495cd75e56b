"""What the writer of SQLite remembers from one transaction to the next, instead of reading what it wrote itself.

Each step of a query lets go of the interpreter and must get it back, against a busy event loop: reading the summaries
of a group's metrics cost more than everything else that was done to them. SQLite has one writer, so what a transaction
left is what the next one finds, as long as nobody wrote between: then the memory is dropped, and what is asked is
read. It holds while neither this connection (`total_changes`) nor another one (`data_version`) changed anything, and
no rollback took back what it is about. PostgreSQL has several writers: there, nothing is remembered.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, event

from cuvee.db.session import Writing

T = TypeVar("T")

_KEY: Final = "cuvee.memory"


def recall(connection: Writing, kind: type[T]) -> T | None:
    """What was kept last, if it is of this kind and still holds. It is the caller's to change, until `keep`."""
    raw = connection.connection.driver_connection
    stamp, kept = connection.info.pop(_KEY, (None, None))
    holds = isinstance(raw, sqlite3.Connection) and stamp == _stamp(raw)
    return kept if holds and isinstance(kept, kind) else None


def keep(connection: Writing, what: object) -> None:
    """Remember this, which says what is in the database now. Called when the transaction has written it all."""
    raw = connection.connection.driver_connection
    if isinstance(raw, sqlite3.Connection):
        connection.info[_KEY] = (_stamp(raw), what)


@contextmanager
def unaffected(connection: Writing) -> Iterator[None]:
    """Say that what is written within has no part in what is remembered."""
    kept = recall(connection, object)
    yield
    if kept is not None:
        keep(connection, kept)


def forget_on_rollback(engine: Engine) -> None:
    """Have the engine's connections forget what is taken back, by whatever kind of rollback."""
    event.listen(engine, "rollback", _forget)
    event.listen(engine, "rollback_savepoint", _forget)


def _forget(connection: Any, *_savepoint: Any) -> None:
    connection.info.pop(_KEY, None)


def _stamp(raw: sqlite3.Connection) -> tuple[int, int]:
    """What is another one after every change of the database."""
    [version] = raw.execute("PRAGMA data_version").fetchone()
    return raw.total_changes, version
