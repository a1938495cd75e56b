"""What a file looks like on a page, told from its first bytes. Nothing of it is run: texts stay texts."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

#: Bytes that a page shows of a text; of a notebook, which is only whole or not at all, more are read.
MOST_TEXT: Final = 512 * 1024
MOST_NOTEBOOK: Final = 8 * 1024 * 1024
#: Bytes of a picture that a page shows.
MOST_PICTURE: Final = 32 * 1024 * 1024
MOST_ROWS: Final = 200
_MOST_COLUMNS: Final = 100
_MOST_CELLS: Final = 1_000
_MOST_OUTPUT: Final = 20_000

_DELIMITERS: Final = ",;\t|"
_ANSI: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]+")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
#: How pictures that a browser draws without running anything begin.
_PICTURES: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"....ftypavif", re.DOTALL), "image/avif"),
    (re.compile(rb"BM.{12}[\x0c\x28\x6c\x7c]\x00\x00\x00", re.DOTALL), "image/bmp"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The first rows of a table."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    #: Whether rows or columns are left out.
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a cell put out: a text, or a PNG picture in base64."""

    text: str = ""
    picture: str = ""
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a notebook."""

    kind: str
    source: str
    count: int | None = None
    outputs: Sequence[Output] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """How a file is shown."""

    #: `text`, `markdown`, `table`, `notebook`, `picture`; `page` for what only shows itself on the origin of users'
    #: content, with its source as text; `none` for what can only be downloaded.
    kind: str
    text: str = ""
    table: Table | None = None
    cells: Sequence[Cell] = ()
    #: Whether the file goes on after what is shown.
    is_cut: bool = False

    @property
    def line_numbers(self) -> str:
        """The numbers beside the text, a line each."""
        return "\n".join(map(str, range(1, self.text.count("\n") + 1 + (not self.text.endswith("\n")))))


def wanted(name: str) -> int:
    """How many of a file's first bytes a preview wants to see."""
    return MOST_NOTEBOOK if name.lower().endswith(".ipynb") else MOST_TEXT


def preview(name: str, head: bytes, size: int, *, as_text: bool = False) -> Preview:
    """How to show a file of a name and size (bytes) that begins like this; `as_text` for its source as it is."""
    if picture_type(head) is not None:
        return Preview(kind="picture" if size <= MOST_PICTURE else "none")
    text = _text(head, is_whole=len(head) >= size)
    if text is None:
        return Preview(kind="none")
    suffix = name.lower().rpartition(".")[2]
    shown = None if as_text else _rendered(suffix, text, is_cut=len(head) < size)
    if shown is not None:
        return shown
    lines = text[:MOST_TEXT]
    return Preview(kind="text", text=lines, is_cut=len(head) < size or len(lines) < len(text))


def picture_type(head: bytes) -> str | None:
    """The media type of a raster picture that begins like this; None when it is none. SVG is a document, no picture."""
    return next((kind for begin, kind in _PICTURES if begin.match(head)), None)


def _rendered(suffix: str, text: str, *, is_cut: bool) -> Preview | None:
    match suffix:
        case "md" | "markdown":
            return Preview(kind="markdown", text=text, is_cut=is_cut)
        case "html" | "htm" | "xhtml" | "svg" if text.strip():
            return Preview(kind="page", text=text[:MOST_TEXT])
        case "csv" | "tsv" if text.strip():
            return _table(text, is_cut=is_cut)
        case "ipynb" if not is_cut:
            return _notebook(text)
        case _:
            return None


def _text(head: bytes, *, is_whole: bool) -> str | None:
    """The bytes as text; None when they are none. A letter that the cut went through is left out."""
    for cut in range(1 if is_whole else 4):
        try:
            text = head[: len(head) - cut].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
        return None if _CONTROLS.search(text) else text.replace("\r\n", "\n").replace("\r", "\n")
    return None


def _table(text: str, *, is_cut: bool) -> Preview | None:
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            rows.append(row)
            if len(rows) > MOST_ROWS + 1:
                break
    except csv.Error:
        return None
    rows = [row for row in (rows[:-1] if is_cut and len(rows) <= MOST_ROWS + 1 else rows) if row]
    if not rows:
        return None
    is_wide = any(len(row) > _MOST_COLUMNS for row in rows)
    shown = [row[:_MOST_COLUMNS] for row in rows[: MOST_ROWS + 1]]
    is_less = is_cut or is_wide or len(rows) > MOST_ROWS + 1
    return Preview(kind="table", table=Table(head=shown[0], rows=shown[1:], is_cut=is_less), is_cut=is_less)


def _notebook(text: str) -> Preview | None:
    try:
        read = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, RecursionError):
        return None
    cells = read.get("cells") if isinstance(read, dict) else None
    if not isinstance(cells, list):
        return None
    shown = [_cell(each) for each in cells[:_MOST_CELLS] if isinstance(each, dict)]
    return Preview(kind="notebook", cells=shown, is_cut=len(cells) > _MOST_CELLS)


def _cell(cell: Mapping[str, Any]) -> Cell:
    kind = cell.get("cell_type")
    count = cell.get("execution_count")
    outputs = cell.get("outputs")
    return Cell(
        kind=kind if kind in {"code", "markdown"} else "raw",
        source=_joined(cell.get("source")),
        count=count if isinstance(count, int) else None,
        outputs=[_output(each) for each in outputs if isinstance(each, dict)] if isinstance(outputs, list) else [],
    )


def _output(output: Mapping[str, Any]) -> Output:
    """A cell's output as text or as a picture; HTML and scripts in it are left where they are."""
    if output.get("output_type") == "error":
        trace = output.get("traceback")
        lines = "\n".join(map(str, trace)) if isinstance(trace, list) else str(output.get("evalue", ""))
        return Output(text=_plain(lines), is_error=True)
    if output.get("output_type") == "stream":
        return Output(text=_plain(_joined(output.get("text"))))
    data = output.get("data")
    kinds = data if isinstance(data, dict) else {}
    picture = _joined(kinds.get("image/png"))
    if picture and len(picture) <= MOST_NOTEBOOK and _BASE64.fullmatch(picture):
        return Output(picture="".join(picture.split()))
    return Output(text=_plain(_joined(kinds.get("text/plain"))))


def _joined(text: object) -> str:
    if isinstance(text, list):
        return "".join(part for part in text if isinstance(part, str))
    return text if isinstance(text, str) else ""


def _plain(text: str) -> str:
    return _ANSI.sub("", text)[:_MOST_OUTPUT]
