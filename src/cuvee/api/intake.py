"""How much of what clients send is held at once: past that they are asked to come back, and memory does not grow."""

from typing import Final, Self

from cuvee.core import errors


class Intake:
    """Counts the bytes of the requests that are being answered."""

    def __init__(self, limit: int) -> None:
        self.limit: Final = limit
        #: Bytes.
        self.held = 0

    def share(self) -> "Share":
        """One request's part in it."""
        return Share(self)


class Share:
    """What one request holds, until it is answered."""

    __slots__ = ("_intake", "_size")

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._intake.held -= self._size

    def take(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            Busy: when all requests together would hold too many. What is held by nobody else is always taken.

        """
        intake = self._intake
        if intake.held + size > intake.limit and intake.held > self._size:
            raise errors.Busy
        intake.held += size
        self._size += size
