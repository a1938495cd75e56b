"""What is known of a whole series, kept up to date point by point, whatever the order in which points come."""

from collections.abc import Iterable, Sequence
from math import isnan

from msgspec import Struct

from cuvee.tracking.values import Arrival, Point


class Extreme(Struct, frozen=True, kw_only=True, gc=False):
    """The least or the greatest value, and the first step that has it."""

    value: float
    step: int


class Summary(Struct, frozen=True, kw_only=True, gc=False):
    """A series without its points. Values that are not numbers count, and may be last, but nothing else.

    A struct, because each point that is logged makes several: a frozen dataclass takes six times as long to make.
    """

    last: Point
    #: None while no value is a number.
    least: Extreme | None = None
    greatest: Extreme | None = None
    #: Of the values that are numbers; not a number itself when infinities of both signs are among them.
    total: float = 0.0
    count: int
    nan_count: int = 0

    @property
    def mean(self) -> float | None:
        numbers = self.count - self.nan_count
        return self.total / numbers if numbers else None


def order(point: Point) -> tuple[int, int, float]:
    """MLflow's order of points, in which what is not a number stands at zero."""
    return (point.step, point.timestamp, 0.0) if isnan(point.value) else point


def newest(points: Iterable[Point]) -> Point:
    """The last of the points in MLflow's order; of equal ones the first that came."""
    return max(points, key=order)


def is_newer(point: Point, known: Summary | None) -> bool:
    """Whether the point comes after all that is known, and so cannot be among it."""
    return known is None or order(point) > order(known.last)


def extended(known: Summary | None, fresh: Arrival, *, is_rising: bool) -> Summary:
    """The summary with these points besides; none of them may be in it already."""
    summary = _single(fresh) if len(fresh.steps) == 1 else _several(fresh, is_rising=is_rising)
    return summary if known is None else _joined(known, summary)


def _single(fresh: Arrival) -> Summary:
    [point] = fresh.points
    if isnan(point.value):
        return Summary(last=point, count=1, nan_count=1)
    extreme = Extreme(value=point.value, step=point.step)
    return Summary(last=point, least=extreme, greatest=extreme, total=point.value, count=1)


def _several(fresh: Arrival, *, is_rising: bool) -> Summary:
    steps, timestamps, values = fresh
    last = Point(steps[-1], timestamps[-1], values[-1]) if is_rising else newest(fresh.points)
    count, total = len(steps), sum(values)
    if isnan(total):  # some are no numbers, or infinities of both signs are among them
        numbers = [(step, value) for step, value in zip(steps, values, strict=True) if not isnan(value)]
        if not numbers:
            return Summary(last=last, count=count, nan_count=count)
        steps, values = zip(*numbers, strict=True)
        total = sum(values)
    return Summary(
        last=last,
        least=_first(steps, values, min(values), is_rising=is_rising),
        greatest=_first(steps, values, max(values), is_rising=is_rising),
        total=total,
        count=count,
        nan_count=count - len(values),
    )


def _first(steps: Sequence[int], values: Sequence[float], value: float, *, is_rising: bool) -> Extreme:
    """The value with the least step that has it: where steps rise that is the first."""
    if is_rising or values.count(value) == 1:
        return Extreme(value=value, step=steps[values.index(value)])
    return Extreme(value=value, step=min(step for step, each in zip(steps, values, strict=True) if each == value))


def _joined(known: Summary, fresh: Summary) -> Summary:
    return Summary(
        last=fresh.last if order(fresh.last) > order(known.last) else known.last,
        least=_lesser(known.least, fresh.least),
        greatest=_greater(known.greatest, fresh.greatest),
        total=known.total + fresh.total,
        count=known.count + fresh.count,
        nan_count=known.nan_count + fresh.nan_count,
    )


def _lesser(one: Extreme | None, other: Extreme | None) -> Extreme | None:
    if one is None or other is None:
        return one or other
    return other if (other.value, other.step) < (one.value, one.step) else one


def _greater(one: Extreme | None, other: Extreme | None) -> Extreme | None:
    if one is None or other is None:
        return one or other
    return other if (-other.value, other.step) < (-one.value, one.step) else one
