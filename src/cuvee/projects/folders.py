"""Projects' folders as wholes: made beside their place and moved into it, moved to the trash and removed later."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from cuvee.core.ids import new_id
from cuvee.projects import errors

Report = Callable[[str, int], None]

#: Beside the projects: folders in the making, uploads on their way, and what is on its way out.
INCOMING: Final = ".incoming"
TRASH: Final = ".trash"
#: Files that come in several goes, in a folder for each project; these outlive the platform's end.
ARRIVING: Final = ".arriving"


def prepare(home: Path) -> None:
    """At the start: what was left half made or half removed goes."""
    for name in (INCOMING, TRASH):
        folder = home / "projects" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)


def incoming(home: Path) -> Path:
    """A place on the projects' own disk that nobody uses yet; its folder is there, it is not."""
    return home / "projects" / INCOMING / new_id()


def arriving(home: Path, project_id: str) -> Path:
    """Where the files grow that come to a project in several goes."""
    return home / "projects" / ARRIVING / project_id


def throw_away(home: Path, directory: Path) -> None:
    """Take a project's folder out of the way at once; `empty_trash` removes it."""
    for folder in (directory, arriving(home, directory.name)):
        if folder.exists():
            folder.rename(home / "projects" / TRASH / new_id())


def empty_trash(home: Path) -> None:
    """Remove what was thrown away."""
    for folder in (home / "projects" / TRASH).iterdir():
        shutil.rmtree(folder, ignore_errors=True)


def copy(source: Path, target: Path, *, without: frozenset[str], quota: int, report: Report) -> None:
    """Copy a folder. Links are copied as links, never followed; pipes, sockets and devices are left out.

    Raises:
        QuotaExceeded: when it holds more than `quota` bytes (0: any number).
        OSError: when something cannot be read or written.

    """
    total, size = 0, 0
    for entry in _walk(source):
        total += 1
        size += entry.stat(follow_symlinks=False).st_size
        if quota and size > quota:
            raise errors.QuotaExceeded
    done = 0

    def copy_one(one: str, other: str) -> None:
        nonlocal done
        shutil.copy2(one, other, follow_symlinks=False)
        done += 1
        report("Copying", done * 100 // max(total, 1))

    def ignored(folder: str, names: list[str]) -> set[str]:
        left_out = without if Path(folder) == source else frozenset()
        return {name for name in names if name in left_out or not _is_ordinary(Path(folder) / name)}

    shutil.copytree(source, target, symlinks=True, ignore=ignored, copy_function=copy_one)


def size_of(directory: Path) -> int:
    """How many bytes a folder's files hold; links are not followed."""
    return sum(entry.stat(follow_symlinks=False).st_size for entry in _walk(directory))


def _walk(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Every file below a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path))
            else:
                yield entry


def _is_ordinary(path: Path) -> bool:
    mode = path.lstat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
