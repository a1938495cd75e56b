"""The platform is killed, and a new deployment takes over under load: nobody who calls should notice."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from tests.conftest import ENVIRONMENTS, wait_for

from cuvee.runtimes.values import Environment

from .conftest import CODE, PATIENCE, Endpoint, Project, make_project


@contextmanager
def up(home: Path, *options: str) -> Iterator[subprocess.Popen]:
    """A platform as a process, killed in the end."""
    environment = os.environ | {"CUVEE_ENVIRONMENTS": str(ENVIRONMENTS)}
    command = [sys.executable, "-m", "cuvee", "up", "--home", str(home), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        try:
            assert process.stdout is not None
            assert "ready" in process.stdout.readline()
            yield process
        finally:
            process.kill()


def client(home: Path) -> httpx.Client:
    connection = json.loads((home / "connection.json").read_text())
    return httpx.Client(
        base_url=connection["url"], headers={"authorization": f"Bearer {connection['api_key']}"}, timeout=60
    )


@pytest.fixture
def home(tmp_path: Path, base: Environment) -> Iterator[Path]:
    """A home whose workloads are ended afterwards, whoever was to look after them."""
    yield tmp_path
    for process in psutil.process_iter():
        try:
            if any(str(tmp_path) in part for part in process.cmdline()):
                process.kill()
        except psutil.Error:
            continue


def again(endpoint: Endpoint, http: httpx.Client) -> Endpoint:
    """The same endpoint, seen through another client."""
    return Endpoint(
        client=http, project_id=endpoint.project_id, project_name=endpoint.project_name,
        id=endpoint.id, name=endpoint.name, access_key=endpoint.access_key,
    )  # fmt: skip


def test_replicas_outlive_a_kill_and_answer_as_soon_as_the_platform_is_back(home: Path, unique: Callable[[str], str]):
    with up(home), client(home) as http:
        endpoint = make_project(http, home, unique).endpoint(disable_authentication=True)
        deployment = endpoint.deploy(endpoint.build(**CODE), replicas=2)
        before = {endpoint.call(x=1).json()["response"]["pid"] for _ in range(20)}
    assert all(psutil.pid_exists(pid) for pid in before)

    with up(home), client(home) as http:
        reply = again(endpoint, http).call(x=1)  # the first request there is
        replicas = again(endpoint, http).replicas(deployment)

    assert reply.json()["response"]["pid"] in before
    assert [one["restarts"] for one in replicas] == [0, 0]


def test_a_replica_that_died_while_nobody_looked_is_started_again(home: Path, unique: Callable[[str], str]):
    with up(home), client(home) as http:
        endpoint = make_project(http, home, unique).endpoint(disable_authentication=True)
        endpoint.deploy(endpoint.build(**CODE))
        pid = endpoint.call(x=1).json()["response"]["pid"]
    os.kill(pid, 9)

    with up(home, "--stop-workloads"), client(home) as http:
        found = again(endpoint, http)
        wait_for(lambda: found.call(x=1).status_code == 200, PATIENCE)
        assert found.call(x=1).json()["response"]["pid"] != pid


def test_an_interrupted_build_is_taken_up_again(home: Path, unique: Callable[[str], str]):
    with up(home) as platform, client(home) as http:
        endpoint = make_project(http, home, unique).endpoint(disable_authentication=True)
        for _ in range(4):
            http.post(f"{endpoint.path}/builds", json=CODE)
        platform.kill()

    with up(home), client(home) as http:
        found = again(endpoint, http)
        builds = [found.ended(build) for build in found.builds()]
    assert [build["status"] for build in builds] == ["built"] * 4


def test_a_new_deployment_takes_over_under_load_and_no_call_is_lost(project: Project):
    endpoint = project.endpoint(disable_authentication=True)
    endpoint.deploy(endpoint.build(**CODE), replicas=2)
    seen: list[tuple[int, int]] = []
    ends = threading.Event()

    def load() -> None:
        with httpx.Client(base_url=endpoint.client.base_url, timeout=60) as http:
            while not ends.is_set():
                reply = endpoint.call(http, x=1)
                seen.append((reply.status_code, reply.json().get("response", {}).get("version", 0)))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    code = project.folder / "predict.py"
    code.write_text(code.read_text().replace("VERSION = 1", "VERSION = 2"))
    first = endpoint.deployments(endpoint.builds()[0])[0]
    endpoint.deploy(endpoint.build(**CODE), replicas=2)
    endpoint.reached(first, "stopped")
    ends.set()
    for thread in threads:
        thread.join()

    assert {status for status, _version in seen} == {200}
    assert {version for _status, version in seen} == {1, 2}
    assert endpoint.call(x=1).json()["response"]["version"] == 2


def test_a_replica_that_is_killed_under_load_takes_no_more_along_than_the_calls_it_had(project: Project):
    endpoint = project.endpoint(disable_authentication=True)
    deployment = endpoint.deploy(endpoint.build(**CODE), replicas=2)
    seen: list[tuple[int, int]] = []
    ends = threading.Event()

    def load() -> None:
        with httpx.Client(base_url=endpoint.client.base_url, timeout=60) as http:
            while not ends.is_set():
                reply = endpoint.call(http, x=1)
                seen.append((reply.status_code, reply.json().get("response", {}).get("pid", 0)))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    killed = endpoint.call(x=1).json()["response"]["pid"]
    os.kill(killed, 9)
    wait_for(lambda: sorted(one["restarts"] for one in endpoint.replicas(deployment)) == [0, 1], PATIENCE)
    wait_for(lambda: len({pid for _status, pid in seen[-100:]} - {killed}) == 2, PATIENCE)
    ends.set()
    for thread in threads:
        thread.join()

    lost = [status for status, _pid in seen if status != 200]
    assert set(lost) <= {502}
    assert len(lost) <= len(threads)
