"""The disk's work, off the event loop: threads that are waited for, and files that are staged before they count."""

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from cuvee.artifacts import errors, folders
from cuvee.artifacts.values import Info
from cuvee.core.ids import new_id
from cuvee.core.paths import RelativePath

P = ParamSpec("P")
T = TypeVar("T")

#: Bytes that are read or written in one go: large enough that a thread's turn is worth it, small enough to hold.
PIECE: Final = 1 << 20


async def off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking work in a thread.

    A cancelled caller still waits for the thread: what it works on (a descriptor) must not be closed under it.
    """
    task = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told that it was not
        raise


async def gathered(chunks: AsyncIterable[bytes], size: int = PIECE) -> AsyncIterator[bytes]:
    """Chunks as they come from a socket, joined to pieces that are worth a write."""
    waiting = bytearray()
    async for chunk in chunks:
        waiting += chunk
        if len(waiting) >= size:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def info_of(status: os.stat_result) -> Info:
    """What a file's status says. Files are replaced by renaming, so the inode is new whenever the content is."""
    return Info(
        size=status.st_size,
        etag=f"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}",
        modified_at=status.st_mtime_ns // 1_000_000,
    )


class Staged:
    """A file that is being written where no reader looks; it counts when it is published."""

    def __init__(self, root: Path, area: RelativePath, *, largest: int, make: bool) -> None:
        """Open a new file in the area, which is made only when told so."""
        self._largest = largest
        self._size = 0
        self._name = f"new-{new_id()}"
        with folders.refusals(), folders.opened(root, area, make=make) as folder:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self.descriptor = os.open(self._name, flags, 0o600, dir_fd=folder)
            self._area = os.dup(folder)
        self._is_published = False

    def write(self, piece: bytes) -> None:
        """Append a piece.

        Raises:
            FileTooLarge: when the file would grow too large.
            StorageFull: when the disk is full.

        """
        self._size += len(piece)
        if self._size > self._largest:
            raise errors.FileTooLarge
        left = memoryview(piece)
        with folders.refusals():
            while left:
                left = left[os.write(self.descriptor, left) :]

    def publish(self, root: Path, path: RelativePath) -> Info:
        """Make the file the path's content, in one step that survives a crash."""
        with folders.refusals(), folders.opened(root, path.parent, make=True) as folder:
            folders.refuse_unless_free(folder, path)
            return self.publish_in(folder, path.name)

    def publish_in(self, folder: int, name: str) -> Info:
        """`publish` into a folder that is open already."""
        with folders.refusals():
            os.fsync(self.descriptor)
            info = info_of(os.fstat(self.descriptor))
            os.rename(self._name, name, src_dir_fd=self._area, dst_dir_fd=folder)
            self._is_published = True
            os.fsync(folder)
            return info

    def close(self) -> None:
        """Let go of the file; remove it when it was not published."""
        os.close(self.descriptor)
        try:
            if not self._is_published:
                os.unlink(self._name, dir_fd=self._area)
        except FileNotFoundError:
            pass  # its upload was aborted, and took it along
        finally:
            os.close(self._area)


async def filled(staged: Staged, chunks: AsyncIterable[bytes]) -> None:
    """Write all chunks to a staged file, with constant memory."""
    async for piece in gathered(chunks):
        await off_loop(staged.write, piece)
