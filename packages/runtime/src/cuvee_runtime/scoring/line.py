"""The line in front of the model: one thread predicts, and what waits meanwhile is predicted together.

Models are rarely thread-safe, so there is one thread. Requests that arrive while it works stand in line; when it is
free it takes them all, joins those with the same key, and gives each its own rows back. If a joined prediction
fails, or does not give one answer a row, each request is predicted alone, so that it gets its own answer or error.
"""

import asyncio
import logging
import threading
import uuid
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from cuvee_runtime.scoring.errors import Busy, InputRefused, ModelFailed
from cuvee_runtime.scoring.values import Prepared, Servable

_logger = logging.getLogger("cuvee_runtime.scoring")


@dataclass(slots=True, kw_only=True)
class _Waiting:
    prepared: Prepared
    answer: asyncio.Future[Any]
    outcome: Any = None
    failure: BaseException | None = None


class Line:
    """Requests in the order they came, and the thread that serves them."""

    def __init__(self, servable: Servable, *, max_waiting: int, max_rows: int) -> None:
        self._servable = servable
        self._max_waiting = max_waiting
        self._max_rows = max_rows
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._waiting = 0
        self._thread = threading.Thread(target=self._serve, name="predict", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the thread finish what is in line, then end. The daemon thread never holds up an exit."""
        self._queue.put(None)

    async def predict(self, prepared: Prepared) -> Any:
        """The model's answer. Raises Busy, InputRefused or ModelFailed."""
        if self._waiting >= self._max_waiting:
            raise Busy
        loop = asyncio.get_running_loop()
        one = _Waiting(prepared=prepared, answer=loop.create_future())
        self._waiting += 1
        try:
            self._queue.put(one)
            return await one.answer
        finally:
            self._waiting -= 1

    def _serve(self) -> None:
        ended = False
        while not ended:
            taken, ended = self._take()
            for group in _groups(taken, self._max_rows):
                self._predict_group(group)
                loop = group[0].answer.get_loop()
                loop.call_soon_threadsafe(_resolve, group)

    def _take(self) -> tuple[list[_Waiting], bool]:
        """Everything in line, waiting for the first; and whether the line has ended."""
        taken = []
        item = self._queue.get()
        while item is not None:
            taken.append(item)
            try:
                item = self._queue.get_nowait()
            except Empty:
                return taken, False
        return taken, True

    def _predict_group(self, group: Sequence[_Waiting]) -> None:
        if len(group) > 1 and self._predict_together(group):
            return
        for one in group:
            try:
                one.outcome = self._servable.predict(one.prepared)
            except InputRefused as error:
                one.failure = error
            except BaseException:  # noqa: BLE001 - a model may raise anything, SystemExit too, and the server stays
                one.failure = failed()

    def _predict_together(self, group: Sequence[_Waiting]) -> bool:
        sizes = [one.prepared.rows for one in group]
        try:
            answer = self._servable.predict(self._servable.join([one.prepared for one in group]))
            parts = _split(answer, sizes)
        except BaseException:  # noqa: BLE001 - each is predicted alone next, and says what is wrong with it
            return False
        for one, part in zip(group, parts, strict=True):
            one.outcome = part
        return True


def failed() -> ModelFailed:
    """The failure that is being handled, told to the log with an id and to the caller with the id only."""
    failure = ModelFailed(uuid.uuid4().hex[:12])
    _logger.error(failure.message, exc_info=True)  # noqa: LOG014 - every caller is an exception handler
    return failure


def _groups(taken: Sequence[_Waiting], max_rows: int) -> list[list[_Waiting]]:
    """What may be predicted together, in the order of its first request."""
    groups: list[list[_Waiting]] = []
    open_groups: dict[Hashable, tuple[list[_Waiting], int]] = {}
    for one in taken:
        key, rows = one.prepared.key, one.prepared.rows
        group, size = open_groups.get(key, ([], max_rows)) if key is not None else ([], max_rows)
        if size + rows > max_rows:
            group, size = [], 0
            groups.append(group)
        group.append(one)
        open_groups[key] = (group, size + rows)
    return groups


def _split(answer: Any, sizes: Sequence[int]) -> list[Any]:
    """Each request's own rows. Raises ValueError or TypeError when the answer is not one a row."""
    if len(answer) != sum(sizes) or isinstance(answer, str | bytes | dict):
        raise ValueError
    rows = getattr(answer, "iloc", answer)
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [rows[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def _resolve(group: Sequence[_Waiting]) -> None:
    for one in group:
        if one.answer.done():  # the caller has gone
            continue
        if one.failure is None:
            one.answer.set_result(one.outcome)
        else:
            one.answer.set_exception(one.failure)
