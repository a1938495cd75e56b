"""A server as a process group: started, waited for, paused, weighed, ended."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_PATIENCE: Final = 120.0


class DidNotStart(Exception):
    """The server ended, or did not answer in time."""


class Failed(Exception):
    """A program that was needed failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How a server is started. `{port}` in the arguments and the environment becomes the port."""

    arguments: Sequence[str]
    #: Answers 200 without a key when the server is ready.
    ready: str
    folder: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server."""

    process: psutil.Process
    port: int
    #: Seconds from the start of the process to its first answer.
    took: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def pause(self) -> None:
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)

    def memory(self) -> float:
        """Resident memory of the process and all its descendants, in MB (10^6 bytes)."""
        return sum(process.memory_info().rss for process in self._tree()) / 1e6

    def forget_peak(self) -> None:
        """Have `peak` begin at what is held now."""
        for process in self._tree():
            Path(f"/proc/{process.pid}/clear_refs").write_text("5")

    def peak(self) -> float:
        """The most memory each process had since `forget_peak`, together, in MB."""
        status = [Path(f"/proc/{process.pid}/status").read_text() for process in self._tree()]
        peaks = [line for text in status for line in text.splitlines() if line.startswith("VmHWM:")]
        return sum(int(line.split()[1]) for line in peaks) * 1024 / 1e6

    def _tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def running(command: Command) -> Iterator[Server]:
    """Start a server, wait for its first answer, and end it with all its processes afterwards.

    Raises:
        DidNotStart: with the last lines of what it said.

    """
    command.folder.mkdir(parents=True, exist_ok=True)
    said = command.folder / "server.log"
    port = free_port()
    arguments = [argument.replace("{port}", str(port)) for argument in command.arguments]
    given = {name: value.replace("{port}", str(port)) for name, value in command.environment.items()}
    with said.open("ab") as log:
        began = time.perf_counter()
        child = subprocess.Popen(
            arguments,
            cwd=command.folder,
            env=surroundings() | given,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(child, port, command.ready, said)
        yield Server(process=psutil.Process(child.pid), port=port, took=time.perf_counter() - began)
    finally:
        _end(child)


def output(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """What a program writes.

    Raises:
        Failed: with the last lines of what it said instead.

    """
    surrounding = surroundings() | dict(environment or {})
    done = subprocess.run(arguments, capture_output=True, text=True, env=surrounding, check=False)
    if done.returncode:
        raise Failed(done.stderr[-2000:])
    return done.stdout


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def surroundings() -> dict[str, str]:
    """The environment without what belongs to this program's own."""
    mine = ("VIRTUAL_ENV", "PYTHON", "MLFLOW_", "CUVEE_", "UV_")
    return {name: value for name, value in os.environ.items() if not name.startswith(mine)}


def _wait(child: subprocess.Popen[bytes], port: int, path: str, said: Path) -> None:
    until = time.perf_counter() + _PATIENCE
    while not _answers(port, path):
        if child.poll() is not None or time.perf_counter() > until:
            raise DidNotStart(said.read_text(errors="replace")[-2000:])
        time.sleep(0.005)


def _answers(port: int, path: str) -> bool:
    # A closed port is refused at once; a request is only tried when somebody listens.
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the whole group: politely, then for certain."""
    for how, patience in ((signal.SIGCONT, 0.0), (signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0)):
        try:
            os.killpg(child.pid, how)
        except ProcessLookupError:
            break
        if patience:
            _reap(child, patience)
    child.wait()


def _reap(child: subprocess.Popen[bytes], patience: float) -> None:
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        return
