"""Points, packed into bytes: what one request logged of one metric is one block.

A block begins with a byte that says how the rest is written. Kind 1: all steps, then all timestamps (64-bit whole
numbers), then all values (64-bit floating point), little-endian, in the order of arrival. Blocks are never changed.
"""

import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import groupby
from math import isnan, nan
from struct import pack as _pack
from struct import unpack_from
from typing import Final, NamedTuple

from cuvee.core import errors
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


class UnreadableBlock(errors.CuveeError):
    """A block of points was written by a newer version of Cuvée."""


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
    if block[0] != _PLAIN:
        raise UnreadableBlock
    count = len(block) // _POINT
    numbers = unpack_from(f"<{count * 2}q{count}d", block, 1)
    values = [nan if isnan(value) else value for value in numbers[count * 2 :]]
    return list(map(Point, numbers[:count], numbers[count : count * 2], values))


def columns(packed: Iterable[bytes]) -> Columns:
    """The points of several blocks, in the order of arrival, without an object for each.

    Raises:
        UnreadableBlock: when one is of a kind that this version does not know.

    """
    whole = Columns(array("q"), array("q"), array("d"))
    if sys.byteorder == "big":
        return _one_by_one(packed)
    for length, group in groupby(packed, key=len):
        some = list(group)
        if any(block[0] != _PLAIN for block in some):
            raise UnreadableBlock
        if length == _POINT + 1:
            _take_singles(whole, some)
        else:
            _take_several(whole, some)
    return whole


def _one_by_one(packed: Iterable[bytes]) -> Columns:
    points = [point for block in packed for point in unpack(block)]
    steps, timestamps, values = zip(*points, strict=True) if points else ((), (), ())
    return Columns(array("q", steps), array("q", timestamps), array("d", values))


def _take_singles(whole: Columns, packed: Sequence[bytes]) -> None:
    """Blocks of one point each: what a training loop logs, a million of them perhaps."""
    for start in range(0, len(packed), _SINGLES):
        some = packed[start : start + _SINGLES]
        numbers = unpack_from("<" + "Bqqd" * len(some), b"".join(some))
        whole.steps.extend(numbers[1::4])
        whole.timestamps.extend(numbers[2::4])
        whole.values.extend(numbers[3::4])


def _take_several(whole: Columns, packed: Sequence[bytes]) -> None:
    for block in packed:
        size = len(block) // _POINT * 8
        body = memoryview(block)[1:]
        whole.steps.frombytes(body[:size])
        whole.timestamps.frombytes(body[size : 2 * size])
        whole.values.frombytes(body[2 * size :])
