"""The first rows of a snapshot, by a process of its own (cuvee_runtime.iceberg.preview): the platform reads none."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from cuvee.core import errors as core_errors
from cuvee.core import programs
from cuvee.data.values import Table

#: Rows that are shown.
ROWS: Final = 50
_LARGEST: Final = 8 * 1024 * 1024
_SECONDS: Final = 60.0
_AT_ONCE: Final = 2
#: The libraries start a thread a processor otherwise, each with memory of its own.
_FRUGAL: Final = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "ARROW_IO_THREADS": "1"}


class NoPreview(core_errors.Conflict):
    """The rows cannot be shown."""


class Column(msgspec.Struct):
    name: str
    type: str


class Preview(msgspec.Struct):
    """The first rows of a snapshot; values as text, None for no value."""

    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[str | None]] = ()
    #: Columns that are not shown.
    more_columns: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be previewed, and by which Python."""

    python: Path
    #: The project's folder: nothing outside is read.
    root: Path
    table: Table
    snapshot_id: int


class Previewer:
    """Reads first rows, a few snapshots at a time; one for a platform."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def read(self, wanted: Wanted) -> Preview:
        """The first rows. The process ends when nobody waits for it any more.

        Raises:
            NoPreview: when they cannot be read, or not with the memory and time that a preview may take.

        """
        async with self._free:
            reader = programs.running(
                str(wanted.python),
                *("-I", "-m", "cuvee_runtime.iceberg.preview"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PATH": os.defpath, "LANG": "C.UTF-8", **_FRUGAL},
                cwd="/",
            )
            try:
                async with reader as process, asyncio.timeout(_SECONDS):
                    return _read(await _asked(process, wanted))
            except TimeoutError:
                raise NoPreview("The rows were not there within a minute: read them in a session.") from None


async def _asked(process: asyncio.subprocess.Process, wanted: Wanted) -> bytes:
    question = {
        "root": str(wanted.root),
        "metadata": wanted.table.metadata_location,
        "snapshot_id": wanted.snapshot_id,
        "rows": ROWS,
    }
    if process.stdin is None or process.stdout is None:
        raise NoPreview
    with suppress(ConnectionError):  # it ended before it read: its answer, which is none, says so
        process.stdin.write(msgspec.json.encode(question))
        await process.stdin.drain()
        process.stdin.close()
    parts: list[bytes] = []
    while part := await process.stdout.read(_LARGEST):
        parts.append(part)
        if sum(map(len, parts)) > _LARGEST:
            raise NoPreview("The rows are too long to be shown: read them in a session.")
    return b"".join(parts)


def _read(answer: bytes) -> Preview:
    try:
        found = msgspec.json.decode(answer, type=Preview)
    except msgspec.DecodeError:
        raise NoPreview(
            "Reading the rows took more memory or time than a preview may: read them in a session."
        ) from None
    if found.error:
        raise NoPreview(f"The rows cannot be read: {found.error}")
    return found
