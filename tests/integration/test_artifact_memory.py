"""A large artifact goes through a real server without the server growing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.conftest import wait_for

MEBIBYTE = 1 << 20
LARGE = 200
STORE = "/api/2.0/mlflow-artifacts"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, httpx.Client]]:
    """A platform in a process of its own: its id, and the owner's client."""
    home = tmp_path / "home"
    command = [sys.executable, "-m", "cuvee", "up", "--home", str(home), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: (home / "connection.json").exists() or process.poll() is not None)
        told = json.loads((home / "connection.json").read_text())
        key = {"authorization": f"Bearer {told['api_key']}"}
        with httpx.Client(base_url=told["url"], headers=key, timeout=120) as client:
            yield process.pid, client
    finally:
        process.terminate()
        process.wait(30)


def root(client: httpx.Client) -> str:
    made = client.post("/api/2.0/mlflow/experiments/create", json={"name": "large"}).json()
    run = client.post("/api/2.0/mlflow/runs/create", json=made).json()["run"]["info"]
    return run["artifact_uri"].removeprefix("mlflow-artifacts:/")


def peak(pid: int) -> int:
    """The most memory the process has ever had, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


def pieces(mebibytes: int) -> Iterator[bytes]:
    piece = os.urandom(MEBIBYTE)
    for _ in range(mebibytes):
        yield piece


def up_and_down(client: httpx.Client, address: str, mebibytes: int) -> None:
    assert client.put(address, content=pieces(mebibytes)).status_code == 200
    with client.stream("GET", address) as reply:
        assert sum(len(chunk) for chunk in reply.iter_bytes()) == mebibytes * MEBIBYTE


def in_parts(client: httpx.Client, folder: str, mebibytes: int) -> None:
    body: dict = {"path": "parts.bin", "num_parts": 2}
    made = client.post(f"{STORE}/mpu/create/{folder}", json=body).json()
    sent = [client.put(each["url"], content=pieces(mebibytes // 2)) for each in made["credentials"]]
    parts = [{"part_number": number, "etag": each.headers["etag"]} for number, each in enumerate(sent, 1)]
    done = client.post(f"{STORE}/mpu/complete/{folder}", json=body | {"upload_id": made["upload_id"], "parts": parts})
    assert done.status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_memory_does_not_grow_with_the_file(server: tuple[int, httpx.Client]):
    pid, client = server
    folder = root(client)
    address = f"{STORE}/artifacts/{folder}/file.bin"
    for mebibytes in (4, 16):  # what the first requests leave behind is no growth with the file
        up_and_down(client, address, mebibytes)
        in_parts(client, folder, mebibytes)
    before = peak(pid)

    up_and_down(client, address, LARGE)
    in_parts(client, folder, LARGE)

    assert peak(pid) - before < LARGE // 8, f"{before} MiB became {peak(pid)} MiB"
