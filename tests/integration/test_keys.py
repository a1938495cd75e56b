"""Keys, roles and who is let in, over HTTP."""

import time

import httpx
import pytest
from tests.conftest import Running

OWNER_KEYS = "/api/v2/users/{}/v2_keys"


@pytest.fixture
def owner(client: httpx.Client) -> str:
    return client.post("/api/v2/auth/validate_key", json={}).json()["username"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic !!!", "Basic Og==", "Digest x"])
def test_without_a_key_that_opens_nobody_is_let_in(platform: Running, header: str):
    reply = httpx.post(f"{platform.url}/api/v2/auth/validate_key", json={}, headers={"authorization": header})

    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json().keys() == {"error", "code", "message", "details"}


def test_a_key_may_come_as_a_basic_password(platform: Running):
    reply = httpx.post(f"{platform.url}/api/v2/auth/validate_key", json={}, auth=("anything", platform.api_key))

    assert reply.json()["valid"]


def test_a_new_key_works_until_it_is_deleted(client: httpx.Client, platform: Running, owner: str):
    made = client.post(OWNER_KEYS.format(owner), json={"comments": "for a test"}).json()
    with platform.client(made["api_key"]) as other:
        assert other.get(OWNER_KEYS.format(owner)).status_code == 200
        assert client.delete(f"{OWNER_KEYS.format(owner)}/{made['key_id']}").status_code == 200
        assert other.get(OWNER_KEYS.format(owner)).status_code == 401


def test_a_key_is_listed_without_its_secret(client: httpx.Client, owner: str):
    made = client.post(OWNER_KEYS.format(owner), json={"audiences": ["API"]}).json()

    listed = client.get(OWNER_KEYS.format(owner)).json()["keys"]

    assert made["key_id"] in [key["key_id"] for key in listed]
    assert made["api_key"] not in str(listed)


@pytest.mark.parametrize(
    "body", [{"expiry_date": "yesterday"}, {"expiry_date": "2001-01-01T00:00:00Z"}, {"audiences": ["x"]}]
)
def test_a_key_that_cannot_be_is_refused(client: httpx.Client, owner: str, body: dict):
    assert client.post(OWNER_KEYS.format(owner), json=body).status_code == 400


def test_an_expired_key_opens_nothing(client: httpx.Client, platform: Running, owner: str):
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    made = client.post(OWNER_KEYS.format(owner), json={"expiry_date": soon}).json()
    with platform.client(made["api_key"]) as other:
        until = time.monotonic() + 20
        while other.get(OWNER_KEYS.format(owner)).status_code != 401:
            assert time.monotonic() < until


def test_a_key_for_applications_does_not_open_the_api(client: httpx.Client, platform: Running, owner: str):
    made = client.post(OWNER_KEYS.format(owner), json={"audiences": ["Application"]}).json()
    with platform.client(made["api_key"]) as other:
        assert other.get(OWNER_KEYS.format(owner)).status_code == 403


@pytest.mark.parametrize("host", ["evil.com", "127.0.0.1.nip.io", "", "localhost.evil.com", "[::1", "a b"])
def test_a_host_name_that_is_not_ours_is_refused(platform: Running, host: str):
    reply = httpx.get(f"{platform.url}/api/v2/projects", headers={"host": host})

    assert reply.status_code in {400, 403}


@pytest.mark.parametrize("origin", ["null", "http://evil.com", "https://127.0.0.1"])
def test_a_page_of_another_origin_is_refused(client: httpx.Client, origin: str):
    assert client.post("/api/v2/auth/validate_key", json={}, headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("PUT", "/api/v2/auth/validate_key", 405)]
)
def test_addresses_that_are_not_there_say_so(client: httpx.Client, method: str, path: str, status: int):
    reply = client.request(method, path)

    assert reply.status_code == status
    assert "error" in reply.json()


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"audience": 7}', b"\xff", b"null", b'"text"'])
def test_a_body_that_cannot_be_read_is_a_400(client: httpx.Client, body: bytes):
    reply = client.post("/api/v2/auth/validate_key", content=body, headers={"content-type": "application/json"})

    assert reply.status_code == 400
    assert reply.json()["code"] == 3


def test_a_body_that_is_too_large_is_a_413(client: httpx.Client):
    assert client.post("/api/v2/auth/validate_key", json={"audience": "x" * 20_000_000}).status_code == 413
