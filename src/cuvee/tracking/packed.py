"""Blocks of kind 2: what compaction makes of many small blocks. Sorted, small, and read in part.

The points stand by (step, timestamp, value), in three columns that can be asked for single points, because a picture
of a million points needs a few thousand of them:

- steps and timestamps are a straight line and what they differ from it, each in as few bytes as the largest difference
  takes; steps that are counted up differ nowhere and take nothing;
- values are 32 or 64 bits wide, whichever keeps them exactly, and deflated where that nearly halves them;
- of every 128 points, the places of the least and of the greatest value.

Everything is little-endian. The format is written down in docs/explanation/metric-storage.md.
"""

import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import isfinite
from operator import add, sub
from struct import Struct
from typing import Any, Final

from cuvee.core import errors

KIND: Final = 2
#: Points whose least and greatest value are kept beside them. A place among them fits in a byte.
GROUP: Final = 128

#: Kind, width of a value, how values are written, whether all is finite, whether timestamps never fall; count; first
#: and last step; first and last timestamp; bytes of values.
_HEAD: Final = Struct("<BBBBBIqqqqI")
#: Start, slope, bytes of a difference, how they are written, how long they are.
_LINE: Final = Struct("<qqBBI")
#: How many bytes of a block say where it begins and ends.
HEAD: Final = _HEAD.size
_PLAIN, _DEFLATED = 0, 1
_CODES: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}
_FLOATS: Final = {4: "f", 8: "d"}
_LIMIT: Final = 1 << 63
#: Deflated when that leaves less than this share: otherwise reading single points is worth more than the space.
_PAYS_VALUES: Final = 0.6
_PAYS_LINE: Final = 0.75


class UnreadableBlock(errors.CuveeError):
    """A block of points is damaged, or was written by a newer version of Cuvée."""


#: (Step, timestamp): where a block begins or ends.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the first bytes of a block say."""

    count: int
    first: Place
    last: Place


class Line(Sequence[int]):
    """Whole numbers: a straight line and the differences from it. Only what is asked for is worked out."""

    __slots__ = ("_count", "_differences", "_slope", "_start")

    def __init__(self, start: int, slope: int, differences: "array[int] | None", count: int) -> None:
        self._start, self._slope, self._differences, self._count = start, slope, differences, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return self.whole()[place]
        number = self._start + self._slope * place
        return number if self._differences is None else number + self._differences[place]

    def at(self, places: Iterable[int]) -> list[int]:
        """The numbers at these places."""
        start, slope, differences = self._start, self._slope, self._differences
        if differences is None:
            return [start + slope * place for place in places]
        return [start + slope * place + differences[place] for place in places]

    def whole(self) -> "array[int]":
        """All of them."""
        return array("q", self.at(range(self._count)))


