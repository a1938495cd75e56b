"""What a kill of the platform leaves: sessions that run on, and are found again. Real processes throughout."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from tests.conftest import ENVIRONMENTS, wait_for
from tests.integration.test_sessions import Session

from cuvee.runtimes.values import Environment

COUNT = "import time\nfor i in range(150):\n    print(i, flush=True)\n    time.sleep(0.05)"


class Platform:
    """`cuvee up` on one home, again and again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen | None = None
        self.clients: list[httpx.Client] = []

    def start(self, *options: str) -> httpx.Client:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cuvee", "up", "--home", str(self.home), "--port", "0", *options],
            stdout=subprocess.PIPE, text=True, env=os.environ | {"CUVEE_ENVIRONMENTS": str(ENVIRONMENTS)},
        )  # fmt: skip
        assert self.process.stdout.readline().startswith("Cuvée is ready")
        found = json.loads((self.home / "connection.json").read_text())
        headers = {"authorization": f"Bearer {found['api_key']}"}
        self.clients.append(httpx.Client(base_url=found["url"], headers=headers, timeout=60))
        return self.clients[-1]

    def end(self, how: signal.Signals) -> None:
        while self.clients:
            self.clients.pop().close()
        if self.process is not None:
            self.process.send_signal(how)
            self.process.communicate(timeout=60)
            self.process = None


@pytest.fixture
def platform(tmp_path: Path, base: Environment) -> Iterator[Platform]:
    platform = Platform(tmp_path)
    yield platform
    platform.end(signal.SIGKILL)
    platform.start("--stop-workloads")
    platform.end(signal.SIGTERM)
    assert not workloads(tmp_path)


def workloads(home: Path) -> list[psutil.Process]:
    """Everything that runs for this home."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if any(str(home) in word for word in command):
            found.append(process)
    return found


@pytest.fixture
def begin(platform: Platform) -> Callable[[], Session]:
    """Starts a platform with a running session in its default project."""

    def start() -> Session:
        client = platform.start()
        project = client.get("/api/v2/projects").json()["projects"][0]["id"]
        session = Session(client, project, idle_minutes=0)
        session.reach("running")
        return session

    return start


def numbers(session: Session, asked: dict) -> list[int]:
    return [int(line) for line in session.text(asked).split()]


def test_a_killed_platform_finds_its_session_again_with_all_it_knew(platform: Platform, begin):
    session = begin()
    session.run("remembered = 42")
    counting = session.ask(code=COUNT)
    wait_for(lambda: len(numbers(session, counting)) > 3)
    waiting = session.ask(code="print(remembered)")

    platform.end(signal.SIGKILL)
    session.client = platform.start()

    assert session.now["status"] == "running"
    assert session.finished(counting)["status"] == "succeeded"
    seen = numbers(session, counting)
    assert (seen, seen[-1]) == (sorted(seen), 149)
    assert len(seen) > 140  # what was on its way at the moment of the kill may be gone
    assert session.text(session.finished(waiting)) == "42\n"


COUNT_ONCE = """
import time
for i in range(100):
    print(i, file=open("counted", "a"), flush=True)
    time.sleep(0.05)
