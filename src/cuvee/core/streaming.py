"""Bytes between the event loop and the disk: threads that are waited for, and streams that are written as they come."""

import asyncio
import os
from collections.abc import AsyncIterable, Callable, Sequence
from typing import Final, ParamSpec, Protocol, TypeAlias, TypeVar, runtime_checkable

from cuvee.core import errors

P = ParamSpec("P")
T = TypeVar("T")
#: Some bytes on their way; a view is good only as long as the call that it is handed to.
Piece: TypeAlias = bytes | memoryview
Write: TypeAlias = Callable[[Sequence[Piece]], None]

#: Bytes that are read or written in one go: large enough that a thread's turn is worth it, small enough to hold.
PIECE: Final = 1 << 20
#: Bytes that are handed to the disk at once.
_STRETCH: Final = 32 << 20
#: Chunks of one go: what the system takes in one call (IOV_MAX).
MOST_CHUNKS: Final = 1_024


class UploadBroken(errors.BadRequest):
    """The upload ended before its last byte: nothing of it was kept, unless it said which range it brings."""


@runtime_checkable
class Pouring(Protocol):
    """A stream that can bring its bytes to a blocking function by itself: they never pass the event loop."""

    async def pour(self, write: Write) -> None:
        """Hand all of them to `write`, in order, in a thread. However this ends, no thread writes when it does."""
        ...


async def off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking work in a thread.

    A cancelled caller still waits for the thread: what it works on (a descriptor) must not be closed under it.
    """
    return await _waited(_begun(work, *args, **kwargs))


async def pour(chunks: AsyncIterable[bytes], write: Write) -> None:
    """Hand a stream's chunks to a blocking function, in order: as the stream does it, or gathered.

    However this ends, no thread writes any more when it does.
    """
    if isinstance(chunks, Pouring):
        await chunks.pour(write)
    else:
        await _gathered(chunks, write)


class WriteBehind:
    """Has the disk begin with a file while more of it still comes, instead of with all of it when it is synced.

    Else gigabytes wait in memory, and whoever writes next is held up until they are on the disk.
    """

    def __init__(self, descriptor: int, begun: int = 0) -> None:
        self._descriptor: Final = descriptor
        self._begun = begun

    def reach(self, size: int) -> None:
        """Note that the file is written up to there."""
        if size - self._begun >= _STRETCH:
            # Begins to write what is changed; what is not on the disk yet stays in memory.
            os.posix_fadvise(self._descriptor, self._begun, size - self._begun, os.POSIX_FADV_DONTNEED)
            self._begun = size


async def _gathered(chunks: AsyncIterable[bytes], write: Write) -> None:
    """Hand over about a `PIECE` of chunks at a time.

    While one piece is written the next is gathered, and nothing more: a sender that is faster than the disk is held up.
    """
    writing: asyncio.Future[None] | None = None
    gathered: list[bytes] = []
    size = 0
    try:
        async for chunk in chunks:
            gathered.append(chunk)
            size += len(chunk)
            if size >= PIECE or len(gathered) == MOST_CHUNKS:
                if writing is not None:
                    await _waited(writing)
                writing = _begun(write, gathered)
                gathered, size = [], 0
    finally:
        if writing is not None:
            await _waited(writing)
    if gathered:
        await off_loop(write, gathered)


def _begun(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
    return asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))


async def _waited(task: asyncio.Future[T]) -> T:
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told that it was not
        raise
