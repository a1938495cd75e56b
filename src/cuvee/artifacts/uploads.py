"""Uploads in parts, on a local disk: each is a folder in the staging area, with its target and its parts in it.

Who closes an upload first renames its folder; the rename succeeds for one caller only.
"""

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cuvee.artifacts import disk, errors, folders
from cuvee.artifacts.values import FIRST_PART, LAST_PART, Info, Part
from cuvee.core.ids import is_id, new_id
from cuvee.core.paths import RelativePath
from cuvee.core.streaming import PIECE

_TARGET: Final = "target"
#: What file systems say that cannot copy between two descriptors by themselves.
_NO_COPY: Final = frozenset({errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM})


def create(root: Path, area: RelativePath, path: RelativePath, *, most: int) -> str:
    """Make an upload's folder and note its target in it."""
    upload = new_id()
    with folders.refusals(), folders.opened(root, area, make=True) as folder:
        if sum(is_id(name) for name in folders.names(folder)) >= most:
            raise errors.TooManyUploads
        os.mkdir(upload, 0o700, dir_fd=folder)
        with folders.opened(root, area / RelativePath((upload,))) as inner:
            note = os.open(_TARGET, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=inner)
            with os.fdopen(note, "wb") as stream:
                stream.write(str(path).encode())
                stream.flush()
                os.fsync(stream.fileno())
            os.fsync(inner)
        os.fsync(folder)
    return upload


def folder_of(area: RelativePath, upload: str) -> RelativePath:
    """Where an upload's parts lie.

    Raises:
        NoSuchUpload: when the text is not the name of any.

    """
    if not is_id(upload):
        raise errors.NoSuchUpload
    return area / RelativePath((upload,))


def refuse_number(number: int) -> None:
    """Go on only with the number of a part."""
    if not FIRST_PART <= number <= LAST_PART:
        raise errors.BadPartNumber


def staged(root: Path, folder: RelativePath, *, largest: int) -> disk.Staged:
    """A file for a part, in its upload's folder."""
    try:
        return disk.Staged(root, folder, largest=largest, make=False)
    except FileNotFoundError:
        raise errors.NoSuchUpload from None


def keep(root: Path, folder: RelativePath, file: disk.Staged, number: int) -> Part:
    """Make a written file the upload's part of that number."""
    try:
        with folders.opened(root, folder) as upload:
            return Part(number=number, etag=file.publish_in(upload, f"{number:05}").etag)
    except FileNotFoundError:
        raise errors.NoSuchUpload from None


def complete(
    root: Path, area: RelativePath, upload: str, path: RelativePath, parts: Sequence[Part], *, largest: int
) -> Info:
    """Join the parts, publish the file, remove the upload."""
    with _claimed(root, area, upload, path) as claimed:
        file = disk.Staged(root, area, largest=largest, make=True)
        try:
            with folders.refusals(), folders.opened(root, claimed) as folder:
                _join(folder, parts, file.descriptor, largest)
            return file.publish(root, path)
        finally:
            file.close()


def abort(root: Path, area: RelativePath, upload: str, path: RelativePath) -> None:
    """Remove the upload with its parts."""
    with _claimed(root, area, upload, path):
        pass  # what was claimed is removed


@contextmanager
def _claimed(root: Path, area: RelativePath, upload: str, path: RelativePath) -> Iterator[RelativePath]:
    """The upload for this caller alone: removed afterwards, or open again when something fails."""
    folder_of(area, upload)
    claim = f"closing-{upload}"
    try:
        with folders.opened(root, area) as folder:
            if _target(root, area / RelativePath((upload,))) != str(path):
                raise errors.NoSuchUpload
            os.rename(upload, claim, src_dir_fd=folder, dst_dir_fd=folder)
            try:
                yield area / RelativePath((claim,))
            except BaseException:
                os.rename(claim, upload, src_dir_fd=folder, dst_dir_fd=folder)
                raise
            shutil.rmtree(claim, ignore_errors=True, dir_fd=folder)
    except FileNotFoundError:
        raise errors.NoSuchUpload from None


def _target(root: Path, folder: RelativePath) -> str:
    with folders.opened(root, folder) as upload:
        note = os.open(_TARGET, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=upload)
        with os.fdopen(note, "rb") as stream:
            return stream.read().decode()


def _join(folder: int, parts: Sequence[Part], target: int, largest: int) -> None:
    numbers = [part.number for part in parts]
    if not numbers or numbers != sorted(set(numbers)):
        raise errors.BadParts
    total = 0
    for part in parts:
        refuse_number(part.number)
        with _checked(folder, part) as source:
            size = os.fstat(source).st_size
            total += size
            if total > largest:
                raise errors.FileTooLarge
            _copy(source, target, size)


@contextmanager
def _checked(folder: int, part: Part) -> Iterator[int]:
    """A part's descriptor, when it is the very file that was acknowledged."""
    try:
        source = os.open(f"{part.number:05}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        raise errors.BadParts from None
    try:
        if disk.info_of(os.fstat(source)).etag != part.etag.strip('"'):
            raise errors.BadParts
        yield source
    finally:
        os.close(source)


def _copy(source: int, target: int, size: int) -> None:
    """Append a file to another; the kernel does it where it can, without the bytes passing through here."""
    left = size
    try:
        while left and (moved := os.copy_file_range(source, target, left)):
            left -= moved
    except OSError as error:
        if error.errno not in _NO_COPY:
            raise
    while left and (piece := os.read(source, min(PIECE, left))):
        left -= len(piece)
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(target, rest) :]