class Packed:
    """A block of kind 2, opened. Columns are unpacked when they are asked for."""

    def __init__(self, block: bytes) -> None:
        fields = _HEAD.unpack_from(block)
        self._width, self._how, is_finite, rises, self.count = fields[1:6]
        self.first: Final[Place] = (fields[6], fields[8])
        self.last: Final[Place] = (fields[7], fields[9])
        #: Whether every value is a finite number.
        self.is_finite: Final = bool(is_finite)
        #: Whether the timestamps never fall, so that the points are also in the order of time.
        self.rises: Final = bool(rises)
        self._block: Final = memoryview(block)
        groups = -(-self.count // GROUP)
        self._steps: Final = HEAD + 2 * groups
        self._timestamps: Final = self._steps + _LINE.size + self._line(self._steps)[4]
        self._values: Final = self._timestamps + _LINE.size + self._line(self._timestamps)[4]
        if self._values + fields[10] != len(block):
            raise UnreadableBlock

    def steps(self) -> Line:
        return self._opened(self._steps)

    def timestamps(self) -> Line:
        return self._opened(self._timestamps)

    def values(self) -> "array[float]":
        """The values: an array of 32 or of 64 bits each."""
        content = _written(self._block[self._values :], self._how, self._width)
        return _array(_FLOATS[self._width], content)

    def extremes(self) -> tuple[list[int], list[int]]:
        """The places of the least and of the greatest value of every group. Only where all values are finite."""
        middle = (HEAD + self._steps) // 2
        starts = range(0, self.count, GROUP)
        lowest, highest = self._block[HEAD:middle], self._block[middle : self._steps]
        return list(map(add, starts, lowest)), list(map(add, starts, highest))

    def _line(self, at: int) -> Any:
        return _LINE.unpack_from(self._block, at)

    def _opened(self, at: int) -> Line:
        start, slope, width, how, length = self._line(at)
        if not width:
            return Line(start, slope, None, self.count)
        body = at + _LINE.size
        content = _written(self._block[body : body + length], how, width)
        return Line(start, slope, _array(_CODES[width], content), self.count)


def head(block: bytes) -> Head:
    """Where a block begins and ends, from its first `HEAD` bytes."""
    fields = _HEAD.unpack_from(block)
    return Head(count=fields[5], first=(fields[6], fields[8]), last=(fields[7], fields[9]))


def pack(steps: "array[int]", timestamps: "array[int]", values: "array[float]") -> bytes:
    """The points, which are in order, as a block of kind 2."""
    count = len(steps)
    is_finite = all(map(isfinite, values))
    kept = _narrowed(values)
    how, content = _shortest(_little(kept), kept.itemsize, _PAYS_VALUES)
    rises = all(map(int.__le__, timestamps, timestamps[1:]))
    head = _HEAD.pack(
        KIND, kept.itemsize, how, is_finite, rises, count, steps[0], steps[-1], timestamps[0], timestamps[-1],
        len(content),
    )  # fmt: skip
    return b"".join((head, *_extremes_of(values, is_finite=is_finite), _lined(steps), _lined(timestamps), content))


def extremes(values: "array[float]", pick: Callable[[Iterable[float]], float]) -> list[int]:
    """The places of what `min` or `max` picks of every group of finite values, the first where there are several."""
    places = []
    for start in range(0, len(values), GROUP):
        group = values[start : start + GROUP]
        places.append(start + group.index(pick(group)))
    return places


def _extremes_of(values: "array[float]", *, is_finite: bool) -> tuple[bytes, bytes]:
    if not is_finite:
        nothing = bytes(-(-len(values) // GROUP))
        return nothing, nothing
    return bytes(p % GROUP for p in extremes(values, min)), bytes(p % GROUP for p in extremes(values, max))


def _narrowed(values: "array[float]") -> "array[float]":
    """The values in 32 bits each, if these keep them bit by bit: what was computed on a GPU mostly is."""
    narrow = array("f", values)
    return narrow if array("d", narrow).tobytes() == values.tobytes() else values


def _lined(numbers: "array[int]") -> bytes:
    count = len(numbers)
    slope = (numbers[-1] - numbers[0]) // (count - 1) if count > 1 else 0
    start, differences = _differences(numbers, slope)
    if not (-_LIMIT <= start < _LIMIT and -_LIMIT <= slope < _LIMIT) or max(differences) >= _LIMIT:
        slope = 0
        start, differences = _differences(numbers, slope)
    largest = max(differences)
    if not largest:
        return _LINE.pack(start, slope, 0, _PLAIN, 0)
    width = next(width for width in _CODES if largest < 1 << 8 * width)
    how, content = _shortest(_little(array(_CODES[width], differences)), width, _PAYS_LINE)
    return _LINE.pack(start, slope, width, how, len(content)) + content


def _differences(numbers: "array[int]", slope: int) -> tuple[int, list[int]]:
    """Where a line of this slope begins that no number is below, and how far each is above it."""
    first = numbers[0]
    line: Iterable[int] = range(first, first + slope * len(numbers), slope) if slope else repeat(first)
    above = list(map(sub, numbers, line))
    least = min(above)
    return first + least, list(map(sub, above, repeat(least)))


def _shortest(content: bytes, width: int, pays: float) -> tuple[int, bytes]:
    """The bytes as they are, or deflated: first all first bytes of the numbers, then all second ones, and so on."""
    deflated = zlib.compress(b"".join(content[byte::width] for byte in range(width)), 1)
    return (_DEFLATED, deflated) if len(deflated) < pays * len(content) else (_PLAIN, content)


def _written(content: memoryview, how: int, width: int) -> "bytes | bytearray | memoryview":
    if how == _PLAIN:
        return content
    planes = zlib.decompress(content)
    whole, count = bytearray(len(planes)), len(planes) // width
    for byte in range(width):
        whole[byte::width] = planes[byte * count : (byte + 1) * count]
    return whole


def _little(numbers: "array[Any]") -> bytes:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def _array(code: str, content: "bytes | bytearray | memoryview") -> "array[Any]":
    numbers: array[Any] = array(code)
    numbers.frombytes(content)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
