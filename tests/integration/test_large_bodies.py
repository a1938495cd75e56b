"""Large bodies that a thread takes from the socket: everything HTTP promises holds, whoever moves the bytes."""

import os
import socket
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest
from tests.conftest import Running, wait_for

SIZE = 5_000_000
CONTENT = os.urandom(SIZE)
STORE = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def address(client: httpx.Client, unique: Callable[[str], str]) -> str:
    made = client.post("/api/2.0/mlflow/experiments/create", json={"name": unique("large")}).json()
    run = client.post("/api/2.0/mlflow/runs/create", json=made).json()["run"]["info"]
    return f"{STORE}/{run['artifact_uri'].removeprefix('mlflow-artifacts:/')}/large.bin"


def head(platform: Running, address: str, *more: str, size: int = SIZE, method: str = "PUT") -> bytes:
    lines = [
        f"{method} {address} HTTP/1.1",
        f"host: {urlsplit(platform.url).netloc}",
        f"authorization: Bearer {platform.api_key}",
        f"content-length: {size}",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def connected(platform: Running) -> socket.socket:
    place = urlsplit(platform.url)
    return socket.create_connection((place.hostname, place.port), timeout=60)


def statuses(connection: socket.socket, count: int) -> list[int]:
    """The statuses of so many replies; their bodies are short."""
    came = b""
    while came.count(b"HTTP/1.1 ") < count:
        more = connection.recv(65_536)
        assert more, came
        came += more
    return [int(part[:3]) for part in came.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize("size", [1 << 18, (1 << 18) + 1, SIZE])
def test_files_come_whole_and_the_connection_stays(client: httpx.Client, address: str, size: int):
    for _ in range(3):
        assert client.put(address, content=CONTENT[:size]).status_code == 200
        assert client.get(address).content == CONTENT[:size]


def test_a_sender_in_no_hurry_is_waited_for(platform: Running, client: httpx.Client, address: str):
    with closing(connected(platform)) as connection:
        connection.sendall(head(platform, address, "expect: 100-continue"))
        assert statuses(connection, 1) == [100]
        for start in range(0, SIZE, SIZE // 7):
            connection.sendall(CONTENT[start : start + SIZE // 7])
            client.get("/health")
        assert statuses(connection, 1) == [200]

    assert client.get(address).content == CONTENT


def test_a_request_that_is_sent_right_behind_a_body_is_answered(platform: Running, client: httpx.Client, address: str):
    with closing(connected(platform)) as connection:
        connection.sendall(head(platform, address) + CONTENT + head(platform, "/health", size=0, method="GET"))
        assert statuses(connection, 2) == [200, 200]

    assert client.get(address).content == CONTENT


@pytest.mark.parametrize(
    "said",
    [
        ["content-range: nonsense"],
        ["content-md5: " + "A" * 22 + "=="],
        [f"content-range: bytes 0-9/{SIZE}", "repr-digest: sha-256=:" + "A" * 43 + "=:"],
    ],
    ids=["before it is read", "at its end", "in its middle"],
)
def test_a_body_that_is_refused_passes_and_the_connection_stays(platform: Running, address: str, said: list[str]):
    with closing(connected(platform)) as connection:
        for _ in range(2):
            connection.sendall(head(platform, address, *said) + CONTENT)
            connection.sendall(head(platform, "/health", size=0, method="GET"))
            assert statuses(connection, 2) == [400, 200]


def test_of_a_body_that_breaks_off_nothing_stays(platform: Running, client: httpx.Client, address: str):
    with closing(connected(platform)) as connection:
        connection.sendall(head(platform, address) + CONTENT[: SIZE // 2])

    wait_for(lambda: not any(file.name.startswith("new-") for file in platform.home.rglob(".cuvee-staging/*")))
    assert client.get(address).status_code == 404
    assert client.put(address, content=CONTENT).status_code == 200
