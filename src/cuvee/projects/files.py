"""Files of a project on disk: every step is taken from an open folder, by one name, never through a link.

So a link that a workload puts in place of a folder, at whatever moment, leads nowhere. Blocking: called in threads.
"""

import asyncio
import errno
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cuvee.core import errors as core_errors
from cuvee.core.paths import BadPath, RelativePath, open_under
from cuvee.projects import errors

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


#: Bytes that are read at once.
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What lies at a path."""

    path: RelativePath
    is_dir: bool
    #: Bytes; 0 for a folder.
    size: int
    #: Milliseconds since the epoch.
    modified_at: int


def listed(root: Path, path: RelativePath) -> list[File]:
    """What is in a folder, by name; for a file, the file.

    Raises:
        FileNotFound: when nothing lies there.
        BadPath: when a link stands on the way.

    """
    with _folder(root, path.parent) as parent, _refusals():
        if not path.names:
            return _entries(parent, path)
        found = os.stat(path.name, dir_fd=parent, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            raise BadPath
        if not stat.S_ISDIR(found.st_mode):
            return [_file(path, found)]
    with _folder(root, path) as folder:
        return _entries(folder, path)


def opened(root: Path, path: RelativePath) -> tuple[int, int]:
    """A file's descriptor, open for reading, and its size.

    Raises:
        FileNotFound: when nothing lies there.
        NotAFile: when it is a folder, a pipe or a device.
        BadPath: when a link stands on the way.

    """
    with _refusals():
        descriptor = open_under(root, path, os.O_RDONLY)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise errors.NotAFile
    return descriptor, found.st_size


def head(root: Path, path: RelativePath, most: int) -> tuple[bytes, int]:
    """A file's first bytes, `most` at the most, and its size.

    Raises:
        FileNotFound, NotAFile, BadPath: as `opened`.

    """
    descriptor, size = opened(root, path)
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(most), size


async def chunks(descriptor: int, size: int) -> AsyncIterator[bytes]:
    """A file's first `size` bytes: what was promised as its length, also when it grows meanwhile. Closes it."""
    try:
        while size > 0 and (chunk := await asyncio.to_thread(os.read, descriptor, min(_CHUNK, size))):
            size -= len(chunk)
            yield chunk
    finally:
        os.close(descriptor)


def put(root: Path, path: RelativePath, finished: Path) -> File:
    """Move a finished, synced file to its place, over the file that may be there; folders on the way are made.

    Raises:
        RootStays: when the path names the project's folder itself.
        NotAFile: when a folder lies there.
        NotAFolder: when a file stands on the way.
        BadPath: when a link does.

    """
    if not path.names:
        raise errors.RootStays
    with _folder(root, path.parent, make=True) as folder, _refusals():
        os.rename(finished, path.name, dst_dir_fd=folder)
        os.fsync(folder)
        return _file(path, os.stat(path.name, dir_fd=folder, follow_symlinks=False))


def make_folder(root: Path, path: RelativePath) -> File:
    """Make a folder; one that is there stays as it is. Folders on the way are made.

    Raises:
        NotAFolder: when a file stands there or on the way.
        BadPath: when a link does.

    """
    with _folder(root, path, make=True) as folder:
        return _file(path, os.fstat(folder))


def make(root: Path, path: RelativePath, *, is_dir: bool) -> File:
    """Make a folder or an empty file; folders on the way are made.

    Raises:
        FileExists: when something lies there.
        RootStays: when the path names the project's folder itself.

    """
    if not path.names:
        raise errors.RootStays
    with _folder(root, path.parent, make=True) as folder, _refusals():
        _require_free(folder, path.name)
        if is_dir:
            os.mkdir(path.name, 0o755, dir_fd=folder)
        else:
            os.close(os.open(path.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644, dir_fd=folder))
        return _file(path, os.stat(path.name, dir_fd=folder, follow_symlinks=False))


def move(root: Path, path: RelativePath, to: RelativePath) -> File:
    """Move or rename a file, a folder or a link; folders on the way are made.

    Raises:
        FileNotFound: when nothing lies there.
        FileExists: when something lies where it is to go.
        RootStays, IntoItself: when it cannot be moved there.

    """
    if not path.names or not to.names:
        raise errors.RootStays
    if to.names[: len(path.names)] == path.names and to != path:
        raise errors.IntoItself
    with _folder(root, path.parent) as source, _refusals():
        found = os.stat(path.name, dir_fd=source, follow_symlinks=False)
        if to != path:
            with _folder(root, to.parent, make=True) as target:
                _require_free(target, to.name)
                os.rename(path.name, to.name, src_dir_fd=source, dst_dir_fd=target)
    return _file(to, found)


def delete(root: Path, path: RelativePath) -> None:
    """Delete a file, a link, or a folder with everything in it.

    Raises:
        FileNotFound: when nothing lies there.
        RootStays: when the path names the project's folder itself.

    """
    if not path.names:
        raise errors.RootStays
    with _folder(root, path.parent) as folder, _refusals():
        if stat.S_ISDIR(os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_mode):
            shutil.rmtree(path.name, dir_fd=folder)
        else:
            os.unlink(path.name, dir_fd=folder)


@contextmanager
def _folder(root: Path, path: RelativePath, *, make: bool = False) -> Iterator[int]:
    """A folder's descriptor, reached name by name."""
    with _refusals():
        folder = os.open(root, _FOLDER)
    try:
        for name in path.names:
            with _refusals():
                if make and not _exists(folder, name):
                    os.mkdir(name, 0o755, dir_fd=folder)
                inner = _inner(folder, name)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def _inner(folder: int, name: str) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except NotADirectoryError:
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise BadPath from None
        raise


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _require_free(folder: int, name: str) -> None:
    if _exists(folder, name):
        raise errors.FileExists


def _entries(folder: int, path: RelativePath) -> list[File]:
    files = []
    for name in sorted(os.listdir(folder)):
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue  # it went in between
        files.append(_file(RelativePath((*path.names, name)), found))
    return files


def _file(path: RelativePath, found: os.stat_result) -> File:
    is_dir = stat.S_ISDIR(found.st_mode)
    return File(
        path=path, is_dir=is_dir, size=0 if is_dir else found.st_size, modified_at=found.st_mtime_ns // 1_000_000
    )


@contextmanager
def _refusals() -> Iterator[None]:
    """What the system refuses, as errors that a caller can act on."""
    try:
        yield
    except FileNotFoundError:
        raise errors.FileNotFound from None
    except NotADirectoryError:
        raise errors.NotAFolder from None
    except (IsADirectoryError, FileExistsError):
        raise errors.NotAFile from None
    except OSError as error:
        if error.errno in _FULL:
            raise core_errors.StorageFull from None
        if error.errno in {errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}:
            raise BadPath from None
        if isinstance(error, PermissionError):
            raise core_errors.Denied("The platform's user may not do this with the file.") from None
        raise
