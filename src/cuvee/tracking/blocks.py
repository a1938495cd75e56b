"""Points, packed into bytes: what one request logged of one metric is one block.

A block begins with a byte that says how the rest is written. Kind 1: all steps, then all timestamps (64-bit whole
numbers), then all values (64-bit floating point), little-endian, in the order of arrival. Blocks are never changed.
"""

from collections.abc import Sequence
from math import isnan, nan
from struct import pack as _pack
from struct import unpack_from
from typing import Final

from cuvee.core import errors
from cuvee.tracking.values import Point

_PLAIN: Final = 1
_POINT: Final = 24


class UnreadableBlock(errors.CuveeError):
    """A block of points was written by a newer version of Cuvée."""


def pack(points: Sequence[Point]) -> bytes:
    """The points as a block."""
    steps, timestamps, values = zip(*points, strict=True)
    count = len(points)
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
