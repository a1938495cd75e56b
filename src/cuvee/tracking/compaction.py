"""Compaction: many small blocks of a series become a few large, sorted, compressed ones, while the platform runs.

A merge is worked out beside the writer and outside of any transaction, and then put in place in one short transaction
of the writer's: old blocks out, new ones in, or neither. When one of the old blocks is gone meanwhile,
because another process was faster or the run was deleted, nothing is changed.

Which series need it is found by the ids of new blocks: those up to a mark, which is kept in the database, were looked
at. Where nothing is logged, that is two look-ups by primary key every few seconds.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from cuvee.core import errors
from cuvee.db import memory
from cuvee.db.database import Database
from cuvee.db.session import Writing
from cuvee.tracking import blocks, packed
from cuvee.tracking.blocks import Columns
from cuvee.tracking.packed import Head, Place, UnreadableBlock
from cuvee.tracking.store import compaction as store

log: Final = logging.getLogger(__name__)

#: Points of a full block.
FULL: Final = 8_192
#: So many blocks of a series, or points in them, are worth a merge.
LEAST_BLOCKS: Final = 8
LEAST_POINTS: Final = 256
#: What one transaction takes in at the most.
_MOST_BLOCKS: Final = 2_048
_MOST_POINTS: Final = 131_072
#: A block is written anew when it has at most so many times the points that join it: work grows with the logarithm.
_GROWTH: Final = 4
_BYTES: Final = 24
#: Blocks that are looked at in one go.
_WINDOW: Final = 10_000
#: Seconds between looks.
_INTERVAL: Final = 5.0
#: More new blocks than this between two looks, and compaction waits for a quieter time ...
_BUSY: Final = 2_000
#: ... unless so many wait already.
_BACKLOG: Final = 500_000
#: At most so many, and what it freed is given back to the system: sooner, the next ones would only take it again.
_QUIET: Final = 100
#: Compaction rests so many times as long as it worked, so that most of the machine is left to requests.
_REST: Final = 3


class Overtaken(errors.Conflict):
    """The blocks of the series changed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Blocks of a series and what takes their place."""

    series_id: int
    old: Sequence[int]
    #: First step, last step, points, bytes.
    new: Sequence[tuple[int, int, int, bytes]]
    #: Whether the series has more to merge.
    is_more: bool


class Compactor:
    """The background task. One lives as long as the platform."""

    def __init__(self, database: Database, *, interval: float = _INTERVAL) -> None:
        self._database = database
        self._interval = interval
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._task = asyncio.create_task(self._work())

    async def close(self) -> None:
        """Stop; what was begun is finished or has left no trace."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        seen, is_tidy = 0, False
        while True:
            await asyncio.sleep(self._interval)
            try:
                upto, newest = await self._database.read(store.progress)
                is_busy = newest - seen > _BUSY and newest - upto < _BACKLOG
                is_quiet = newest - seen <= _QUIET
                seen = newest
                if newest != upto and not is_busy:
                    is_tidy = False
                    await compact(self._database, rest=_REST)
                if is_quiet and not is_tidy:
                    is_tidy = await self._database.tidy(rest=_REST)
            except errors.CuveeError as error:
                log.warning("Compaction of metrics will be tried again: %s", error)
            except Exception:
                log.exception("Compaction of metrics failed and will be tried again")


async def compact(database: Database, *, rest: float = 0) -> int:
    """Look at all blocks that were not looked at yet and merge what is worth it; how many merges that were.

    `rest` is how many times as long as it works it rests after each merge.
    """
    merges = 0
    upto, newest = await database.read(store.progress)
    while upto < newest:
        until = min(upto + _WINDOW, newest)
        least = (LEAST_BLOCKS, LEAST_POINTS * _BYTES)
        for series_id in await database.read(partial(store.loose_series, after=upto, upto=until, least=least)):
            merges += await _merged(database, series_id, rest)
        upto = until
        await database.write(partial(store.move_on, upto=upto))
    if upto > newest:  # the newest blocks were deleted, and their ids will come again
        await database.write(partial(store.move_on, upto=newest))
    return merges


