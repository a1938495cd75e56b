"""P6: bytes on disk a point, after compaction."""

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks import noise, trackers
from benchmarks.figures import Measure, Within
from benchmarks.rows import Bench, Contestant, Row, Sample
from benchmarks.trackers import Tracker

KEYS: Final = tuple(f"metric_{number}" for number in range(20))
POINTS: Final = 10_000


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    with trackers.opened(bench, [trackers.CUVEE, trackers.MLFLOW_SERVER]) as opened:
        yield [_contestant(bench, tracker) for tracker in opened]


def _contestant(bench: Bench, tracker: Tracker) -> Contestant:
    runs: list[str] = []
    folder = bench.scratch / tracker.kind.name
    return tracker.contestant(partial(_measured, tracker, folder, runs), partial(_missing, tracker, runs))


def _measured(tracker: Tracker, folder: Path, runs: list[str]) -> Sample:
    """One more run; what the database takes then, for all runs so far."""
    runs += tracker.new_runs(1)
    noise.log(tracker, folder, runs[-1], KEYS, POINTS, seed=len(runs) * len(KEYS))
    file = folder / "mlflow.db"
    if tracker.kind.kind == "ours":
        file = folder / "home/cuvee.db"
        noise.wait_for_compaction(folder)
    count = len(runs) * len(KEYS) * POINTS
    return Sample(values={"used": _used(file) / count, "file": _size(file) / count}, requests=1)


def _used(file: Path) -> int:
    """Bytes of the pages that hold something."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    return int(pages - free) * int(size)


def _size(file: Path) -> int:
    """Bytes of the file, with the pages of it that are free, and of its log."""
    log = file.with_name(file.name + "-wal")
    return file.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _missing(tracker: Tracker, runs: Sequence[str]) -> str:
    found = [tracker.history(run, key) for run, key in itertools.product(runs[:1], KEYS)]
    return "" if set(found) == {POINTS} else f"series have {found} points, not {POINTS:,}"


ROW: Final = Row(
    number="P6",
    title="bytes on disk a point, after compaction",
    measures=(
        Measure(name="used", label="pages in use", unit="B", better="lower"),
        Measure(name="file", label="file and its log", unit="B", better="lower"),
    ),
    goals=(Within(measure="used", limit=12), Within(measure="file", limit=12)),
    how="Each time one more run with 20 metrics of 10,000 points is logged, then compaction is waited for, and all "
    "that the database has, whatever else is in it, is divided by the points logged so far. Values have noise down "
    "to their last bit. What compaction freed is waited for until it was given back, in the first quiet seconds; the "
    "log of SQLite counts.",
    limit="none; 16 bytes are a timestamp and a value as they are.",
    contestants=contestants,
    quick=False,
)
