"""How connections to the two databases are made."""

import sqlite3
from typing import Any

from sqlalchemy import Engine, create_engine, event

from cuvee.core import errors
from cuvee.db import memory


class UnusableDatabase(errors.Misconfigured):
    """The database cannot be used."""


def make_engine(url: str, *, writes: bool, connections: int) -> Engine:
    """An engine whose transactions begin as the database needs it.

    On SQLite a writer begins with `BEGIN IMMEDIATE`, because the busy handler does not run when a reader turns
    into a writer; what is committed is on disk (`synchronous=FULL`). A reader cannot write at all.
    """
    if ":memory:" in url or url == "sqlite://":
        raise UnusableDatabase("An in-memory database loses everything: give a file or a PostgreSQL URL.")
    pool: dict[str, Any] = {"pool_size": connections, "max_overflow": 0, "pool_pre_ping": url.startswith("postgresql")}
    if not url.startswith("sqlite"):
        return create_engine(url, **pool)
    engine = create_engine(url, **pool, connect_args={"check_same_thread": False, "cached_statements": 512})
    event.listen(engine, "connect", _writer_pragmas if writes else _reader_pragmas)
    event.listen(engine, "begin", _begin_immediate if writes else _begin)
    memory.forget_on_rollback(engine)
    return engine


def _pragmas(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None  # we say when a transaction begins
    for pragma in (
        "busy_timeout=10000",
        "auto_vacuum=INCREMENTAL",  # counts in an empty database, before anything else is said of it: see space.py
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
        "cache_size=-16000",
        "mmap_size=268435456",
        "temp_store=MEMORY",
        "case_sensitive_like=ON",  # as PostgreSQL's LIKE and MLflow's
    ):
        connection.execute(f"PRAGMA {pragma}")


def _writer_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    _pragmas(connection)
    # Checkpoints are the writer's own; larger ones keep them rare on the way of a request.
    connection.execute("PRAGMA wal_autocheckpoint=4000")


def _reader_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    _pragmas(connection)
    connection.execute("PRAGMA query_only=ON")


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")
