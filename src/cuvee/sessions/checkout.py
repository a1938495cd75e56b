"""The files of a Git commit, written out without a checkout: a repository is its project's, and so are its settings.

A checkout would run what they name: hooks, filters, monitors. Here objects are listed and read, which runs nothing.
"""

import asyncio
import os
import re
import tempfile
from pathlib import Path
from typing import IO, Final, NamedTuple

from cuvee.core import programs
from cuvee.core.errors import CuveeError
from cuvee.core.paths import RelativePath
from cuvee.sessions import errors

_COMMIT: Final = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_FILE_MODES: Final = frozenset({"100644", "100755"})
_MOST_FILES: Final = 20_000
_MOST_BYTES: Final = 512 * 1024 * 1024
_PATIENCE: Final = 120.0  # seconds
_ENVIRONMENT: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}


class _Entry(NamedTuple):
    path: RelativePath
    blob: str
    #: Bytes.
    size: int


async def has(project: Path, commit: str, file: str) -> bool:
    """Whether the project's repository has this file in this commit."""
    try:
        return any(str(entry.path) == file for entry in await _entries(project, commit))
    except CuveeError:
        return False


async def write(project: Path, commit: str, target: Path) -> None:
    """Write the commit's files below a folder; links and submodules are left out.

    Raises:
        CodeMissing: when the commit is not there, or cannot be written out.

    """
    entries = await _entries(project, commit)
    if len(entries) > _MOST_FILES or sum(entry.size for entry in entries) > _MOST_BYTES:
        raise errors.CodeMissing(f"Commit {commit[:8]} is too large to be written out.")
    asked = "".join(f"{entry.blob}\n" for entry in entries).encode()
    found = await _git(project, "cat-file", "--batch", stdin=asked)
    await asyncio.to_thread(_write, entries, found, target)


def _write(entries: list[_Entry], found: bytes, target: Path) -> None:
    place = 0
    for entry in entries:
        start = found.index(b"\n", place) + 1
        place = start + entry.size + 1
        file = entry.path.under(target)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_bytes(found[start : place - 1])


async def _entries(project: Path, commit: str) -> list[_Entry]:
    if not _COMMIT.fullmatch(commit):
        raise errors.CodeMissing("This is no Git commit.")
    listed = await _git(project, "ls-tree", "-r", "-z", "-l", "--full-tree", commit)
    found = []
    for line in filter(None, listed.split(b"\0")):
        head, _, name = line.partition(b"\t")
        mode, _kind, blob, size = head.decode().split()
        if mode in _FILE_MODES and (path := _path(name)) is not None:
            found.append(_Entry(path=path, blob=blob, size=int(size)))
    return found


def _path(name: bytes) -> RelativePath | None:
    try:
        path = RelativePath.parse(name.decode())
    except (CuveeError, UnicodeDecodeError):
        return None
    return path if path.names and ".git" not in path.names else None


async def _git(project: Path, *words: str, stdin: bytes = b"") -> bytes:
    """What git says. It reads from a file: into a pipe one cannot write when it has ended already."""
    folder = project / ".git"
    # A file would lead elsewhere, and so would a link or objects that are another repository's.
    if folder.is_symlink() or not folder.is_dir() or (folder / "objects" / "info" / "alternates").exists():
        raise errors.CodeMissing("The project's folder is no Git repository of its own.")
    with tempfile.TemporaryFile() as asked:
        asked.write(stdin)
        asked.seek(0)
        return await _said(["git", f"--git-dir={folder}", *words], asked)


async def _said(words: list[str], asked: IO[bytes]) -> bytes:
    git = programs.running(
        *words,
        stdin=asked,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT},
    )
    try:
        async with git as process, asyncio.timeout(_PATIENCE):
            found, _ = await process.communicate()
    except FileNotFoundError:
        raise errors.CodeMissing("git is not installed on the platform's machine.") from None
    except TimeoutError:
        raise errors.CodeMissing("git did not answer in time.") from None
    if process.returncode:
        raise errors.CodeMissing("The project's repository does not have this commit any more.")
    return found
