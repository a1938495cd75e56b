"""The database as the rest of the platform sees it: read, write, close."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Engine, exc

from cuvee.core.events import Events
from cuvee.db import space
from cuvee.db.brief import Brief, NotBrief
from cuvee.db.engine import UnusableDatabase, make_engine
from cuvee.db.failures import translated
from cuvee.db.reactions import Reactions
from cuvee.db.session import Reading, Writing
from cuvee.db.writer import Batch, Writer

T = TypeVar("T")

_POSTGRES_LANES: Final = 4
#: Pages that one write gives back, at the most: 1 MiB.
_STEP: Final = 256


class Database:
    """Readers in a pool, and the writer. Both run plain functions over a connection, off the event loop."""

    def __init__(self, url: str, *, readers: int = 4, waiting: int = 2048, events: Events | None = None) -> None:
        self.url: Final = url
        self.is_sqlite: Final = url.startswith("sqlite")
        #: Tells what was committed by this process.
        self.events: Final = events or Events()
        #: What rooms do in the transaction in which something happens.
        self.reactions: Final = Reactions()
        lanes = 1 if self.is_sqlite else _POSTGRES_LANES
        self._reads: Final[Engine] = make_engine(url, writes=False, connections=readers)
        self._writes: Final[Engine] = make_engine(url, writes=True, connections=lanes)
        self.reactions.attend(self._writes)
        self._brief: Final = Brief(url) if self.is_sqlite else None
        self._readers: Final = ThreadPoolExecutor(readers, thread_name_prefix="cuvee-reader")
        self._writer: Final = Writer(self._writes, self.events, lanes=lanes, waiting=waiting)

    async def read(self, work: Callable[[Reading], T]) -> T:
        """Run a function that only reads, in a transaction of its own: it sees one state of the database."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)

    async def read_briefly(self, work: Callable[[Reading], T]) -> T:
        """`read` for what is nearly always done in a moment: a few rows, found by their keys.

        The function may be run twice, of which the first time is broken off.
        """
        if self._brief is not None:
            try:
                return self._brief.read(work)
            except NotBrief:
                pass
            except exc.DBAPIError as error:
                raise translated(error) from error
        return await self.read(work)

    async def write(self, work: Callable[[Writing], T]) -> T:
        """Run a function that writes; returns after the commit.

        Raises:
            Busy: when too many writes wait. Nothing was done.
            StorageFull: when the disk is full. Nothing was kept.

        """
        return await self._writer.write(work)

    async def write_item(self, batch: Batch[Any, T], item: Any) -> T:
        """Have an item written together with the others that wait for the same batch."""
        return await self._writer.write_item(batch, item)

    def read_now(self, work: Callable[[Reading], T]) -> T:
        """`read` for code that runs in a thread already."""
        try:
            with self._reads.begin() as connection:
                return work(cast("Reading", connection))
        except exc.DBAPIError as error:
            raise translated(error) from error

    def write_now(self, work: Callable[[Writing], T]) -> T:
        """`write` for code that runs in a thread already."""
        return self._writer.submit(work).result()

    async def tidy(self, *, rest: float = 0) -> bool:
        """Give room back that became free: the file's end, in short writes, and the log. For a quiet moment.

        `rest` is how many times as long as it works it rests between writes. False when others were at it: then there
        is something left to do.
        """
        if not self.is_sqlite:
            return True
        file = self._writes.url.database or ""
        left = await asyncio.to_thread(space.to_give_back, file)
        while left:
            began, before = time.monotonic(), left
            left = await asyncio.to_thread(space.give_back, file, _STEP)
            if left >= before:
                return False
            await asyncio.sleep(rest * (time.monotonic() - began))
        return await asyncio.to_thread(space.shorten_log, file)

    @contextmanager
    def owner(self) -> Iterator[Engine]:
        """The writing engine, for migrations and back-ups: used before the first request, never beside them.

        Raises:
            UnusableDatabase: when it cannot be reached.

        """
        try:
            yield self._writes
        except exc.OperationalError as error:
            reason = str(error.orig).strip().partition("\n")[0]
            raise UnusableDatabase(f"The database cannot be used: {reason}.") from error

    def close(self) -> None:
        """Finish the writes that were accepted and close every connection."""
        self._readers.shutdown()
        self._writer.close()
        self._writes.dispose()
        self._reads.dispose()
        if self._brief is not None:
            self._brief.close()
