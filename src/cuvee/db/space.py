"""Room that is given back to the system: pages of a SQLite file that became free, and its log.

A SQLite file keeps the pages that became free and uses them for what comes next. Databases are made with
`auto_vacuum=INCREMENTAL`, so that pages from the file's end can be moved into the free ones, as many at a time as one
likes, and the file cut. PostgreSQL's autovacuum does the like by itself.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

#: Of the pages, the share that may stay free for what is logged next ...
_SLACK: Final = 0.02
#: ... and how many of them may in any case.
_LEAST: Final = 64
#: Bytes of a log that are not worth a checkpoint.
SMALL_LOG: Final = 256 * 1024


def to_give_back(file: str) -> int:
    """How many pages of the file are free beyond what is kept for the next writes."""
    with _opened(file) as connection:
        return _surplus(connection)


def give_back(file: str, pages: int) -> int:
    """Cut the file by so many pages, in a transaction of its own; how many more there are to give back.

    It waits for nobody: while somebody else writes nothing is done, and there are as many as before.
    """
    with _opened(file) as connection:
        surplus = _surplus(connection)
        try:
            # Each page is a step of the statement: a script takes them all, without the interpreter between.
            connection.executescript(f"PRAGMA incremental_vacuum({min(surplus, pages)})" if surplus else "")
        except sqlite3.OperationalError:
            return surplus
    return max(0, surplus - pages)


def shorten_log(file: str) -> bool:
    """Bring what the log holds into the file and cut the log to nothing; False when somebody needs it still.

    Most of it is done while others write. It waits for nobody: what cannot be now is for another time.
    """
    if not _is_long(Path(f"{file}-wal")):
        return True
    with _opened(file) as connection:
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            [[is_busy, *_]] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError:
            return False
    return not is_busy


@contextmanager
def _opened(file: str) -> Iterator[sqlite3.Connection]:
    """A connection beside those of requests."""
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        yield connection


def _surplus(connection: sqlite3.Connection) -> int:
    if not _asked(connection, "auto_vacuum"):
        return 0
    return max(0, _asked(connection, "freelist_count") - _LEAST - int(_SLACK * _asked(connection, "page_count")))


def _is_long(log: Path) -> bool:
    return log.exists() and log.stat().st_size > SMALL_LOG


def _asked(connection: sqlite3.Connection, name: str) -> int:
    [value] = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)