async def _merged(database: Database, series_id: int, rest: float) -> int:
    """Merge a series, transaction by transaction."""
    merges, is_more = 0, True
    while is_more:
        began = time.monotonic()
        try:
            merge = await planned(database, series_id)
            if merge is None:
                return merges
            await database.write(partial(apply, merge=merge))
        except Overtaken:
            return merges
        except UnreadableBlock as error:
            log.warning("Series %d of the metrics is not compacted: %s", series_id, error)
            return merges
        merges, is_more = merges + 1, merge.is_more
        await asyncio.sleep(rest * (time.monotonic() - began))
    return merges


async def planned(database: Database, series_id: int) -> Merge | None:
    """What to merge of a series next; None when there is nothing.

    Raises:
        Overtaken: when the blocks changed between two looks.

    """
    taken, heads = await database.read(partial(store.gathered, series_id=series_id, most=_MOST_BLOCKS + 1))
    fitting = _fitting(taken)
    if not fitting:
        return None
    fresh = await asyncio.to_thread(_ordered, [data for _, data in fitting])
    old = _joining(heads, fresh)
    before = await database.read(partial(store.data, ids=old)) if old else []
    if len(before) != len(old):
        raise Overtaken
    several = [*before, *(data for _, data in fitting)]
    points = await asyncio.to_thread(_ordered, several) if old else fresh
    return Merge(
        series_id=series_id,
        old=[*old, *(block_id for block_id, _ in fitting)],
        new=await asyncio.to_thread(_cut, points),
        is_more=len(fitting) < len(taken),
    )


def apply(connection: Writing, merge: Merge) -> None:
    """Put a merge in place.

    Raises:
        Overtaken: when one of the old blocks is not there any more; the transaction must not be committed.

    """
    with memory.unaffected(connection):  # summaries and runs stay as they are
        if not store.exchange(connection, merge.series_id, merge.old, merge.new):
            raise Overtaken


def _fitting(taken: Sequence[tuple[int, bytes]]) -> Sequence[tuple[int, bytes]]:
    """The first of the blocks, as many as one transaction takes, and at least one."""
    size = 0
    for count, (_, data) in enumerate(taken):
        size += len(data)
        if count and (count == _MOST_BLOCKS or size > _MOST_POINTS * _BYTES):
            return taken[:count]
    return taken


def _joining(heads: Sequence[tuple[int, Head]], fresh: Columns) -> list[int]:
    """The ids of the compacted blocks that are written anew together with new points.

    Those among which the points belong, unless that is more than one transaction takes; and the small ones before
    them, each as long as it is not much larger than all that joins it.
    """
    low: Place = (fresh.steps[0], fresh.timestamps[0])
    high: Place = (fresh.steps[-1], fresh.timestamps[-1])
    among = [(block_id, head) for block_id, head in heads if head.first <= high and head.last >= low]
    count = sum(head.count for _, head in among)
    if count + len(fresh.steps) > 2 * _MOST_POINTS:
        return []
    joining = [block_id for block_id, _ in among]
    count += len(fresh.steps)
    low = min([low, *(head.first for _, head in among)])
    before = sorted((head.last, head.count, block_id) for block_id, head in heads if head.last < low)
    for _, size, block_id in reversed(before):
        if size >= FULL or size > _GROWTH * count or count > _MOST_POINTS:
            break
        joining.append(block_id)
        count += size
    return joining


def _ordered(several: Sequence[bytes]) -> Columns:
    return blocks.ordered(blocks.columns(several))


def _cut(points: Columns) -> list[tuple[int, int, int, bytes]]:
    steps, timestamps, values = points
    new: list[tuple[int, int, int, bytes]] = []
    for start in range(0, len(steps), FULL):
        part = slice(start, start + FULL)
        block = packed.pack(steps[part], timestamps[part], values[part])
        new.append((steps[part][0], steps[part][-1], len(steps[part]), block))
    return new
