"""Metadata and manifests that somebody planted or broke: refused in a sentence, and nothing outside is read."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from pyiceberg.table import Table
from tests.conftest import Running
from tests.integration.catalogs import WINES, connect, new_project
from tests.integration.people import Unique

CANARY = b"canary that nobody may read"


@pytest.fixture
def owner(platform: Running) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


@pytest.fixture
def project_id(owner: httpx.Client, unique: Unique) -> str:
    return new_project(owner, unique("threats"))


@pytest.fixture
def wines(platform: Running, project_id: str) -> Table:
    table = connect(platform, project_id).create_table("default.wines", schema=WINES.schema)
    table.append(WINES)
    return table


@pytest.fixture
def root(platform: Running, project_id: str) -> Path:
    return platform.home / "projects" / project_id


def on_disk(uri: str) -> Path:
    return Path(urlsplit(uri).path)


def rewritten(table: Table, **changes: object) -> None:
    """Change the current snapshot in the metadata file, behind the catalog's back."""
    file = on_disk(table.metadata_location)
    metadata = json.loads(file.read_text())
    snapshot = metadata["snapshots"][-1]
    snapshot.update({key.replace("_", "-"): value for key, value in changes.items()})
    file.write_text(json.dumps(metadata))


def ask(owner: httpx.Client, project_id: str, table: Table) -> tuple[int, str]:
    """The current snapshot with its statistics."""
    base = f"/api/v2/projects/{project_id}/tables/{table.metadata.table_uuid}"
    reply = owner.get(f"{base}/snapshots/{table.current_snapshot().snapshot_id}")
    return reply.status_code, reply.text


@pytest.mark.parametrize(
    "place",
    ["file:///etc/passwd", "/etc/passwd", "file:///proc/self/environ", "s3://bucket/list.avro", "http://127.0.0.1:1/x",
     "../../../secret", "", "file://host/x", "\u0000", "{home}/canary", "file://{home}/canary", "file:{root}/../canary",
     "file://{root}/.warehouse/%2e%2e/%2e%2e/canary", "file://{root}/link", "file://{root}/folder/canary",
     "file://{root}/fifo", "file://{root}/.warehouse"],
)  # fmt: skip
@pytest.mark.parametrize("way", ["manifest_list", "manifests"])
def test_manifests_are_read_from_the_project_alone(owner: httpx.Client, root: Path, wines: Table, place: str, way: str):
    home = root.parents[1]
    (home / "canary").write_bytes(CANARY)
    (root / "link").symlink_to(home / "canary")
    (root / "folder").symlink_to(home)
    os.mkfifo(root / "fifo")
    planted = place.format(home=home, root=root)
    rewritten(wines, **({"manifest_list": planted} if way == "manifest_list" else {"manifests": [planted]}))
    status, said = ask(owner, root.name, wines)

    if place or way == "manifests":
        assert status == 400
        assert "cannot be read" in said
    else:
        assert (status, json.loads(said)["statistics"]["files"]) == (200, 0)
    assert CANARY.decode() not in said


@pytest.mark.parametrize("size", [0, 3, 4, 200, 2000])
def test_a_truncated_manifest_is_refused(owner: httpx.Client, project_id: str, wines: Table, size: int):
    file = on_disk(wines.current_snapshot().manifest_list)
    file.write_bytes(file.read_bytes()[:size])
    status, said = ask(owner, project_id, wines)

    assert status == 400 or size == 2000
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"format-version": 2}', b"[" * 100_000, b'{"a":' * 50_000,
     b'{"format-version": 2, "schemas": [{"fields": [{"id": 1, "name": "a", "required": true, "type": 5}]}]}',
     b'{"format-version": 2, "schemas": [{"fields": [{"id": 1, "name": "a", "required": true, "type": {}}]}]}'],
)  # fmt: skip
def test_broken_metadata_is_refused_everywhere(owner: httpx.Client, project_id: str, wines: Table, content: bytes):
    on_disk(wines.metadata_location).write_bytes(content)
    base = f"/api/v2/projects/{project_id}/tables/{wines.metadata.table_uuid}"
    snapshot = wines.current_snapshot().snapshot_id
    asked = ["", "/snapshots", f"/snapshots/{snapshot}", f"/snapshots/{snapshot}:compare?other={snapshot}"]
    statuses = {owner.get(base + each).status_code for each in asked}
    rollback = owner.post(f"{base}:rollback", json={"snapshot_id": str(snapshot)}).status_code

    assert statuses | {rollback} <= {200, 400, 404}
    assert owner.get(f"/api/v2/projects/{project_id}/tables").status_code == 200


def test_metadata_behind_a_link_is_refused(platform: Running, owner: httpx.Client, project_id: str, wines: Table):
    file = on_disk(wines.metadata_location)
    (platform.home / "elsewhere.json").write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(platform.home / "elsewhere.json")

    assert ask(owner, project_id, wines)[0] == 400
