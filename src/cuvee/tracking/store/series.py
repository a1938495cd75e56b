"""Queries about metric series: their summaries and their blocks."""

from collections.abc import Sequence
from math import nan

from sqlalchemy import select

from cuvee.db.session import Reading
from cuvee.tracking import tables
from cuvee.tracking.values import Metric, Point

_series, _blocks = tables.metric_series, tables.metric_blocks


def last_of(connection: Reading, run_ids: Sequence[str]) -> dict[str, list[Metric]]:
    """Run id → the last point of each of its metrics, by name."""
    query = (
        select(
            _series.c.run_id,
            _series.c.key,
            _series.c.last_step,
            _series.c.last_timestamp,
            _series.c.last_value,
            _series.c.last_is_nan,
        )
        .where(_series.c.run_id.in_(run_ids))
        .order_by(_series.c.run_id, _series.c.key)
    )
    found: dict[str, list[Metric]] = {}
    for run_id, key, step, timestamp, value, is_nan in connection.execute(query):
        found.setdefault(run_id, []).append(Metric(key, Point(step, timestamp, nan if is_nan else value)))
    return found
