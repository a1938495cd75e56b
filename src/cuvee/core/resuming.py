"""Files that arrive in several goes: what has come stays, also when the sender breaks off, until all of it is there.

An arrival is a file in a folder where nobody looks, named by what it is to become: its address, its size and its
digest. So there is nothing to begin and no number to keep; two senders of the same content may take turns, two of
different contents never meet, and what was put together wrongly is never taken for the whole.
"""

import fcntl
import hashlib
import hmac
import os
import stat
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from cuvee.core import errors
from cuvee.core.streaming import PIECE, Piece, UploadBroken, WriteBehind, off_loop, pour

PREFIX: Final = "arriving-"


class StillArriving(errors.Busy):
    """Another request is sending this file: ask again in a moment how far it came."""


class TooManyArrivals(errors.Busy):
    """Too many uploads were begun and not finished: finish some first. What nobody goes on with goes a day later."""

    retry_after = 60


class NotTheWhole(errors.BadRequest):
    """What came in all is not what its digest says. It was thrown away: send it again from the beginning."""


class NotTheRange(errors.BadRequest):
    """The body is longer than its range says: nothing of it was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What is to be there in the end."""

    #: Bytes.
    size: int
    #: SHA-256.
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Which of the whole's bytes a request brings: from `start` up to, not including, `end`."""

    start: int
    end: int


def name_of(address: str, whole: Whole) -> str:
    """The name of an arrival for an address."""
    told = f"{address}\0{whole.size}\0{whole.digest.hex()}"
    return PREFIX + hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def is_there(folder: int, name: str) -> bool:
    """Whether the arrival was begun."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def digest_of(descriptor: int) -> bytes:
    """The SHA-256 of an open file, with constant memory."""
    total, at = hashlib.sha256(), 0
    while piece := os.pread(descriptor, PIECE, at):
        total.update(piece)
        at += len(piece)
    return total.digest()


def sweep(folder: int, before: float) -> None:
    """Remove the arrivals that nobody went on with since (seconds since the epoch)."""
    for name in _names(folder):
        with suppress(FileNotFoundError):
            if os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime < before:
                os.unlink(name, dir_fd=folder)


class Arrival:
    """An arrival that is gone on with. One at a time has it, whatever the number of processes; close it afterwards.

    What the disk refuses comes as OSError.
    """

    def __init__(self, folder: int, name: str, *, most: int) -> None:
        """Open it in a folder, which the arrival keeps open by itself; a new one only where fewer than `most` are.

        Raises:
            StillArriving: when somebody else has it.
            TooManyArrivals: when it would be one too many.

        """
        if not is_there(folder, name) and len(_names(folder)) >= most:
            raise TooManyArrivals
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self.descriptor: Final = os.open(name, flags, 0o600, dir_fd=folder)
        self.folder: Final = os.dup(folder)
        self.name: Final = name
        if not self._is_mine():
            self.close()
            raise StillArriving
        self.size = os.fstat(self.descriptor).st_size
        self._behind: Final = WriteBehind(self.descriptor, self.size)

    async def take(self, chunks: AsyncIterable[bytes], asked: Range) -> None:
        """Append a range's bytes. What came before the sender went away is kept; of a body that is wrong, nothing.

        Raises:
            NotTheRange: when more comes than the range says.
            UploadBroken: when the sender went away.

        """
        broken: list[UploadBroken] = []
        try:
            await pour(_within(chunks, asked.end - asked.start, broken), self._append)
        except Exception:
            await off_loop(self._cut, asked.start)
            raise
        if broken:
            raise broken[0]

    def finish(self, whole: Whole) -> None:
        """Bring it to the disk and check it; then it may be renamed to where it belongs.

        Raises:
            NotTheWhole: when it is not what it was to be; it is gone then.

        """
        os.fsync(self.descriptor)
        if not hmac.compare_digest(digest_of(self.descriptor), whole.digest):
            self.remove()
            raise NotTheWhole

    def remove(self) -> None:
        """Throw it away."""
        with suppress(FileNotFoundError):
            os.unlink(self.name, dir_fd=self.folder)

    def close(self) -> None:
        """Let others have it."""
        os.close(self.descriptor)
        os.close(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _is_mine(self) -> bool:
        """Whether nobody else has it, and nobody finished it since it was opened."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            there = os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except (BlockingIOError, FileNotFoundError):
            return False
        mine = os.fstat(self.descriptor)
        return there.st_ino == mine.st_ino and stat.S_ISREG(mine.st_mode) and mine.st_nlink == 1

    def _append(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            left = memoryview(piece)
            while left:
                written = os.pwrite(self.descriptor, left, self.size)
                self.size += written
                left = left[written:]
        self._behind.reach(self.size)

    def _cut(self, size: int) -> None:
        os.ftruncate(self.descriptor, size)
        self.size = size


async def _within(chunks: AsyncIterable[bytes], most: int, broken: list[UploadBroken]) -> AsyncIterator[bytes]:
    """The chunks, `most` bytes of them; that the sender went away is their end, and noted."""
    try:
        async for chunk in chunks:
            most -= len(chunk)
            if most < 0:
                raise NotTheRange
            yield chunk
    except UploadBroken as error:
        broken.append(error)


def _names(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.name.startswith(PREFIX)]
