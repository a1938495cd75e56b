"""Workers as the first process sees them: started with it, ended with it, and started again when one dies."""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Sequence
from typing import Final, cast

import msgspec

from cuvee.core.events import Events
from cuvee.core.settings import Settings
from cuvee.workers.values import Order, read_report

log: Final = logging.getLogger(__name__)

#: Seconds before one that died is started again.
_PAUSE: Final = 1.0
#: Seconds that requests may take to end.
_PATIENCE: Final = 15.0
#: Bytes of a line.
_LONGEST: Final = 1 << 20


class Workers:
    """`settings.workers - 1` processes that listen where this one does."""

    def __init__(
        self, settings: Settings, events: Events, *, listener: socket.socket, private: Sequence[socket.socket]
    ) -> None:
        """`private` is where this process answers workers; empty when there are to be none."""
        self._settings = settings
        self._events = events
        self._port: Final[int] = listener.getsockname()[1]
        self._private = private
        self._keepers: list[asyncio.Task[None]] = []
        self._processes: set[asyncio.subprocess.Process] = set()

    async def start(self) -> None:
        """Start them; requests are answered meanwhile."""
        loop = asyncio.get_running_loop()
        self._keepers = [loop.create_task(self._keep()) for _ in range(self._settings.workers - 1)]

    async def close(self) -> None:
        """Have them finish what they accepted."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*map(_ended, self._processes))

    async def _keep(self) -> None:
        while True:
            process = await self._started()
            async for line in cast("asyncio.StreamReader", process.stdout):
                self._events.publish(read_report(line))
            log.warning("A worker has ended (%s): another is started", await process.wait())
            self._processes.discard(process)
            await asyncio.sleep(_PAUSE)

    async def _started(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cuvee.workers",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is the first process's to hear
            limit=_LONGEST,
        )
        self._processes.add(process)
        order = Order(
            home=str(self._settings.home),
            host=self._settings.host,
            port=self._port,
            auth=self._settings.auth,
            workers=self._settings.workers,
            first_port=self._private[0].getsockname()[1],
        )
        # Left open: its end tells the worker that this process is no more, however it ended.
        cast("asyncio.StreamWriter", process.stdin).write(msgspec.json.encode(order) + b"\n")
        return process


async def _ended(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _PATIENCE)
        except TimeoutError:
            process.kill()
