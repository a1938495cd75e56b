"""A project's tables through API v2, made by the stock pyiceberg client."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import httpx
import pyarrow as pa
import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.table import Table
from pyiceberg.types import DoubleType, LongType
from tests.conftest import Running
from tests.integration import people
from tests.integration.catalogs import WINES, connect, new_project
from tests.integration.people import Unique


@pytest.fixture
def owner(platform: Running) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


@pytest.fixture
def project_id(owner: httpx.Client, unique: Unique) -> str:
    return new_project(owner, unique("tables"))


@pytest.fixture
def catalog(platform: Running, project_id: str) -> RestCatalog:
    return connect(platform, project_id)


@pytest.fixture
def wines(catalog: RestCatalog) -> Table:
    """Two snapshots, of three rows and of six."""
    table = catalog.create_table("default.wines", schema=WINES.schema)
    table.append(WINES)
    table.append(WINES)
    return table


def address(project_id: str, table: Table) -> str:
    return f"/api/v2/projects/{project_id}/tables/{table.metadata.table_uuid}"


def ids(table: Table) -> list[str]:
    """The snapshots that a table has, the oldest first."""
    return [str(each.snapshot_id) for each in sorted(table.snapshots(), key=lambda each: each.sequence_number)]


def get(client: httpx.Client, url: str) -> dict:
    reply = client.get(url)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_tables_are_listed_with_what_they_are_now(owner: httpx.Client, project_id: str, wines: Table):
    (found,) = get(owner, f"/api/v2/projects/{project_id}/tables")["tables"]

    assert found["full_name"] == "default.wines"
    assert found["row_count"] == 6
    assert found["current_snapshot_id"] == str(wines.current_snapshot().snapshot_id)


def test_tables_are_searched_and_come_in_pages(owner: httpx.Client, project_id: str, catalog: RestCatalog):
    for name in ("red", "rose", "white"):
        catalog.create_table(f"default.{name}", schema=WINES.schema)
    base = f"/api/v2/projects/{project_id}/tables"

    first = get(owner, f"{base}?page_size=2&sort=name")
    second = get(owner, f"{base}?page_size=2&sort=name&page_token={first['next_page_token']}")
    assert [each["name"] for page in (first, second) for each in page["tables"]] == ["red", "rose", "white"]
    assert second["next_page_token"] == ""
    found = get(owner, f'{base}?search_filter={{"name": "ro"}}')["tables"]
    assert [each["name"] for each in found] == ["rose"]


def test_a_table_is_told_before_and_after_its_first_row(owner: httpx.Client, project_id: str, catalog: RestCatalog):
    table = catalog.create_table("default.wines", schema=WINES.schema)
    empty = get(owner, address(project_id, table))
    table.append(WINES)
    filled = get(owner, address(project_id, table))

    assert (empty["table"]["current_snapshot_id"], empty["table"]["row_count"]) == ("", 0)
    assert [(each["name"], each["type"]) for each in filled["columns"]] == [("quality", "long"), ("name", "string")]
    assert filled["table"]["row_count"] == 3


def test_snapshots_are_listed_newest_first_and_in_pages(owner: httpx.Client, project_id: str, wines: Table):
    base = f"{address(project_id, wines)}/snapshots"
    first = get(owner, f"{base}?page_size=1")
    second = get(owner, f"{base}?page_size=1&page_token={first['next_page_token']}")
    (new,), (old,) = first["snapshots"], second["snapshots"]

    assert [old["id"], new["id"]] == ids(wines)
    assert new["parent_id"] == old["id"]
    assert (new["row_count"], new["added_rows"], new["operation"]) == (6, 3, "append")
    assert (new["is_current"], old["is_current"]) == (True, False)


def test_expired_snapshots_are_listed_as_such(owner: httpx.Client, project_id: str, wines: Table):
    old, new = ids(wines)
    wines.maintenance.expire_snapshots().by_id(int(old)).commit()
    listed = get(owner, f"{address(project_id, wines)}/snapshots")["snapshots"]

    assert {each["id"]: bool(each["expired_at"]) for each in listed} == {old: True, new: False}
    gone = owner.get(f"{address(project_id, wines)}/snapshots/{old}")
    assert gone.status_code == 404
    assert "expired" in gone.json()["error"]


def test_what_is_known_of_the_values_of_every_type(owner: httpx.Client, project_id: str, catalog: RestCatalog):
    rows = pa.table(
        {
            "whole": pa.array([-3, None, 7], pa.int32()),
            "real": pa.array([float("nan"), 1.5, -2.0]),
            "money": pa.array([Decimal("1.10"), Decimal("-20.05"), None], pa.decimal128(9, 2)),
            "day": pa.array([date(1969, 12, 31), date(2024, 2, 29), None]),
            "text": ["b", "a", "c"],
            "yes": [True, False, None],
            "nothing": pa.array([None, None, None], pa.string()),
        }
    )
    table = catalog.create_table("default.all", schema=rows.schema)
    table.append(rows)
    found = get(owner, f"{address(project_id, table)}/snapshots/{table.current_snapshot().snapshot_id}")

    told = {each["column"]["name"]: each["values"] for each in found["columns"]}
    assert {name: (each["nulls"], each["least"], each["greatest"]) for name, each in told.items()} == {
        "whole": (1, "-3", "7"),
        "real": (0, "-2.0", "1.5"),
        "money": (1, "-20.05", "1.10"),
        "day": (1, "1969-12-31", "2024-02-29"),
        "text": (0, "a", "c"),
        "yes": (1, "false", "true"),
        "nothing": (3, "", ""),
    }
    assert (found["statistics"]["rows"], found["statistics"]["files"]) == (3, 1)
    assert found["statistics"]["remarks"] == []


def test_of_a_column_that_came_later_it_is_said_what_is_not_known(owner: httpx.Client, project_id: str, wines: Table):
    with wines.update_schema() as change:
        change.add_column("year", LongType())
    wines.append(pa.table({"quality": [9], "name": ["d"], "year": [2001]}))
    found = get(owner, f"{address(project_id, wines)}/snapshots/{wines.current_snapshot().snapshot_id}")

    values = next(each["values"] for each in found["columns"] if each["column"]["name"] == "year")
    assert (values["untold_rows"], values["nulls"], values["least"]) == (6, 0, "")


def test_two_snapshots_are_compared(owner: httpx.Client, project_id: str, wines: Table):
    first = ids(wines)[0]
    with wines.update_schema() as change:
        change.rename_column("quality", "points")
        change.delete_column("name")
        change.add_column("price", DoubleType())
    wines.append(pa.table({"points": [11], "price": [2.5]}))
    wines.delete("points < 6")
    last = wines.current_snapshot().snapshot_id
    found = get(owner, f"{address(project_id, wines)}/snapshots/{first}:compare?other={last}")

    changes = {(each["change"], (each["after"] or each["before"])["name"]) for each in found["schema_changes"]}
    assert changes == {("changed", "points"), ("removed", "name"), ("added", "price")}
    assert found["relation"] == "ahead"
    assert (found["before"]["row_count"], found["after"]["row_count"]) == (3, 5)
    assert found["added_rows"] - found["removed_rows"] == 2
    points = next(each for each in found["columns"] if each["column"]["name"] == "points")
    assert (points["before"]["greatest"], points["after"]["least"], points["after"]["greatest"]) == ("7", "6", "11")


def test_the_other_way_round_the_changes_are_taken_back(owner: httpx.Client, project_id: str, wines: Table):
    old, new = ids(wines)
    found = get(owner, f"{address(project_id, wines)}/snapshots/{new}:compare?other={old}")

    assert (found["relation"], found["added_rows"], found["removed_rows"]) == ("behind", 0, 3)


def test_after_a_rollback_histories_go_apart(owner: httpx.Client, project_id: str, wines: Table):
    old, new = ids(wines)
    wines.manage_snapshots().set_current_snapshot(int(old)).commit()
    wines.append(WINES)
    other = wines.current_snapshot().snapshot_id
    found = get(owner, f"{address(project_id, wines)}/snapshots/{new}:compare?other={other}")

    assert (found["relation"], found["common_snapshot_id"]) == ("apart", old)
    assert (found["added_rows"], found["removed_rows"]) == (3, 3)


def test_of_an_expired_snapshot_what_is_remembered_is_compared(owner: httpx.Client, project_id: str, wines: Table):
    old, new = ids(wines)
    wines.maintenance.expire_snapshots().by_id(int(old)).commit()
    found = get(owner, f"{address(project_id, wines)}/snapshots/{old}:compare?other={new}")

    assert (found["relation"], found["added_rows"], found["statistics_before"]) == ("ahead", 3, None)


def test_a_table_is_rolled_back_and_forward_again(owner: httpx.Client, project_id: str, wines: Table):
    old, new = ids(wines)
    for snapshot_id, rows in ((old, 3), (new, 6), (new, 6)):
        reply = owner.post(f"{address(project_id, wines)}:rollback", json={"snapshot_id": snapshot_id})
        assert reply.status_code == 200, reply.text
        assert reply.json()["table"]["current_snapshot_id"] == snapshot_id
        assert wines.refresh().scan().to_arrow().num_rows == rows


def test_who_expected_another_snapshot_rolls_nothing_back(owner: httpx.Client, project_id: str, wines: Table):
    old, new = ids(wines)
    body = {"snapshot_id": old, "expected_snapshot_id": old}

    assert owner.post(f"{address(project_id, wines)}:rollback", json=body).status_code == 409
    assert str(wines.refresh().current_snapshot().snapshot_id) == new


def test_a_snapshot_gets_a_tag_and_loses_it(owner: httpx.Client, project_id: str, wines: Table):
    old, _new = ids(wines)
    url = f"{address(project_id, wines)}/tags/audited"
    assert owner.put(url, json={"snapshot_id": old}).status_code == 200
    assert str(wines.refresh().snapshot_by_name("audited").snapshot_id) == old
    assert get(owner, f"{address(project_id, wines)}/snapshots")["snapshots"][1]["tags"] == ["audited"]

    assert owner.delete(url).status_code == 200
    assert owner.delete(url).status_code == 404
    assert owner.put(f"{address(project_id, wines)}/tags/main", json={"snapshot_id": old}).status_code == 400


def test_a_renamed_table_keeps_its_address_and_a_dropped_one_says_so(
    owner: httpx.Client, project_id: str, catalog: RestCatalog, wines: Table
):
    old, _new = ids(wines)
    catalog.rename_table("default.wines", "default.bottles")
    assert get(owner, address(project_id, wines))["table"]["full_name"] == "default.bottles"

    catalog.drop_table("default.bottles")
    assert get(owner, address(project_id, wines))["table"]["dropped_at"]
    assert get(owner, f"/api/v2/projects/{project_id}/tables")["tables"] == []
    assert owner.post(f"{address(project_id, wines)}:rollback", json={"snapshot_id": old}).status_code == 404


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_formats_are_read(owner: httpx.Client, project_id: str, catalog: RestCatalog, version: str):
    table = catalog.create_table("default.old", schema=WINES.schema, properties={"format-version": version})
    table.append(WINES)
    found = get(owner, address(project_id, table))
    snapshot = get(owner, f"{address(project_id, table)}/snapshots/{table.current_snapshot().snapshot_id}")

    assert found["format_version"] == int(version)
    assert [each["values"]["least"] for each in snapshot["columns"]] == ["5", "a"]


def test_nonsense_is_refused(owner: httpx.Client, project_id: str, wines: Table):
    base = address(project_id, wines)
    asked = {
        f"/api/v2/projects/{project_id}/tables/nothing": 404,
        f"/api/v2/projects/{project_id}/tables/{'0' * 36}": 404,
        f"/api/v2/projects/{project_id}/tables?search_filter={{": 400,
        f"{base}/snapshots/17": 404,
        f"{base}/snapshots/abc": 400,
        f"{base}/snapshots/{10**19}": 400,
        f"{base}/snapshots/{2**63}": 400,
        f"{base}/snapshots/{ids(wines)[0]}:compare": 400,
        f"{base}/snapshots/{ids(wines)[0]}:compare?other=17": 404,
        f"{base}/snapshots?page_token=x": 400,
    }
    assert {url: owner.get(url).status_code for url in asked} == asked
    for body in ({}, {"snapshot_id": 5}, {"snapshot_id": "x"}, []):
        assert owner.post(f"{base}:rollback", json=body).status_code == 400


def test_a_stranger_finds_no_table_and_a_viewer_rolls_nothing_back(
    platform: Running, owner: httpx.Client, project_id: str, wines: Table, unique: Unique
):
    old, new = ids(wines)
    name = unique("vic")
    with people.user(platform, name) as viewer:
        new_project(viewer, unique("own"))
        assert viewer.get(address(project_id, wines)).status_code == 404
        assert viewer.get(f"/api/v2/projects/{project_id}/tables").status_code == 404
        assert viewer.post(f"{address(project_id, wines)}:rollback", json={"snapshot_id": old}).status_code == 404
        owner.put(f"/api/v2/projects/{project_id}/collaborators/{name}", json={"permission": "read"})

        assert viewer.get(address(project_id, wines)).status_code == 200
        assert viewer.post(f"{address(project_id, wines)}:rollback", json={"snapshot_id": old}).status_code == 403
        tag = f"{address(project_id, wines)}/tags/mine"
        assert viewer.put(tag, json={"snapshot_id": old}).status_code == 403
        assert viewer.delete(tag).status_code == 403
    assert str(wines.refresh().current_snapshot().snapshot_id) == new


def test_a_table_of_another_project_is_not_found_in_mine(owner: httpx.Client, wines: Table, unique: Unique):
    mine = new_project(owner, unique("mine"))

    assert owner.get(address(mine, wines)).status_code == 404
