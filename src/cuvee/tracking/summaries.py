"""What is known of a whole series, kept up to date point by point, whatever the order in which points come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

from cuvee.tracking.values import Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """The least or the greatest value, and the first step that has it."""

    value: float
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A series without its points. Values that are not numbers count, and may be last, but nothing else."""

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


def extended(known: Summary | None, points: Sequence[Point]) -> Summary:
    """The summary with these points besides; none of them may be in it already, and there is at least one."""
    fresh = _single(points[0]) if len(points) == 1 else _several(points)
    return fresh if known is None else _joined(known, fresh)


def _single(point: Point) -> Summary:
    if isnan(point.value):
        return Summary(last=point, count=1, nan_count=1)
    extreme = Extreme(value=point.value, step=point.step)
    return Summary(last=point, least=extreme, greatest=extreme, total=point.value, count=1)


def _several(points: Sequence[Point]) -> Summary:
    numbers = [point for point in points if point.value == point.value]
    if not numbers:
        return Summary(last=newest(points), count=len(points), nan_count=len(points))
    values = [point.value for point in numbers]
    low, high = min(values), max(values)
    return Summary(
        last=max(points) if len(numbers) == len(points) else newest(points),
        least=Extreme(value=low, step=min(point.step for point in numbers if point.value == low)),
        greatest=Extreme(value=high, step=min(point.step for point in numbers if point.value == high)),
        total=sum(values),
        count=len(points),
        nan_count=len(points) - len(numbers),
    )


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
