"""A run's artifacts as its page shows them: folders a page at a time, and of a file what fits."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec

from cuvee.artifacts import downloads
from cuvee.artifacts.blobs import Blobs
from cuvee.artifacts.values import Entry
from cuvee.core.paths import RelativePath

#: Entries of a folder in one page.
ENTRIES: Final = 200
#: Bytes of a file that are read to show it: the first of them.
HEAD: Final = 512 * 1024
#: Bytes of a picture that the page shows by itself.
LARGEST_PICTURE: Final = 20 * 1024 * 1024
_ROWS: Final = 200
_COLUMNS: Final = 50
_CELL: Final = 500
_SNIFFED: Final = 8 * 1024
_TABLES: Final = {".csv": ",", ".tsv": "\t"}
_MARKDOWN: Final = frozenset({".md", ".markdown"})
#: How pictures begin that a browser draws and that cannot hold a script.
_PICTURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A page of a folder."""

    path: RelativePath
    entries: Sequence[Entry]
    offset: int = 0
    has_more: bool = False

    @property
    def next(self) -> int:
        return self.offset + ENTRIES

    def path_of(self, entry: Entry) -> str:
        """An entry's path below the run's artifacts."""
        return str(self.path / RelativePath((entry.name,)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The first rows of a table."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    #: Whether rows or columns are left out.
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file, and what of it can be shown."""

    path: RelativePath
    #: Bytes.
    size: int
    #: Milliseconds since the epoch.
    modified_at: int
    #: picture, table, markdown, text or binary.
    kind: str
    text: str = ""
    table: Table | None = None
    #: Whether only the beginning was read.
    is_cut: bool = False


async def folder(store: Blobs, root: RelativePath, path: RelativePath, offset: int = 0) -> Folder:
    """A page of a folder; an empty one for what is no folder. Folders come first in each page."""
    wanted = offset + ENTRIES + 1
    entries: list[Entry] = []
    async for some in store.list(root / path):
        entries += some
        if len(entries) >= wanted:
            break
    shown = sorted(entries[offset : offset + ENTRIES], key=lambda entry: not entry.is_folder)
    return Folder(path=path, entries=shown, offset=offset, has_more=len(entries) >= wanted)


async def file(store: Blobs, root: RelativePath, path: RelativePath) -> File:
    """A file with as much of its content as is shown. Only its beginning is read, however large it is.

    Raises:
        NoSuchArtifact, IsFolder, NotAFile: when it is none.

    """
    async with store.get(root / path) as blob:
        pieces = [piece async for piece in blob.read(0, HEAD)]
        info = blob.info
    content = b"".join(pieces)
    is_cut = info.size > len(content)
    kind, text, table = _shown(PurePosixPath(path.name), content, is_cut=is_cut)
    if kind == "picture" and info.size > LARGEST_PICTURE:
        kind = "binary"
    return File(
        path=path, size=info.size, modified_at=info.modified_at, kind=kind, text=text, table=table, is_cut=is_cut
    )  # fmt: skip


def picture_type(content: bytes) -> str:
    """The media type of a picture by how it begins; empty for what is none that may be shown.

    >>> picture_type(b"<svg onload='alert(1)'>")
    ''
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _PICTURES if content.startswith(start)), "")


def _shown(name: PurePosixPath, content: bytes, *, is_cut: bool) -> tuple[str, str, Table | None]:
    """What kind of thing it is, its text, and its rows if it has some. The content decides, not the name."""
    if picture_type(content):
        return "picture", "", None
    if b"\0" in content[:_SNIFFED]:
        return "binary", "", None
    text = _text(content)
    if text is None:
        return "binary", "", None
    suffix = name.suffix.lower()
    if suffix in _TABLES:
        return "table", text, _delimited(text, _TABLES[suffix], is_cut=is_cut)
    if suffix == ".json" and not is_cut:
        return _json(text)
    return ("markdown" if suffix in _MARKDOWN else "text"), text, None


def _text(content: bytes) -> str | None:
    """UTF-8, of which the end may be cut off in the middle of a character; None when it is something else."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 4:
            return content[: error.start].decode()
    return None


def _delimited(text: str, delimiter: str, *, is_cut: bool) -> Table | None:
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        rows = list(islice(lines, _ROWS + 2))
    except csv.Error:
        return None
    if is_cut and len(rows) < _ROWS + 2:
        rows = rows[:-1]  # the last one may be half
    return _table(rows[0], rows[1:], is_cut=is_cut) if len(rows) > 1 else None


def _json(text: str) -> tuple[str, str, Table | None]:
    """A table as MLflow's `log_table` writes it and as pandas splits it; anything else as indented text."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return "text", text, None
    match value:
        case {"columns": list(head), "data": list(rows)} if all(isinstance(row, list) for row in rows):
            return "table", text, _table(head, rows, is_cut=False)
    return "text", msgspec.json.format(text, indent=2), None


def _table(head: Sequence[Any], rows: Sequence[Sequence[Any]], *, is_cut: bool) -> Table:
    is_cut = is_cut or len(rows) > _ROWS or len(head) > _COLUMNS
    return Table(
        head=[_cell(value) for value in head[:_COLUMNS]],
        rows=[[_cell(value) for value in row[:_COLUMNS]] for row in rows[:_ROWS]],
        is_cut=is_cut,
    )


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else msgspec.json.encode(value).decode()
    return text if len(text) <= _CELL else f"{text[:_CELL]}…"


def media_type(path: RelativePath) -> str:
    """What the file's name says about it, for people."""
    return downloads.media_type(path.name)
