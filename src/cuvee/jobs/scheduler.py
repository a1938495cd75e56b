"""The scheduler: what is due is decided, what was decided is started, what is to end is stopped.

All that it knows is in the database, so that it goes on where a killed one was: it decides in one transaction, and
starts after it what was decided and has no session.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from cuvee.core import clock, topics
from cuvee.core.background import Background
from cuvee.core.errors import CuveeError
from cuvee.db.database import Database
from cuvee.jobs import deciding, store
from cuvee.jobs.values import RunStatus
from cuvee.sessions.manager import Sessions
from cuvee.sessions.values import SessionState

log: Final = logging.getLogger(__name__)

#: Seconds after which it looks although nothing was heard and nothing is due: clocks are set, processes differ.
_LOOK: Final = 30.0
#: Seconds before it tries again when something went wrong.
_AGAIN: Final = 2.0


class Scheduler:
    """The background task. One lives as long as the platform, and cares for the jobs of its place."""

    def __init__(
        self, database: Database, sessions: Sessions, place: str, *, most: int, now: Callable[[], int] = clock.now_ms
    ) -> None:
        """`most` runs go on at once."""
        self._database = database
        self._sessions = sessions
        self._place = place
        self._most = most
        self._now = now
        self._background = Background("jobs")

    async def open(self) -> None:
        """Start what an earlier platform wrote down and did not come to; called once, after the sessions were found."""
        for status in (RunStatus.STARTING, RunStatus.STOPPING):
            begun = partial(deciding.sessions_of, place=self._place, status=status)
            for session in await self._database.read(begun):
                await self._sessions.resume(session)
        self._background.spawn(self._work())

    async def close(self) -> None:
        """Decide nothing more."""
        await self._background.close()

    async def tick(self) -> float:
        """Do what is to be done now; the seconds until there is more."""
        if 0 < await self._next() <= self._now():
            await self._database.write(partial(deciding.fall_due, place=self._place, now=self._now()))
            await self._database.write(partial(deciding.expire, place=self._place, now=self._now()))
        if await self._database.read(partial(store.has_status, place=self._place, status=RunStatus.SCHEDULING)):
            taken = partial(deciding.take_up, place=self._place, most=self._most)
            for session in await self._database.write(taken):
                self._sessions.begin(session)
        await self._stop()
        upcoming = await self._next()
        return min(_LOOK, max(0.0, (upcoming - self._now()) / 1000)) if upcoming else _LOOK

    async def _stop(self) -> None:
        """Have those sessions end whose runs are to end."""
        ending = partial(deciding.sessions_of, place=self._place, status=RunStatus.STOPPING)
        for session in await self._database.read(ending):
            if session.state in {SessionState.STARTING, SessionState.RUNNING}:
                await self._sessions.stop(session, "the job's run was told to end")

    async def _next(self) -> int:
        return await self._database.read(partial(store.next_moment, place=self._place))

    async def _work(self) -> None:
        with self._database.events.subscribe({topics.JOBS}) as heard:
            while not heard.is_over:
                await heard.next(await self._ticked())

    async def _ticked(self) -> float:
        try:
            return await self.tick()
        except CuveeError as error:
            log.warning("The jobs' scheduler could not go on; it tries again: %s", error.message)
        except Exception:
            log.exception("The jobs' scheduler could not go on; it tries again")
        return _AGAIN