"""


@pytest.fixture
def train(platform: Platform) -> Callable[[], Session]:
    """Starts a platform with a session that runs a script and ends with it."""

    def start() -> Session:
        client = platform.start()
        project = client.get("/api/v2/projects").json()["projects"][0]["id"]
        client.put(f"/api/v2/projects/{project}/files/count.py", content=COUNT_ONCE.encode())
        mlflow, headers = "/api/2.0/mlflow", {"x-mlflow-workspace": "default"}
        made = client.post(f"{mlflow}/experiments/create", json={"name": "counting"}, headers=headers).json()
        tags = [{"key": "mlflow.source.name", "value": "count.py"}]
        run = client.post(f"{mlflow}/runs/create", json={"experiment_id": made["experiment_id"], "tags": tags}).json()
        address = f"/api/v2/projects/{project}/experiments/{made['experiment_id']}/runs/{run['run']['info']['run_id']}"
        return Session.known(client, client.post(f"{address}:retrain").json())

    return start


def counted(platform: Platform) -> list[int]:
    return [int(line) for file in platform.home.glob("projects/*/counted") for line in file.read_text().split()]


def is_begun(platform: Platform) -> bool:
    return len(counted(platform)) > 3


@pytest.mark.parametrize(
    "moment",
    [pytest.param(is_begun, id="while the script runs"),
     pytest.param(lambda platform: len(counted(platform)) == 100, id="as it ends"),
     pytest.param(lambda platform: any("cuvee_runtime.jupyter" in " ".join(each.cmdline())
                                       for each in workloads(platform.home)), id="before it was begun")],
)  # fmt: skip
def test_a_killed_platform_neither_forgets_a_script_nor_runs_it_twice(platform: Platform, train, moment):
    session = train()
    wait_for(lambda: moment(platform), 120)
    platform.end(signal.SIGKILL)
    session.client = platform.start()
    wait_for(lambda: session.now["status"] in {"stopped", "failed"}, 120)

    assert (session.now["status"], session.now["status_reason"]) == ("stopped", "the script count.py ran to its end")
    assert counted(platform) == list(range(100))
    [execution] = session.client.get(f"{session.path}/executions").json()["executions"]
    assert execution["status"] == "succeeded"


def test_a_script_that_ended_while_the_platform_was_away_ends_its_session(platform: Platform, train):
    session = train()
    wait_for(lambda: is_begun(platform), 120)
    platform.end(signal.SIGKILL)
    wait_for(lambda: len(counted(platform)) == 100)
    session.client = platform.start()
    wait_for(lambda: session.now["status"] in {"stopped", "failed"}, 120)

    assert session.now["status_reason"] == "the script count.py ran to its end"


def test_the_command_line_starts_runs_and_stops(platform: Platform, base: Environment):
    platform.start()

    def cuvee(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cuvee", "session", *words, "--home", str(platform.home)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    made = json.loads(cuvee("start", "default", "--json").stdout)
    assert cuvee("run", "default", made["id"], "--code", "print(6 * 7)").stdout == "42\n"
    assert cuvee("run", "default", made["id"], "--code", "1/0").returncode == 1
    assert made["id"] in cuvee("list", "default").stdout
    assert "Jupyter Server" in cuvee("logs", "default", made["id"]).stdout
    assert cuvee("stop", "default", made["id"]).stdout == "Untitled session is stopped.\n"


def test_what_ended_while_the_platform_was_away_is_known(platform: Platform, begin):
    session = begin()
    short = session.ask(code=f"{COUNT.replace('150', '8')}\nopen('done', 'w').close()\n1/0")
    wait_for(lambda: numbers(session, short))
    platform.end(signal.SIGKILL)
    wait_for(lambda: list(platform.home.glob("projects/*/done")))
    session.client = platform.start()

    assert session.finished(short)["status_reason"] == "ZeroDivisionError: division by zero"


def test_a_session_that_ended_while_the_platform_was_away_has_failed(platform: Platform, begin):
    session = begin()
    platform.end(signal.SIGKILL)
    for process in workloads(platform.home):
        process.kill()
    session.client = platform.start()
    wait_for(lambda: session.now["status"] == "failed")

    assert session.now["status_reason"]


def test_a_clean_end_leaves_sessions_running_unless_told_otherwise(platform: Platform, begin):
    session = begin()
    platform.end(signal.SIGTERM)
    assert workloads(platform.home)
    session.client = platform.start("--stop-workloads")
    assert session.now["status"] == "running"
    platform.end(signal.SIGTERM)
    assert not workloads(platform.home)
    session.client = platform.start()

    assert (session.now["status"], session.now["status_reason"]) == ("stopped", "the platform was stopped")
