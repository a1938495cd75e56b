"""Bytes between the event loop and the disk: threads that are waited for, and streams that are written as they come."""

import asyncio
from collections.abc import AsyncIterable, Callable, Sequence
from typing import Final, ParamSpec, TypeVar

from cuvee.core import errors

P = ParamSpec("P")
T = TypeVar("T")

#: Bytes that are read or written in one go: large enough that a thread's turn is worth it, small enough to hold.
PIECE: Final = 1 << 20
#: Chunks of one go: what the system takes in one call (IOV_MAX).
MOST_CHUNKS: Final = 1_024


class UploadBroken(errors.BadRequest):
    """The upload ended before its last byte: nothing of it was kept, unless it said which range it brings."""


async def off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking work in a thread.

    A cancelled caller still waits for the thread: what it works on (a descriptor) must not be closed under it.
    """
    return await _waited(_begun(work, *args, **kwargs))


async def pour(chunks: AsyncIterable[bytes], write: Callable[[Sequence[bytes]], None]) -> None:
    """Hand a stream's chunks to a blocking function, in order, about a `PIECE` of them at a time.

    While one piece is written the next is gathered, and nothing more: a sender that is faster than the disk is held up.
    However this ends, no thread writes any more when it does.
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
