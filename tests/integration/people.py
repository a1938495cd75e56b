"""People for tests: users with a key of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from tests.conftest import Running


@contextmanager
def user(platform: Running, username: str) -> Iterator[httpx.Client]:
    """A new user's client."""
    with platform.client() as owner:
        assert owner.post("/api/v2/users", json={"username": username}).status_code == 200
        key = owner.post(f"/api/v2/users/{username}/v2_keys", json={}).json()["api_key"]
    with platform.client(key) as client:
        yield client


Unique = Callable[[str], str]
