"""The contract of `compute.engine.Engine` as tests, and an engine in memory that keeps it.

Who writes an engine subclasses `EngineContract` in a test module, and supplies the fixtures `engine` and `restarted`
and the commands it is tried with.
"""

import asyncio
import contextlib
import json
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path

from cuvee.compute import errors
from cuvee.compute.engine import Engine
from cuvee.compute.values import Kind, Profile, State, Status, WorkloadSpec
from cuvee.core.ids import new_id

#: Gives an engine as a platform has it that was killed and started again.
Restart = Callable[[Engine], Engine]


class World:
    """What `FakeEngine` runs on. It outlives engines, as a machine does."""

    def __init__(self) -> None:
        self.running: dict[str, WorkloadSpec] = {}
        self.ended: dict[str, Status] = {}


class FakeEngine:
    """Runs nothing: `("exit", "3")` ends at once with that code, everything else runs until it is stopped."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()

    async def start(self, spec: WorkloadSpec) -> State:
        """Remember the workload."""
        if spec.id in self.world.running or spec.id in self.world.ended:
            raise errors.AlreadyStarted
        if spec.command[0] == "exit":
            self.world.ended[spec.id] = Status(is_running=False, exit_code=int(spec.command[1]), ended_at=1)
        else:
            self.world.running[spec.id] = spec
        return {"id": spec.id}

    async def poll(self, state: State) -> Status:
        """What is remembered."""
        if state["id"] in self.world.running:
            return Status(is_running=True)
        return self.world.ended.get(state["id"], Status(is_running=False, reason="it was not started"))

    async def stop(self, state: State) -> None:
        """End it."""
        if self.world.running.pop(state["id"], None) is not None:
            self.world.ended[state["id"]] = Status(is_running=False, exit_code=143, reason="stopped", ended_at=1)

    def lose(self, workload_id: str) -> None:
        """Let it end unseen, as when a machine is switched off."""
        del self.world.running[workload_id]


class EngineContract:
    """What every engine must do. Each test has its own workload; none may be left running."""

    #: Seconds that a workload may take to start or to end.
    patience = 30.0

    @abstractmethod
    def runs_on(self) -> tuple[str, ...]:
        """A command that runs until it is stopped."""

    @abstractmethod
    def ends_with(self, code: int) -> tuple[str, ...]:
        """A command that ends by itself with this code."""

    def spec(self, command: tuple[str, ...], directory: Path) -> WorkloadSpec:
        """A workload of a moment; an engine that needs more in it extends this."""
        return WorkloadSpec(
            id=new_id(), kind=Kind.JOB, command=command, directory=directory, profile=Profile(cpu=1, memory=1), grace=2
        )

    async def ended(self, engine: Engine, state: State) -> Status:
        """Wait for the end of a workload."""
        async with asyncio.timeout(self.patience):
            while (status := await engine.poll(state)).is_running:
                await asyncio.sleep(0.01)
        return status

    async def test_what_was_started_runs_until_it_is_stopped(self, engine: Engine, tmp_path: Path) -> None:
        state = await engine.start(self.spec(self.runs_on(), tmp_path))
        assert (await engine.poll(state)).is_running

        await engine.stop(state)

        status = await engine.poll(state)
        assert not status.is_running
        assert status.exit_code not in {None, 0}
        assert status.reason

    async def test_an_exit_code_is_known_after_the_end(self, engine: Engine, tmp_path: Path) -> None:
        state = await engine.start(self.spec(self.ends_with(3), tmp_path))
        status = await self.ended(engine, state)
        assert (status.exit_code, status.reason) == (3, "")
        assert status.ended_at

    async def test_success_is_zero(self, engine: Engine, tmp_path: Path) -> None:
        state = await engine.start(self.spec(self.ends_with(0), tmp_path))
        assert (await self.ended(engine, state)).exit_code == 0

    async def test_a_state_survives_a_database_and_a_restart(
        self, engine: Engine, restarted: Restart, tmp_path: Path
    ) -> None:
        state = json.loads(json.dumps(dict(await engine.start(self.spec(self.runs_on(), tmp_path)))))
        later = restarted(engine)
        assert (await later.poll(state)).is_running

        await later.stop(state)

        assert not (await later.poll(state)).is_running

    async def test_an_exit_code_is_known_although_nobody_watched(
        self, engine: Engine, restarted: Restart, tmp_path: Path
    ) -> None:
        state = await engine.start(self.spec(self.ends_with(4), tmp_path))
        assert (await self.ended(restarted(engine), state)).exit_code == 4

    async def test_an_id_is_enough_to_find_a_workload(self, engine: Engine, restarted: Restart, tmp_path: Path) -> None:
        spec = self.spec(self.runs_on(), tmp_path)
        await engine.start(spec)
        later = restarted(engine)
        assert (await later.poll({"id": spec.id})).is_running

        await later.stop({"id": spec.id})

        assert not (await engine.poll({"id": spec.id})).is_running

    async def test_one_id_is_started_once(self, engine: Engine, tmp_path: Path) -> None:
        spec = self.spec(self.runs_on(), tmp_path)
        state = await engine.start(spec)
        started_again = False
        with contextlib.suppress(errors.AlreadyStarted):
            await engine.start(spec)
            started_again = True
        await engine.stop(state)
        assert not started_again

    async def test_what_ended_is_not_started_again(self, engine: Engine, tmp_path: Path) -> None:
        spec = self.spec(self.ends_with(0), tmp_path)
        await self.ended(engine, await engine.start(spec))
        started_again = False
        with contextlib.suppress(errors.AlreadyStarted):
            await engine.start(spec)
            started_again = True
        assert not started_again

    async def test_what_was_never_started_has_ended_without_a_code(self, engine: Engine) -> None:
        status = await engine.poll({"id": new_id()})
        assert (status.is_running, status.exit_code) == (False, None)
        assert status.reason

    async def test_stopping_what_does_not_run_changes_nothing(self, engine: Engine, tmp_path: Path) -> None:
        state = await engine.start(self.spec(self.ends_with(0), tmp_path))
        before = await self.ended(engine, state)
        await engine.stop(state)
        await engine.stop({"id": new_id()})
        assert await engine.poll(state) == before
