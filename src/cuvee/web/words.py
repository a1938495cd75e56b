"""How values are written for people: Markdown, sizes, durations, numbers."""

import math
import re
from functools import cache
from importlib import import_module
from typing import Any, Final

import nh3
from markupsafe import Markup

from cuvee.core import clock

_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
#: Addresses that need no place to start from: with a scheme, from the root, within the page.
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/|#")
_KIB: Final = 1024
_SECOND: Final = 1_000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
#: Characters of Markdown that are rendered; the rest of a longer text is in its file.
_MOST_MARKDOWN: Final = 200_000
_PRECISION: Final = 6


@cache
def _renderer() -> Any:
    """Imported for the first text, not for every start: it is sixty modules."""
    made = import_module("markdown_it").MarkdownIt("commonmark", {"html": False, "linkify": False})
    return made.enable(["table", "strikethrough"])


def markdown(text: str, base: str = "") -> Markup:
    """Markdown as harmless HTML: no raw HTML, no scripts, no pictures of other hosts; links open with `noopener`.

    A link that is relative leads to below `base`, the address of the folder that the text is in.
    """

    def led(_tag: str, name: str, value: str) -> str:
        is_relative = base and name == "href" and not _ABSOLUTE.match(value)
        return f"{base.rstrip('/')}/{value}" if is_relative else value

    rendered = _renderer().render(text[:_MOST_MARKDOWN])
    clean = nh3.clean(
        rendered,
        tags=nh3.ALLOWED_TAGS - {"img", "svg", "math", "map", "area"},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        attribute_filter=led,
        set_tag_attribute_values={
            "pre": {"tabindex": "0"},
            "table": {"tabindex": "0"},
        },  # what scrolls is reached with the keyboard
    )
    return Markup(clean)  # noqa: S704 - cleaned on the line above


def size(count: float) -> str:
    """Bytes for people.

    >>> size(1536)
    '1.5 KiB'
    """
    value = float(count)
    for unit in _UNITS:
        if value < _KIB or unit == _UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= _KIB
    raise AssertionError


def duration(milliseconds: float) -> str:
    """A stretch of time in its two largest units.

    >>> duration(83_000)
    '1 min 23 s'
    """
    whole = int(milliseconds)
    if whole < _SECOND:
        return f"{whole} ms"
    if whole < _MINUTE:
        return f"{whole / _SECOND:.1f} s"
    for large, name, small, smaller in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min")):
        if whole >= large:
            return f"{whole // large} {name} {whole % large // small} {smaller}"
    return f"{whole // _MINUTE} min {whole % _MINUTE // _SECOND} s"


def number(value: float) -> str:
    """A metric's value, short enough for a table; the whole of it belongs into the title.

    >>> number(0.123456789)
    '0.123457'
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) and abs(value) < 10**15:
        return str(int(value))
    return f"{value:.{_PRECISION}g}"


def moment(milliseconds: int) -> str:
    """A time for `<time datetime>`: RFC 3339 in UTC; the page shows it in the reader's zone."""
    return clock.rfc3339(milliseconds)
