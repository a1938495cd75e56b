"""What programs print on a terminal, as harmless HTML: colours stay, everything else that escapes is dropped."""

import re
from collections.abc import Iterator
from typing import Final

from markupsafe import Markup, escape

#: A control sequence, an operating system command with its end, any other escape, and control characters.
_ESCAPE: Final = re.compile(
    r"\x1b\[(?P<codes>[0-9;]{0,64})m"
    r"|\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]?"
    r"|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?"
    r"|\x1b[^\[\]]?"
    r"|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]"
)
#: Classes, written out: the build of the styles keeps what it finds named somewhere.
_COLOURS: Final = (
    "ansi-black", "ansi-red", "ansi-green", "ansi-yellow", "ansi-blue", "ansi-magenta", "ansi-cyan", "ansi-white",
)  # fmt: skip
_BRIGHT: Final = 90
_NORMAL: Final = 30


def html(text: str) -> Markup:
    """A piece of a log. It begins without colours, whatever the piece before ended with."""
    return Markup("").join(_pieces(_overwritten(text)))


def _overwritten(text: str) -> str:
    """What is left of lines that a progress bar wrote over."""
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def _pieces(text: str) -> Iterator[Markup]:
    place, colour, is_bold = 0, "", False
    for found in _ESCAPE.finditer(text):
        yield _styled(text[place : found.start()], colour, is_bold=is_bold)
        place = found.end()
        if found["codes"] is not None:
            colour, is_bold = _after(found["codes"], colour, is_bold=is_bold)
    yield _styled(text[place:], colour, is_bold=is_bold)


def _styled(text: str, colour: str, *, is_bold: bool) -> Markup:
    classes = " ".join(filter(None, (colour, "ansi-bold" if is_bold else "")))
    if not text or not classes:
        return escape(text)
    return Markup('<span class="{}">{}</span>').format(classes, text)


def _after(codes: str, colour: str, *, is_bold: bool) -> tuple[str, bool]:
    """Colour and weight after a sequence such as `1;31`."""
    numbers = [int(code or 0) for code in codes.split(";")]
    if numbers[0] in {38, 48}:  # one of 256 colours, or of all: too fine for a log
        return colour, is_bold
    for number in numbers:
        if number == 0:
            colour, is_bold = "", False
        elif number in {1, 22}:
            is_bold = number == 1
        elif number == 39:  # noqa: PLR2004 - the code for no colour
            colour = ""
        elif _NORMAL <= number < _NORMAL + 8 or _BRIGHT <= number < _BRIGHT + 8:
            colour = _COLOURS[number % 10]
    return colour, is_bold
