"""A stored file as an HTTP answer: always an attachment, whole or a range, streamed with constant memory.

What users store is never shown as a page of the platform: a browser is told to save it, not to guess what it is,
and to give it no origin.
"""

import asyncio
import hashlib
import mimetypes
import re
import unicodedata
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Final, cast
from urllib.parse import quote

from litestar.types import Receive, Scope, Send

from cuvee.api import digests, zerocopy
from cuvee.artifacts import errors
from cuvee.artifacts.blobs import Blob, Blobs, OnDisk
from cuvee.artifacts.values import Info
from cuvee.core.paths import RelativePath
from cuvee.core.streaming import off_loop

_RANGE: Final = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
#: What MLflow serves as plain text, by extension, or by name where there is none.
_TEXT: Final = frozenset(
    [
        "txt",
        "log",
        "err",
        "cfg",
        "conf",
        "cnf",
        "cf",
        "ini",
        "properties",
        "prop",
        "hocon",
        "toml",
        "yaml",
        "yml",
        "xml",
        "json",
        "js",
        "py",
        "py3",
        "csv",
        "tsv",
        "md",
        "rst",
        "ipynb",
        "MLmodel",
        "MLproject",
    ]
)


@dataclass(frozen=True, slots=True)
class Download:
    """An ASGI application that answers with one file.

    Raises, before the answer begins, what `Blobs.get` raises and RangeNotSatisfiable.
    """

    blobs: Blobs
    path: RelativePath
    #: Headers in place of those of an attachment, for an origin on which nothing of ours can be reached.
    shown: Mapping[str, str] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.blobs.get(self.path) as blob:
            asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            head = {**_head(self.path.name, blob.info), **self.shown}
            status, start, end = _extent(asked, blob.info)
            if status != 304 and digests.is_wanted(asked):  # noqa: PLR2004 - not modified
                head["repr-digest"] = digests.written(await _added_up(blob, receive))
            if status == 206:  # noqa: PLR2004 - partial content
                head["content-range"] = f"bytes {start}-{end - 1}/{blob.info.size}"
            head["content-length"] = str(end - start)
            if status == 304:  # noqa: PLR2004 - not modified
                del head["content-length"]
            headers = [(name.encode(), value.encode("latin-1")) for name, value in head.items()]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            if scope.get("method") == "HEAD" or start == end:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                if isinstance(blob, OnDisk) and zerocopy.EXTENSION in (scope.get("extensions") or {}):
                    sending = _handed_over(blob, start, end, send)
                else:
                    sending = _stream(blob, start, end, send)
                await _until_gone(sending, receive)


async def _added_up(blob: Blob, receive: Receive) -> bytes:
    """The whole file's SHA-256, read off the file itself, until the client has gone: then nobody looks at it."""
    total = hashlib.sha256()

    async def add() -> None:
        async for piece in blob.read():
            await off_loop(total.update, piece)

    await _until_gone(add(), receive)
    return total.digest()


async def _stream(blob: Blob, start: int, end: int, send: Send) -> None:
    """Send a part of the file piece by piece."""
    async for piece in blob.read(start, end):
        start += len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": start < end})


async def _handed_over(blob: OnDisk, start: int, end: int, send: Send) -> None:
    """Have the system send a part of the file."""
    message = {"type": zerocopy.EXTENSION, "file": blob.descriptor, "offset": start, "count": end - start}
    await send(cast("Any", message))


async def _until_gone(sending: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Send, and stop when the client has gone."""
    tasks = [asyncio.ensure_future(sending), asyncio.ensure_future(_gone(receive))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    if isinstance(answers[0], Exception):
        raise answers[0]


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _head(name: str, info: Info) -> dict[str, str]:
    return {
        "content-type": media_type(name),
        "content-disposition": attachment(name),
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, no-cache",
        "accept-ranges": "bytes",
        "etag": f'"{info.etag}"',
        "last-modified": formatdate(info.modified_at // 1000, usegmt=True),
    }


def _extent(asked: dict[str, str], info: Info) -> tuple[int, int, int]:
    """Status, first byte and the byte after the last.

    One range is served; several, and what is not written as a range, get the whole file, as RFC 9110 allows.
    """
    etag = f'"{info.etag}"'
    if etag in {each.strip() for each in asked.get("if-none-match", "").split(",")}:
        return 304, 0, 0
    match = _RANGE.fullmatch(asked.get("range", "").replace(" ", ""))
    if not match or match[0] == "bytes=-" or asked.get("if-range", etag) != etag:
        return 200, 0, info.size
    if not match[1]:
        start, end = max(0, info.size - int(match[2])), info.size
    else:
        start = int(match[1])
        end = min(int(match[2]) + 1, info.size) if match[2] else info.size
        if match[2] and int(match[2]) < start:
            return 200, 0, info.size
    if start >= end:
        raise errors.RangeNotSatisfiable
    return 206, start, end


def media_type(name: str) -> str:
    """What a file's name says about its content, as MLflow tells it.

    >>> media_type("MLmodel"), media_type("plot.svg"), media_type("data")
    ('text/plain', 'image/svg+xml', 'application/octet-stream')
    """
    _, dot, extension = name.rpartition(".")
    if (extension if dot else name) in _TEXT:
        return "text/plain"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def attachment(name: str) -> str:
    """A `Content-Disposition` for any name: plain where it can be, RFC 8187 for the rest.

    >>> attachment("a b.txt")
    'attachment; filename="a b.txt"'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    quoted = re.sub(r'(["\\])', r"\\\1", "".join(c for c in plain if c.isprintable())) or "download"
    value = (
        f"attachment; filename={quoted}" if re.fullmatch(r"[\w.+-]+", quoted) else f'attachment; filename="{quoted}"'
    )
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"
