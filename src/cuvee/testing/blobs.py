"""A store in memory: the seam's other implementation, for tests that want no disk."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cuvee.artifacts import errors
from cuvee.artifacts.values import FIRST_PART, LAST_PART, Entry, Info, Limits, Part
from cuvee.core import clock
from cuvee.core.ids import new_id
from cuvee.core.paths import RelativePath
from cuvee.core.resuming import NotTheRange, NotTheWhole, Range, StillArriving, TooManyArrivals, Whole


@dataclass(frozen=True, slots=True)
class MemoryBlob:
    """A file's content and what is known about it."""

    content: bytes
    info: Info

    async def read(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, in small pieces."""
        last = self.info.size if end is None else min(end, self.info.size)
        for at in range(start, last, 1 << 16):
            yield self.content[at : min(at + (1 << 16), last)]


@dataclass(slots=True)
class _Upload:
    path: RelativePath
    parts: dict[int, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _Arrival:
    content: bytearray = field(default_factory=bytearray)
    is_taken: bool = False

    async def take(self, chunks: AsyncIterable[bytes], most: int) -> None:
        """What came before the sender went away stays; nothing of what is too long does."""
        before = len(self.content)
        async for chunk in chunks:
            self.content += chunk
            if len(self.content) - before > most:
                del self.content[before:]
                raise NotTheRange


@dataclass(slots=True)
class MemoryStore:
    """`Blobs`, `Multipart` and `Resumable` in dictionaries. Folders are what files' paths say."""

    limits: Limits = field(default_factory=Limits)
    _blobs: dict[tuple[str, ...], MemoryBlob] = field(default_factory=dict)
    _uploads: dict[str, _Upload] = field(default_factory=dict)
    _arrivals: dict[tuple[RelativePath, Whole], _Arrival] = field(default_factory=dict)

    async def put(self, path: RelativePath, chunks: AsyncIterable[bytes]) -> Info:
        """Keep a file."""
        self._refuse(path)
        content = await self._whole(chunks)
        self._refuse(path)
        info = Info(size=len(content), etag=new_id(), modified_at=clock.now_ms())
        self._blobs[path.names] = MemoryBlob(content, info)
        return info

    @asynccontextmanager
    async def get(self, path: RelativePath) -> AsyncIterator[MemoryBlob]:
        """Open a file."""
        if self._is_folder(path.names):
            raise errors.IsFolder(path)
        if path.names not in self._blobs:
            raise errors.NoSuchArtifact(path)
        yield self._blobs[path.names]

    async def list(self, path: RelativePath) -> AsyncIterator[Sequence[Entry]]:
        """What lies in a folder."""
        depth = len(path.names)
        inside = [names for names in self._blobs if names[:depth] == path.names and len(names) > depth]
        folders = {names[depth] for names in inside if len(names) > depth + 1}
        files = {names[depth]: self._blobs[names].info.size for names in inside if len(names) == depth + 1}
        entries = [Entry(name=name, is_folder=True) for name in folders]
        entries += [Entry(name=name, is_folder=False, size=size) for name, size in files.items()]
        if entries:
            yield sorted(entries, key=lambda entry: entry.name)

    async def delete(self, path: RelativePath) -> None:
        """Delete a file or all that lies below the path."""
        if not path.names:
            raise errors.RootStays
        for names in [names for names in self._blobs if names[: len(path.names)] == path.names]:
            del self._blobs[names]

    async def create(self, path: RelativePath) -> str:
        """Begin an upload in parts."""
        self._refuse(path)
        if len(self._uploads) >= self.limits.open_uploads:
            raise errors.TooManyUploads
        upload = new_id()
        self._uploads[upload] = _Upload(path)
        return upload

    async def part(self, upload: str, number: int, chunks: AsyncIterable[bytes]) -> Part:
        """Keep a part."""
        if not FIRST_PART <= number <= LAST_PART:
            raise errors.BadPartNumber
        self._open_upload(upload)
        content = await self._whole(chunks)
        self._open_upload(upload).parts[number] = content
        return Part(number=number, etag=_digest(content))

    async def complete(self, upload: str, path: RelativePath, parts: Sequence[Part]) -> Info:
        """Put the file together."""
        found = self._open_upload(upload, path)
        numbers = [part.number for part in parts]
        if not numbers or numbers != sorted(set(numbers)):
            raise errors.BadParts
        if any(_digest(found.parts.get(part.number)) != part.etag for part in parts):
            raise errors.BadParts
        content = b"".join(found.parts[number] for number in numbers)

        async def once() -> AsyncIterator[bytes]:
            yield content

        info = await self.put(path, once())
        del self._uploads[upload]
        return info

    async def abort(self, upload: str, path: RelativePath) -> None:
        """Forget an upload."""
        self._open_upload(upload, path)
        del self._uploads[upload]

    async def resume(self, path: RelativePath, whole: Whole, coming: Range | None, chunks: AsyncIterable[bytes]) -> int:
        """Take a range of a file."""
        self._refuse(path)
        if whole.size > self.limits.largest:
            raise errors.FileTooLarge
        arrival = self._arrivals.get((path, whole))
        if arrival is None and (coming is None or coming.start):
            stored = self._blobs.get(path.names)
            return whole.size if stored and whole_of(stored.content) == whole else 0
        if arrival is None:
            if len(self._arrivals) >= self.limits.open_uploads:
                raise TooManyArrivals
            arrival = self._arrivals[path, whole] = _Arrival()
        if arrival.is_taken:
            raise StillArriving
        arrival.is_taken = True
        try:
            if coming is not None and coming.start == len(arrival.content):
                await arrival.take(chunks, coming.end - coming.start)
            if len(arrival.content) == whole.size:
                del self._arrivals[path, whole]
                await self._finish(path, whole, bytes(arrival.content))
        finally:
            arrival.is_taken = False
        return len(arrival.content)

    async def _finish(self, path: RelativePath, whole: Whole, content: bytes) -> None:
        if whole_of(content) != whole:
            raise NotTheWhole

        async def once() -> AsyncIterator[bytes]:
            yield content

        await self.put(path, once())

    def _open_upload(self, upload: str, path: RelativePath | None = None) -> _Upload:
        found = self._uploads.get(upload)
        if found is None or path not in {None, found.path}:
            raise errors.NoSuchUpload
        return found

    async def _whole(self, chunks: AsyncIterable[bytes]) -> bytes:
        content = b""
        async for chunk in chunks:
            content += chunk
            if len(content) > self.limits.largest:
                raise errors.FileTooLarge
        return content

    def _is_folder(self, names: tuple[str, ...]) -> bool:
        return any(each[: len(names)] == names and len(each) > len(names) for each in self._blobs) or not names

    def _refuse(self, path: RelativePath) -> None:
        if not path.names:
            raise errors.RootStays
        if self._is_folder(path.names):
            raise errors.IsFolder(path)
        if any(path.names[:depth] in self._blobs for depth in range(1, len(path.names))):
            raise errors.InTheWay


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()


def whole_of(content: bytes) -> Whole:
    """What a sender says of a file before it sends any of it."""
    return Whole(size=len(content), digest=hashlib.sha256(content).digest())
