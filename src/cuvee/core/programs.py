"""Programs that are run beside requests."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any


@asynccontextmanager
async def running(*command: str | Path, **options: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program in a process group of its own, which does not outlive the block, however that is left.

    `options` are those of `asyncio.create_subprocess_exec`. A program that nobody ended holds its pipes, and the event
    loop of a platform that ends meanwhile cannot be closed.
    """
    process = await asyncio.create_subprocess_exec(*command, start_new_session=True, **options)
    try:
        yield process
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
