"""What executions said: a file for each, appended to and never changed, numbered from 1.

A reader follows a file from any number on, while it grows and after; so a page that comes back, or a platform that
was killed, misses nothing that was written.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from cuvee.core import clock
from cuvee.sessions.values import Event, Place

END: Final = "end"
#: An execution that says more than this is cut off; it runs on.
_LARGEST: Final = 64 * 1024 * 1024
_LOG: Final = 256 * 1024


class Output:
    """One execution's output, written by one writer."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _mend(path)
        known = read(path)
        self._path = path
        self._number = len(known)
        self._is_cut = any(event.kind == "truncated" for event in known)
        self.is_finished = any(event.kind == END for event in known)
        self._grown = asyncio.Condition()

    async def append(self, kind: str, content: Mapping[str, Any]) -> None:
        """Write an event, and wake who follows. Nothing comes after the end."""
        if self.is_finished or (self._is_cut and kind != END):
            return
        if kind != END and self._path.exists() and self._path.stat().st_size > _LARGEST:
            self._is_cut, kind, content = True, "truncated", {"text": "The rest of this output was not kept."}
        self._number += 1
        line = {"n": self._number, "time": clock.now_ms(), "type": kind, **content}
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "ab") as stream:
            stream.write(msgspec.json.encode(line) + b"\n")
        self.is_finished = kind == END
        async with self._grown:
            self._grown.notify_all()

    async def follow(self, after: int) -> AsyncIterator[Event]:
        """Every event after a number, as they come, until the end."""
        offset, seen = 0, 0
        while True:
            fresh, offset = _read_from(self._path, offset)
            for event in fresh:
                seen = event.number
                if event.number > after:
                    yield event
                if event.kind == END:
                    return
            async with self._grown:
                if self._number <= seen:
                    await self._grown.wait()


def read(path: Path) -> list[Event]:
    """All events. A line that a killed platform left half written is not one."""
    return _read_from(path, 0)[0]


def tail(path: Path, offset: int, most: int) -> tuple[list[Event], int]:
    """What comes after a place in the file, and the place after it; of more than `most` bytes only the end.

    A piece that is longer than that by itself is given whole.
    """
    try:
        beginning = path.stat().st_size - most
    except FileNotFoundError:
        return [], offset
    if beginning <= offset:
        return _read_from(path, offset)
    with path.open("rb") as stream:
        stream.seek(beginning)
        _half, newline, rest = stream.read().partition(b"\n")
    return _read_from(path, beginning + most - len(rest) if newline and rest else offset)


def place_in(path: Path, offset: int) -> int:
    """A place in the file that somebody names: where it is no line's beginning, the file's."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, min(offset, path.stat().st_size) - 1))
            return offset if stream.read(1) == b"\n" else 0
    except FileNotFoundError:
        return 0


def server_log(place: Place, stream: str) -> str:
    """The last 256 KiB that a session's server wrote on a stream, `stdout` or `stderr`."""
    log = place.folder / f"{stream}.log"
    try:
        with log.open("rb") as opened:
            opened.seek(max(0, log.stat().st_size - _LOG))
            return opened.read().decode(errors="replace")
    except FileNotFoundError:
        return ""


def as_text(events: Iterable[Event]) -> str:
    """What a terminal would show: printed text, values in their plain form, errors with their traceback."""
    return "".join(_as_text(event) for event in events)


def _as_text(event: Event) -> str:
    match event.kind:
        case "stream" | "truncated":
            return str(event.content["text"])
        case "result" | "display":
            return f"{event.content['data'].get('text/plain', '')}\n"
        case "error":
            return "\n".join([*event.content["traceback"], ""])
        case _:
            return ""


def _read_from(path: Path, offset: int) -> tuple[list[Event], int]:
    """The whole lines after a place in the file, and the place after them."""
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            whole, newline, _half = stream.read().rpartition(b"\n")
    except FileNotFoundError:
        return [], offset
    contents = [msgspec.json.decode(line) for line in whole.split(b"\n") if line]
    events = [Event(number=each.pop("n"), kind=each.pop("type"), content=each) for each in contents]
    return events, offset + len(whole) + len(newline)


def _mend(path: Path) -> None:
    """Cut off a line that a killed platform left half written, so that the next one is whole."""
    try:
        with path.open("rb+") as stream:
            whole, newline, half = stream.read().rpartition(b"\n")
            if half:
                stream.truncate(len(whole) + len(newline))
    except FileNotFoundError:
        return
