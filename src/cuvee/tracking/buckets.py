"""A series reduced to what a picture of some width can show.

The picture's width is cut into buckets of equal length. Of each the first, the last, the least and the greatest point
stay, and the first whose value is no finite number; so a line through what stays covers the same pixels as a line
through everything, and no peak is lost. Nothing here makes an object for each point: a million take tens of
milliseconds.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import isfinite

from cuvee.tracking import blocks, outlines
from cuvee.tracking.blocks import Columns
from cuvee.tracking.outlines import KEPT


def reduced(
    points: Columns,
    width: int,
    *,
    by_time: bool = False,
    is_finite: bool = False,
    within: tuple[int, int] | None = None,
) -> Columns:
    """What to draw of a series in so many buckets: rising by step, or by time.

    `is_finite` says that every value is known to be a finite number, which saves a look at each. `within` is the first
    and the last step, or time, of a part; a point on either side of it stays, so that lines go on beyond the picture.
    """
    points = ordered(points, by_time=by_time)
    if within is not None:
        points = _part(points, points.timestamps if by_time else points.steps, *within)
    places = kept(points.timestamps if by_time else points.steps, points.values, width, is_finite=is_finite)
    return points if len(places) == len(points.values) else blocks.picked(points, places)


def drawn(
    packed: Sequence[bytes],
    width: int,
    *,
    by_time: bool = False,
    is_finite: bool = False,
    within: tuple[int, int] | None = None,
) -> Columns:
    """`reduced` for a series as it is stored, reading as little of its blocks as that takes."""
    outline = outlines.opened(packed, by_time=by_time) if is_finite and packed else None
    if outline is not None:
        return outline.picked(outline.kept(width, within))
    return reduced(blocks.columns(packed), width, by_time=by_time, is_finite=is_finite, within=within)


def ordered(points: Columns, *, by_time: bool) -> Columns:
    """The points by step, or by time; what has the same is ordered by the rest of it, however it came."""
    return blocks.ordered_by_time(points) if by_time else blocks.ordered(points)


def _part(points: Columns, xs: Sequence[int], first: int, last: int) -> Columns:
    start, end = max(0, bisect_left(xs, first) - 1), bisect_right(xs, last) + 1
    return Columns(points.steps[start:end], points.timestamps[start:end], points.values[start:end])


def kept(xs: Sequence[int], values: "array[float]", width: int, *, is_finite: bool = False) -> list[int]:
    """The places of the points that stay, rising; `xs` never falls.

    >>> kept(range(9), array("d", [0, 5, 1, 1, -2, 1, 1, 3, 1]), 1)
    [0, 1, 4, 8]
    """
    count = len(xs)
    if count <= KEPT * width:
        return list(range(count))
    first, span = xs[0], xs[-1] - xs[0] + 1
    edges = [bisect_left(xs, first + span * place // width) for place in range(width)]
    places: list[int] = []
    for start, end in pairwise([*edges, count]):
        if end - start <= KEPT:
            places += range(start, end)
        else:
            places += _of_bucket(values[start:end], start, is_finite=is_finite)
    return places


def _of_bucket(values: "array[float]", start: int, *, is_finite: bool) -> list[int]:
    places = {start, start + len(values) - 1}
    if is_finite or isfinite(sum(values)):
        places |= {start + values.index(min(values)), start + values.index(max(values))}
        return sorted(places)
    odd = next((place for place, value in enumerate(values) if not isfinite(value)), None)
    if odd is not None:
        places.add(start + odd)
    finite = [(value, place) for place, value in enumerate(values) if isfinite(value)]
    if finite:
        places.add(start + min(finite)[1])
        places.add(start + max(finite, key=lambda each: (each[0], -each[1]))[1])
    return sorted(places)
