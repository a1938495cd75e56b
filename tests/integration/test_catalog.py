"""The catalog of a project, driven by the stock pyiceberg client."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pyarrow as pa
import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (
    BadRequestError,
    CommitFailedException,
    ForbiddenError,
    NamespaceNotEmptyError,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
    ValidationException,
)
from pyiceberg.table import Table
from pyiceberg.types import LongType
from tests.conftest import Running
from tests.integration import people
from tests.integration.catalogs import WINES, connect, error_of, new_project


@pytest.fixture
def owner(platform: Running) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


@pytest.fixture
def project_id(owner: httpx.Client) -> str:
    return new_project(owner, f"tables-{uuid4().hex[:8]}")


@pytest.fixture
def catalog(platform: Running, project_id: str) -> RestCatalog:
    return connect(platform, project_id)


@pytest.fixture
def wines(catalog: RestCatalog) -> Table:
    table = catalog.create_table("default.wines", schema=WINES.schema)
    table.append(WINES)
    return table


def test_a_table_is_made_written_and_read(catalog: RestCatalog, wines: Table):
    assert catalog.list_tables("default") == [("default", "wines")]
    assert catalog.load_table("default.wines").scan().to_arrow() == WINES


def test_the_namespace_default_is_there_from_the_start(catalog: RestCatalog):
    assert catalog.list_namespaces() == [("default",)]
    assert catalog.namespace_exists("default")


def test_namespaces_are_made_nested_changed_and_dropped(catalog: RestCatalog):
    catalog.create_namespace("red", {"owner": "ann"})
    catalog.create_namespace(("red", "dry"))
    changed = catalog.update_namespace_properties("red", removals={"owner", "none"}, updates={"since": "1990"})

    assert (changed.removed, changed.updated, changed.missing) == (["owner"], ["since"], ["none"])
    assert catalog.load_namespace_properties("red") == {"since": "1990"}
    assert catalog.list_namespaces("red") == [("red", "dry")]
    with pytest.raises(NamespaceNotEmptyError):
        catalog.drop_namespace("red")
    catalog.drop_namespace(("red", "dry"))
    catalog.drop_namespace("red")
    assert catalog.list_namespaces() == [("default",)]


def test_a_table_needs_its_namespace(catalog: RestCatalog):
    with pytest.raises(NoSuchNamespaceError):
        catalog.create_table("nowhere.wines", schema=WINES.schema)


def test_a_name_is_taken_once(catalog: RestCatalog, wines: Table):
    with pytest.raises(TableAlreadyExistsError):
        catalog.create_table("default.wines", schema=WINES.schema)


def test_the_past_is_read_by_its_snapshot(catalog: RestCatalog, wines: Table):
    before = wines.current_snapshot()
    wines.append(WINES)

    assert wines.scan().to_arrow().num_rows == 6
    assert wines.scan(snapshot_id=before.snapshot_id).to_arrow() == WINES
    assert wines.current_snapshot().parent_snapshot_id == before.snapshot_id


def test_a_table_is_rolled_back(catalog: RestCatalog, wines: Table):
    before = wines.current_snapshot().snapshot_id
    wines.append(WINES)
    wines.manage_snapshots().rollback_to_snapshot(before).commit()

    assert catalog.load_table("default.wines").scan().to_arrow() == WINES


def test_columns_are_added(catalog: RestCatalog, wines: Table):
    with wines.update_schema() as change:
        change.add_column("year", LongType())

    assert catalog.load_table("default.wines").schema().column_names == ["quality", "name", "year"]


def test_a_table_is_made_and_filled_in_one_commit(catalog: RestCatalog):
    with catalog.create_table_transaction("default.made", schema=WINES.schema) as made:
        assert not catalog.table_exists("default.made")
        made.append(WINES)

    assert catalog.load_table("default.made").scan().to_arrow().to_pylist() == WINES.to_pylist()


def test_a_renamed_table_is_the_same_one(catalog: RestCatalog, wines: Table):
    catalog.create_namespace("cellar")
    catalog.rename_table("default.wines", "cellar.whites")

    assert catalog.load_table("cellar.whites").metadata.table_uuid == wines.metadata.table_uuid
    with pytest.raises(NoSuchTableError):
        catalog.load_table("default.wines")


def test_a_dropped_table_keeps_its_files_and_is_registered_again(catalog: RestCatalog, wines: Table):
    catalog.drop_table("default.wines")
    assert not catalog.table_exists("default.wines")

    again = catalog.register_table("default.found", wines.metadata_location)
    assert again.metadata.table_uuid == wines.metadata.table_uuid
    assert again.scan().to_arrow() == WINES


def test_a_purged_table_leaves_nothing(catalog: RestCatalog, wines: Table):
    folder = Path(wines.location().removeprefix("file://"))
    assert folder.is_dir()
    catalog.purge_table("default.wines")

    assert not folder.exists()


def test_a_name_is_free_again_after_a_drop(catalog: RestCatalog, wines: Table):
    catalog.drop_table("default.wines")
    again = catalog.create_table("default.wines", schema=WINES.schema)

    assert again.metadata.table_uuid != wines.metadata.table_uuid
    assert again.location() != wines.location()
    assert again.scan().to_arrow().num_rows == 0


def test_of_two_writers_at_once_none_is_lost(platform: Running, project_id: str, wines: Table):
    wines.transaction().set_properties({"commit.retry.num-retries": "40"}).commit_transaction()

    def write(number: int) -> None:
        table = connect(platform, project_id).load_table("default.wines")
        for _ in range(3):
            table.append(pa.table({"quality": [number], "name": [str(number)]}))

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write, range(4)))

    rows = connect(platform, project_id).load_table("default.wines").scan().to_arrow()
    assert sorted(rows["name"].to_pylist()) == sorted(["a", "b", "c", *"000111222333"])


def test_a_commit_on_what_is_past_is_refused(platform: Running, owner: httpx.Client, project_id: str, wines: Table):
    path = f"/iceberg/v1/{project_id}/namespaces/default/tables/wines"
    asked = {
        "requirements": [{"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": 1}],
        "updates": [{"action": "set-properties", "updates": {"a": "b"}}],
    }

    assert error_of(lambda: owner.post(path, json=asked)) == (409, "CommitFailedException")


def test_an_expired_snapshot_is_remembered(owner: httpx.Client, catalog: RestCatalog, project_id: str, wines: Table):
    first = wines.current_snapshot().snapshot_id
    wines.append(WINES)
    wines.maintenance.expire_snapshots().by_id(first).commit()

    assert [each.snapshot_id for each in catalog.load_table("default.wines").snapshots()] != [first]


def test_a_write_elsewhere_is_refused(catalog: RestCatalog, owner: httpx.Client, project_id: str, tmp_path: Path):
    for location in (f"file://{tmp_path}", "s3://bucket/wines", f"file://{tmp_path}/../../x", "file://host/x"):
        with pytest.raises(BadRequestError):
            catalog.create_table("default.away", schema=WINES.schema, location=location)
    assert list(tmp_path.iterdir()) == []


def test_metadata_elsewhere_is_not_read(catalog: RestCatalog, platform: Running, wines: Table):
    connection = platform.home / "connection.json"
    for place in (f"file://{connection}", "file:///etc/passwd", f"{wines.location()}/../../../../connection.json"):
        with pytest.raises(BadRequestError):
            catalog.register_table("default.stolen", place)


def test_a_link_in_a_table_is_not_followed(catalog: RestCatalog, wines: Table, tmp_path: Path):
    metadata = Path(wines.location().removeprefix("file://")) / "metadata"
    metadata.rename(tmp_path / "metadata")
    metadata.symlink_to(tmp_path / "metadata")
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(BadRequestError):
        wines.refresh()
    with pytest.raises(BadRequestError):
        catalog.create_table("default.linked", schema=WINES.schema, location=wines.location())
    assert sorted(tmp_path.rglob("*")) == before


def test_a_stranger_sees_no_catalog(platform: Running, project_id: str, wines: Table):
    with people.user(platform, f"stranger-{uuid4().hex[:8]}") as stranger:
        for path in ("namespaces", "namespaces/default/tables", "namespaces/default/tables/wines"):
            assert stranger.get(f"/iceberg/v1/{project_id}/{path}").status_code in {403, 404}
        assert stranger.get("/iceberg/v1/config", params={"warehouse": project_id}).status_code in {403, 404}


def test_a_viewer_reads_and_does_not_write(platform: Running, owner: httpx.Client, project_id: str, wines: Table):
    name = f"viewer-{uuid4().hex[:8]}"
    with people.user(platform, name) as viewer:
        owner.put(f"/api/v2/projects/{project_id}/collaborators/{name}", json={"permission": "read"})
        key = viewer.headers["authorization"].removeprefix("Bearer ")
        theirs = connect(platform, project_id, key)

        assert theirs.load_table("default.wines").scan().to_arrow() == WINES
        with pytest.raises((ForbiddenError, CommitFailedException, ValidationException)):
            theirs.load_table("default.wines").append(WINES)
        with pytest.raises(ForbiddenError):
            theirs.drop_table("default.wines")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"updates": 1}',
        b'{"updates": [{"action": "nothing"}]}',
        b'{"updates": [{"action": "add-snapshot", "snapshot": {}}]}',
        b'{"updates": [{"action": "set-location", "location": "file:///etc"}]}',
        b'{"updates": [{"action": "assign-uuid", "uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1"}]}',
        b'{"updates": [{"action": "upgrade-format-version", "format-version": 3}]}',
        b'{"requirements": [{"type": "assert-nothing"}], "updates": []}',
        b"[" * 100_000,
    ],
)
def test_nonsense_changes_nothing(
    owner: httpx.Client, catalog: RestCatalog, project_id: str, wines: Table, body: bytes
):
    reply = owner.post(f"/iceberg/v1/{project_id}/namespaces/default/tables/wines", content=body)

    assert reply.status_code in {400, 406, 409}, reply.text
    assert set(reply.json()["error"]) == {"message", "type", "code"}
    assert catalog.load_table("default.wines").metadata_location == wines.metadata_location


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "x" * 129, "a\nb"])
def test_a_name_that_cannot_be_is_refused(owner: httpx.Client, project_id: str, name: str):
    path = f"/iceberg/v1/{project_id}/namespaces/default/tables"
    asked = {"name": name, "schema": {"type": "struct", "fields": []}}

    assert error_of(lambda: owner.post(path, json=asked)) == (400, "BadRequestException")
