"""Uploads that break off go on where they ended: artifacts and a project's files, by one protocol."""

import base64
import hashlib
import os
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from tests.conftest import Running, wait_for

CONTENT = b"0123456789" * 30_000
SIZE = len(CONTENT)


def artifact(client: httpx.Client, name: str) -> str:
    made = client.post("/api/2.0/mlflow/experiments/create", json={"name": name}).json()
    run = client.post("/api/2.0/mlflow/runs/create", json=made).json()["run"]["info"]
    return "/api/2.0/mlflow-artifacts/artifacts/" + run["artifact_uri"].removeprefix("mlflow-artifacts:/") + "/a.bin"


def project_file(client: httpx.Client, name: str) -> str:
    return f"/api/v2/projects/{client.post('/api/v2/projects', json={'name': name}).json()['id']}/files/a.bin"


@pytest.fixture(params=[artifact, project_file])
def address(request: pytest.FixtureRequest, client: httpx.Client, unique: Callable[[str], str]) -> str:
    return request.param(client, unique("resumed"))


def headers(extent: str, content: bytes = CONTENT) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return {"content-range": f"bytes {extent}/{len(content)}", "repr-digest": f"sha-256=:{digest}:"}


def sent(client: httpx.Client, address: str, extent: str, body: bytes = b"", **more: str) -> tuple[int, int]:
    """Status, and how far the upload came."""
    reply = client.put(address, content=body, headers=headers(extent) | more)
    return reply.status_code, int(reply.headers.get("upload-offset", -1))


def stored(client: httpx.Client, address: str) -> httpx.Response:
    return client.post(f"{address}:download") if address.startswith("/api/v2") else client.get(address)


def test_an_upload_in_ranges_is_kept_when_all_is_there(client: httpx.Client, address: str):
    assert sent(client, address, "*") == (202, 0)
    assert sent(client, address, "0-9", CONTENT[:10]) == (202, 10)
    assert stored(client, address).status_code == 404
    assert sent(client, address, f"10-{SIZE - 1}", CONTENT[10:]) == (200, SIZE)
    assert sent(client, address, "*") == (200, SIZE)

    assert stored(client, address).content == CONTENT


def test_a_connection_that_is_cut_leaves_what_it_brought(platform: Running, client: httpx.Client, address: str):
    place = urlsplit(platform.url)
    head = {"host": place.netloc, "authorization": f"Bearer {platform.api_key}", "content-length": str(SIZE)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in (head | headers(f"0-{SIZE - 1}")).items())
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        connection.sendall(f"PUT {address} HTTP/1.1\r\n{lines}\r\n".encode() + CONTENT[: SIZE // 2])

    wait_for(lambda: sent(client, address, "*") == (202, SIZE // 2))
    assert sent(client, address, f"{SIZE // 2}-{SIZE - 1}", CONTENT[SIZE // 2 :]) == (200, SIZE)
    assert stored(client, address).content == CONTENT


def test_a_range_that_begins_elsewhere_says_where_to_go_on(client: httpx.Client, address: str):
    assert sent(client, address, "5-9", CONTENT[5:10]) == (409, 0)
    assert sent(client, address, "0-9", CONTENT[:10]) == (202, 10)
    assert sent(client, address, "0-19", CONTENT[:20]) == (409, 10)


def test_a_damaged_range_is_not_kept(client: httpx.Client, address: str):
    md5 = base64.b64encode(hashlib.md5(CONTENT[:10]).digest()).decode()

    assert sent(client, address, "0-9", b"damaged   ", **{"content-md5": md5}) == (400, -1)
    assert sent(client, address, "0-4", CONTENT[:10]) == (400, -1)
    assert sent(client, address, "*") == (202, 0)


def test_what_is_not_what_was_announced_is_thrown_away(client: httpx.Client, address: str):
    assert sent(client, address, f"0-{SIZE - 1}", CONTENT[::-1]) == (400, -1)
    assert sent(client, address, "*") == (202, 0)
    assert stored(client, address).status_code == 404


def test_what_nobody_goes_on_with_is_removed(platform: Running, client: httpx.Client, unique: Callable[[str], str]):
    old, new = (project_file(client, unique("abandoned")) for _ in range(2))
    assert sent(client, old, "0-9", CONTENT[:10]) == (202, 10)
    for place in (platform.home / "projects/.arriving" / old.split("/")[4]).iterdir():
        os.utime(place, (0, 0))
    assert sent(client, new, "0-9", CONTENT[:10]) == (202, 10)

    assert sent(client, old, "*") == (202, 0)
    assert sent(client, new, "*") == (202, 10)


def test_a_project_has_a_few_files_on_their_way(client: httpx.Client, unique: Callable[[str], str]):
    address = project_file(client, unique("many"))
    for number in range(16):
        assert sent(client, f"{address}.{number}", "0-9", CONTENT[:10]) == (202, 10)

    assert sent(client, address, "0-9", CONTENT[:10]) == (429, -1)
    assert sent(client, f"{address}.0", f"10-{SIZE - 1}", CONTENT[10:]) == (200, SIZE)
    assert sent(client, address, "0-9", CONTENT[:10]) == (202, 10)


@pytest.mark.parametrize(
    "extent", ["", "bytes", "bytes 0-1", "bytes 1-0/9", "bytes 0-9/9", "bytes */0", "bytes 0-1/*", "items 0-1/9"]
)
def test_a_range_that_is_none_is_refused(client: httpx.Client, address: str, extent: str):
    good = headers("0-1")

    assert client.put(address, content=b"01", headers=good | {"content-range": extent}).status_code == 400
    assert client.put(address, content=b"01", headers={"content-range": "bytes 0-1/9"}).status_code == 400
    assert client.put(address, content=b"01", headers=good | {"repr-digest": "sha-256=:AAAA:"}).status_code == 400


def test_a_stranger_learns_nothing(client: httpx.Client, platform: Running, address: str):
    owner = client.post("/api/v2/auth/validate_key", json={}).json()["username"]
    key = client.post(f"/api/v2/users/{owner}/v2_keys", json={"project_id": "0000-0000-0000-0000"}).json()["api_key"]
    sent(client, address, "0-9", CONTENT[:10])
    with platform.client(key) as stranger:
        assert sent(stranger, address, "*") == (404, -1)
        assert sent(stranger, address, "10-19", CONTENT[10:20]) == (404, -1)
