"""Logs on pages: their last part at once, what is added to it as it comes, the whole to download."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from litestar.response import Stream
from markupsafe import Markup

from cuvee.artifacts.downloads import attachment
from cuvee.core.errors import NotFound
from cuvee.serving.routes import logs
from cuvee.web import ansi

#: Bytes of a log that a page begins with, and that it is given at once later.
_SHOWN: Final = 64 * 1024
_PIECE: Final = 1024 * 1024


class NoLog(NotFound):
    """There is no log yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a log."""

    text: Markup
    #: Where the log goes on, in bytes.
    end: int
    #: Bytes that come before it.
    start: int
    #: Whether more may come.
    goes_on: bool

    @property
    def is_cut(self) -> bool:
        return self.start > 0


async def last(log: Path, *, goes_on: bool) -> Piece:
    """The end of a log."""
    content, start, _size = await asyncio.to_thread(logs.read, log, tail=_SHOWN, most=_SHOWN)
    if start:  # a line is shown whole or not at all
        cut = content.find(b"\n") + 1
        content, start = content[cut:], start + cut
    return _piece(content, start, goes_on=goes_on)


async def after(log: Path, offset: int, *, goes_on: bool) -> Piece:
    """What came after a byte."""
    content, start, size = await asyncio.to_thread(logs.read, log, offset=offset, most=_SHOWN)
    is_behind = start + len(content) < size
    if start < offset:  # the log began anew
        content, start, _size = await asyncio.to_thread(logs.read, log, most=_SHOWN)
    return _piece(content, start, goes_on=goes_on or is_behind)


def _piece(content: bytes, start: int, *, goes_on: bool) -> Piece:
    if goes_on and len(content) < _SHOWN:  # half a line, or half a character, waits for its rest
        content = content[: content.rfind(b"\n") + 1]
    text = ansi.html(content.decode(errors="replace"))
    return Piece(text=text, start=start, end=start + len(content), goes_on=goes_on)


async def download(log: Path, name: str) -> Stream:
    """The whole log, to keep; it ends where it ended when it was asked for.

    Raises:
        NoLog: when there is none.

    """
    if not await asyncio.to_thread(log.is_file):
        raise NoLog

    async def pieces() -> AsyncIterator[bytes]:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(await asyncio.to_thread(os.open, log, flags), "rb") as stream:
            left = os.fstat(stream.fileno()).st_size
            while left > 0 and (piece := await asyncio.to_thread(stream.read, min(_PIECE, left))):
                left -= len(piece)
                yield piece

    headers = {
        "content-disposition": attachment(name),
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "no-store",
    }
    return Stream(pieces(), media_type="text/plain; charset=utf-8", headers=headers)
