"""Tables for tests: a project's catalog, as a stock client sees it."""

from collections.abc import Callable
from typing import Any

import httpx
import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.catalog.rest import RestCatalog
from tests.conftest import Running

WINES = pa.table({"quality": pa.array([5, 6, 7]), "name": ["a", "b", "c"]})


def new_project(owner: httpx.Client, name: str) -> str:
    """A new project's id."""
    reply = owner.post("/api/v2/projects", json={"name": name, "template": "blank"})
    assert reply.status_code == 200, reply.text
    return reply.json()["id"]


def connect(platform: Running, project_id: str, api_key: str | None = None, **headers: str) -> RestCatalog:
    """A client of the project's catalog; headers as `x_cuvee_run="…"`."""
    sent: dict[str, Any] = {f"header.{name.replace('_', '-')}": value for name, value in headers.items()}
    return load_catalog(
        "cuvee",
        type="rest",
        uri=f"{platform.url}/iceberg",
        warehouse=project_id,
        token=api_key or platform.api_key,
        **sent,
    )


def error_of(call: Callable[[], httpx.Response]) -> tuple[int, str]:
    """A refusal's status and kind."""
    reply = call()
    return reply.status_code, reply.json()["error"]["type"]
