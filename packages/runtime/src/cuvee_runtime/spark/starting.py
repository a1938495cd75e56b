"""Spark that does not start, as when its cluster is away: the reasons among Java's many causes, in a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class NotStarted(RuntimeError):
    """Spark did not start."""


@contextmanager
def told() -> Iterator[None]:
    """Say why Spark does not start.

    Raises:
        NotStarted: with what the causes say; Java's whole story is the error's cause.

    """
    try:
        yield
    except Exception as error:
        reason = getattr(error, "java_exception", None)
        if reason is None:
            raise
        raise NotStarted(f"Spark did not start: {_said(reason)}") from error


def _said(reason: Any) -> str:
    """What an exception of Java's and its causes say, each thing once."""
    found: list[str] = []
    while reason is not None:
        text = str(reason.getMessage() or reason.toString()).strip().rstrip(".")
        if not any(text in each for each in found):
            found = [each for each in found if each not in text] + [text]
        reason = reason.getCause()
    return "; ".join(found)
