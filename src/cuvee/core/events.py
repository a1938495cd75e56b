"""Who hears that something changed: a bus within the process, from the database's writer to open pages.

A change is only the topics it is about (see topics.py). What a subscriber has not fetched yet is kept as a set of
its own topics, so a slow one neither grows nor holds anybody up: however often a run was logged to meanwhile, it
hears of it once.
"""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from cuvee.core import errors

MAX_SUBSCRIBERS: Final = 1_000
MAX_TOPICS: Final = 50


class TooManySubscribers(errors.Busy):
    """Too many pages listen for changes already. This one is not kept up to date: load it again."""

    retry_after = 30


class TooManyTopics(errors.Invalid):
    """One subscriber listens to 50 topics at the most."""


class Subscription:
    """What one subscriber listens to; used with `with`, so that it is let go of whatever happens."""

    def __init__(self, bus: "Events", topics: frozenset[str], loop: asyncio.AbstractEventLoop) -> None:
        self._bus = bus
        self._waked = asyncio.Event()
        self.topics: Final = topics
        self.loop: Final = loop
        #: What changed and was not fetched; the bus's lock guards it.
        self.changed: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._bus.leave(self)

    @property
    def is_over(self) -> bool:
        """Whether nothing will ever be heard again, because the platform ends."""
        return self._bus.is_closed

    async def next(self, within: float) -> frozenset[str]:
        """The topics that changed since the last call, as soon as there are any; none after so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._waked.wait(), within)
        self._waked.clear()
        return self._bus.taken(self)

    def wake(self) -> None:
        """Have `next` return; called in the subscriber's loop."""
        self._waked.set()


class Events:
    """The bus. One of these lives as long as the database it tells of."""

    def __init__(
        self, *, most: int = MAX_SUBSCRIBERS, also: Callable[[Collection[str]], None] = lambda _topics: None
    ) -> None:
        self._most = most
        #: Is told of everything, whoever listens.
        self._also = also
        self._lock = threading.Lock()
        #: Topic → who listens to it. Read without the lock, changed with it.
        self._listeners: dict[str, set[Subscription]] = {}
        self._count = 0
        #: Event loop → those in it that are to be waked by a call that is on its way.
        self._waking: dict[asyncio.AbstractEventLoop, set[Subscription]] = {}
        self._closed = False

    @property
    def count(self) -> int:
        """How many listen now."""
        return self._count

    @property
    def is_closed(self) -> bool:
        return self._closed

    def publish(self, topics: Collection[str]) -> None:
        """Tell who listens that these changed. Any thread may call it; it waits for nobody."""
        self._also(topics)
        heard = [topic for topic in topics if topic in self._listeners]
        if not heard:
            return
        with self._lock:
            for topic in heard:
                for subscription in self._listeners.get(topic, ()):
                    subscription.changed.add(topic)
            stirred = {subscription for topic in heard for subscription in self._listeners.get(topic, ())}
            loops = self._to_wake(stirred)
        self._call(loops)

    def subscribe(self, topics: Collection[str]) -> Subscription:
        """Listen, in the running event loop, to what is published from now on.

        Raises:
            TooManyTopics: when these are more than one subscriber may have.
            TooManySubscribers: when the platform has no room for another.

        """
        if len(wanted := frozenset(topics)) > MAX_TOPICS:
            raise TooManyTopics
        subscription = Subscription(self, wanted, asyncio.get_running_loop())
        with self._lock:
            if self._count >= self._most or self._closed:
                raise TooManySubscribers
            self._count += 1
            for topic in wanted:
                self._listeners.setdefault(topic, set()).add(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Forget a subscriber."""
        with self._lock:
            self._count -= 1
            for topic in subscription.topics:
                others = self._listeners[topic]
                others.discard(subscription)
                if not others:
                    del self._listeners[topic]

    def taken(self, subscription: Subscription) -> frozenset[str]:
        """What a subscriber has not heard yet; it has now."""
        with self._lock:
            changed = frozenset(subscription.changed)
            subscription.changed.clear()
        return changed

    def close(self) -> None:
        """Wake everybody for the last time: they see that it is over."""
        with self._lock:
            self._closed = True
            loops = self._to_wake({each for listeners in self._listeners.values() for each in listeners})
        self._call(loops)

    def _to_wake(self, stirred: Iterable[Subscription]) -> list[asyncio.AbstractEventLoop]:
        """Note who is to be waked; the loops in which no call for that is on its way yet."""
        loops = []
        for subscription in stirred:
            if subscription.loop not in self._waking:
                self._waking[subscription.loop] = set()
                loops.append(subscription.loop)
            self._waking[subscription.loop].add(subscription)
        return loops

    def _call(self, loops: Iterable[asyncio.AbstractEventLoop]) -> None:
        for loop in loops:
            try:
                loop.call_soon_threadsafe(self._wake, loop)
            except RuntimeError:  # the loop is closed: nobody is left in it
                with self._lock:
                    self._waking.pop(loop, None)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            stirred = self._waking.pop(loop, set())
        for subscription in stirred:
            subscription.wake()
