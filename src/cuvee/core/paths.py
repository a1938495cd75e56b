"""Paths that callers name, parsed once into a type and joined under a root.

Every hole of this kind that trackers had (design note: threats, pattern 2) came from giving a caller's text to
two parsers. Here the text is parsed once, by one rule, into names; what is opened is opened name by name, never
following a link, so that nothing outside the root can be reached even when links lie inside it.
"""

import errno
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cuvee.core import errors

MAX_LENGTH: Final = 1_024
MAX_NAME: Final = 255

# A scheme, a drive letter, what shells expand, separators of another system, what URLs cut at, control characters.
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\\]|^[A-Za-z][A-Za-z0-9+.-]*:|^~")
# Dots that are folded into a full stop by some normalisations.
_FALSE_DOTS: Final = frozenset("\u2024\uff0e\u2025\ufe52")
# Halves of a character: no file system has them, and they cannot be written as UTF-8.
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
# What a second decoding would turn into a dot, a separator or NUL, however often it was encoded. `%25` alone is
# harmless, and MLflow 2 has it in the names of images (`…%step%25%timestamp%…`).
_ENCODED: Final = re.compile(r"%(25)*(2e|2f|5c|00)", re.IGNORECASE)


class BadPath(errors.Invalid):
    """Invalid path: use a relative path of plain names, such as `folder/file.txt`."""


@dataclass(frozen=True, slots=True)
class RelativePath:
    """A path below some root: names only, no `..`, no scheme, no separator but `/`. No names is the root."""

    names: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "RelativePath":
        """Read a caller's text.

        Raises:
            BadPath: when the text is anything but plain names with `/` between them.

        """
        if text in {"", "."}:
            return cls()
        if len(text) > MAX_LENGTH or _FORBIDDEN.search(text) or _ENCODED.search(text):
            raise BadPath
        names = tuple(text.removesuffix("/").split("/"))
        if any(not _is_plain(name) for name in names):
            raise BadPath
        return cls(names)

    def __truediv__(self, other: "RelativePath") -> "RelativePath":
        return RelativePath(self.names + other.names)

    def __str__(self) -> str:
        return "/".join(self.names)

    @property
    def name(self) -> str:
        return self.names[-1] if self.names else ""

    @property
    def parent(self) -> "RelativePath":
        return RelativePath(self.names[:-1])

    def under(self, root: Path) -> Path:
        """The place on disk, refused when a link stands anywhere on the way.

        Raises:
            BadPath: when a part of the path below the root is a symbolic link.

        """
        place = root
        for name in self.names:
            place = place / name
            if place.is_symlink():
                raise BadPath
        return place


def _is_plain(name: str) -> bool:
    return (
        name.strip() not in {"", ".", ".."}
        and len(name.encode("utf-8", "surrogatepass")) <= MAX_NAME
        and not _FALSE_DOTS.intersection(name)
        and not _SURROGATES.search(name)
    )


def open_under(root: Path, path: RelativePath, flags: int, mode: int = 0o600) -> int:
    """Open a file below the root, name by name, and give its descriptor; links are not followed.

    Raises:
        BadPath: when a part of the path is a link, or the path names the root.
        FileNotFoundError: when a part does not exist and `flags` does not create it.

    """
    if not path.names:
        raise BadPath
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in path.names[:-1]:
            inner = _open_at(folder, name, os.O_RDONLY | os.O_DIRECTORY)
            os.close(folder)
            folder = inner
        return _open_at(folder, path.name, flags | os.O_NONBLOCK, mode)
    finally:
        os.close(folder)


def _open_at(folder: int, name: str, flags: int, mode: int = 0o600) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=folder)
    except NotADirectoryError as error:
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise BadPath from error
        raise FileNotFoundError(name) from error
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:  # a link; a pipe without a reader
            raise BadPath from error
        raise
