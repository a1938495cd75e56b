"""A series as its blocks have it, asked for single points: what a picture is drawn from without reading everything.

It can be had when the blocks follow one another: compacted ones do, and what was logged since is mostly later than all
of them. Then where a step lies is looked for, the least and the greatest value of a stretch are found by those of its
groups, and only the points that are shown get a step and a timestamp. Else the points have to be put in order first.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Final

from cuvee.tracking import blocks, packed
from cuvee.tracking.blocks import Columns
from cuvee.tracking.packed import GROUP, Line, Packed, Place

#: Points of a bucket that can stay.
KEPT: Final = 5

Numbers = Line | Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Points in order, of one block, or of all that were logged since compaction."""

    count: int
    first: Place
    last: Place
    #: Whether the timestamps never fall.
    rises: bool
    steps: Numbers
    timestamps: Numbers
    values: "array[float]"
    #: The places of the least and of the greatest value of every group; only where all are finite.
    extremes: Callable[[], tuple[Sequence[int], Sequence[int]]]


class Outline:
    """A series by step or by time, as one row of places from zero on."""

    def __init__(self, pieces: Sequence[_Piece], *, by_time: bool) -> None:
        self._pieces = pieces
        self._starts = [0, *accumulate(piece.count for piece in pieces)]
        self._xs = [piece.timestamps if by_time else piece.steps for piece in pieces]
        self._ends = [(piece.last[1] if by_time else piece.last[0]) for piece in pieces]
        self.values: Final = _joined([piece.values for piece in pieces])
        #: Where groups begin, and the end; the place of the least and of the greatest value of each.
        self._groups: list[int] = []
        self._lowest: list[int] = []
        self._highest: list[int] = []

    def __len__(self) -> int:
        return self._starts[-1]

    def place(self, x: int) -> int:
        """The place of the first point that is not before this step, or time."""
        at = bisect_left(self._ends, x)
        if at == len(self._pieces):
            return len(self)
        return self._starts[at] + bisect_left(self._xs[at], x)

    def kept(self, width: int, within: tuple[int, int] | None = None) -> Sequence[int]:
        """The places of the points that stay in so many buckets, rising: see buckets.py. All values must be finite."""
        start, end = 0, len(self)
        if within is not None:
            start, end = max(0, self.place(within[0]) - 1), min(end, self.place(within[1] + 1) + 1)
        if end - start <= KEPT * width:
            return range(start, end)
        first, last = self._x(start), self._x(end - 1)
        span = last - first + 1
        self._find_extremes()
        edges = [max(start, self.place(first + span * bucket // width)) for bucket in range(width)]
        places: list[int] = []
        for low, high in pairwise([*edges, end]):
            if high - low <= KEPT:
                places += range(low, high)
            else:
                places += sorted({low, high - 1, *self._extremes(low, high)})
        return places

    def picked(self, places: Sequence[int]) -> Columns:
        """The points at these places, which rise."""
        steps, timestamps = array("q"), array("q")
        for piece, local in self._by_piece(places):
            steps.extend(_at(piece.steps, local))
            timestamps.extend(_at(piece.timestamps, local))
        return Columns(steps, timestamps, array("d", map(self.values.__getitem__, places)))

    def _find_extremes(self) -> None:
        for start, piece in zip(self._starts, self._pieces, strict=False):
            lowest, highest = piece.extremes()
            self._groups += range(start, start + piece.count, GROUP)
            self._lowest += [start + place for place in lowest]
            self._highest += [start + place for place in highest]
        self._groups.append(len(self))

    def _x(self, place: int) -> int:
        at = bisect_right(self._starts, place) - 1
        x: int = self._xs[at][place - self._starts[at]]
        return x

    def _extremes(self, start: int, end: int) -> tuple[int, int]:
        """The places of the first least and the first greatest value of a stretch."""
        first, last = bisect_left(self._groups, start), bisect_right(self._groups, end) - 1
        if first >= last:
            return self._scanned(start, end)
        lows, highs = self._lowest[first:last], self._highest[first:last]
        for low, high in ((start, self._groups[first]), (self._groups[last], end)):
            if low < high:
                least, greatest = self._scanned(low, high)
                at = 0 if low == start else len(lows)
                lows.insert(at, least)
                highs.insert(at, greatest)
        value = self.values.__getitem__
        return min(lows, key=value), max(highs, key=value)

    def _scanned(self, start: int, end: int) -> tuple[int, int]:
        values = self.values[start:end]
        return start + values.index(min(values)), start + values.index(max(values))

    def _by_piece(self, places: Sequence[int]) -> Iterator[tuple[_Piece, Sequence[int]]]:
        at = 0
        for piece, (start, end) in zip(self._pieces, pairwise(self._starts), strict=True):
            until = bisect_left(places, end, at)
            if until > at:
                yield piece, [place - start for place in places[at:until]]
            at = until


def opened(several: Iterable[bytes], *, by_time: bool = False) -> Outline | None:
    """A series of its blocks, at least one; None when they do not follow one another."""
    pieces: list[_Piece] = []
    fresh: list[bytes] = []
    for block in several:
        if blocks.is_packed(block):
            pieces.append(_compacted(Packed(block)))
        else:
            fresh.append(block)
    if fresh:
        points = blocks.columns(fresh)
        if not blocks.is_ordered(points):
            return None
        pieces.append(_fresh(points))
    pieces.sort(key=lambda piece: piece.first)
    return Outline(pieces, by_time=by_time) if _follow(pieces, by_time=by_time) else None


def _follow(pieces: Sequence[_Piece], *, by_time: bool) -> bool:
    if any(one.last >= other.first for one, other in pairwise(pieces)):
        return False
    rise = all(piece.rises for piece in pieces)
    return not by_time or (rise and all(one.last[1] <= other.first[1] for one, other in pairwise(pieces)))


def _compacted(block: Packed) -> _Piece:
    return _Piece(
        count=block.count,
        first=block.first,
        last=block.last,
        rises=block.rises,
        steps=block.steps(),
        timestamps=block.timestamps(),
        values=block.values(),
        extremes=block.extremes,
    )


def _fresh(points: Columns) -> _Piece:
    steps, timestamps, values = points
    return _Piece(
        count=len(steps),
        first=(steps[0], timestamps[0]),
        last=(steps[-1], timestamps[-1]),
        rises=all(map(int.__le__, timestamps, timestamps[1:])),
        steps=steps,
        timestamps=timestamps,
        values=values,
        extremes=lambda: (packed.extremes(values, min), packed.extremes(values, max)),
    )


def _joined(several: "Sequence[array[float]]") -> "array[float]":
    """One array: of 32 bits a value when all are."""
    if len({values.typecode for values in several}) == 1:
        whole = several[0][:]
        for values in several[1:]:
            whole.extend(values)
        return whole
    whole = array("d")
    for values in several:
        whole.extend(iter(values))
    return whole


def _at(numbers: Numbers, places: Sequence[int]) -> list[Any]:
    return numbers.at(places) if isinstance(numbers, Line) else [numbers[place] for place in places]
