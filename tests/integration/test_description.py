"""API v2 describes itself: OpenAPI at `/schema`, for clients that are generated from it."""

import re

import httpx
import pytest
from tests.conftest import Running


@pytest.fixture
def described(platform: Running) -> httpx.Response:
    """The description, as somebody without a key gets it."""
    return httpx.get(f"{platform.url}/schema", timeout=30)


def test_it_names_what_clients_call_and_no_page(described: httpx.Response):
    paths = described.json()["paths"]

    assert described.json()["openapi"].startswith("3.1")
    assert {"/api/v2/projects", "/api/v2/projects/{project_id}/jobs", "/api/v2/lineage"} <= paths.keys()
    assert all(path.startswith("/api/v2/") for path in paths)


def test_whatever_it_refers_to_is_in_it(described: httpx.Response):
    wanted = set(re.findall(r'"#/components/schemas/([^"]+)"', described.text))

    assert wanted
    assert wanted <= described.json()["components"]["schemas"].keys()


def test_it_is_read_without_asking_another_host(described: httpx.Response):
    assert described.headers["content-type"].startswith("application/vnd.oai.openapi+json")
    assert "://" not in described.text
