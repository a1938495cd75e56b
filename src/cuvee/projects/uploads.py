"""Uploads: streamed into files beside the projects with constant memory, moved into place when all is there."""

import asyncio
import math
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from cuvee.core import errors as core_errors
from cuvee.core import streaming
from cuvee.core.paths import RelativePath
from cuvee.core.settings import Settings
from cuvee.projects import errors, files, folders

#: Files of one form. A form of a million is an attack, a folder of ten thousand is an upload.
_MOST_FILES: Final = 10_000
#: Bytes that a form may have besides its files.
_FRAME: Final = 1024 * 1024


@dataclass(slots=True)
class Upload:
    """An upload on its way: finished files wait beside the projects until `place` moves them to their places."""

    settings: Settings
    root: Path
    #: Bytes that may still come.
    room: float
    _staged: list[tuple[RelativePath, Path]] = field(default_factory=list)

    @classmethod
    async def begin(cls, settings: Settings, root: Path, *, announced: int = 0) -> "Upload":
        """An upload into the project's folder, which may grow up to its quota; `announced` bytes are to come.

        Raises:
            UploadTooLarge: when it is known before it comes.

        """
        if announced > settings.max_upload + _FRAME:
            raise errors.UploadTooLarge
        room: float = settings.max_upload
        if settings.project_quota:
            held = await asyncio.to_thread(folders.size_of, root)
            room = min(room, settings.project_quota - held)
        return cls(settings=settings, root=root, room=room)

    async def receive(self, path: RelativePath, chunks: AsyncIterator[bytes]) -> None:
        """One file's content.

        Raises:
            RootStays: when the path names no file.
            UploadTooLarge, QuotaExceeded: when more comes than may.

        """
        if not path.names:
            raise errors.RootStays
        place = folders.incoming(self.settings.home)
        self._staged.append((path, place))
        with await streaming.off_loop(_create, place) as stream:
            await streaming.pour(self._counted(chunks), partial(_write, stream.fileno()))
            await streaming.off_loop(os.fsync, stream.fileno())

    async def _counted(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            self.room -= len(chunk)
            if self.room < 0:
                raise errors.QuotaExceeded if self.settings.project_quota else errors.UploadTooLarge
            yield chunk

    async def place(self) -> list[files.File]:
        """Put every file where it belongs, and say what lies there now.

        Raises:
            NotAFile, NotAFolder, BadPath: as `files.put`; what was placed before stays.

        """
        placed = []
        while self._staged:
            path, finished = self._staged[0]
            placed.append(await streaming.off_loop(files.put, self.root, path, finished))
            self._staged.pop(0)
        return placed

    async def close(self) -> None:
        """Remove what did not come to its place."""
        for _path, place in self._staged:
            await streaming.off_loop(place.unlink, missing_ok=True)


async def receive_form(
    upload: Upload,
    folder: RelativePath,
    content_type: str,
    body: AsyncIterator[bytes],
    *,
    path_of: Callable[[MultipartSegment], str | None] = lambda field: field.name,
) -> None:
    """A multipart form whose field names are paths below a folder; `path_of` says otherwise, None for no file.

    Raises:
        NoUpload: when the body is no such form, or an empty one.
        BadPath: when a field's name is no relative path.

    """
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise errors.NoUpload
    form = _Form(options["boundary"], body)
    try:
        count = 0
        async for field, chunks in form.fields():
            if (path := path_of(field)) is None:
                await _skipped(chunks)
                continue
            await upload.receive(folder / RelativePath.parse(path), chunks)
            count += 1
    except (MultipartError, UnicodeError, ValueError):
        raise errors.NoUpload from None
    if not count:
        raise errors.NoUpload


async def _skipped(chunks: AsyncIterator[bytes]) -> None:
    async for _chunk in chunks:
        pass


class _Form:
    """A form, field by field. A field's chunks must be read to the end before the next field comes."""

    def __init__(self, boundary: str, body: AsyncIterator[bytes]) -> None:
        self._parser = PushMultipartParser(boundary, max_segment_count=_MOST_FILES, max_segment_size=math.inf)
        self._events = self._read(body)

    async def fields(self) -> AsyncIterator[tuple[MultipartSegment, AsyncIterator[bytes]]]:
        async for event in self._events:
            if isinstance(event, MultipartSegment):
                yield event, self._content()

    async def _content(self) -> AsyncIterator[bytes]:
        async for event in self._events:
            if event is None:
                return
            if not isinstance(event, MultipartSegment):
                yield bytes(event)

    async def _read(self, body: AsyncIterator[bytes]) -> AsyncIterator[MultipartSegment | bytearray | None]:
        async for chunk in body:
            for event in self._parser.parse(chunk):
                yield event
        self._parser.close()


def _create(place: Path) -> BinaryIO:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    return os.fdopen(descriptor, "wb", buffering=0)


def _write(descriptor: int, pieces: Sequence[bytes]) -> None:
    try:
        left = memoryview(b"".join(pieces))
        while left:
            left = left[os.write(descriptor, left) :]
    except OSError:
        raise core_errors.StorageFull from None
