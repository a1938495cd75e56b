"""The local store: files in a folder of this machine, where people and their programs can also see them."""

import os
import stat
import time
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from cuvee.artifacts import arrivals, disk, errors, folders, uploads
from cuvee.artifacts.values import Entry, Info, Limits, Part
from cuvee.core import paths
from cuvee.core.ids import new_id
from cuvee.core.paths import BadPath, RelativePath
from cuvee.core.resuming import Arrival, Range, Whole
from cuvee.core.streaming import PIECE, off_loop

#: Where files wait until they count. It lies under the root, so that counting is a rename and never a copy.
AREA: Final = ".cuvee-staging"
_AREA_PATH: Final = RelativePath((AREA,))
#: Seconds between looks for what was abandoned.
_SWEEP_EVERY: Final = 3_600.0
#: Entries of a folder that are looked at in one turn of a thread.
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class LocalBlob:
    """An open file."""

    descriptor: int
    info: Info

    async def read(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, a piece at a time."""
        last = self.info.size if end is None else min(end, self.info.size)
        while start < last:
            piece = await off_loop(os.pread, self.descriptor, min(PIECE, last - start), start)
            if not piece:
                return  # somebody cut the file short on disk
            start += len(piece)
            yield piece


@dataclass(slots=True)
class LocalStore:
    """`Blobs`, `Multipart` and `Resumable` on a local folder. The folder is made when the first file comes."""

    root: Path
    limits: Limits = field(default_factory=Limits)
    _swept_at: float = -_SWEEP_EVERY

    async def put(self, path: RelativePath, chunks: AsyncIterable[bytes]) -> Info:
        """Keep a file: staged beside the others, synced, renamed into place."""
        _refuse(path)
        staged = await off_loop(self._staged, path)
        try:
            await disk.filled(staged, chunks)
            return await off_loop(staged.publish, self.root, path)
        finally:
            await off_loop(staged.close)

    @asynccontextmanager
    async def get(self, path: RelativePath) -> AsyncIterator[LocalBlob]:
        """Open a file."""
        blob = await off_loop(self._opened, path)
        try:
            yield blob
        finally:
            os.close(blob.descriptor)

    async def list(self, path: RelativePath) -> AsyncIterator[Sequence[Entry]]:
        """What lies in a folder: the names first, then a batch of them at a time."""
        names = iter(await off_loop(self._names, path))
        while batch := list(islice(names, _BATCH)):
            yield await off_loop(self._entries, path, batch)

    async def delete(self, path: RelativePath) -> None:
        """Delete what the path names: renamed away, then removed."""
        if not path.names:
            raise errors.RootStays
        if path.names[0] != AREA:
            await off_loop(self._delete, path)

    async def create(self, path: RelativePath) -> str:
        """Begin an upload in parts."""
        _refuse(path)
        await off_loop(self._sweep)
        return await off_loop(uploads.create, self.root, _AREA_PATH, path, most=self.limits.open_uploads)

    async def part(self, upload: str, number: int, chunks: AsyncIterable[bytes]) -> Part:
        """Keep a part."""
        folder = uploads.folder_of(_AREA_PATH, upload)
        uploads.refuse_number(number)
        staged = await off_loop(uploads.staged, self.root, folder, largest=self.limits.largest)
        try:
            await disk.filled(staged, chunks)
            return await off_loop(uploads.keep, self.root, folder, staged, number)
        finally:
            await off_loop(staged.close)

    async def complete(self, upload: str, path: RelativePath, parts: Sequence[Part]) -> Info:
        """Put the file together."""
        return await off_loop(uploads.complete, self.root, _AREA_PATH, upload, path, parts, largest=self.limits.largest)

    async def abort(self, upload: str, path: RelativePath) -> None:
        """Forget an upload."""
        await off_loop(uploads.abort, self.root, _AREA_PATH, upload, path)

    async def resume(self, path: RelativePath, whole: Whole, coming: Range | None, chunks: AsyncIterable[bytes]) -> int:
        """Take a range of a file."""
        _refuse(path)
        if whole.size > self.limits.largest:
            raise errors.FileTooLarge
        with folders.refusals():
            arrival = await off_loop(self._arrival, path, whole, is_new=coming is not None and not coming.start)
            if arrival is None:
                return whole.size if await off_loop(arrivals.is_stored, self.root, path, whole) else 0
            try:
                if coming is not None and coming.start == arrival.size:
                    await arrival.take(chunks, coming)
                if arrival.size == whole.size:
                    await off_loop(arrivals.publish, arrival, self.root, path, whole)
                return arrival.size
            finally:
                arrival.close()

    def _arrival(self, path: RelativePath, whole: Whole, *, is_new: bool) -> Arrival | None:
        self._sweep()
        if is_new:
            arrivals.refuse_unless_free(self.root, path)  # before the bytes come, not after
        most = self.limits.open_uploads if is_new else 0
        return arrivals.opened(self.root, _AREA_PATH, path, whole, most=most)

    def _staged(self, path: RelativePath) -> disk.Staged:
        self._sweep()
        with folders.refusals(), folders.opened(self.root, path.parent, make=True) as folder:
            folders.refuse_unless_free(folder, path)  # before the bytes come, not after
        return disk.Staged(self.root, _AREA_PATH, largest=self.limits.largest, make=True)

    def _opened(self, path: RelativePath) -> LocalBlob:
        if not path.names:
            raise errors.IsFolder(path)
        try:
            with folders.refusals():
                descriptor = paths.open_under(self.root, path, os.O_RDONLY)
        except FileNotFoundError:
            raise errors.NoSuchArtifact(path) from None
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and path.names[0] != AREA:
            return LocalBlob(descriptor, disk.info_of(status))
        os.close(descriptor)
        raise errors.IsFolder(path) if stat.S_ISDIR(status.st_mode) else errors.NotAFile

    def _names(self, path: RelativePath) -> Sequence[str]:
        try:
            with folders.refusals(), folders.opened(self.root, path) as folder:
                return sorted(name for name in folders.names(folder) if name != AREA and _can_be_asked_for(path, name))
        except (FileNotFoundError, errors.InTheWay):
            return ()

    def _entries(self, path: RelativePath, names: Sequence[str]) -> Sequence[Entry]:
        try:
            with folders.opened(self.root, path) as folder:
                return [entry for name in names if (entry := _entry(folder, name))]
        except FileNotFoundError:
            return ()

    def _delete(self, path: RelativePath) -> None:
        trash = f"old-{new_id()}"
        try:
            with folders.opened(self.root, path.parent) as folder:
                if not folders.kind(folder, path.name):
                    return
                with folders.opened(self.root, _AREA_PATH, make=True) as area:
                    os.rename(path.name, trash, src_dir_fd=folder, dst_dir_fd=area)
                    os.fsync(folder)
                    folders.remove(area, trash)
        except (FileNotFoundError, errors.InTheWay):
            return  # nothing is there

    def _sweep(self) -> None:
        """Once an hour, when something is written: remove what was never finished, a day after it was last touched."""
        if time.monotonic() - self._swept_at < _SWEEP_EVERY:
            return
        self._swept_at = time.monotonic()
        try:
            with folders.opened(self.root, _AREA_PATH) as area:
                moment = time.time() - self.limits.abandoned_after
                folders.older_than(area, moment, lambda name: folders.remove(area, name))
        except FileNotFoundError:
            return


def _refuse(path: RelativePath) -> None:
    if not path.names:
        raise errors.RootStays
    if path.names[0] == AREA:
        raise errors.ReservedName


def _can_be_asked_for(path: RelativePath, name: str) -> bool:
    """Whether a caller can name the entry: programs may have put names on disk that no path can have."""
    try:
        RelativePath.parse(str(path / RelativePath((name,))))
    except BadPath:
        return False
    return True


def _entry(folder: int, name: str) -> Entry | None:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        return Entry(name=name, is_folder=True)
    return Entry(name=name, is_folder=False, size=status.st_size) if stat.S_ISREG(status.st_mode) else None
