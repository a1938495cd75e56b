"""What the local engine does beyond the contract, with real processes."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from cuvee.compute import environment
from cuvee.compute.local import LocalEngine
from cuvee.compute.values import Kind, Profile, Status, WorkloadSpec
from cuvee.core.ids import new_id

SAY_PIDS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
print(os.getpid(), child.pid, flush=True)
"""
WAIT = "import signal; signal.pause()\n"


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    return LocalEngine(tmp_path / "workloads")


@pytest.fixture
async def run(engine: LocalEngine, tmp_path: Path) -> AsyncIterator[Callable[..., object]]:
    """Starts Python code as a workload; whatever it leaves is stopped after the test."""
    states = []

    async def start(code: str, **changes: object) -> dict:
        given = {"environment": environment.base(), "directory": tmp_path, "grace": 5.0} | changes
        spec = WorkloadSpec(id=new_id(), kind=Kind.JOB, command=(sys.executable, "-uc", code), **given)
        states.append(await engine.start(spec))
        return states[-1]

    yield start
    for state in states:
        await engine.stop(state)


async def ended(engine: LocalEngine, state: dict) -> Status:
    async with asyncio.timeout(60):
        while (status := await engine.poll(state)).is_running:
            await asyncio.sleep(0.01)
    return status


async def logged(engine: LocalEngine, state: dict, stream: str = "stdout") -> str:
    """What it wrote, as soon as there is a line."""
    log = engine.folder(state["id"]) / f"{stream}.log"
    async with asyncio.timeout(60):
        while "\n" not in (text := log.read_text()):
            await asyncio.sleep(0.01)
    return text


async def gone(pid: int) -> None:
    async with asyncio.timeout(60):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.01)


async def test_both_streams_are_kept(engine, run):
    state = await run("import sys; print('out'); print('err', file=sys.stderr)")
    await ended(engine, state)

    assert await logged(engine, state) == "out\n"
    assert await logged(engine, state, "stderr") == "err\n"


async def test_nothing_but_its_environment_reaches_it(engine, run):
    os.environ["CUVEE_SECRET_OF_THE_PLATFORM"] = "x"
    state = await run("import os, json; print(json.dumps(dict(os.environ)))", environment={"A": "1"})
    seen = json.loads(await logged(engine, state))
    del os.environ["CUVEE_SECRET_OF_THE_PLATFORM"]

    assert seen.keys() - {"LC_CTYPE"} == {"A", "CUVEE_WORKLOAD_ID"}


async def test_its_environment_is_written_nowhere(engine, run):
    state = await run("pass", environment={"TOKEN": "verysecret"})
    await ended(engine, state)

    assert not [path for path in engine.folder(state["id"]).iterdir() if "verysecret" in path.read_text()]


async def test_it_inherits_no_open_file(engine, run, tmp_path: Path):
    with (tmp_path / "open").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        state = await run("import os; print(sorted(map(int, os.listdir('/proc/self/fd'))))")
        assert set(json.loads(await logged(engine, state))) <= {0, 1, 2, 3}  # 3 reads the folder itself


async def test_its_files_are_for_its_owner_alone(engine, run, tmp_path: Path):
    await ended(engine, await run("open('made', 'w')"))

    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o600


async def test_a_stop_reaches_what_went_into_the_background(engine, run):
    state = await run(SAY_PIDS + WAIT)
    pids = [int(pid) for pid in (await logged(engine, state)).split()]

    await engine.stop(state)

    assert not [pid for pid in pids if psutil.pid_exists(pid)]


async def test_what_it_left_in_the_background_ends_with_it(engine, run):
    state = await run(SAY_PIDS)
    background = int((await logged(engine, state)).split()[1])
    await ended(engine, state)

    assert not psutil.pid_exists(background)


async def test_it_may_end_in_its_own_way(engine, run):
    state = await run(
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\nprint('ready')\nsignal.pause()"
    )
    await logged(engine, state)
    await engine.stop(state)

    assert await engine.poll(state) == Status(
        is_running=False, exit_code=7, reason="stopped", ended_at=(await engine.poll(state)).ended_at
    )


async def test_who_does_not_listen_is_killed_after_the_grace(engine, run):
    state = await run(
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready')\nwhile True: signal.pause()",
        grace=0.2,
    )
    await logged(engine, state)
    await engine.stop(state)

    assert (await engine.poll(state)).exit_code == 128 + signal.SIGKILL


async def test_who_uses_more_memory_than_agreed_is_ended_with_the_reason(engine, run):
    state = await run("x = b'1' * (400 << 20)\n" + WAIT, profile=Profile(cpu=1, memory=0.2))
    status = await ended(engine, state)

    assert status.reason.startswith("out of memory: used 0.")
    assert status.reason.endswith(" GiB of 0.20 GiB")
    assert "out of memory" in await logged(engine, state, "stderr")


async def test_memory_that_children_share_counts_once(engine, run):
    shared = "import os\nx = b'1' * (100 << 20)\nfor _ in range(4):\n    if os.fork() == 0: break\n"
    state = await run(shared + "print('ready', flush=True)\nimport time; time.sleep(2.5)", profile=Profile(memory=0.25))

    assert (await ended(engine, state)).reason == ""


async def test_a_command_that_does_not_exist_ends_with_127(engine, tmp_path: Path):
    state = await engine.start(WorkloadSpec(id=new_id(), kind=Kind.JOB, command=("/no/such",), directory=tmp_path))

    assert (await ended(engine, state)).exit_code == 127
    assert "/no/such cannot be run" in await logged(engine, state, "stderr")


async def test_a_signal_is_named(engine, run):
    state = await run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    status = await ended(engine, state)

    assert (status.exit_code, status.reason) == (139, "ended by SIGSEGV")


async def test_without_its_supervisor_it_ends_and_nothing_is_left(engine, run):
    state = await run(SAY_PIDS + WAIT)
    pids = [int(pid) for pid in (await logged(engine, state)).split()]
    os.kill(state["pid"], signal.SIGKILL)
    status = await ended(engine, state)
    await engine.stop(state)

    assert status.exit_code is None
    assert "nobody saw" in status.reason
    for pid in pids:
        await gone(pid)


async def test_a_supervisor_that_ended_is_no_zombie(engine, run):
    state = await run("pass")
    await ended(engine, state)

    assert not psutil.pid_exists(state["pid"])


async def test_a_look_costs_microseconds(engine, run):
    state = await run(WAIT)
    began = time.process_time()
    for _ in range(1000):
        await engine.poll(state)

    assert time.process_time() - began < 1  # 1 ms a look would be a mistake; it is some 30 µs


@pytest.mark.parametrize(
    "name", ["AWS_SECRET_ACCESS_KEY", "CUVEE_HOME", "UV_PUBLISH_TOKEN", "PIP_TARGET", "VIRTUAL_ENV"]
)
def test_what_is_not_on_the_list_stays_here(name: str):
    assert name not in environment.base({name: "x"})


@pytest.mark.parametrize("name", ["PATH", "LC_ALL", "https_proxy", "SSL_CERT_FILE", "PIP_INDEX_URL", "UV_INDEX_URL"])
def test_what_an_installation_needs_goes_along(name: str):
    assert environment.base({name: "x"}) == {name: "x"}
