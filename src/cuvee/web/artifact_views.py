"""A run's artifacts as its page shows them: folders a page at a time, and of a file what fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from cuvee.artifacts.blobs import Blobs
from cuvee.artifacts.values import Entry
from cuvee.core.paths import RelativePath
from cuvee.web import previews
from cuvee.web.previews import Preview, Table

#: Entries of a folder in one page.
ENTRIES: Final = 200
_COLUMNS: Final = 100
_CELL: Final = 500


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
class File:
    """A file, and what of it can be shown."""

    path: RelativePath
    #: Bytes.
    size: int
    #: Milliseconds since the epoch.
    modified_at: int
    preview: Preview


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
        head = b"".join([piece async for piece in blob.read(0, previews.wanted(path.name))])
        info = blob.info
    preview = _json(path.name, head, info.size) or previews.preview(path.name, head, info.size)
    return File(path=path, size=info.size, modified_at=info.modified_at, preview=preview)


def _json(name: str, head: bytes, size: int) -> Preview | None:
    """A table as MLflow's `log_table` writes it and as pandas splits it; other JSON indented; None for the rest."""
    if not name.lower().endswith(".json") or len(head) < size:
        return None
    try:
        value = msgspec.json.decode(head)
    except (msgspec.DecodeError, RecursionError):
        return None
    match value:
        case {"columns": list(names), "data": list(rows)} if all(isinstance(row, list) for row in rows):
            return _table(names, rows)
    return Preview(kind="text", text=msgspec.json.format(head, indent=2).decode())


def _table(names: Sequence[Any], rows: Sequence[Sequence[Any]]) -> Preview:
    is_cut = len(rows) > previews.MOST_ROWS or len(names) > _COLUMNS
    table = Table(
        head=[_cell(value) for value in names[:_COLUMNS]],
        rows=[[_cell(value) for value in row[:_COLUMNS]] for row in rows[: previews.MOST_ROWS]],
        is_cut=is_cut,
    )
    return Preview(kind="table", table=table, is_cut=is_cut)


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else msgspec.json.encode(value).decode()
    return text if len(text) <= _CELL else f"{text[:_CELL]}…"
