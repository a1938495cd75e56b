"""The data plane: read, predict, write. Every door calls this and nothing else.

What is small is read and written on the event loop, because a thread's hand-over costs more than the work. What is
large goes to a thread, so that health checks are answered meanwhile.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from cuvee_runtime.scoring.errors import InputRefused
from cuvee_runtime.scoring.line import Line, failed
from cuvee_runtime.scoring.values import Form, Prepared, Servable

_SMALL_BODY = 64 * 1024  # bytes
_SMALL_ANSWER = 2_000  # rows


class Plane:
    """One model and the line in front of it."""

    def __init__(self, servable: Servable, line: Line) -> None:
        self.servable = servable
        self._line = line
        self.required = [field.name for field in servable.inputs if field.required and field.name]

    async def score(self, size: int, read: Callable[[], Form], write: Callable[[Any], bytes]) -> bytes:
        """The reply to a body of `size` bytes: `read` gives its form, `write` turns the model's answer into JSON.

        Raises InputRefused, Busy or ModelFailed.
        """

        def prepare() -> Prepared:
            try:
                return self.servable.prepare(read())
            except RecursionError:
                raise InputRefused("The input is nested too deeply.") from None

        prepared = prepare() if size <= _SMALL_BODY else await asyncio.to_thread(prepare)
        answer = await self._line.predict(prepared)
        try:
            if prepared.rows <= _SMALL_ANSWER:
                return write(answer)
            return await asyncio.to_thread(write, answer)
        except (TypeError, ValueError, OverflowError, RecursionError):  # an answer that JSON cannot hold
            raise failed() from None
