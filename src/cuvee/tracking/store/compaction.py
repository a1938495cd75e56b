"""Queries of compaction: which series have blocks to merge, and the exchange of blocks for others."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, insert, select, type_coerce, update
from sqlalchemy.types import LargeBinary

from cuvee.db import statements
from cuvee.db.session import Reading, Writing
from cuvee.tracking import packed, tables
from cuvee.tracking.packed import Head

_blocks, _state = tables.metric_blocks, tables.metric_compaction
#: Series in one query.
_SERIES: Final = 500
_ONE: Final = 1


def progress(connection: Reading) -> tuple[int, int]:
    """Up to which id blocks were looked at, and the greatest id there is: two look-ups by primary key."""
    upto = connection.execute(select(_state.c.upto).where(_state.c.id == _ONE)).scalar_one_or_none()
    return upto or 0, connection.execute(select(func.max(_blocks.c.id))).scalar_one_or_none() or 0


def move_on(connection: Writing, upto: int) -> None:
    """Blocks up to this id were looked at."""
    if not connection.execute(update(_state).where(_state.c.id == _ONE).values(upto=upto)).rowcount:
        connection.execute(statements.insert(connection, _state).values(id=_ONE, upto=upto).on_conflict_do_nothing())


def loose_series(connection: Reading, after: int, upto: int, least: tuple[int, int]) -> list[int]:
    """The series that were logged to in these blocks and have blocks to merge.

    `least` is how many blocks, or else how many bytes, are worth it.
    """
    fresh = select(_blocks.c.series_id).where(_blocks.c.id > after, _blocks.c.id <= upto, _blocks.c.compacted == 0)
    ids = sorted(connection.execute(fresh.distinct()).scalars())
    found: list[int] = []
    enough = (func.count() >= least[0]) | (func.sum(func.length(_blocks.c.data)) >= least[1])
    for start in range(0, len(ids), _SERIES):
        some = ids[start : start + _SERIES]
        of_some = select(_blocks.c.series_id).where(_blocks.c.series_id.in_(some), _blocks.c.compacted == 0)
        found += connection.execute(of_some.group_by(_blocks.c.series_id).having(enough)).scalars()
    return found


def gathered(connection: Reading, series_id: int, most: int) -> tuple[list[tuple[int, bytes]], list[tuple[int, Head]]]:
    """The first so many blocks of a series as they were logged, and where the compacted ones begin and end, by id."""
    return _loose(connection, series_id, most), _heads(connection, series_id)


def _loose(connection: Reading, series_id: int, most: int) -> list[tuple[int, bytes]]:
    query = select(_blocks.c.id, _blocks.c.data).where(_blocks.c.series_id == series_id, _blocks.c.compacted == 0)
    return [(block_id, data) for block_id, data in connection.execute(query.order_by(_blocks.c.id).limit(most))]


def _heads(connection: Reading, series_id: int) -> list[tuple[int, Head]]:
    """Without their points."""
    beginning = type_coerce(func.substr(_blocks.c.data, 1, packed.HEAD), LargeBinary)
    query = select(_blocks.c.id, beginning).where(_blocks.c.series_id == series_id, _blocks.c.compacted > 0)
    return [(block_id, packed.head(data)) for block_id, data in connection.execute(query.order_by(_blocks.c.id))]


def data(connection: Reading, ids: Sequence[int]) -> list[bytes]:
    """The bytes of blocks."""
    return list(connection.execute(select(_blocks.c.data).where(_blocks.c.id.in_(ids))).scalars())


def exchange(
    connection: Writing, series_id: int, old: Sequence[int], new: Sequence[tuple[int, int, int, bytes]]
) -> bool:
    """Put blocks (first step, last step, points, bytes) in the place of others; False when not all of these are there.

    New ones come first, so that no id is used twice.
    """
    series = select(tables.metric_series.c.id).where(tables.metric_series.c.id == series_id)
    if connection.execute(series.with_for_update(read=True, key_share=True)).first() is None:
        return False
    names = ("first_step", "last_step", "compacted", "data")
    rows = [{"series_id": series_id, **dict(zip(names, block, strict=True))} for block in new]
    connection.execute(insert(_blocks), rows)
    gone = connection.execute(delete(_blocks).where(_blocks.c.series_id == series_id, _blocks.c.id.in_(old))).rowcount
    return gone == len(old)
