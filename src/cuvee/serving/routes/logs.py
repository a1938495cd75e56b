"""Pieces of logs, as texts that a browser does not run."""

import asyncio
import os
from pathlib import Path
from typing import Final

from litestar import Response

#: Bytes of one reply.
MOST: Final = 4 * 1024 * 1024


async def piece(log: Path, *, offset: int, tail: int) -> Response[bytes]:
    """A log from a byte on, or its last bytes. `x-cuvee-log-offset` and `-size` say where one is, to ask on."""
    content, start, size = await asyncio.to_thread(read, log, offset=offset, tail=tail)
    return Response(
        content,
        media_type="text/plain; charset=utf-8",
        headers={
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
            "x-cuvee-log-offset": str(start),
            "x-cuvee-log-size": str(size),
        },
    )


def read(log: Path, *, offset: int = 0, tail: int = 0, most: int = MOST) -> tuple[bytes, int, int]:
    """Bytes of a log, where they begin in it, and how many it has; nothing for a log that is not there."""
    try:
        descriptor = os.open(log, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b"", 0, 0
    with os.fdopen(descriptor, "rb") as stream:
        size = os.fstat(descriptor).st_size
        start = max(0, size - tail) if tail > 0 else min(max(0, offset), size)
        stream.seek(start)
        return stream.read(most), start, size
