"""Points, packed into bytes: what one request logged of one metric is one block.

A block begins with a byte that says how the rest is written. Kind 1: all steps, then all timestamps (64-bit whole
numbers), then all values (64-bit floating point), little-endian, in the order of arrival. Kind 2 is what compaction
makes of them (see packed.py). Blocks are never changed, only replaced.
"""

import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import groupby, islice
from math import isnan, nan
from operator import lt
from struct import pack as _pack
from struct import unpack_from
from typing import Any, Final, NamedTuple

from cuvee.tracking import packed
from cuvee.tracking.packed import UnreadableBlock
from cuvee.tracking.values import Point

_PLAIN: Final = 1
_POINT: Final = 24
#: Single points that are unpacked in one go.
_SINGLES: Final = 50_000


class Columns(NamedTuple):
    """Points as three columns of numbers: a million of them take 24 MB, and no object each."""

    steps: "array[int]"
    timestamps: "array[int]"
    values: "array[float]"


def pack(points: Sequence[Point]) -> bytes:
    """The points as a block."""
    return pack_columns(*zip(*points, strict=True))


def pack_columns(steps: Sequence[int], timestamps: Sequence[int], values: Sequence[float]) -> bytes:
    """Points that are columns already as a block."""
    count = len(steps)
    return _pack(f"<B{count}q{count}q{count}d", _PLAIN, *steps, *timestamps, *values)


def unpack(block: bytes) -> list[Point]:
    """The points of a block, in the order of arrival. Whatever is not a number becomes the one `math.nan`.

    Raises:
        UnreadableBlock: when it is of a kind that this version does not know.

    """
    if is_packed(block):
        return _of_packed(packed.Packed(block))
    count = len(block) // _POINT
    numbers = unpack_from(f"<{count * 2}q{count}d", block, 1)
    values = [nan if isnan(value) else value for value in numbers[count * 2 :]]
    return list(map(Point, numbers[:count], numbers[count : count * 2], values))


def is_packed(block: bytes) -> bool:
    """Whether compaction made the block.

    Raises:
        UnreadableBlock: when it is of a kind that this version does not know.

    """
    if block[0] == packed.KIND:
        return True
    if block[0] != _PLAIN:
        raise UnreadableBlock
    return False


def _of_packed(block: packed.Packed) -> list[Point]:
    values = [nan if isnan(value) else value for value in block.values()]
    return list(map(Point, block.steps().whole(), block.timestamps().whole(), values))


def columns(several: Iterable[bytes]) -> Columns:
    """The points of several blocks, in the order of the blocks, without an object for each.

    Raises:
        UnreadableBlock: when one is of a kind that this version does not know.

    """
    whole = Columns(array("q"), array("q"), array("d"))
    for (is_mine, length), group in groupby(several, key=lambda block: (is_packed(block), len(block))):
        some = list(group)
        if is_mine:
            _take_packed(whole, map(packed.Packed, some))
        elif sys.byteorder == "big":
            _take_one_by_one(whole, some)
        elif length == _POINT + 1:
            _take_singles(whole, some)
        else:
            _take_several(whole, some)
    return whole


def is_ordered(points: Columns) -> bool:
    """Whether the points are in MLflow's order, each after the one before it."""
    steps, timestamps, _values = points
    if all(map(lt, steps, islice(steps, 1, None))):
        return True
    places = list(zip(steps, timestamps, strict=True))
    return all(map(lt, places, islice(places, 1, None)))


def ordered(points: Columns) -> Columns:
    """The points in MLflow's order: by step, timestamp, value; what is not a number stands just after zero."""
    if is_ordered(points):
        return points
    steps, timestamps, values = points
    return picked(points, sorted(range(len(steps)), key=lambda at: (steps[at], timestamps[at], *_rank(values[at]))))


def ordered_by_time(points: Columns) -> Columns:
    """The points by timestamp, step, value."""
    steps, timestamps, values = points
    if all(map(lt, timestamps, islice(timestamps, 1, None))):
        return points
    return picked(points, sorted(range(len(steps)), key=lambda at: (timestamps[at], steps[at], *_rank(values[at]))))


def picked(points: Columns, places: Sequence[int]) -> Columns:
    """The points at these places."""

    def column(of: Any) -> Any:
        return array(of.typecode, map(of.__getitem__, places))

    return Columns(column(points.steps), column(points.timestamps), column(points.values))


def _rank(value: float) -> tuple[float, bool]:
    return (0.0, True) if isnan(value) else (value, False)


def _take_one_by_one(whole: Columns, several: Iterable[bytes]) -> None:
    for point in (point for block in several for point in unpack(block)):
        whole.steps.append(point.step)
        whole.timestamps.append(point.timestamp)
        whole.values.append(point.value)


def _take_packed(whole: Columns, several: Iterable[packed.Packed]) -> None:
    for block in several:
        whole.steps.extend(block.steps().whole())
        whole.timestamps.extend(block.timestamps().whole())
        whole.values.extend(iter(block.values()))


def _take_singles(whole: Columns, several: Sequence[bytes]) -> None:
    """Blocks of one point each: what a training loop logs, a million of them perhaps."""
    for start in range(0, len(several), _SINGLES):
        some = several[start : start + _SINGLES]
        numbers = unpack_from("<" + "Bqqd" * len(some), b"".join(some))
        whole.steps.extend(numbers[1::4])
        whole.timestamps.extend(numbers[2::4])
        whole.values.extend(numbers[3::4])


def _take_several(whole: Columns, several: Sequence[bytes]) -> None:
    for block in several:
        size = len(block) // _POINT * 8
        body = memoryview(block)[1:]
        whole.steps.frombytes(body[:size])
        whole.timestamps.frombytes(body[size : 2 * size])
        whole.values.frombytes(body[2 * size :])
