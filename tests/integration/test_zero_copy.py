"""Downloads that the system sends by itself: everything HTTP promises holds, whoever moves the bytes."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from tests.conftest import Running, wait_for

from cuvee.api.zerocopy import EXTENSION, ZeroCopy

SIZE = 20_000_000
STORE = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def stored(client: httpx.Client) -> Iterator[tuple[str, bytes]]:
    """The address of a file that no socket's buffer holds, and its content."""
    run = client.post("/api/2.0/mlflow/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]
    address = f"{STORE}/{run['artifact_uri'].removeprefix('mlflow-artifacts:/')}/large.bin"
    content = os.urandom(SIZE)
    assert client.put(address, content=content).status_code == 200
    yield address, content
    client.delete(address)


def opened(platform: Running, address: str) -> socket.socket:
    """A connection on which the file was asked for."""
    place = urlsplit(platform.url)
    connection = socket.create_connection((place.hostname, place.port), timeout=60)
    head = f"GET {address} HTTP/1.1\r\nhost: {place.netloc}\r\nauthorization: Bearer {platform.api_key}\r\n"
    connection.sendall(f"{head}connection: close\r\n\r\n".encode())
    return connection


def files_open(platform: Running) -> int:
    """How many of the platform's files this process, in which it runs, has open."""
    count = 0
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            file = each.readlink()
            count += file.is_relative_to(platform.home) and file.name == "large.bin"
    return count


def test_a_file_comes_whole_and_the_connection_stays(client: httpx.Client, stored: tuple[str, bytes]):
    address, content = stored

    for _ in range(3):
        reply = client.get(address)
        assert reply.content == content
        assert "transfer-encoding" not in reply.headers


def test_a_part_of_a_file_comes(client: httpx.Client, stored: tuple[str, bytes]):
    address, content = stored

    reply = client.get(address, headers={"range": f"bytes=17-{SIZE - 18}"})

    assert (reply.status_code, reply.content) == (206, content[17:-17])


def test_a_slow_reader_gets_everything(platform: Running, stored: tuple[str, bytes]):
    address, content = stored
    with closing(opened(platform, address)) as connection:
        received = b"".join(iter(partial(connection.recv, 8_192), b""))

    assert received.partition(b"\r\n\r\n")[2] == content


def test_a_reader_that_goes_away_leaves_nothing_open(platform: Running, stored: tuple[str, bytes]):
    with closing(opened(platform, stored[0])) as connection:
        assert connection.recv(1_000)
        wait_for(lambda: files_open(platform))

    wait_for(lambda: not files_open(platform))


def test_others_are_answered_while_a_reader_stands_still(
    platform: Running, client: httpx.Client, stored: tuple[str, bytes]
):
    readers = [opened(platform, stored[0]) for _ in range(20)]
    try:
        wait_for(lambda: files_open(platform) == len(readers))
        assert client.get("/health").status_code == 200
        assert client.get(stored[0]).content == stored[1]
    finally:
        for each in readers:
            each.close()
    wait_for(lambda: not files_open(platform))


def test_a_file_that_was_cut_short_is_not_taken_for_whole(platform: Running, stored: tuple[str, bytes]):
    run_id = stored[0].split("/")[-3]
    with closing(opened(platform, stored[0])) as connection:
        assert connection.recv(1_000)
        os.truncate(next(platform.home.glob(f"projects/*/.experiments/*/{run_id}/artifacts/large.bin")), 0)
        received = sum(map(len, iter(partial(connection.recv, 1 << 20), b"")))

    assert received < SIZE


def test_the_server_offers_it():
    """So that a uvicorn that keeps its socket elsewhere is noticed."""
    offered: list[Any] = []

    async def application(scope: Any, _receive: Any, send: Any) -> None:
        offered.append(scope.get("extensions"))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    server = uvicorn.Server(uvicorn.Config(ZeroCopy(application), lifespan="off", log_config=None, ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            for ask in (httpx.get, httpx.post):
                assert ask(f"http://127.0.0.1:{listener.getsockname()[1]}/").status_code == 204
        finally:
            server.should_exit = True
            thread.join()

    assert offered == [{EXTENSION: {}}, None]
