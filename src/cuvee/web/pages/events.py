"""What changes, as it happens: Server-Sent Events for pages that keep themselves up to date.

A message names the topics that changed (see core/topics.py) and nothing else: the page asks for itself again, and what
it may see is decided there. Still nobody hears of things that they may not see; and since a topic of such a thing is
silent, as that of a thing which does not exist, listening tells nothing about ids.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Stream

from cuvee.api.builder import scope
from cuvee.api.callers import Authenticate, Caller
from cuvee.api.request import Call
from cuvee.core import errors, topics
from cuvee.core.events import Events, Subscription, TooManySubscribers
from cuvee.core.topics import Topic
from cuvee.db.database import Database
from cuvee.db.session import Reading
from cuvee.jobs import service as jobs
from cuvee.registry import service as registry
from cuvee.serving import service as serving
from cuvee.serving.values import is_uuid
from cuvee.sessions import service as sessions
from cuvee.tracking import service as tracking

#: Seconds between two signs of life, so that nothing on the way takes the stream for dead.
_BEAT: Final = 15.0
#: Seconds after which the listener's rights are looked at again.
_CHECKED: Final = 60.0
#: Seconds between two messages: what changes more often is told of together.
_PAUSE: Final = 0.25
_HELLO: Final = b"event: hello\ndata: {}\n\n"
_ALIVE: Final = b": alive\n\n"
_HEAD: Final = {"cache-control": "no-store", "x-accel-buffering": "no", "x-content-type-options": "nosniff"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who listens, and how their rights are found again."""

    request: ASGIConnection[Any, Any, Any, Any]
    authenticate: Authenticate
    database: Database
    topics: frozenset[str]

    async def allowed(self) -> frozenset[str]:
        """The topics that the listener may hear of now.

        Raises:
            Unauthenticated: when their key or sign-in has ended.

        """
        caller = await self.authenticate(self.request)
        return await self.database.read(lambda connection: _allowed(connection, caller, self.topics))


@dataclass(slots=True)
class _Clock:
    """When a stream is to do what it does now and then."""

    beat: float = field(default_factory=lambda: time.monotonic() + _BEAT)
    check: float = field(default_factory=lambda: time.monotonic() + _CHECKED)

    @property
    def rest(self) -> float:
        """Seconds until the next of both."""
        return max(0.0, min(self.beat, self.check) - time.monotonic())


@get("/events", opt=scope("signed-in"), include_in_schema=False)
async def events(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    authenticate: NamedDependency[Authenticate],
    topics: FromQuery[list[str]],
) -> Stream:
    """Tell what changes of these topics until the page goes."""
    listener = Listener(
        request=request, authenticate=authenticate, database=call.database, topics=frozenset(filter(_is_topic, topics))
    )
    bus = call.database.events
    with bus.subscribe(frozenset(topics)):
        pass  # tried here, so that a refusal has its status
    return Stream(_told(bus, listener, await listener.allowed()), media_type="text/event-stream", headers=_HEAD)


async def _told(bus: Events, listener: Listener, allowed: frozenset[str]) -> AsyncIterator[bytes]:
    try:
        subscription = bus.subscribe(listener.topics)
    except TooManySubscribers:
        return
    with subscription:
        yield _HELLO
        async for message in _messages(subscription, listener, allowed):
            yield message


async def _messages(subscription: Subscription, listener: Listener, allowed: frozenset[str]) -> AsyncIterator[bytes]:
    clock = _Clock()
    while not subscription.is_over:
        changed = await subscription.next(within=clock.rest)
        if time.monotonic() >= clock.check:
            try:
                allowed = await listener.allowed()
            except errors.Unauthenticated:
                return
            clock.check = time.monotonic() + _CHECKED
        if heard := changed & allowed:
            yield _message(heard)
            clock.beat = time.monotonic() + _BEAT
            await asyncio.sleep(_PAUSE)
        elif time.monotonic() >= clock.beat:
            yield _ALIVE
            clock.beat = time.monotonic() + _BEAT


def _message(changed: frozenset[str]) -> bytes:
    return b"event: changed\ndata: " + msgspec.json.encode({"topics": sorted(changed)}) + b"\n\n"


def _is_topic(text: str) -> bool:
    return topics.parse(text) is not None


def _allowed(connection: Reading, caller: Caller, wanted: frozenset[str]) -> frozenset[str]:
    """Those topics whose things the caller may see. What names no thing says nothing that anybody could not know."""
    if not caller.may("projects:list"):  # a key that only calls endpoints
        return frozenset()
    return frozenset(
        text for text in wanted if (topic := topics.parse(text)) is not None and _may_hear(connection, caller, topic)
    )


def _may_hear(connection: Reading, caller: Caller, topic: Topic) -> bool:
    if not topic.name:
        return True
    try:
        return _SEEN[topic.kind](connection, caller, topic.name)
    except (errors.NotFound, errors.Denied, errors.Invalid):
        return False


def _project(_connection: Reading, caller: Caller, project_id: str) -> bool:
    return caller.allows("projects:read", project_id)


def _experiment(connection: Reading, caller: Caller, experiment_id: str) -> bool:
    return tracking.get_experiment(connection, caller, experiment_id) is not None


def _run(connection: Reading, caller: Caller, run_id: str) -> bool:
    return tracking.get_run_info(connection, caller, run_id) is not None


def _session(connection: Reading, caller: Caller, session_id: str) -> bool:
    return caller.allows("sessions:read", sessions.find(connection, session_id).project_id)


def _model(connection: Reading, caller: Caller, name: str) -> bool:
    return registry.get_model(connection, caller, name) is not None


def _deployment(connection: Reading, caller: Caller, id_: str) -> bool:
    """By the endpoint's id or by one of its deployments'."""
    deployment = serving.find_deployment(connection, id_) if is_uuid(id_) else None
    return _endpoint(connection, caller, id_ if deployment is None else deployment.endpoint_id)


def _build(connection: Reading, caller: Caller, build_id: str) -> bool:
    build = serving.find_build(connection, build_id) if is_uuid(build_id) else None
    return build is not None and _endpoint(connection, caller, build.endpoint_id)


def _endpoint(connection: Reading, caller: Caller, endpoint_id: str) -> bool:
    endpoint = serving.find_endpoint(connection, endpoint_id) if is_uuid(endpoint_id) else None
    return endpoint is not None and caller.allows("endpoints:read", endpoint.project_id)


def _job(connection: Reading, caller: Caller, job_id: str) -> bool:
    return caller.allows("jobs:read", jobs.find(connection, job_id).project_id)


def _user(_connection: Reading, caller: Caller, user_id: str) -> bool:
    return caller.is_site_admin or user_id == caller.user_id


_SEEN: Final[dict[str, Callable[[Reading, Caller, str], bool]]] = {
    "project": _project,
    "experiment": _experiment,
    "run": _run,
    "session": _session,
    "model": _model,
    "deployment": _deployment,
    "build": _build,
    "job": _job,
    "user": _user,
}

ROUTES: Final = (events,)
