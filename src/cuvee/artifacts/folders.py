"""Folders opened name by name, never through a link. All of the local store's ways to the disk begin here."""

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cuvee.artifacts import errors
from cuvee.core.errors import StorageFull
from cuvee.core.paths import BadPath, RelativePath

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: No room on the disk, none in the quota, none under the process's own limit on file sizes.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def refusals() -> Iterator[None]:
    """Failures of the disk as the errors a caller understands."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull from error
        if error.errno in {errno.ENAMETOOLONG, errno.EINVAL}:
            raise BadPath from error
        raise


@contextmanager
def opened(root: Path, path: RelativePath, *, make: bool = False) -> Iterator[int]:
    """The descriptor of a folder below the root.

    Raises:
        FileNotFoundError: when it is not there and is not to be made.
        InTheWay: when a file stands on the way.
        BadPath: when a link stands on the way.

    """
    if make:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in path.names:
            inner = _step(folder, name, make=make)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def _step(folder: int, name: str, *, make: bool) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
    except NotADirectoryError:
        raise (BadPath if kind(folder, name) == stat.S_IFLNK else errors.InTheWay) from None
    except OSError as error:
        raise (BadPath if error.errno == errno.ELOOP else error) from None
    try:
        os.mkdir(name, 0o700, dir_fd=folder)
        os.fsync(folder)
    except FileExistsError:
        pass  # somebody else made it just now
    return os.open(name, _FOLDER, dir_fd=folder)


def kind(folder: int, name: str) -> int:
    """What a name in a folder is, as `stat` tells kinds apart; 0 when nothing is there. A link is a link."""
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0


def refuse_unless_free(folder: int, path: RelativePath) -> None:
    """Go on only when a file may be put at the path's last name: nothing or a plain file is there."""
    match kind(folder, path.name):
        case 0 | stat.S_IFREG:
            return
        case stat.S_IFDIR:
            raise errors.IsFolder(path)
        case _:
            raise errors.NotAFile


def remove(folder: int, name: str) -> None:
    """Remove a file, a link or a whole folder; links inside it are removed, not followed."""
    if kind(folder, name) == stat.S_IFDIR:
        shutil.rmtree(name, dir_fd=folder)
    else:
        os.unlink(name, dir_fd=folder)


def names(folder: int) -> list[str]:
    """The names in a folder, in no order."""
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def older_than(folder: int, moment: float, act: Callable[[str], None]) -> None:
    """Call `act` with each name in the folder that was last changed before the moment (seconds since the epoch)."""
    with os.scandir(folder) as entries:
        stale = [entry.name for entry in entries if entry.stat(follow_symlinks=False).st_mtime < moment]
    for name in stale:
        act(name)
