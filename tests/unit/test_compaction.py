"""Compaction against a naive model: before and after it everything that can be asked has the same answer."""

import asyncio
import math
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from tests.conftest import wait_for
from tests.unit.test_series import CALLER, log_all, new_run, points, requests, shown, tracked

from cuvee.db.database import Database
from cuvee.db.session import Reading
from cuvee.tracking import blocks, compaction, curves, ingest, packed, series, tables
from cuvee.tracking.curves import Frame
from cuvee.tracking.store import series as series_store
from cuvee.tracking.values import Point

__all__ = ["tracked"]

whole = st.integers(min_value=-(2**63), max_value=2**63 - 1)
anything = st.lists(st.tuples(whole, whole, st.floats(allow_nan=True)), min_size=1, max_size=300)
STEPS = 700


def answers(database: Database, run_id: str, key: str) -> tuple[object, ...]:
    """What is told about a metric of a run, as values that equal themselves."""

    def asked(connection: Reading) -> tuple[object, ...]:
        found: list[object] = [list(map(shown, series.history(connection, CALLER, run_id, key)))]
        for limit, steps in ((4, None), (2500, (-1, 2))):
            sampled = series.samples(connection, CALLER, [run_id], key, limit=limit, steps=steps)
            found.append([shown(point) for _, point in sampled])
        for by_time in (False, True):
            for within in (None, (0, 2)):
                frame = Frame(width=16, by_time=by_time, within=within)
                drawn = curves.curves(connection, CALLER, [run_id], [key], frame)
                found.append([[list(map(shown, zip_points(curve.points))), repr(curve.summary)] for curve in drawn])
        return tuple(found)

    return database.read_now(asked)


def zip_points(columns: blocks.Columns) -> list[Point]:
    return list(map(Point, *columns))


def kinds(database: Database, run_id: str) -> list[int]:
    """How many points compaction put into each block of a run; 0 for a block as it was logged."""
    query = select(tables.metric_blocks.c.compacted).join(tables.metric_series)
    query = query.where(tables.metric_series.c.run_id == run_id).order_by(tables.metric_blocks.c.id)
    return database.read_now(lambda connection: list(connection.execute(query).scalars()))


def series_of(database: Database, run_id: str) -> list[int]:
    query = select(tables.metric_series.c.id).where(tables.metric_series.c.run_id == run_id)
    return database.read_now(lambda connection: list(connection.execute(query).scalars()))


def merge_all(database: Database, run_id: str) -> None:
    for series_id in series_of(database, run_id):
        merge = asyncio.run(compaction.planned(database, series_id))
        if merge is not None:
            database.write_now(partial(compaction.apply, merge=merge))


def log_steps(database: Database, run_id: str, steps: range) -> None:
    """One request a step, as a training loop does it."""
    items = [ingest.Item(run_id=run_id, points=ingest.single("loss", s, 1000 + 7 * s, math.sin(s))) for s in steps]
    for item in items:
        assert database.write_now(partial(ingest.log, items=[item])) == [None]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(several=st.lists(requests, min_size=1, max_size=3))
def test_compaction_changes_no_answer(tracked: Database, several: list[list[dict[str, list[Point]]]]):
    plain, merged = tracked.write_now(new_run), tracked.write_now(new_run)
    for logged in several:
        for run_id in (plain, merged):
            log_all(tracked, run_id, logged, together=False)
        merge_all(tracked, merged)
    assert 0 not in kinds(tracked, merged)
    for key in ("a", "b"):
        assert answers(tracked, merged, key) == answers(tracked, plain, key)


def test_a_long_series_is_drawn_the_same_before_and_after(tracked: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compaction, "FULL", 300)
    run_id = tracked.write_now(new_run)
    with_fresh = {"loss": [Point(s, 1000 + 7 * s, math.sin(s) * s) for s in range(STEPS)]}
    log_all(tracked, run_id, [with_fresh], together=True)
    before = answers(tracked, run_id, "loss")

    merge_all(tracked, run_id)

    assert kinds(tracked, run_id) == [300, 300, 100]
    assert answers(tracked, run_id, "loss") == before


def test_what_was_logged_before_is_not_logged_twice_after_compaction(tracked: Database):
    run_id = tracked.write_now(new_run)
    log_steps(tracked, run_id, range(20))
    merge_all(tracked, run_id)

    log_steps(tracked, run_id, range(5, 25))

    kept = tracked.read_now(partial(series.history, caller=CALLER, run_id=run_id, key="loss"))
    assert [point.step for point in kept] == list(range(25))


def test_only_series_with_enough_to_merge_are_touched(tracked: Database):
    long, short = tracked.write_now(new_run), tracked.write_now(new_run)
    log_steps(tracked, long, range(compaction.LEAST_BLOCKS))
    log_steps(tracked, short, range(compaction.LEAST_BLOCKS - 1))

    asyncio.run(compaction.compact(tracked))

    assert kinds(tracked, long) == [compaction.LEAST_BLOCKS]
    assert kinds(tracked, short) == [0] * (compaction.LEAST_BLOCKS - 1)


def test_where_nothing_was_logged_nothing_is_written(database: Database):
    run_id = database.write_now(new_run)
    log_steps(database, run_id, range(10))
    asyncio.run(compaction.compact(database))
    seen: list[str] = []
    with database.owner() as engine:
        event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))

        assert asyncio.run(compaction.compact(database)) <= 1
        seen.clear()
        assert asyncio.run(compaction.compact(database)) == 0

    assert seen == []


