"""Reads that take less time than handing them to a thread does: on SQLite, in the event loop itself.

To wake a thread and be waked by it costs a quarter of a millisecond, ten times what a few looks into indexes take. So
such a read is tried at once, within bounds: a statement that goes on for too many steps of SQLite's machine is broken
off, and nothing is waited for. What was not done here is done in a thread like every other read.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from sqlalchemy import event, exc

from cuvee.db.engine import make_engine
from cuvee.db.session import Reading

T = TypeVar("T")

#: Instructions of SQLite's machine in one statement: about a millisecond, or the metrics of some hundred names.
_STEPS: Final = 10_000
_NOT_NOW: Final = frozenset({sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY})


class NotBrief(Exception):
    """The read takes too long, or would have to wait."""


class Brief:
    """One connection to a SQLite file, used by the thread of the event loop alone."""

    def __init__(self, url: str) -> None:
        self._engine: Final = make_engine(url, writes=False, connections=1)
        event.listen(self._engine, "connect", _bounded)

    def read(self, work: Callable[[Reading], T]) -> T:
        """Run the function now.

        Raises:
            NotBrief: when it is to be run elsewhere.

        """
        try:
            with self._engine.begin() as connection:
                return work(cast("Reading", connection))
        except exc.OperationalError as error:
            # The lower byte says what it is, the rest why.
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _NOT_NOW:
                raise NotBrief from None
            raise

    def close(self) -> None:
        self._engine.dispose()


def _bounded(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=0")
    connection.set_progress_handler(_too_long, _STEPS)


def _too_long() -> int:
    """Anything but 0 breaks the statement off: https://www.sqlite.org/c3ref/progress_handler.html."""
    return 1
