"""A session's transcript: what was asked of its kernel and what it said, in order, by everybody, as it comes.

It is made of what is kept anyway, executions and the files of their output, so that whoever opens the session, comes
back to it, or meets it after a restart of the platform sees the same. What is too long for a page is left out: the
numbers of the pieces show where.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from cuvee.core import topics
from cuvee.core.ids import is_id
from cuvee.db.database import Database
from cuvee.sessions import outputs, service
from cuvee.sessions.manager import Sessions
from cuvee.sessions.values import LIVE, Event, Execution, Session, output_topic

#: Seconds after which a follower is told that nothing happened, so that nobody on the way hangs up.
HEARTBEAT: Final = 15.0
#: Seconds that changes are gathered for.
_BREATH: Final = 0.02
#: Bytes of one execution's output that a page is sent at once; of more, the end.
_MOST: Final = 1024 * 1024
#: Of all executions that ended before a page was opened.
_MOST_EARLIER: Final = 16 * _MOST
_MOST_EXECUTIONS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What a follower has already: everything before an execution, and of that the pieces up to a number."""

    execution_id: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something of an execution's output."""

    execution_id: str
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """How many executions stand before the first that is told."""

    earlier: int


#: What a follower is told. None: nothing happened.
Piece = Session | Execution | Heard | Beginning | None


@dataclass(slots=True, kw_only=True)
class _Open:
    """How far an execution's output was read."""

    after: int = 0
    offset: int = 0
    is_over: bool = False


@dataclass(slots=True)
class Transcript:
    """One follower of a session."""

    database: Database
    sessions: Sessions
    session: Session
    cursor: Cursor
    _told: dict[str, Execution] = field(default_factory=dict)
    _reading: dict[str, _Open] = field(default_factory=dict)

    async def follow(self) -> AsyncIterator[Piece]:
        """All of it, and what comes, until the session has ended."""
        about = topics.session(self.session.id)
        with self.database.events.subscribe([about, output_topic(self.session.id)]) as news:
            executions = await self._executions(self.cursor.execution_id)
            if not self.cursor.execution_id:
                earlier = await asyncio.to_thread(self._left_out, executions)
                yield Beginning(earlier=earlier)
                executions = executions[earlier:]
            session, told = await self._session(), None
            while not news.is_over:
                if session != told:
                    yield (told := session)
                for execution in executions:
                    for piece in await self._news_of(execution):
                        yield piece
                if session.state not in LIVE:
                    return
                changed = await news.next(HEARTBEAT)
                if not changed:
                    yield None
                await asyncio.sleep(_BREATH)
                if about in changed:
                    session = await self._session()
                    executions = await self._executions(self._since(executions))

    async def _news_of(self, execution: Execution) -> list[Piece]:
        known = self._told.get(execution.id)
        reading = self._reading.setdefault(execution.id, self._begun(execution))
        pieces: list[Piece] = [] if known == execution else [execution]
        self._told[execution.id] = execution
        if not reading.is_over:
            pieces.extend(await asyncio.to_thread(self._heard, execution, reading))
            # Its end is written before the database is told: what was to come, was there.
            reading.is_over = execution.is_finished
        return pieces

    def _heard(self, execution: Execution, reading: _Open) -> list[Heard]:
        path = self.sessions.place(self.session).output(execution.id)
        events, reading.offset = outputs.tail(path, reading.offset, _MOST)
        return [Heard(execution_id=execution.id, event=event) for event in events if event.number > reading.after]

    def _begun(self, execution: Execution) -> _Open:
        return _Open(after=self.cursor.number if execution.id == self.cursor.execution_id else 0)

    def _left_out(self, executions: list[Execution]) -> int:
        """How many of the oldest executions are too much for a page."""
        budget, shown = _MOST_EARLIER, 0
        for execution in reversed(executions[-_MOST_EXECUTIONS:]):
            path = self.sessions.place(self.session).output(execution.id)
            budget -= min(path.stat().st_size, _MOST) if path.exists() else 0
            if budget < 0:
                break
            shown += 1
        return len(executions) - shown

    def _since(self, executions: list[Execution]) -> str:
        """From which execution on something can change: the first that had not finished, else the last."""
        unfinished = [each.id for each in executions if not each.is_finished]
        return min(unfinished, default=executions[-1].id if executions else "")

    async def _session(self) -> Session:
        find = partial(service.get, project_id=self.session.project_id, session_id=self.session.id)
        return await self.database.read(find)

    async def _executions(self, since: str) -> list[Execution]:
        return await self.database.read(
            partial(service.list_executions_since, session_id=self.session.id, execution_id=since)
        )


def cursor(text: str) -> Cursor:
    """A cursor as a page writes it, `<execution>:<number>`; from the beginning when it is none.

    >>> cursor("0p3z-9k2m-71ay-b0hx:12")
    Cursor(execution_id='0p3z-9k2m-71ay-b0hx', number=12)
    """
    execution_id, _colon, number = text.partition(":")
    if not is_id(execution_id) or not (number.isascii() and number.isdigit() and len(number) <= 12):  # noqa: PLR2004
        return Cursor()
    return Cursor(execution_id=execution_id, number=int(number))
