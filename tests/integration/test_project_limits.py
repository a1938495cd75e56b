"""Projects on a platform with limits, and on one that dies."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.conftest import Running, running, wait_for

from cuvee.core.settings import Settings

PROJECTS = "/api/v2/projects"
MIB = 1024**2


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Running]:
    """A platform that takes 2 MiB at once and 3 MiB in all."""
    with running(Settings(home=tmp_path / "home", port=0, max_upload=2 * MIB, project_quota=3 * MIB)) as platform:
        yield platform


@pytest.fixture
def files(narrow: Running) -> Iterator[tuple[httpx.Client, str, Path]]:
    with narrow.client() as client:
        project = client.post(PROJECTS, json={"name": "narrow"}).json()["id"]
        yield client, f"{PROJECTS}/{project}/files", narrow.home / "projects"


def leftovers(projects: Path) -> list[str]:
    return os.listdir(projects / ".incoming")


def test_more_than_an_upload_may_bring_is_refused(files: tuple[httpx.Client, str, Path]):
    client, address, projects = files
    body = b"x" * (2 * MIB + 1)

    assert client.put(f"{address}/a", content=body).status_code == 413
    assert client.put(f"{address}/a", content=iter([body])).status_code == 413  # without saying how long it is
    assert client.post(address, files={"a": ("a", body)}).status_code == 413
    assert client.get(address).json() == {"files": []}
    assert leftovers(projects) == []


def test_a_project_grows_up_to_its_quota(files: tuple[httpx.Client, str, Path]):
    client, address, projects = files
    body = b"x" * (MIB * 3 // 2)

    assert client.put(f"{address}/one", content=body).status_code == 200
    assert client.put(f"{address}/two", content=body).status_code == 200
    refused = client.put(f"{address}/three", content=b"x")
    assert refused.status_code == 413
    assert "QUOTA" in refused.json()["error"]
    client.delete(f"{address}/one")
    assert client.put(f"{address}/three", content=b"x").status_code == 200
    assert leftovers(projects) == []


def test_a_folder_that_is_too_large_becomes_no_project(narrow: Running, tmp_path: Path):
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "file").write_bytes(b"x" * 4 * MIB)
    with narrow.client() as client:
        made = client.post(PROJECTS, json={"name": "large", "local_path": str(tmp_path / "large")}).json()
        address = f"{PROJECTS}/{made['id']}"
        wait_for(lambda: client.get(address).json()["creation_status"] == "failure")

        assert "QUOTA" in client.get(address).json()["creation_message"]
        assert leftovers(narrow.home / "projects") == []


def test_without_authentication_everybody_is_the_owner(tmp_path: Path):
    with running(Settings(home=tmp_path / "home", port=0, auth="none")) as platform, platform.client("") as client:
        made = client.post(PROJECTS, json={"name": "open"}).json()

        assert made["permissions"]["admin"]
        assert {one["name"] for one in client.get(PROJECTS).json()["projects"]} == {"default", "open"}


def start(home: Path) -> tuple[subprocess.Popen[str], httpx.Client]:
    process = subprocess.Popen(
        [sys.executable, "-m", "cuvee", "up", "--home", str(home), "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    note = json.loads((home / "connection.json").read_text())
    return process, httpx.Client(base_url=note["url"], headers={"authorization": f"Bearer {note['api_key']}"})


def end(process: subprocess.Popen[str], client: httpx.Client, how: signal.Signals) -> None:
    client.close()
    process.send_signal(how)
    process.communicate()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_creation_that_the_platforms_end_interrupts_has_failed_after_the_next_start(tmp_path: Path, how):
    stuck = tmp_path / "stuck"
    for name in ("objects", "refs"):
        (stuck / name).mkdir(parents=True)
    os.mkfifo(stuck / "HEAD")  # git waits here
    process, client = start(tmp_path / "home")
    project = client.post(PROJECTS, json={"name": "stuck", "git_url": str(stuck)}).json()
    assert project["creation_status"] == "creating"
    end(process, client, how)
    os.close(os.open(stuck / "HEAD", os.O_RDWR | os.O_NONBLOCK))  # lets a git go that outlived a kill

    process, client = start(tmp_path / "home")
    try:
        after = client.get(f"{PROJECTS}/stuck").json()
        assert after["creation_status"] == "failure"
        assert "stopped" in after["creation_message"]
        assert os.listdir(tmp_path / "home" / "projects" / ".incoming") == []
    finally:
        end(process, client, signal.SIGTERM)
