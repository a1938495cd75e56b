"""The seam: where files are kept. A plug-in author implements `Blobs`, and `Multipart` if the store can take parts.

Both are held to the contract suites in `cuvee.testing.artifacts`. All paths are relative to the store's root and
were parsed before they came here; a store trusts their shape and nothing else: what lies under them may have been
put there by somebody's code.

Every method may raise `StorageFull` when there is no room (nothing of the call is kept then) and `Unavailable`
when the store cannot be reached.
"""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from cuvee.artifacts.values import Entry, Info, Part
from cuvee.core.paths import RelativePath
from cuvee.core.resuming import Range, Whole


class Blob(Protocol):
    """A file that is open for reading: it keeps its content even when the path is replaced or deleted meanwhile."""

    @property
    def info(self) -> Info: ...

    def read(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end` (the file's end when not given), in pieces.

        A piece has at most a few MiB, whatever the file has: memory does not grow with the file.
        """


@runtime_checkable
class OnDisk(Protocol):
    """A blob that is a file of this machine: the system can send it by itself."""

    @property
    def descriptor(self) -> int: ...


class Blobs(Protocol):
    """Files under one root. A folder exists as long as something lies in it, or as it was made."""

    async def put(self, path: RelativePath, chunks: AsyncIterable[bytes]) -> Info:
        """Keep a file, in place of one that is there already.

        Returns when the file would survive a crash of the process and of the machine. Until then readers see the
        old file or none, never a part. When the chunks end with an exception, or the caller is cancelled, nothing
        has changed. Folders on the way are made.

        Raises:
            RootStays, IsFolder: when the path names the root or a folder.
            InTheWay: when a file stands where a folder is needed.
            NotAFile, BadPath: when a link, pipe or device stands there or on the way.
            FileTooLarge: when more comes than is taken.

        """

    def get(self, path: RelativePath) -> AbstractAsyncContextManager[Blob]:
        """Open a file.

        Raises:
            NoSuchArtifact: when nothing is there.
            IsFolder, NotAFile, BadPath: when it is no plain file, or a link stands on the way.

        """

    def list(self, path: RelativePath) -> AsyncIterator[Sequence[Entry]]:
        """What lies in a folder, by name, a batch at a time; only its own level is read.

        Nothing for a file and for what is not there, as object stores have it. What is neither file nor folder is
        left out. Names that are no UTF-8 are left out too: no caller could ask for them.
        """

    async def delete(self, path: RelativePath) -> None:
        """Delete a file, or a folder with all that is in it, at once for readers; nothing when nothing is there.

        A link is removed itself, never what it points to.

        Raises:
            RootStays: when the path names the root.
            BadPath: when a link stands on the way.

        """


class Multipart(Protocol):
    """Stores that take a file in parts, in any order and at the same time.

    An upload is open from `create` until `complete` or `abort`; of these two, when called at the same time, exactly
    one wins. An upload that nobody touched for a day may be gone.
    """

    async def create(self, path: RelativePath) -> str:
        """Begin an upload for a path, and name it.

        Raises:
            RootStays, ReservedName: when nothing can be put at the path.
            TooManyUploads: when too many are open.

        """

    async def part(self, upload: str, number: int, chunks: AsyncIterable[bytes]) -> Part:
        """Keep a part, in place of one of the same number. Half a part is never kept.

        Raises:
            NoSuchUpload: when the upload is not open.
            BadPartNumber: when the number is not from 1 to 10,000.
            FileTooLarge: when the part alone is larger than a file may be.

        """

    async def complete(self, upload: str, path: RelativePath, parts: Sequence[Part]) -> Info:
        """Put the file together and close the upload. As durable and as atomic as `put`.

        Raises:
            NoSuchUpload: when the upload is not open, or was created for another path.
            BadParts: when the parts are not what was uploaded, once each, in rising order; the upload stays open.
            FileTooLarge: when the parts together are too large; the upload stays open.
            IsFolder, InTheWay, NotAFile, BadPath: as `put` does; the upload stays open.

        """

    async def abort(self, upload: str, path: RelativePath) -> None:
        """Forget an upload and its parts.

        Raises:
            NoSuchUpload: when the upload is not open, or was created for another path.

        """


class Resumable(Protocol):
    """Stores that take a file in several goes, one behind the other, so that a sender goes on where it broke off."""

    async def resume(self, path: RelativePath, whole: Whole, coming: Range | None, chunks: AsyncIterable[bytes]) -> int:
        """Take a range of a file, and say how many bytes are there then; no range asks only.

        The bytes are taken when the range begins where the others end; what came before the sender went away stays.
        With the last byte the file is checked and kept, as durable and as atomic as by `put`. The file's size is
        also answered when just this content lies at the path. What nobody goes on with for a day may be gone.

        Raises:
            UploadBroken: when the sender went away.
            NotTheRange: when more comes than the range says; nothing of it is kept.
            NotTheWhole: when all came and is not what it was to be; all of it is gone then.
            StillArriving: when somebody is sending this file.
            TooManyArrivals: when too many were begun and not finished.
            RootStays, ReservedName, FileTooLarge, IsFolder, InTheWay, NotAFile, BadPath: as `put` does.

        """


class Store(Blobs, Multipart, Resumable, Protocol):
    """A store with all powers, as the local one is."""
