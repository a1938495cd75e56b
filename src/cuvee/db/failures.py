"""What a database's failure means to a caller."""

import logging
from typing import Final

from sqlalchemy import exc

from cuvee.core import errors

log: Final = logging.getLogger(__name__)

#: PostgreSQL: a row is there that was not when this transaction looked for it. The next look finds it.
_COLLISION: Final = "23505"
#: PostgreSQL: serialization failure, deadlock, collision. Running the transaction again is the cure.
_AGAIN: Final = frozenset({"40001", "40P01", _COLLISION})
#: PostgreSQL: disk full, out of memory for the row.
_FULL: Final = frozenset({"53100"})


def is_passing(error: BaseException) -> bool:
    """Whether the same work is likely to succeed when it is run again."""
    return isinstance(error, exc.DBAPIError) and getattr(error.orig, "sqlstate", None) in _AGAIN


def is_collision(error: BaseException) -> bool:
    """Whether somebody else wrote the same at the same time."""
    return isinstance(error, exc.DBAPIError) and getattr(error.orig, "sqlstate", None) == _COLLISION


def translated(error: BaseException) -> BaseException:
    """The error a caller should see: the platform's own for a full disk or a database out of reach."""
    if not isinstance(error, exc.DBAPIError):
        return error
    text = str(error.orig).lower()
    if "cannot contain nul" in text:  # PostgreSQL; SQLite keeps them
        return errors.Invalid("A text in the request has a NUL character.")
    if getattr(error.orig, "sqlstate", None) in _FULL or "disk is full" in text or "no space left" in text:
        return errors.StorageFull()
    if isinstance(error, exc.OperationalError):
        if "disk i/o error" in text:
            return errors.StorageFull("The disk refuses to write: nothing of this request was kept.")
        log.error("The database failed: %s", error.orig)
        return errors.Unavailable("The database cannot be reached right now. Try again in a moment.")
    return error
