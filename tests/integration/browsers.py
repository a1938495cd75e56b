"""Browsers for tests: clients that keep cookies and say where their requests come from, as browsers do."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from tests.conftest import Running

from cuvee.api.callers import COOKIE

PASSWORD = "correct horse battery"


@contextmanager
def browser(platform: Running) -> Iterator[httpx.Client]:
    """A browser on one of the platform's own pages, not signed in."""
    headers = {"origin": platform.url, "sec-fetch-site": "same-origin", "user-agent": "Test browser"}
    with httpx.Client(base_url=platform.url, headers=headers, timeout=60) as client:
        yield client


@contextmanager
def signed_in(platform: Running, api_key: str | None = None) -> Iterator[httpx.Client]:
    """A browser that was signed in by a key; the owner's unless another is given."""
    with browser(platform) as client:
        assert sign_in(client, api_key=api_key or platform.api_key).status_code == 200
        yield client


def sign_in(client: httpx.Client, **way: str) -> httpx.Response:
    return client.post("/api/v2/sign_ins", json=way)


def code_for(client: httpx.Client, username: str = "") -> str:
    """A one-time code, asked for with a key."""
    path = client.post("/api/v2/sign_in_codes", json={"username": username}).json()["path"]
    return path.removeprefix("/sign-in#code=")


def is_signed_in(client: httpx.Client) -> bool:
    return client.get("/api/v2/sign_ins").status_code == 200


def token_of(client: httpx.Client) -> str:
    return client.cookies.get(COOKIE, "")
