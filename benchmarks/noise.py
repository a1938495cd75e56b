"""Long metrics as training loops log them, put into trackers while nothing is measured.

Values fall and carry noise down to their last bit; steps are counted up, a step takes 10 ms and sometimes more.
"""

import math
import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks.trackers import Tracker

#: Points of one key in a request: MLflow's protocol takes a thousand metrics a request.
BATCH: Final = 1_000
BEGAN: Final = 1_795_000_000_000
_PATIENCE: Final = 120.0
#: Seconds between looks.
_LOOK: Final = 0.5
#: Free pages and bytes of log that are never worth giving back.
_FREE: Final = 128
_LOG: Final = 300_000

#: Step, timestamp, value.
Point = tuple[int, int, float]


def points(count: int, seed: int) -> Iterator[Point]:
    """The same for the same seed, whoever asks."""
    chance = random.Random(seed)
    now = BEGAN
    for step in range(count):
        now += 10 + int(chance.expovariate(0.5))
        yield step, now, math.exp(-4 * step / count) + chance.gauss(0, 0.05)


def log(tracker: Tracker, folder: Path, run: str, keys: Sequence[str], count: int, *, seed: int = 0) -> None:
    """So many points of each key of a run: ours through the door, MLflow's into its table, because its door is slow."""
    if tracker.kind.kind != "ours":
        _into_table(folder / "mlflow.db", run, keys, count, seed=seed)
        return
    for number, key in enumerate(keys):
        metrics = [
            {"key": key, "step": step, "timestamp": timestamp, "value": value}
            for step, timestamp, value in points(count, seed + number)
        ]
        for start in range(0, count, BATCH):
            tracker.call("POST", "/runs/log-batch", {"run_id": run, "metrics": metrics[start : start + BATCH]})


def wait_for_compaction(folder: Path) -> None:
    """Until ours has looked at every block, and given back what that freed.

    Raises:
        TimeoutError: when it has not by two minutes.

    """
    until = time.monotonic() + _PATIENCE
    with closing(sqlite3.connect(f"file:{folder}/home/cuvee.db?mode=ro", uri=True)) as connection:
        while not _is_at_rest(connection, folder / "home/cuvee.db-wal"):
            if time.monotonic() > until:
                raise TimeoutError("compaction did not come to an end")
            time.sleep(_LOOK)


def _is_at_rest(connection: sqlite3.Connection, log: Path) -> bool:
    query = "SELECT (SELECT max(id) FROM metric_blocks) - (SELECT upto FROM metric_compaction)"
    [waiting] = connection.execute(query).fetchone()
    [free], [pages] = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("freelist_count", "page_count"))
    return not waiting and free <= max(_FREE, pages // 20) and log.stat().st_size <= _LOG


def _into_table(database: Path, run: str, keys: Sequence[str], count: int, *, seed: int) -> None:
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        columns = "(key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)"
        for number, key in enumerate(keys):
            rows = [(key, value, at, step, run) for step, at, value in points(count, seed + number)]
            connection.executemany(f"INSERT INTO metrics {columns}", rows)
            connection.execute(f"INSERT INTO latest_metrics {columns}", rows[-1])
