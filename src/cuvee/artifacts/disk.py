"""Files that are staged before they count."""

import os
from collections.abc import AsyncIterable, Sequence
from pathlib import Path

from cuvee.artifacts import errors, folders
from cuvee.artifacts.values import Info
from cuvee.core import streaming
from cuvee.core.ids import new_id
from cuvee.core.paths import RelativePath
from cuvee.core.streaming import Piece


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
        self._behind = streaming.WriteBehind(self.descriptor)
        self._is_published = False

    def write(self, pieces: Sequence[Piece]) -> None:
        """Append pieces.

        Raises:
            FileTooLarge: when the file would grow too large.
            StorageFull: when the disk is full.

        """
        size = sum(map(len, pieces))
        self._size += size
        if self._size > self._largest:
            raise errors.FileTooLarge
        with folders.refusals():
            if (written := os.writev(self.descriptor, pieces)) < size:
                left = memoryview(b"".join(pieces))[written:]
                while left:
                    left = left[os.write(self.descriptor, left) :]
        self._behind.reach(self._size)

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
    await streaming.pour(chunks, staged.write)
