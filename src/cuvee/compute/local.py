"""The engine that runs workloads as processes of this machine, each below a supervisor of its own (`shim.py`).

What says that a workload runs is a lock that only its supervisor holds, from before it is started until it is gone:
a process id that was given to somebody else cannot fool us, nor can a clock.
"""

import asyncio
import fcntl
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from cuvee.compute import errors, shim
from cuvee.compute.values import State, Status, WorkloadSpec

_SHIM: Final = Path(shim.__file__)
_MARK: Final = "CUVEE_WORKLOAD_ID"
#: Seconds that a supervisor may take beyond its workload's grace before it is killed itself.
_PATIENCE: Final = 15.0
_PAUSE: Final = 0.02
_LOST: Final = "nobody saw how it ended: the machine was restarted, or its supervisor was killed"
_NEVER: Final = "it was not started: the platform was stopped at that moment"


class LocalEngine:
    """Runs workloads below `root`, one folder each: specification, logs, exit code."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._children: set[int] = set()

    def folder(self, workload_id: str) -> Path:
        """Where a workload's files are."""
        return self._root / workload_id

    async def start(self, spec: WorkloadSpec) -> State:
        """Start the supervisor, which starts the workload; returns when it did."""
        pid = await asyncio.to_thread(self._start, spec)
        self._children.add(pid)
        state = {"id": spec.id, "pid": pid}
        while (await self.poll(state)).is_running and not self._started(spec.id):
            await asyncio.sleep(_PAUSE / 4)
        return state

    async def poll(self, state: State) -> Status:
        """Three small system calls while it runs."""
        folder = self.folder(state["id"])
        status = _ended(folder)
        if status is None and _is_locked(folder):
            return Status(is_running=True)
        await self._reap(state.get("pid"))
        # It may have ended between the two looks.
        return status or _ended(folder) or _lost(folder)

    async def stop(self, state: State) -> None:
        """SIGTERM to the supervisor, which passes it on; when even that does not answer, kill everything."""
        if (await self.poll(state)).is_running:
            folder = self.folder(state["id"])
            until = time.monotonic() + _PATIENCE + _read(folder / "spec.json").get("grace", 0)
            while not self._started(state["id"]) and (await self.poll(state)).is_running:
                await asyncio.sleep(_PAUSE)
            _signal(_read(folder / "process.json").get("pid"), signal.SIGTERM)
            while (await self.poll(state)).is_running and time.monotonic() < until:
                await asyncio.sleep(_PAUSE)
        if (await self.poll(state)).exit_code is None:
            await asyncio.to_thread(_sweep, state["id"])

    def _start(self, spec: WorkloadSpec) -> int:
        folder = self.folder(spec.id)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise errors.CannotStart(f"{folder} cannot be written: {error.strerror}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write_spec(folder, spec)
            return _spawn(folder, lock, {**spec.environment, _MARK: spec.id})
        except (BlockingIOError, FileExistsError):
            raise errors.AlreadyStarted from None
        except OSError as error:
            raise errors.CannotStart(f"The workload cannot be started: {error.strerror}.") from error
        finally:
            os.close(lock)

    def _started(self, workload_id: str) -> bool:
        return (self.folder(workload_id) / "process.json").exists()

    async def _reap(self, pid: int | None) -> None:
        """Our own children are taken from the process table; those of an earlier platform were the system's."""
        if pid is None or pid not in self._children:
            return
        self._children.discard(pid)
        with suppress(ChildProcessError):
            # It let go of its lock or wrote its last word a moment ago, so it is about to be gone.
            while os.waitpid(pid, os.WNOHANG) == (0, 0):  # noqa: ASYNC222 - it does not wait
                await asyncio.sleep(_PAUSE / 10)


def _spawn(folder: Path, lock: int, environment: dict[str, str]) -> int:
    writing = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    high = fcntl.fcntl(lock, fcntl.F_DUPFD_CLOEXEC, 10)
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", str(_SHIM), str(folder)],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(folder / "stdout.log"), writing, 0o600),
                (os.POSIX_SPAWN_OPEN, 2, str(folder / "stderr.log"), writing, 0o600),
                (os.POSIX_SPAWN_DUP2, high, 3),
            ],
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
        )
    finally:
        os.close(high)


def _write_spec(folder: Path, spec: WorkloadSpec) -> None:
    content = {
        "command": spec.command,
        "directory": str(spec.directory),
        "memory": spec.profile.memory_bytes,
        "grace": spec.grace,
        "niceness": spec.niceness,
    }
    descriptor = os.open(folder / "spec.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.encode(content))


def _is_locked(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _ended(folder: Path) -> Status | None:
    found = _read(folder / "exit.json")
    if not found:
        return None
    return Status(
        is_running=False, exit_code=found["exit_code"], reason=found["reason"], ended_at=found.get("ended_at", 0)
    )


def _lost(folder: Path) -> Status:
    return Status(is_running=False, reason=_LOST if (folder / "spec.json").exists() else _NEVER)


def _sweep(workload_id: str) -> None:
    """Kill all processes that carry the workload's mark: what a killed supervisor left behind."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(_MARK) == workload_id:
                process.kill()
                process.wait(5)


def _signal(pid: int | None, number: signal.Signals) -> None:
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    return found
