"""Queries about metric series: their summaries and their blocks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from math import isnan, nan
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, exists, func, insert, literal, select
from sqlalchemy import delete as sql_delete

from cuvee.db import statements
from cuvee.db.session import Reading, Writing
from cuvee.tracking import tables
from cuvee.tracking.summaries import Extreme, Summary
from cuvee.tracking.values import Metric, Point

_series, _blocks = tables.metric_series, tables.metric_blocks
_Key = tuple[str, str]

#: Names in one query: far below what either database binds.
_NAMES: Final = 5_000
_ADD: Final = insert(_series).returning(_series.c.id, sort_by_parameter_order=True)
_LAST: Final = (
    _series.c.key,
    _series.c.last_step,
    _series.c.last_timestamp,
    _series.c.last_value,
    _series.c.last_is_nan,
)
_LAST_OF_ONE: Final = select(*_LAST).where(_series.c.run_id == bindparam("run_id")).order_by(_series.c.key)
_LAST_OF: Final = (
    select(_series.c.run_id, *_LAST)
    .where(statements.among(_series.c.run_id, "run_ids"))
    .order_by(_series.c.run_id, _series.c.key)
)
_SOME_LAST_OF: Final = _LAST_OF.where(statements.among(_series.c.key, "keys"))
_IDS_OF: Final = select(_series.c.run_id, _series.c.key, _series.c.id).where(
    statements.among(_series.c.run_id, "run_ids")
)
_KEY: Final = ("run_id", "key")
#: The order of `_columns`.
_SUMMARY: Final = tuple(column.name for column in _series.c if column.name not in {"id", "experiment_id", *_KEY})
_WHOLE: Final = (*_KEY, "experiment_id", *_SUMMARY)
_BLOCK: Final = ("series_id", "first_step", "last_step", "data")


def last_of(
    connection: Reading, run_ids: Sequence[str], keys: Collection[str] | None = None
) -> dict[str, list[Metric]]:
    """Run id → the last point of each of its metrics, or of those with these names, by name."""
    if keys is None:
        rows = statements.fetched(connection, _LAST_OF, {"run_ids": list(run_ids)})
    elif keys:
        rows = statements.fetched(connection, _SOME_LAST_OF, {"run_ids": list(run_ids), "keys": sorted(keys)})
    else:
        rows = []
    return {
        run_id: [
            Metric(key, step, timestamp, nan if is_nan else value) for _, key, step, timestamp, value, is_nan in of_run
        ]
        for run_id, of_run in groupby(rows, itemgetter(0))
    }


def last_of_one(connection: Reading, run_id: str) -> list[Metric]:
    """The last point of each metric of a run, by name."""
    rows = statements.fetched(connection, _LAST_OF_ONE, {"run_id": run_id})
    return [Metric(key, step, timestamp, nan if is_nan else value) for key, step, timestamp, value, is_nan in rows]


def known(connection: Reading, experiment_ids: Sequence[str], keys: Collection[str]) -> set[str]:
    """Those of the names that runs of the experiments have a metric of: one look into the index for each."""
    names = sorted(keys)
    of_experiments = _series.c.experiment_id.in_(experiment_ids)
    looks = [exists(select(literal(1)).where(of_experiments, _series.c.key == name)) for name in names]
    found = connection.execute(select(*looks)).one()
    return {name for name, is_there in zip(names, found, strict=True) if is_there}


def summaries(connection: Reading, keys: Iterable[_Key]) -> dict[_Key, tuple[int, Summary]]:
    """(Run id, metric) → the series' id and summary; those that do not exist are left out."""
    wanted = set(keys)
    run_ids, names = sorted({run_id for run_id, _ in wanted}), sorted({name for _, name in wanted})
    found: dict[_Key, tuple[int, Summary]] = {}
    for start in range(0, len(names), _NAMES):
        some = names[start : start + _NAMES]
        query = select(_series).where(_series.c.run_id.in_(run_ids), _series.c.key.in_(some))
        for row in connection.execute(query):
            if (row.run_id, row.key) in wanted:
                found[row.run_id, row.key] = (row.id, _summary(row))
    return found


def add(connection: Writing, new: Sequence[tuple[_Key, Summary]], experiments: Mapping[str, str]) -> list[int]:
    """New series; their ids, in the same order. `experiments` are those of the runs."""
    rows = [dict(zip(_WHOLE, row, strict=True)) for row in _rows(new, experiments)]
    return list(connection.execute(_ADD, rows).scalars())


def add_fresh(connection: Writing, new: Mapping[_Key, Summary], experiment_id: str) -> dict[_Key, int]:
    """New series of an experiment's new runs; their ids."""
    rows = [(*key, experiment_id, *_columns(summary)) for key, summary in new.items()]
    statements.insert_rows(connection, _series, _WHOLE, rows)
    run_ids = list(dict.fromkeys(run_id for run_id, _key in new))
    ids: dict[_Key, int] = {}
    for start in range(0, len(run_ids), _NAMES):
        given = {"run_ids": run_ids[start : start + _NAMES]}
        ids |= {(run_id, key): series_id for run_id, key, series_id in connection.execute(_IDS_OF, given)}
    return ids


def change(connection: Writing, changed: Sequence[tuple[_Key, Summary]], experiments: Mapping[str, str]) -> None:
    """New summaries of series that are there."""
    statements.upsert_rows(connection, _series, _WHOLE, _KEY, _rows(changed, experiments))


