"""Writes, grouped: what waits is put into one transaction and acknowledged after its commit.

A durable commit costs a sync of the disk, whatever is in it. So each lane (a thread with a connection) takes all
that waits, runs each piece of work in a savepoint of its own, commits once, and only then answers everybody. One
failing piece of work fails alone. SQLite has one lane, because it has one writer; PostgreSQL has a few.
What the work noted (see notes.py) is published after the commit, before anybody is answered.

Work that is the same in kind can go further: a `Batch` is handed all its waiting items in one call.
Work may be run a second time, after a deadlock or when a savepoint had to be retried alone: it must do nothing
but read and write through its connection.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine, exc

from cuvee.core import errors
from cuvee.core.events import Events
from cuvee.db import notes
from cuvee.db.failures import is_collision, is_passing, translated
from cuvee.db.session import Writing

T = TypeVar("T")
Item_contra = TypeVar("Item_contra", contravariant=True)
Answer_co = TypeVar("Answer_co", covariant=True)

#: Pieces of work in one transaction, at the most: bounds how long the first of them waits.
_GROUP: Final = 512
_ATTEMPTS: Final = 5


class Batch(Protocol[Item_contra, Answer_co]):
    """Work that is done for many items at once. It must not fail for one item's sake: it answers with the error."""

    def __call__(self, connection: Writing, items: Sequence[Item_contra]) -> "Sequence[Answer_co | errors.CuveeError]":
        """One answer or error for each item, in the items' order."""


@dataclass(slots=True, eq=False)
class _Piece:
    """What waits: a function of a connection, or an item of a batch, and whom to tell."""

    work: Callable[..., Any]
    item: Any
    is_batch: bool
    future: "Future[Any] | asyncio.Future[Any]"
    #: The future's event loop; None when a thread waits for it.
    loop: asyncio.AbstractEventLoop | None = None
    answer: Any = None
    error: BaseException | None = None
    #: Whether it met what another transaction wrote at the same time. It is run again for that once.
    has_collided: bool = False


class Writer:
    """The lanes and the queue in front of them. Closed, it finishes what it accepted."""

    def __init__(self, engine: Engine, events: Events, *, lanes: int, waiting: int) -> None:
        self._engine = engine
        self._events = events
        self._queue: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self._waiting = waiting
        self._closing = threading.Lock()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._lane, name=f"cuvee-writer-{number}", daemon=True) for number in range(lanes)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[[Writing], T]) -> "Future[T]":
        """Run the work in a transaction; the future is done after its commit.

        Raises:
            Busy: when too much waits already.

        """
        future: Future[T] = Future()
        self._put(_Piece(work, None, False, future))
        return future

    async def write(self, work: Callable[[Writing], T]) -> T:
        """`submit` for a coroutine."""
        return cast("T", await self._wait(work, None, is_batch=False))

    async def write_item(self, batch: Batch[Any, T], item: Any) -> T:
        """Have an item done together with the others that wait for the same batch."""
        return cast("T", await self._wait(batch, item, is_batch=True))

    def close(self) -> None:
        """Finish what waits, then end the lanes."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    async def _wait(self, work: Callable[..., Any], item: Any, *, is_batch: bool) -> Any:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._put(_Piece(work, item, is_batch, future, loop))
        return await future

    def _put(self, piece: _Piece) -> None:
        if self._closed:
            raise errors.Unavailable("The platform is shutting down.")
        # Threads that come at the same moment may pass together: the bound is for memory, and need not be exact.
        if self._queue.qsize() >= self._waiting:
            raise errors.Busy
        self._queue.put(piece)

    def _lane(self) -> None:
        while True:
            pieces, is_last = self._take()
            if pieces:
                self._commit(pieces)
                _tell(pieces)
            if is_last:
                return

    def _take(self) -> tuple[list[_Piece], bool]:
        """Everything that waits, at least one piece; whether the end was among it."""
        pieces: list[_Piece] = []
        piece = self._queue.get()
        while piece is not None:
            pieces.append(piece)
            if len(pieces) == _GROUP:
                return pieces, False
            try:
                piece = self._queue.get_nowait()
            except queue.Empty:
                return pieces, False
        return pieces, True

    def _commit(self, pieces: list[_Piece]) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            for piece in pieces:
                piece.answer = piece.error = None
            try:
                with self._engine.begin() as connection:
                    changed = _run_all(connection, pieces)
            except Exception as error:  # noqa: BLE001 - whatever it is, everybody who waits must hear of it
                if is_passing(error) and attempt < _ATTEMPTS:
                    continue
                _fail(pieces, error)
            else:
                self._events.publish(changed)
            return


def _run_all(connection: Connection, pieces: list[_Piece]) -> set[str]:
    """Run every group; what those noted that were not rolled back."""
    info, changed = connection.info, set[str]()
    notes.taken(info)  # of an attempt that failed
    groups = list(_groups(pieces))
    for group in groups:
        holds = _run(connection, group, alone=len(groups) == 1)
        noted = notes.taken(info)
        if holds:
            changed |= noted
    return changed


def _groups(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Neighbours of the same batch together, everything else by itself, in the order of arrival."""
    for is_batch, run in groupby(pieces, key=lambda piece: piece.is_batch and piece.work):
        if is_batch:
            yield list(run)
        else:
            yield from ([piece] for piece in run)


def _run(connection: Connection, group: list[_Piece], *, alone: bool) -> bool:
    """Run one group in its savepoint; whether what it did holds, because not all of it failed.

    A group that is alone needs no savepoint, which costs as much as all the rest: the transaction is its own.
    """
    if alone:
        _work(connection, group)
        if all(piece.error for piece in group):
            connection.rollback()
            return False
        return True
    savepoint = connection.begin_nested()
    try:
        _work(connection, group)
    except exc.DBAPIError as error:
        if is_passing(error):
            raise
        savepoint.rollback()
        _fail(group, error)
        return False
    if all(piece.error for piece in group):
        savepoint.rollback()
        return False
    savepoint.commit()
    return True


def _work(connection: Connection, group: list[_Piece]) -> None:
    writing = cast("Writing", connection)
    first = group[0]
    try:
        if first.is_batch:
            for piece, answer in zip(group, first.work(writing, [piece.item for piece in group]), strict=True):
                if isinstance(answer, errors.CuveeError):
                    piece.error = answer
                else:
                    piece.answer = answer
        else:
            first.answer = first.work(writing)
    except Exception as error:
        if isinstance(error, exc.OperationalError) or _collides(first, error):
            raise
        if len(group) == 1:
            first.error = translated(error)
        else:
            _fail(group, error)


def _collides(first: _Piece, error: Exception) -> bool:
    """Whether work looked for what was not there yet, and found it there when it wrote: the first time that it does."""
    if first.has_collided or not is_collision(error):
        return False
    first.has_collided = True
    return True


def _fail(pieces: list[_Piece], error: BaseException) -> None:
    for piece in pieces:
        piece.answer, piece.error = None, translated(error)


def _tell(pieces: Sequence[_Piece]) -> None:
    """Answer everybody; those of one event loop by one call into it, because each call wakes it."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[_Piece]] = {}
    for piece in pieces:
        by_loop.setdefault(piece.loop, []).append(piece)
    for loop, some in by_loop.items():
        if loop is None:
            _settle(some)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_settle, some)


def _settle(pieces: Sequence[_Piece]) -> None:
    for piece in pieces:
        if piece.future.done():
            continue  # the caller went away; the work is committed all the same
        if piece.error is None:
            piece.future.set_result(piece.answer)
        else:
            piece.future.set_exception(piece.error)
