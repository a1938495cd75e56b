"""Raw limits: the same work without a server."""

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

#: A raw limit is steady: it needs no more load than this, in seconds.
ENOUGH: Final = 1.0


@contextmanager
def durable_database(path: Path, table: str) -> Iterator[sqlite3.Connection]:
    """A database whose commits are on disk when they return, with one table."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(table)
        yield connection


def repeated(work: Callable[[int], object], seconds: float) -> list[float]:
    """How long each repetition took, in seconds; as many as fit."""
    took: list[float] = []
    until = time.perf_counter() + min(seconds, ENOUGH)
    while not took or time.perf_counter() < until:
        began = time.perf_counter()
        work(len(took))
        took.append(time.perf_counter() - began)
    return took


def rate(took: list[float]) -> float:
    return len(took) / sum(took)


def middle_milliseconds(took: list[float]) -> float:
    return statistics.median(took) * 1000
