"""What an MLmodel file says about a model: its signature, its flavors, where its example is.

The file is YAML, and users write it. So only what MLflow writes is read here, mappings of texts, by a reader that has
no tags, no anchors and nothing that grows: what it does not know is left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

#: Bytes of a file that are read; MLflow writes a few thousand.
MOST: Final = 256 * 1024
_DEEPEST: Final = 12
_MOST_COLUMNS: Final = 10_000
_NO_ENTRY: Final = tuple("-#[]{}%&*!|>?@`")
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_PLAIN: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "N": "\x85", "_": "\xa0"}
_SINGLE: Final = re.compile(r"'((?:[^']|'')*)'")
_DOUBLE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_NOTHING: Final = frozenset({"", "null", "~"})

#: A mapping of texts and of mappings, as the file has them.
Tree = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One thing that goes into a model or comes out of it."""

    #: Empty when it has none, as tensors often do.
    name: str
    #: As MLflow calls it: `double`, `string`, `array`, `tensor` …
    type: str
    #: The type for people: `array(double)`, `tensor(float64, -1 by 3)`.
    shown: str
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a model takes and gives."""

    inputs: tuple[Column, ...] = ()
    outputs: tuple[Column, ...] = ()
    params: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MlModel:
    """An MLmodel file."""

    #: Such as `sklearn`; the general `python_function` comes last.
    flavors: tuple[str, ...] = ()
    #: None when the model was logged without one.
    signature: Signature | None = None
    #: The path of its input example among the model's files; empty when it has none.
    example: str = ""
    mlflow_version: str = ""
    python_version: str = ""
    #: What is in the file besides.
    tree: Mapping[str, Any] = field(default_factory=dict)


def read(content: bytes) -> MlModel:
    """Read an MLmodel file; what cannot be read is as if it were not there."""
    tree = _tree(content[:MOST].decode(errors="replace"))
    flavors = _mapping(tree, "flavors")
    names = sorted(flavors, key=lambda name: (name == "python_function", name))
    return MlModel(
        flavors=tuple(names),
        signature=_signature(_mapping(tree, "signature")),
        example=_text(_mapping(tree, "saved_input_example_info"), "artifact_path"),
        mlflow_version=_text(tree, "mlflow_version"),
        python_version=_text(_mapping(flavors, "python_function"), "python_version"),
        tree=tree,
    )


def _signature(tree: Tree) -> Signature | None:
    inputs, outputs, params = (_columns(_text(tree, name)) for name in ("inputs", "outputs", "params"))
    return Signature(inputs=inputs, outputs=outputs, params=params) if inputs or outputs or params else None


def _columns(text: str) -> tuple[Column, ...]:
    try:
        found = msgspec.json.decode(text) if text else []
    except (msgspec.DecodeError, RecursionError):
        return ()
    if not isinstance(found, list):
        return ()
    return tuple(_column(each) for each in found[:_MOST_COLUMNS] if isinstance(each, dict))


def _column(entry: dict[str, Any]) -> Column:
    is_required = entry.get("required", not entry.get("optional", False)) is True
    return Column(
        name=str(entry.get("name") or ""),
        type=str(entry.get("type", "")),
        shown=_shown(entry),
        is_required=is_required and "default" not in entry,
    )


def _shown(entry: dict[str, Any], depth: int = 0) -> str:
    kind = str(entry.get("type", "any"))
    if depth > _DEEPEST:
        return "…"
    match kind, entry:
        case "tensor", {"tensor-spec": {"dtype": dtype, "shape": list(shape)}}:
            return f"tensor({dtype}, {' by '.join(map(str, shape))})"
        case "array", {"items": dict(items)}:
            return f"array({_shown(items, depth + 1)})"
        case "map", {"values": dict(values)}:
            return f"map({_shown(values, depth + 1)})"
        case "object", {"properties": dict(properties)}:
            return f"object({', '.join(map(str, properties))})"
    return kind


def _mapping(tree: Mapping[str, Any], name: str) -> Tree:
    found = tree.get(name)
    return found if isinstance(found, dict) else {}


def _text(tree: Mapping[str, Any], name: str) -> str:
    found = tree.get(name)
    return found if isinstance(found, str) else ""


def _tree(text: str) -> Tree:
    """The mappings in a file. A list, a flow mapping and all that hangs below them are left out."""
    root: Tree = {}
    open_: list[tuple[int, Tree]] = [(-1, root)]
    lines = text.splitlines()
    place = 0
    while place < len(lines):
        line = lines[place].rstrip()
        place += 1
        key, colon, rest = (part.strip() for part in line.partition(":"))
        if not colon or key.startswith(_NO_ENTRY):
            continue
        indent, key = _indent(line), key.strip("'\"")
        while open_[-1][0] >= indent:
            open_.pop()
        if not rest and len(open_) < _DEEPEST:
            inner: Tree = {}
            open_[-1][1][key] = inner
            open_.append((indent, inner))
            continue
        more, place = _continued(lines, place, indent, rest)
        open_[-1][1][key] = _scalar(more)
    return root


def _continued(lines: list[str], place: int, indent: int, first: str) -> tuple[str, int]:
    """A text with the lines that it goes on in, folded, and the line after it."""
    parts = [first]
    quote = first[:1] if first[:1] in {"'", '"'} else ""
    is_open = bool(quote) and _quotes(first, quote) % 2 == 1
    while place < len(lines) and (is_open or not quote):
        line = lines[place]
        if line.strip() and _indent(line) <= indent:
            break
        parts.append(line.strip())
        is_open ^= bool(quote) and _quotes(line, quote) % 2 == 1
        place += 1
    return _folded(parts), place


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _quotes(line: str, quote: str) -> int:
    """How many quotation marks of a line open or close a text."""
    return (_ESCAPE.sub("", line) if quote == '"' else line).count(quote)


def _folded(parts: list[str]) -> str:
    """Lines as one: a break is a space, an empty line is a break, a backslash at the end joins."""
    text = parts[0]
    for part in parts[1:]:
        if not part:
            text += "\n"
        elif text.endswith("\\") and parts[0].startswith('"'):
            text = text[:-1] + part.removeprefix("\\")
        else:
            text += part if text.endswith("\n") else f" {part}"
    return text


def _scalar(text: str) -> str:
    if found := _SINGLE.match(text):
        return found[1].replace("''", "'")
    if found := _DOUBLE.match(text):
        return _ESCAPE.sub(_unescaped, found[1])
    return "" if text in _NOTHING else text


def _unescaped(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    if digits is None:
        return _PLAIN.get(match[4], match[4])
    number = int(digits, 16)
    is_character = number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF  # noqa: PLR2004 - Unicode's own limits
    return chr(number) if is_character else "\ufffd"
