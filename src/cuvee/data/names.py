"""Names of namespaces and tables, as Iceberg's protocol writes them into addresses."""

import re
from collections.abc import Sequence
from typing import Final

from cuvee.data import errors

#: Between the levels of a namespace in an address.
SEPARATOR: Final = "\x1f"
_LONGEST: Final = 128
_MOST_LEVELS: Final = 7
_REFUSED: Final = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]")


def name(text: str) -> str:
    """A table's name, or one level of a namespace's.

    Raises:
        BadName: when it cannot be one.

    """
    if not 0 < len(text) <= _LONGEST or text.strip() in {"", ".", ".."} or _REFUSED.search(text):
        raise errors.BadName
    return text


def levels(parts: Sequence[str]) -> tuple[str, ...]:
    """A namespace's name.

    Raises:
        BadName: when it has no level, more than seven, or one that cannot be.

    """
    if not 0 < len(parts) <= _MOST_LEVELS:
        raise errors.BadName("A namespace has one to seven levels.")
    return tuple(name(part) for part in parts)


def opened(text: str) -> tuple[str, ...]:
    """A namespace's name out of an address."""
    return levels(text.split(SEPARATOR))


def sealed(parts: Sequence[str]) -> str:
    """A namespace's name as it stands in addresses and in the database."""
    return SEPARATOR.join(parts)


def folder(namespace: Sequence[str], table: str, uuid: str) -> str:
    """Where a table's files are below the warehouse: readable, and no other table's, before or after."""
    readable = "-".join(re.sub(r"[^A-Za-z0-9_-]+", "-", part)[:40] for part in (*namespace, table))
    return f"{readable[:160]}-{uuid}"