def test_the_slower_of_two_processes_changes_nothing(tracked: Database):
    run_id = tracked.write_now(new_run)
    log_steps(tracked, run_id, range(10))
    (series_id,) = series_of(tracked, run_id)
    slow = asyncio.run(compaction.planned(tracked, series_id))
    merge_all(tracked, run_id)

    with pytest.raises(compaction.Overtaken):
        tracked.write_now(partial(compaction.apply, merge=slow))

    assert kinds(tracked, run_id) == [10]


def test_a_metric_deleted_meanwhile_stays_deleted(tracked: Database):
    run_id = tracked.write_now(new_run)
    log_steps(tracked, run_id, range(10))
    (series_id,) = series_of(tracked, run_id)
    merge = asyncio.run(compaction.planned(tracked, series_id))
    tracked.write_now(partial(series_store.delete, run_id=run_id, keys=["loss"]))

    with pytest.raises(compaction.Overtaken):
        tracked.write_now(partial(compaction.apply, merge=merge))

    assert kinds(tracked, run_id) == []


def test_a_growing_series_stays_few_blocks(tracked: Database):
    run_id, grown = tracked.write_now(new_run), 40
    for start in range(0, grown * 8, 8):
        log_steps(tracked, run_id, range(start, start + 8))
        merge_all(tracked, run_id)

    assert sum(kinds(tracked, run_id)) == grown * 8
    assert len(kinds(tracked, run_id)) <= 5


def test_a_block_that_cannot_be_read_keeps_no_other_series_from_compaction(database: Database):
    odd, good = database.write_now(new_run), database.write_now(new_run)
    log_steps(database, odd, range(10))
    log_steps(database, good, range(10))
    spoil = tables.metric_blocks.update().where(tables.metric_blocks.c.series_id == series_of(database, odd)[0])
    database.write_now(lambda connection: connection.execute(spoil.values(data=b"\x09" + bytes(24))) and None)

    asyncio.run(compaction.compact(database))

    assert (kinds(database, odd), kinds(database, good)) == ([0] * 10, [10])


@given(anything)
def test_a_compacted_block_gives_back_what_was_packed(some: list[tuple[int, int, float]]):
    given_points = blocks.ordered(blocks.columns([blocks.pack(list(map(Point, *zip(*some, strict=True))))]))

    block = packed.pack(*given_points)

    assert list(map(shown, blocks.unpack(block))) == list(map(shown, zip_points(given_points)))
    assert packed.head(block).count == len(some)


@given(st.lists(points, min_size=1, max_size=40))
def test_half_a_block_is_refused(some: list[Point]):
    block = packed.pack(*blocks.ordered(blocks.columns([blocks.pack(some)])))
    with pytest.raises(packed.UnreadableBlock):
        blocks.unpack(block + b"x")


CHILD = """
import asyncio, sys
from pathlib import Path
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.tracking import compaction
database = Database(Settings(home=Path(sys.argv[1]), database_url=sys.argv[2]).database)
print("ready", flush=True)
while True:
    asyncio.run(compaction.compact(database))
"""


def test_kill_9_at_any_moment_loses_and_doubles_nothing(database: Database, tmp_path: Path):
    run_id = database.write_now(new_run)
    url = "" if database.is_sqlite else database.url.replace("postgresql+psycopg", "postgresql")
    for round_number in range(4):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path), url], stdout=subprocess.PIPE, text=True)
        assert child.stdout.readline() == "ready\n"
        merged = len(kinds(database, run_id))
        log_steps(database, run_id, range(100 * round_number, 100 * (round_number + 1)))
        wait_for(lambda merged=merged: len(kinds(database, run_id)) < 100 + merged)
        os.kill(child.pid, signal.SIGKILL)
        child.communicate(timeout=60)
    kept = database.read_now(partial(series.history, caller=CALLER, run_id=run_id, key="loss"))
    assert [point.step for point in kept] == list(range(400))


def room_of(database: Database, tmp_path: Path) -> tuple[int, int, int]:
    """Pages of the file, those of them that are free, and the log's bytes."""
    [pages, free] = [
        database.read_now(lambda connection, name=name: connection.exec_driver_sql(f"PRAGMA {name}").scalar())
        for name in ("page_count", "freelist_count")
    ]
    return pages, free, (tmp_path / "cuvee.db-wal").stat().st_size


def test_what_compaction_frees_is_given_back(database: Database, tmp_path: Path):
    if not database.is_sqlite:
        assert asyncio.run(database.tidy())
        return
    run_id = database.write_now(new_run)
    for start in range(0, 30_000, 1_000):
        batch = {
            f"key {number}": [Point(step, 0, math.sin(step)) for step in range(start, start + 1_000)]
            for number in range(4)
        }
        log_all(database, run_id, [batch], together=True)
    asyncio.run(compaction.compact(database))
    pages, free, _ = room_of(database, tmp_path)

    assert asyncio.run(database.tidy())

    after, left, log = room_of(database, tmp_path)
    assert free > pages // 3
    assert left < 64 + after // 32
    assert log == 0
    assert sum(kinds(database, run_id)) == 120_000


def test_room_is_given_back_later_while_somebody_writes(database: Database):
    if not database.is_sqlite:
        return
    for statement in ("CREATE TABLE large AS SELECT zeroblob(4000000) AS data", "DROP TABLE large"):
        database.write_now(lambda connection, text=statement: connection.exec_driver_sql(text) and None)

    assert not database.write_now(lambda _connection: asyncio.run(database.tidy()))
    assert asyncio.run(database.tidy())
