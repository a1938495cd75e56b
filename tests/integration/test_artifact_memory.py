"""Large files, large folders and long metrics go through a real server without the server growing with them."""

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.conftest import wait_for

MEBIBYTE = 1 << 20
LARGE = 200
#: Files of a folder.
MANY = 50_000
#: MiB that the server may grow by.
MOST = 32
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


def resumed(client: httpx.Client, address: str, mebibytes: int) -> None:
    piece = os.urandom(MEBIBYTE)
    total = hashlib.sha256()
    for _ in range(mebibytes):
        total.update(piece)
    digest = f"sha-256=:{base64.b64encode(total.digest()).decode()}:"
    size, goes = mebibytes * MEBIBYTE, 4
    for start in range(0, size, size // goes):
        extent = f"bytes {start}-{start + size // goes - 1}/{size}"
        body = (piece for _ in range(mebibytes // goes))
        reply = client.put(address, content=body, headers={"content-range": extent, "repr-digest": digest})
        assert int(reply.headers["upload-offset"]) == start + size // goes
    assert reply.status_code == 200


def listed(client: httpx.Client, folder: str, count: int) -> None:
    reply = client.get("/api/2.0/mlflow/artifacts/list", params={"run_id": folder.split("/")[1], "path": f"{count}"})
    assert len(reply.json()["files"]) == count


def logged(client: httpx.Client, run_id: str, batches: int) -> None:
    for batch in range(batches):
        metrics = [{"key": f"m{n % 10}", "value": n, "timestamp": n, "step": batch * 1000 + n} for n in range(1000)]
        reply = client.post("/api/2.0/mlflow/runs/log-batch", json={"run_id": run_id, "metrics": metrics})
        assert reply.status_code == 200


def growth(pid: int, work: Callable[[], None]) -> int:
    """By how many MiB the process was larger at some moment of the work than before it."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # forgets the peak
    before = peak(pid)
    work()
    return peak(pid) - before


needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")


@needs_proc
def test_memory_does_not_grow_with_the_file(server: tuple[int, httpx.Client]):
    pid, client = server
    folder = root(client)
    address = f"{STORE}/artifacts/{folder}/file.bin"

    def there_and_back(mebibytes: int) -> None:
        up_and_down(client, address, mebibytes)
        in_parts(client, folder, mebibytes)
        resumed(client, address, mebibytes)

    there_and_back(4)  # what the first requests leave behind is no growth with the file
    there_and_back(16)

    assert growth(pid, lambda: there_and_back(LARGE)) < MOST


@needs_proc
def test_memory_does_not_grow_with_the_folder(server: tuple[int, httpx.Client], tmp_path: Path):
    pid, client = server
    folder = root(client)
    client.put(f"{STORE}/artifacts/{folder}/first", content=b"x")
    (place,) = tmp_path.glob(f"home/projects/*/.experiments/{folder}")
    for count in (MANY // 10, MANY):
        (place / f"{count}").mkdir()
        for number in range(count):
            os.mknod(place / f"{count}" / f"file-{number}.bin")
    listed(client, folder, MANY // 10)

    assert growth(pid, lambda: listed(client, folder, MANY)) < MOST


@needs_proc
def test_memory_does_not_grow_with_what_is_logged(server: tuple[int, httpx.Client]):
    pid, client = server
    run_id = root(client).split("/")[1]
    logged(client, run_id, 20)

    assert growth(pid, lambda: logged(client, run_id, 200)) < MOST
