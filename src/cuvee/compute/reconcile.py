"""Workloads, kept true: what the database says about them and what the engine says about them are made to agree."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from cuvee.compute import service
from cuvee.compute.engine import Engine
from cuvee.compute.values import Phase, Status, Workload, WorkloadSpec
from cuvee.core import errors as core_errors
from cuvee.core.background import Background
from cuvee.db.database import Database

log: Final = logging.getLogger(__name__)

#: Called with a workload after each change of its phase was committed.
Listener = Callable[[Workload], Awaitable[None]]
#: Seconds between looks at what runs.
_INTERVAL: Final = 0.25


class Workloads:
    """Starts, watches and stops workloads. One of these lives as long as the platform."""

    def __init__(self, database: Database, engine: Engine, place: str) -> None:
        self._database = database
        self._engine = engine
        self._place = place
        self._live: dict[str, Workload] = {}
        self._any = asyncio.Event()
        self._listeners: list[Listener] = []
        self._background = Background("a workload")
        self._stops: dict[str, asyncio.Task[None]] = {}

    def listen(self, listener: Listener) -> None:
        """Have changes told. A listener must not wait long; what it raises is logged."""
        self._listeners.append(listener)

    def live(self) -> list[Workload]:
        """What of this platform has not ended, the oldest first."""
        return sorted(self._live.values(), key=lambda workload: workload.id)

    async def open(self) -> None:
        """Find what an earlier platform started and go on watching it; called once, before the first request."""
        for found in await self._database.read(partial(service.list_live, place=self._place)):
            workload = await self._adopted(found)
            self._keep(workload)
            if workload.phase is Phase.STOPPING:
                self._stop_later(workload)
        self._background.spawn(self._watch())

    async def close(self, *, stop_all: bool = False) -> None:
        """Stop watching. What runs goes on running, unless all of it is to be stopped."""
        if stop_all:
            for workload in list(self._live.values()):
                await self._mark_stopping(workload.id, "the platform was stopped")
            await asyncio.gather(*(self._stopped(workload) for workload in list(self._live.values())))
        await self._background.close()

    async def start(self, spec: WorkloadSpec, *, project_id: str, owner_id: str) -> Workload:
        """Start a workload; returns when it runs, or has ended at once.

        Raises:
            CannotStart: when the engine cannot start it; that is kept with the workload, too.

        """
        note = partial(service.add, spec=spec, project_id=project_id, owner_id=owner_id, place=self._place)
        await self._database.write(note)
        try:
            state = await self._engine.start(spec)
        except core_errors.CuveeError as error:
            await self._database.write(
                partial(service.mark_ended, workload_id=spec.id, status=Status(is_running=False, reason=error.message))
            )
            raise
        workload = await self._database.write(partial(service.mark_started, workload_id=spec.id, state=state))
        if workload.is_live:
            self._keep(workload)
        await self._tell(workload)
        return workload

    async def stop(self, workload_id: str, reason: str = "stopped") -> Workload:
        """Ask a workload to end and return at once; it is `stopping` until nothing of it runs.

        Raises:
            WorkloadNotFound: when there is none with this id.

        """
        workload = await self._mark_stopping(workload_id, reason)
        if workload.is_live:
            self._stop_later(workload)
        return workload

    async def stop_and_wait(self, workload_id: str, reason: str = "stopped") -> Workload:
        """`stop`, and return when it has ended."""
        workload = await self.stop(workload_id, reason)
        if workload.is_live:
            await asyncio.shield(self._stops[workload_id])
        return await self.get(workload_id)

    async def get(self, workload_id: str) -> Workload:
        """A workload as the database has it.

        Raises:
            WorkloadNotFound: when there is none with this id.

        """
        return await self._database.read(partial(service.get, workload_id=workload_id))

    def is_elsewhere(self, workload: Workload | None) -> bool:
        """Whether it runs on another platform of the same database."""
        return workload is not None and workload.place != self._place

    async def _adopted(self, workload: Workload) -> Workload:
        """One whose start was not acknowledged before the platform was killed may run all the same."""
        if workload.phase is not Phase.STARTING or not (await self._engine.poll(workload.state)).is_running:
            return workload
        note = partial(service.mark_started, workload_id=workload.id, state=workload.state)
        return await self._database.write(note)

    async def _mark_stopping(self, workload_id: str, reason: str) -> Workload:
        workload = await self._database.write(partial(service.mark_stopping, workload_id=workload_id, reason=reason))
        if workload.is_live:
            self._keep(workload)
            await self._tell(workload)
        return workload

    def _stop_later(self, workload: Workload) -> None:
        if workload.id not in self._stops:
            task = self._background.spawn(self._stopped(workload))
            self._stops[workload.id] = task
            task.add_done_callback(lambda _: self._stops.pop(workload.id, None))

    async def _stopped(self, workload: Workload) -> None:
        await self._engine.stop(workload.state)
        await self._look_at(workload)

    async def _watch(self) -> None:
        """Look at all that lives, a few times a second; with nothing alive, sleep until there is."""
        while True:
            await self._any.wait()
            for workload in list(self._live.values()):
                try:
                    await self._look_at(workload)
                except Exception:
                    log.exception("Workload %s cannot be looked at; it is tried again.", workload.id)
            await asyncio.sleep(_INTERVAL)

    async def _look_at(self, workload: Workload) -> None:
        status = await self._engine.poll(workload.state)
        if status.is_running or workload.id not in self._live:
            return
        if status.exit_code is None:
            # Nobody saw the end of it: make sure that nothing of it was left.
            await self._engine.stop(workload.state)
        ended = await self._database.write(partial(service.mark_ended, workload_id=workload.id, status=status))
        if self._live.pop(workload.id, None) is not None:
            await self._tell(ended)
        if not self._live:
            self._any.clear()

    def _keep(self, workload: Workload) -> None:
        self._live[workload.id] = workload
        self._any.set()

    async def _tell(self, workload: Workload) -> None:
        for listener in self._listeners:
            try:
                await listener(workload)
            except Exception:
                log.exception("A listener failed for workload %s", workload.id)
