"""Workloads and the database are kept in agreement."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from cuvee.compute import errors, service
from cuvee.compute.reconcile import Workloads
from cuvee.compute.values import Kind, Phase, Workload, WorkloadSpec
from cuvee.core.ids import new_id
from cuvee.db.database import Database
from cuvee.testing.engines import FakeEngine

PLACE = new_id()


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def workloads(database: Database, engine: FakeEngine) -> AsyncIterator[Workloads]:
    opened = Workloads(database, engine, PLACE)
    await opened.open()
    yield opened
    await opened.close()


def spec(*command: str) -> WorkloadSpec:
    return WorkloadSpec(id=new_id(), kind=Kind.JOB, command=command, directory=Path("/"), environment={"KEY": "secret"})


async def start(workloads: Workloads, *command: str) -> Workload:
    return await workloads.start(spec(*command), project_id=new_id(), owner_id=new_id())


async def ended(workloads: Workloads, workload: Workload) -> Workload:
    async with asyncio.timeout(30):
        while (found := await workloads.get(workload.id)).is_live:
            await asyncio.sleep(0.01)
    return found


async def test_what_ends_is_noticed_and_told(workloads: Workloads):
    told: list[Phase] = []

    async def listener(workload: Workload) -> None:
        told.append(workload.phase)

    workloads.listen(listener)
    workload = await start(workloads, "exit", "3")

    assert (await ended(workloads, workload)).exit_code == 3
    assert told == [Phase.RUNNING, Phase.ENDED]


async def test_a_listener_that_fails_disturbs_nobody(workloads: Workloads):
    async def listener(workload: Workload) -> None:
        raise ValueError

    workloads.listen(listener)

    assert (await ended(workloads, await start(workloads, "exit", "0"))).exit_code == 0


async def test_the_reason_of_a_stop_is_kept(workloads: Workloads):
    workload = await start(workloads, "run")
    assert (await workloads.stop(workload.id, "it was idle")).phase is Phase.STOPPING
    assert (await workloads.stop_and_wait(workload.id, "again")).phase is Phase.ENDED

    assert (await workloads.get(workload.id)).reason == "it was idle"


async def test_a_restarted_platform_goes_on_watching(database: Database, workloads: Workloads, engine: FakeEngine):
    workload = await start(workloads, "run")
    await workloads.close()
    later = Workloads(database, FakeEngine(engine.world), PLACE)
    await later.open()

    assert (await later.get(workload.id)).phase is Phase.RUNNING
    assert (await later.stop_and_wait(workload.id)).phase is Phase.ENDED
    await later.close()


@pytest.mark.parametrize(("started", "phase"), [(True, Phase.RUNNING), (False, Phase.ENDED)])
async def test_a_start_that_was_cut_off_is_found_out(
    database: Database, engine: FakeEngine, started: bool, phase: Phase
):
    wanted = spec("run")
    await database.write(partial(service.add, spec=wanted, project_id="p", owner_id="u", place=PLACE))
    if started:
        await engine.start(wanted)
    workloads = Workloads(database, engine, PLACE)
    await workloads.open()

    async with asyncio.timeout(30):
        while (await workloads.get(wanted.id)).phase is not phase:
            await asyncio.sleep(0.01)
    await workloads.close()


async def test_a_stop_that_was_cut_off_is_carried_out(database: Database, workloads: Workloads, engine: FakeEngine):
    workload = await start(workloads, "run")
    await workloads.close()
    await database.write(partial(service.mark_stopping, workload_id=workload.id, reason="stopped"))
    later = Workloads(database, engine, PLACE)
    await later.open()

    assert (await ended(later, workload)).exit_code == 143
    await later.close()


async def test_other_platforms_workloads_are_left_alone(database: Database, workloads: Workloads, engine: FakeEngine):
    workload = await start(workloads, "run")
    other = Workloads(database, FakeEngine(), new_id())
    await other.open()
    await other.close(stop_all=True)

    assert (await workloads.get(workload.id)).phase is Phase.RUNNING


async def test_all_can_be_stopped_in_the_end(workloads: Workloads):
    workload = await start(workloads, "run")
    await workloads.close(stop_all=True)

    assert (await workloads.get(workload.id)).reason == "the platform was stopped"


async def test_what_ended_unseen_says_so(workloads: Workloads, engine: FakeEngine):
    workload = await start(workloads, "run")
    engine.lose(workload.id)
    found = await ended(workloads, workload)

    assert (found.exit_code, found.reason) == (None, "it was not started")


async def test_what_cannot_be_started_is_kept_with_its_reason(
    database: Database, engine: FakeEngine, workloads: Workloads
):
    wanted = spec("run")
    await engine.start(wanted)
    with pytest.raises(errors.AlreadyStarted):
        await workloads.start(wanted, project_id="p", owner_id="u")

    assert (await workloads.get(wanted.id)).phase is Phase.ENDED


async def test_an_unknown_workload_is_not_found(workloads: Workloads):
    with pytest.raises(errors.WorkloadNotFound):
        await workloads.stop(new_id())


def test_profiles_are_listed_with_what_the_machine_has(client: httpx.Client):
    profiles = client.get("/api/v2/profiles").json()["profiles"]

    assert profiles[0] == {
        "cpu": 1, "memory": 2, "nvidia_gpu": 0, "description": "1 vCPU / 2 GiB Memory", "available": True,
    }  # fmt: skip
