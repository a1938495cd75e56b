"""The supervisor of one local workload: a small process between the system and the user's code.

It is run by path, `python -I -S shim.py FOLDER`, and imports nothing of ours, so that it starts in milliseconds. It
outlives the platform, so that an exit code is written down whoever is there to ask. It is the reaper of all that the
workload starts (on Linux also of what puts itself into the background), so that nothing is left when it ends.

In the folder: `spec.json` is read; `process.json` is written when the workload runs; `exit.json`, whole or not at all,
when nothing of it is left. A lock, handed down by who started it and given to nobody else, is held all that time.
"""

import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

_LOCK: Final = 3
_WATCH: Final = 1.0  # seconds between looks at memory
_MOST_PROCESSES: Final = 2_000
_NOT_FOUND: Final = 127
_BY_SIGNAL: Final = 128
_PAGE: Final = resource.getpagesize()
_STOPS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_SET_DEATH_SIGNAL: Final = 1
_SET_CHILD_SUBREAPER: Final = 36


class Supervisor:
    """Watches one workload from its start to its end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spec = json.loads((folder / "spec.json").read_text())
        self._child = 0
        self._status: int | None = None
        self._reason = ""
        self._kill_at = 0.0
        self._wakeups = os.pipe()

    def run(self) -> None:
        _prctl(_SET_CHILD_SUBREAPER, 1)
        self._listen()
        # Until the child is known (here) and has its own handlers (there), a signal waits.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        self._child = _launch(self._spec)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        _write(self._folder / "process.json", {"pid": os.getpid(), "child": self._child})
        while self._status is None:
            self._wait()
            self._reap()
            if self._kill_at and time.monotonic() > self._kill_at:
                self._kill_all()
            elif not self._reason:
                self._watch()
        self._kill_all()
        code = os.waitstatus_to_exitcode(self._status)
        exit_code = _BY_SIGNAL - code if code < 0 else code
        reason = self._reason or (f"ended by {_signal_name(-code)}" if code < 0 else "")
        _write(
            self._folder / "exit.json",
            {"exit_code": exit_code, "reason": reason, "ended_at": time.time_ns() // 1_000_000},
        )

    def _listen(self) -> None:
        reader, writer = self._wakeups
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in _STOPS:
            signal.signal(number, lambda *_: self._stop())

    def _stop(self) -> None:
        if not self._kill_at:
            self._reason = self._reason or "stopped"
            self._kill_at = time.monotonic() + self._spec["grace"]
            _kill_group(self._child, signal.SIGTERM)

    def _wait(self) -> None:
        reader, _writer = self._wakeups
        timeout = min(_WATCH, max(0.0, self._kill_at - time.monotonic())) if self._kill_at else _WATCH
        if select.select([reader], [], [], timeout)[0]:
            os.read(reader, 4096)

    def _reap(self) -> None:
        """Take the exit codes of all that ended; orphans of the workload have become our children."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._child:
                self._status = status

    def _watch(self) -> None:
        pids = descendants(os.getpid())
        limit = self._spec["memory"]
        used = memory(pids, limit)
        if used > limit:
            self._end(f"out of memory: used {_gib(used)} of {_gib(limit)}")
        elif len(pids) > _MOST_PROCESSES:
            self._end(f"too many processes: {len(pids)} of {_MOST_PROCESSES}")

    def _end(self, reason: str) -> None:
        """Memory that is gone cannot be asked for politely."""
        self._reason = reason
        self._kill_at = time.monotonic()
        note = f"\ncuvee: ended, {reason}\n".encode()
        os.write(2, note)
        self._kill_all()

    def _kill_all(self) -> None:
        """Kill the group and every descendant, until none is left."""
        _kill_group(self._child, signal.SIGKILL)
        until = time.monotonic() + 10
        while (pids := descendants(os.getpid())) and time.monotonic() < until:
            for pid in pids:
                _kill(pid, signal.SIGKILL)
            self._reap()
            time.sleep(0.005)
        self._reap()


def descendants(pid: int) -> list[int]:
    """All processes below one. Empty where the system does not tell (not Linux)."""
    found: list[int] = []
    try:
        threads = [path.name for path in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return found
    for thread in threads:
        try:
            text = Path(f"/proc/{pid}/task/{thread}/children").read_text()
        except OSError:
            continue
        for child in map(int, text.split()):
            found += [child, *descendants(child)]
    return found


def memory(pids: list[int], limit: int) -> int:
    """Bytes in use. The quick sum counts pages twice that processes share; only above the limit is it done exactly."""
    quick = sum(_private_pages(pid) for pid in pids) * _PAGE
    if quick <= limit:
        return quick
    return sum(_proportional(pid) for pid in pids)


def _private_pages(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return int(fields[1]) - int(fields[2])


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return _private_pages(pid) * _PAGE
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Pss:", "SwapPss:")))


def _launch(spec: dict[str, Any]) -> int:
    """Start the workload in a session of its own."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        _prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
        for number in (*_STOPS, signal.SIGCHLD, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(spec["niceness"])
        os.chdir(spec["directory"])
        os.execvp(spec["command"][0], spec["command"])  # noqa: S606 - this is what we are for
    except OSError as error:
        os.write(2, f"cuvee: {spec['command'][0]} cannot be run in {spec['directory']}: {error.strerror}\n".encode())
    finally:
        os._exit(_NOT_FOUND)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _kill_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        _kill(pid, number)


def _kill(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _write(path: Path, content: dict[str, Any]) -> None:
    draft = path.with_suffix(".draft")
    with draft.open("w") as stream:
        stream.write(json.dumps(content))
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def _signal_name(number: int) -> str:
    return signal.Signals(number).name


def _gib(count: int) -> str:
    return f"{count / 1024**3:.2f} GiB"


if __name__ == "__main__":
    os.umask(0o077)
    os.chdir("/")
    os.set_inheritable(_LOCK, False)
    os.closerange(_LOCK + 1, 1024)
    Supervisor(Path(sys.argv[1])).run()
