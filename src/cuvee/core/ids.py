"""Identifiers: sixteen letters and digits in four groups, such as `0p3z-9k2m-71ay-b0hx`.

The first ten hold the milliseconds since the epoch and a counter within the millisecond's, so that ids sort by
the time they were made; the rest is random, so that ids of several processes do not meet. The shape is the one
that CML uses for projects, experiments and runs; the alphabet is Crockford's base 32 in lower case.
"""

import re
import secrets
import threading
from typing import Final

from cuvee.core import clock

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
PATTERN: Final = re.compile(r"[0-9a-z]{4}(-[0-9a-z]{4}){3}")

_RANDOM_BITS: Final = 32
_MILLISECOND_BITS: Final = 48


class IdMaker:
    """Makes ids that never repeat and always grow, whatever the clock does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self) -> str:
        """A new id, greater than every one this maker gave before."""
        fresh = (clock.now_ms() << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        with self._lock:
            # Within one millisecond, or when the clock goes back, count on from the last one.
            self._last = fresh if fresh > self._last else self._last + 1 + secrets.randbits(16)
            return _written(self._last)


def _written(number: int) -> str:
    digits = [ALPHABET[(number >> shift) & 31] for shift in range(_MILLISECOND_BITS + _RANDOM_BITS - 5, -1, -5)]
    text = "".join(digits)
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


new_id: Final = IdMaker()


def is_id(text: str) -> bool:
    """Whether the text has the shape of an id. Asked before any text is used in a path or a query."""
    return PATTERN.fullmatch(text) is not None