def _rows(some: Sequence[tuple[_Key, Summary]], experiments: Mapping[str, str]) -> list[tuple[Any, ...]]:
    return [(*key, experiments[key[0]], *_columns(summary)) for key, summary in some]


def add_blocks(connection: Writing, blocks: Sequence[tuple[int, int, int, bytes]]) -> None:
    """Blocks: series id, first and last step, bytes."""
    statements.insert_rows(connection, _blocks, _BLOCK, blocks)


def blocks_between(connection: Reading, series_id: int, first_step: int, last_step: int) -> list[bytes]:
    """The blocks of a series that may have points of these steps, in the order of arrival."""
    query = (
        select(_blocks.c.data)
        .where(_blocks.c.series_id == series_id, _blocks.c.first_step <= last_step, _blocks.c.last_step >= first_step)
        .order_by(_blocks.c.id)
    )
    return list(connection.execute(query).scalars())


def blocks_of(connection: Reading, run_ids: Sequence[str], key: str) -> dict[str, list[bytes]]:
    """Run id → the blocks of one metric, in the order of arrival."""
    query = (
        select(_series.c.run_id, _blocks.c.data)
        .join_from(_series, _blocks, _blocks.c.series_id == _series.c.id)
        .where(_series.c.run_id.in_(run_ids), _series.c.key == key)
        .order_by(_blocks.c.id)
    )
    found: dict[str, list[bytes]] = {}
    for run_id, data in connection.execute(query):
        found.setdefault(run_id, []).append(data)
    return found


def blocks_of_series(connection: Reading, series_ids: Collection[int]) -> dict[int, list[bytes]]:
    """Series id → its blocks, in the order of arrival."""
    query = select(_blocks.c.series_id, _blocks.c.data).where(_blocks.c.series_id.in_(series_ids))
    packed: dict[int, list[bytes]] = {}
    for series_id, data in connection.execute(query.order_by(_blocks.c.series_id, _blocks.c.id)):
        packed.setdefault(series_id, []).append(data)
    return packed


def found(
    connection: Reading, run_id: str, text: str, prefix: tuple[str, bool], window: tuple[int, int]
) -> list[tuple[str, Summary]]:
    """Some of a run's metrics, by name: those that have the text in it and begin, or do not begin, with the prefix.

    `window` is how many are passed over, and how many are given at the most.
    """
    query = select(_series).where(*_named(run_id, text, prefix)).order_by(_series.c.key)
    query = query.offset(window[0]).limit(window[1])
    return [(row.key, _summary(row)) for row in connection.execute(query)]


def count(connection: Reading, run_id: str, text: str, prefix: tuple[str, bool]) -> int:
    """How many those are."""
    query = select(func.count()).select_from(_series).where(*_named(run_id, text, prefix))
    return int(connection.execute(query).scalar_one())


def names(connection: Reading, run_ids: Sequence[str], most: int) -> tuple[list[str], int]:
    """The first so many names of metrics that any of the runs has, and how many there are."""
    query = select(_series.c.key).where(_series.c.run_id.in_(run_ids)).distinct()
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    return list(connection.execute(query.order_by(_series.c.key).limit(most)).scalars()), int(total)


def of_runs(connection: Reading, run_ids: Sequence[str], keys: Sequence[str]) -> Mapping[str, Mapping[str, Summary]]:
    """Run id → metric → what is known of it."""
    query = select(_series).where(_series.c.run_id.in_(run_ids), _series.c.key.in_(keys))
    whole: dict[str, dict[str, Summary]] = {}
    for row in connection.execute(query):
        whole.setdefault(row.run_id, {})[row.key] = _summary(row)
    return whole


def _named(run_id: str, text: str, prefix: tuple[str, bool]) -> list[ColumnElement[bool]]:
    begins = _series.c.key.startswith(prefix[0], autoescape=True)
    clauses = [_series.c.run_id == run_id, begins if prefix[1] else ~begins]
    if text:
        clauses.append(func.lower(_series.c.key).contains(text.lower(), autoescape=True))
    return clauses


def delete(connection: Writing, run_id: str, keys: Sequence[str]) -> None:
    """Delete metrics by name, with all their points."""
    connection.execute(sql_delete(_series).where(_series.c.run_id == run_id, _series.c.key.in_(keys)))


def _columns(summary: Summary) -> tuple[Any, ...]:
    """A summary as columns. What is not a number is a null or a flag: databases differ about it."""
    last, least, greatest = summary.last, summary.least, summary.greatest
    is_nan = isnan(last.value)
    return (
        last.step,
        last.timestamp,
        0.0 if is_nan else last.value,
        int(is_nan),
        None if least is None else least.value,
        None if least is None else least.step,
        None if greatest is None else greatest.value,
        None if greatest is None else greatest.step,
        None if isnan(summary.total) else summary.total,
        summary.count,
        summary.nan_count,
    )


def _summary(row: Row[Any]) -> Summary:
    return Summary(
        last=Point(row.last_step, row.last_timestamp, nan if row.last_is_nan else row.last_value),
        least=None if row.min_value is None else Extreme(value=row.min_value, step=row.min_step),
        greatest=None if row.max_value is None else Extreme(value=row.max_value, step=row.max_step),
        total=nan if row.total is None else row.total,
        count=row.point_count,
        nan_count=row.nan_count,
    )
