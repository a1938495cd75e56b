"""Numbers as API v2's clients send them: as numbers, or as their digits in a text."""

from typing import Final

from cuvee.core import errors

#: A whole number, or its digits.
Whole = int | str
#: Any number, or its digits.
Number = float | int | str

_MOST: Final = 1e9


class BadNumber(errors.Invalid):
    """A number is expected, such as 2 or "2"."""


def whole(value: Whole) -> int:
    """A whole number that may be a text; 0 for an empty one.

    Raises:
        BadNumber: when it is none.

    """
    return int(number(value))


def number(value: Number) -> float:
    """A number that may be a text; 0 for an empty one.

    Raises:
        BadNumber: when it is none, or not finite.

    """
    try:
        read = float(value or 0)
    except (ValueError, OverflowError):
        raise BadNumber from None
    if not -_MOST < read < _MOST:  # also what is no number
        raise BadNumber
    return read
