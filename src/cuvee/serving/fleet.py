"""The replicas of one deployment, each kept alive by a task of its own."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from cuvee.compute.values import Phase, Workload
from cuvee.core import clock
from cuvee.core import errors as core_errors
from cuvee.core.ids import new_id
from cuvee.serving.counters import Counters
from cuvee.serving.processes import Processes
from cuvee.serving.routing import Backend
from cuvee.serving.values import Build, Deployment, Endpoint, Replica, ReplicaState, new_uuid
from cuvee.serving.wire import Line

log: Final = logging.getLogger(__name__)

#: Times in a row that a replica may die before it was ever ready, and soon after it was.
_MOST_FALSE_STARTS: Final = 3
_MOST_EARLY_DEATHS: Final = 5
#: Seconds: a replica that lived that long did not die early.
_LONG_ENOUGH: Final = 60.0
_FIRST_DELAY: Final = 0.5
_LONGEST_DELAY: Final = 30.0
#: Seconds that loading a model may take.
_LOADING: Final = 600.0
_LOOK: Final = 0.02
#: Seconds that calls under way get before a replica is told to end all the same.
_DRAIN: Final = 60.0

Keep = Callable[[Replica], Awaitable[None]]


@dataclass(slots=True, eq=False)
class Member:
    """One replica while the platform runs."""

    replica: Replica
    counters: Counters = field(default_factory=Counters)
    #: The way to it while it answers.
    backend: Backend | None = None
    #: Set when the process of this moment has ended; `last` says how.
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    last: Workload | None = None
    is_retiring: bool = False
    #: Held while a process is being started: it is ended only when it is known.
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    task: asyncio.Task[None] | None = None


class Fleet:
    """A deployment's members. `wake` is set whenever one of them changed."""

    def __init__(self, processes: Processes, keep: Keep, endpoint: Endpoint, build: Build) -> None:
        self._processes = processes
        self._keep = keep
        self.endpoint = endpoint
        self.build = build
        self.members: list[Member] = []
        self.wake = asyncio.Event()
        self._by_workload: dict[str, Member] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def tell(self, workload: Workload) -> None:
        """A workload changed; perhaps it was one of ours."""
        member = self._by_workload.get(workload.id)
        if member is not None and workload.phase is Phase.ENDED:
            member.last = workload
            member.ended.set()

    def current(self, deployment: Deployment) -> list[Member]:
        """The members of the deployment's present round that are to stay."""
        return [
            member for member in self.members if member.replica.round == deployment.round and not member.is_retiring
        ]

    def answering(self) -> list[Backend]:
        """The ways to all members that answer and are to stay."""
        return [member.backend for member in self.members if member.backend is not None and not member.is_retiring]

    def add(self, deployment: Deployment) -> None:
        """One more member."""
        now, replica_id = clock.now_ms(), new_uuid()
        stem = self.endpoint.name.replace("_", "-").replace(" ", "-").lower()
        name = f"{stem}-{self.build.number}-{deployment.number}-{replica_id[-5:]}"
        replica = Replica(
            id=replica_id,
            deployment_id=deployment.id,
            name=name,
            round=deployment.round,
            created_at=now,
            updated_at=now,
        )
        self._enter(Member(replica=replica), deployment)

    async def adopt(self, replica: Replica, deployment: Deployment) -> None:
        """A member of an earlier platform: when it still answers, it goes on as if nothing had been."""
        member = Member(replica=replace(replica, state=ReplicaState.STARTING))
        if replica.workload_id:
            self._by_workload[replica.workload_id] = member
            found = await self._found(replica.workload_id)
            if found is None:
                member.replica = replace(member.replica, workload_id="")
            elif not found.is_live:
                self.tell(found)
            elif (line := await self._processes.line(replica.workload_id)) is not None:
                self._connect(member, line)
        self._enter(member, deployment)

    def retire(self, member: Member) -> None:
        """Let a member finish what it has, then end it."""
        if not member.is_retiring:
            member.is_retiring = True
            self._spawn(self._end(member))

    async def end(self) -> None:
        """Let all members finish what they have, then end them; returns when they have ended."""
        for member in list(self.members):
            self.retire(member)
        while self._tasks:
            await asyncio.wait(self._tasks)

    def abandon(self) -> None:
        """Look after nothing any more; what runs goes on running."""
        for task in self._tasks:
            task.cancel()

    def _enter(self, member: Member, deployment: Deployment) -> None:
        self.members.append(member)
        member.task = self._spawn(self._guarded(member, deployment))
        self.wake.set()

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, member: Member, deployment: Deployment) -> None:
        """`_live`, whose own failure is the member's failure."""
        try:
            await self._live(member, deployment)
        except Exception:
            log.exception("Replica %s cannot be looked after", member.replica.name)
            reason = "The platform failed: its log has the reason."
            await self._become(member, ReplicaState.FAILED, reason=reason)

    async def _live(self, member: Member, deployment: Deployment) -> None:
        """Start it, watch it, start it again. One that dies too often has failed, and is tried again now and then.

        Whether the deployment fails with it is the supervisor's decision: not while other replicas answer.
        """
        false_starts = early_deaths = 0
        while True:
            begun = time.monotonic()
            was_ready = await self._one_life(member, deployment)
            if was_ready:
                false_starts = 0
                early_deaths = early_deaths + 1 if time.monotonic() - begun < _LONG_ENOUGH else 1
            else:
                false_starts += 1
            reason = await asyncio.to_thread(self._reason, member)
            has_failed = false_starts >= _MOST_FALSE_STARTS or early_deaths >= _MOST_EARLY_DEATHS
            await self._become(
                member,
                ReplicaState.FAILED if has_failed else ReplicaState.WAITING,
                reason=reason,
                restarts=member.replica.restarts + (not has_failed),
                workload_id="",
                previous_workload_id=member.replica.workload_id or member.replica.previous_workload_id,
            )
            failures = max(false_starts, early_deaths)
            delay = _FIRST_DELAY * 2 ** min(failures - 1, 10)
            await asyncio.sleep(_LONGEST_DELAY if has_failed else min(delay, _LONGEST_DELAY))

    async def _one_life(self, member: Member, deployment: Deployment) -> bool:
        """From a process's start, or from finding it again, to its end; whether it was ready in between."""
        if not member.replica.workload_id and not await self._start(member, deployment):
            return False
        try:
            async with asyncio.timeout(_LOADING):
                while member.backend is None and not member.ended.is_set():
                    if (line := await self._processes.line(member.replica.workload_id)) is not None:
                        self._connect(member, line)
                    else:
                        await _within(member.ended.wait(), _LOOK)
        except TimeoutError:
            await self._processes.workloads.stop_and_wait(member.replica.workload_id, "the model did not load in time")
        if member.backend is None:
            await member.ended.wait()
            return False
        await self._become(member, ReplicaState.READY, reason="")
        await member.ended.wait()
        member.backend.line.close()
        member.backend = None
        return True

    async def _start(self, member: Member, deployment: Deployment) -> bool:
        workload_id = new_id()
        self._by_workload[workload_id] = member
        member.ended.clear()
        member.last = None
        await self._become(member, ReplicaState.STARTING, workload_id=workload_id)
        try:
            async with member.starting:
                workload = await self._processes.start(
                    workload_id, member.replica, self.endpoint, self.build, deployment
                )
        except core_errors.CuveeError as error:
            member.replica = replace(member.replica, reason=error.message)
            return False
        self.tell(workload)
        return True

    async def _found(self, workload_id: str) -> Workload | None:
        try:
            return await self._processes.workloads.get(workload_id)
        except core_errors.NotFound:
            return None  # the platform was killed before it was started

    def _connect(self, member: Member, line: Line) -> None:
        member.backend = Backend(
            replica_id=member.replica.id, name=member.replica.name, line=line, counters=member.counters
        )

    async def _become(self, member: Member, state: ReplicaState, **changes: Any) -> None:
        member.replica = replace(member.replica, state=state, **changes)
        await self._keep(member.replica)
        self.wake.set()

    async def _end(self, member: Member) -> None:
        if member.backend is not None:
            until = time.monotonic() + _DRAIN
            while member.backend is not None and member.backend.outstanding and time.monotonic() < until:
                await asyncio.sleep(_LOOK)
        async with member.starting:
            if member.task is not None:
                member.task.cancel()
                await asyncio.gather(member.task, return_exceptions=True)
        if member.backend is not None:
            member.backend.line.close()
            member.backend = None
        if member.replica.workload_id:
            with suppress(core_errors.NotFound):  # it was never started
                await self._processes.workloads.stop_and_wait(member.replica.workload_id, "no longer needed")
        if member.replica.state is not ReplicaState.FAILED:
            await self._become(member, ReplicaState.STOPPED)
        self.members.remove(member)
        self.wake.set()

    def _reason(self, member: Member) -> str:
        """How the last process ended, and what it said last."""
        if member.last is None:
            return member.replica.reason
        how = member.last.reason or f"ended with code {member.last.exit_code}"
        words = self._processes.last_words(member.last.id)
        return f"{how}. Its log ends with:\n{words}" if words else f"{how}."


async def _within(wait: Awaitable[Any], seconds: float) -> None:
    try:
        await asyncio.wait_for(wait, seconds)
    except TimeoutError:
        return
