"""Sends what waits, one after the other and the oldest first, however long the receiver takes to be there again.

The library for it takes a tenth of a second to import, so it is imported when there is a receiver.
"""

import asyncio
import logging
import random
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cuvee.core import clock, errors, topics
from cuvee.db.database import Database
from cuvee.lineage.openlineage import naming, schemas, store
from cuvee.lineage.openlineage.values import Receiver, Waiting

if TYPE_CHECKING:
    import aiohttp

log: Final = logging.getLogger(__name__)

#: Events that may wait; when there are more, the oldest are dropped.
MOST_WAITING: Final = 10_000
#: Seconds that a receiver may take.
_PATIENCE: Final = 10.0
#: Milliseconds for which nobody else sends: longer than one event takes.
_HOLD: Final = 30_000
#: Seconds after which the outbox is looked at although nothing was heard: another process may have written.
_LOOK: Final = 5.0
#: Seconds before an event is sent again: the first time, and at the most.
_PAUSES: Final = (1.0, 60.0)
#: What a receiver answers when it is the event that it does not like ...
_REFUSALS: Final = frozenset({400, 413, 422})
#: ... and how often it may say so before the event is dropped.
_TRIES: Final = 3


class _Outcome(Enum):
    TAKEN = auto()
    REFUSED = auto()
    MISSED = auto()


class Sender:
    """The background task. One lives as long as the platform; of several on one database one sends at a time."""

    def __init__(
        self, database: Database, receiver: Receiver, home: Path, *, holder: str, most: int = MOST_WAITING
    ) -> None:
        """`holder` is this platform's name among those of its database."""
        self._database: Final = database
        self._receiver: Final = receiver
        self._home: Final = home
        self._holder: Final = holder
        self._most: Final = most
        #: Attempts in a row that were for nothing.
        self._failures = 0
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._task = asyncio.create_task(self._work())

    async def close(self) -> None:
        """Stop at once; what was on its way is sent again by the next platform."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        import aiohttp  # noqa: PLC0415 - see above

        timeout = aiohttp.ClientTimeout(total=_PATIENCE)
        cookies = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(timeout=timeout, cookie_jar=cookies, trust_env=False) as http:
            with self._database.events.subscribe({topics.OUTBOX}) as heard:
                while True:
                    if await self._sent_all(http):
                        await heard.next(_LOOK)
                    else:
                        await asyncio.sleep(self._pause())

    async def _sent_all(self, http: "aiohttp.ClientSession") -> bool:
        """Send what waits; False when something is to be tried again."""
        try:
            await self._drop_oldest()
            while (waiting := await self._next()) is not None:
                if not await self._settled(http, waiting):
                    return False
        except errors.CuveeError as error:
            self._missed(error.message)
            return False
        except Exception:
            log.exception("OpenLineage events could not be sent; it is tried again")
            self._failures += 1
            return False
        return True

    async def _drop_oldest(self) -> None:
        if await self._database.read(store.count) > self._most:
            dropped = await self._database.write(partial(store.keep_newest, most=self._most))
            log.warning("%d OpenLineage events were dropped, the oldest: too many wait for the receiver", dropped)

    async def _next(self) -> Waiting | None:
        if not await self._database.read(store.count):
            return None
        now = clock.now_ms()
        return await self._database.write(partial(store.held, holder=self._holder, now=now, until=now + _HOLD))

    async def _settled(self, http: "aiohttp.ClientSession", waiting: Waiting) -> bool:
        """Send one event; whether it need not be sent again."""
        outcome = await self._sent(http, waiting)
        if outcome is _Outcome.MISSED or (outcome is _Outcome.REFUSED and self._failures < _TRIES):
            return False
        await self._database.write(partial(store.remove, event_id=waiting.id))
        if outcome is _Outcome.REFUSED:
            log.warning("The OpenLineage event %s was dropped: the receiver refuses it", naming.event_uuid(waiting.id))
        elif self._failures:
            log.warning("OpenLineage events are sent again")
        self._failures = 0
        return True

    async def _sent(self, http: "aiohttp.ClientSession", waiting: Waiting) -> _Outcome:
        """Only the answer's status is read. A redirect is not followed: the key is for the receiver alone."""
        import aiohttp  # noqa: PLC0415 - see above

        body = await asyncio.to_thread(schemas.filled, waiting.body, self._home)
        head = {"Content-Type": "application/json", "Idempotency-Key": naming.event_uuid(waiting.id)}
        if self._receiver.key:
            head["Authorization"] = f"Bearer {self._receiver.key}"
        try:
            async with http.post(self._receiver.url, data=body, headers=head, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self._missed(type(error).__name__)
            return _Outcome.MISSED
        if 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls successful
            return _Outcome.TAKEN
        self._missed(f"it answers {status}")
        return _Outcome.REFUSED if status in _REFUSALS else _Outcome.MISSED

    def _missed(self, why: str) -> None:
        """Say it once, not with every attempt; never what was sent along."""
        if not self._failures:
            log.warning("OpenLineage events are not taken by %s (%s): they wait", self._receiver.url, why)
        self._failures += 1

    def _pause(self) -> float:
        first, longest = _PAUSES
        return min(longest, first * 2.0 ** min(self._failures - 1, 10)) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
