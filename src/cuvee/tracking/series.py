"""A metric's points, whole or thinned out."""

from collections.abc import Sequence
from typing import Final

from cuvee.api.callers import Caller
from cuvee.db.session import Reading
from cuvee.tracking import blocks, errors, service
from cuvee.tracking.store import series as store
from cuvee.tracking.summaries import order
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
    points = _points(store.blocks_of(connection, [run_id], key).get(run_id, ()))
    return sorted(points, key=_by_time)


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
        points = sorted(_points(packed.get(run_id, ())), key=_by_step)
        if steps is not None:
            points = [point for point in points if steps[0] <= point.step <= steps[1]]
        found += [(run_id, point) for point in thinned(points, limit)]
    return found


def thinned(points: Sequence[Point], limit: int) -> Sequence[Point]:
    """At most so many of the points: the first of as many stretches of equal length, and the last of all.

    >>> [point.step for point in thinned([Point(step, 0, 0.0) for step in range(10)], 4)]
    [0, 3, 6, 9]
    """
    if len(points) <= limit:
        return points
    each, longer = divmod(len(points), limit)
    firsts = [points[stretch * each + min(stretch, longer)] for stretch in range(limit)]
    return [*firsts[:-1], points[-1]]


def _points(packed: Sequence[bytes]) -> list[Point]:
    return [point for block in packed for point in blocks.unpack(block)]


def _by_time(point: Point) -> tuple[int, int, float]:
    step, timestamp, value = order(point)
    return timestamp, step, value


def _by_step(point: Point) -> tuple[tuple[int, int, float], bool]:
    return order(point), point.value != point.value
