"""A metric's points, whole or thinned out."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import isnan, nan
from typing import Final

from cuvee.api.callers import Caller
from cuvee.db.session import Reading
from cuvee.tracking import blocks, errors, outlines, service
from cuvee.tracking.blocks import Columns
from cuvee.tracking.store import series as store
from cuvee.tracking.values import Point

#: Points of one run that a thinned-out series has at the most.
MOST_SAMPLES: Final = 2_500
#: Runs that one request may ask about.
MOST_RUNS: Final = 100


def history(connection: Reading, caller: Caller, run_id: str, key: str) -> list[Point]:
    """All points of a metric, by time; none when it was never logged.

    Raises:
        RunNotFound: when there is no such run, or the caller has no part in its project.

    """
    service.get_run_info(connection, caller, run_id)
    columns = blocks.columns(store.blocks_of(connection, [run_id], key).get(run_id, ()))
    return _points(blocks.ordered_by_time(columns))


def samples(
    connection: Reading,
    caller: Caller,
    run_ids: Sequence[str],
    key: str,
    *,
    limit: int = MOST_SAMPLES,
    steps: tuple[int, int] | None = None,
) -> list[tuple[str, Point]]:
    """A metric of several runs, in the runs' order, by step: evenly spread points, the first and the last among them.

    Raises:
        BadInterval: when the first of the steps is greater than the last.
        RunNotFound: when one of the runs does not exist, or the caller has no part in its project: then none is shown.

    """
    if steps is not None and steps[0] > steps[1]:
        raise errors.BadInterval(
            f"end_step must be greater than start_step. Found start_step={steps[0]} and end_step={steps[1]}."
        )
    service.require_runs(connection, caller, run_ids)
    packed = store.blocks_of(connection, run_ids, key)
    found: list[tuple[str, Point]] = []
    for run_id in run_ids:
        found += [(run_id, point) for point in _sampled(packed.get(run_id, []), limit, steps)]
    return found


def thinned(count: int, limit: int) -> Sequence[int]:
    """At most so many places of a series: the first of as many stretches of equal length, and the last of all.

    >>> thinned(10, 4)
    [0, 3, 6, 9]
    """
    if count <= limit:
        return range(count)
    each, longer = divmod(count, limit)
    firsts = [stretch * each + min(stretch, longer) for stretch in range(limit)]
    return [*firsts[:-1], count - 1]


def _sampled(packed: Sequence[bytes], limit: int, steps: tuple[int, int] | None) -> list[Point]:
    """Evenly spread points of a series as it is stored; of an ordered one, only those that are shown are unpacked."""
    outline = outlines.opened(packed) if packed else None
    if outline is not None:
        start, end = (0, len(outline)) if steps is None else (outline.place(steps[0]), outline.place(steps[1] + 1))
        return _points(outline.picked([start + place for place in thinned(end - start, limit)]))
    points = blocks.ordered(blocks.columns(packed))
    start, end = 0, len(points.steps)
    if steps is not None:
        start, end = bisect_left(points.steps, steps[0]), bisect_right(points.steps, steps[1])
    return _points(blocks.picked(points, [start + place for place in thinned(end - start, limit)]))


def _points(columns: Columns) -> list[Point]:
    values = [nan if isnan(value) else value for value in columns.values]
    return list(map(Point, columns.steps, columns.timestamps, values))
