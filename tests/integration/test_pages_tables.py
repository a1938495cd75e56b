"""The pages of tables, as a browser gets them."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pyarrow as pa
import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.table import Table
from tests.conftest import Running
from tests.integration import people
from tests.integration.catalogs import WINES, connect, new_project
from tests.integration.people import Unique

from cuvee.runtimes.values import Environment

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def owner(platform: Running) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


@pytest.fixture
def project(owner: httpx.Client, unique: Unique) -> dict[str, str]:
    name = unique("cellar")
    return {"name": name, "id": new_project(owner, name)}


@pytest.fixture
def catalog(platform: Running, project: dict[str, str]) -> RestCatalog:
    return connect(platform, project["id"])


@pytest.fixture
def wines(catalog: RestCatalog) -> Table:
    """Two snapshots, of three rows and of six."""
    table = catalog.create_table("default.wines", schema=WINES.schema)
    table.append(WINES)
    table.append(WINES)
    return table


def url(project: dict[str, str], table: Table) -> str:
    return f"/projects/{project['name']}/data/tables/{table.metadata.table_uuid}"


def ids(table: Table) -> list[str]:
    """The snapshots that a table has, the oldest first."""
    return [str(each.snapshot_id) for each in sorted(table.snapshots(), key=lambda each: each.sequence_number)]


def text(client: httpx.Client, path: str, status: int = 200) -> str:
    reply = client.get(path)
    assert reply.status_code == status, reply.text[:500]
    return re.sub(r"\s+", " ", reply.text)


def test_a_project_without_tables_shows_how_one_is_made(owner: httpx.Client, project: dict[str, str]):
    page = text(owner, f"/projects/{project['name']}/data")

    assert "No tables yet" in page
    assert "create_table_if_not_exists" in page


def test_tables_are_listed_found_and_sorted(owner: httpx.Client, project: dict[str, str], catalog: RestCatalog):
    for name in ("alpha", "beta"):
        catalog.create_table(f"default.{name}", schema=WINES.schema)
    catalog.load_table("default.alpha").append(WINES)
    base = f"/projects/{project['name']}/data"

    page = text(owner, base)
    assert page.index("default.alpha") < page.index("default.beta")
    changed = text(owner, f"{base}?sort=-changed")
    assert changed.index("default.alpha") < changed.index("default.beta")
    assert "default.beta" not in text(owner, f"{base}?q=ALPH")
    assert "No table fits" in text(owner, f"{base}?q=gamma")
    assert "default.alpha" in text(owner, f"{base}?sort=nonsense&page=x")


def test_the_list_over_projects_has_those_that_the_reader_sees(
    platform: Running, owner: httpx.Client, project: dict[str, str], wines: Table, unique: Unique
):
    link = url(project, wines)
    assert link in text(owner, "/data?q=wines&page=1&sort=-changed")
    with people.user(platform, unique("stranger")) as stranger:
        assert link not in text(stranger, "/data")


def test_a_table_shows_its_columns_snapshots_and_how_to_use_it(
    owner: httpx.Client, project: dict[str, str], wines: Table
):
    page = text(owner, url(project, wines))

    for word in (*ids(wines), "quality", "current", "append", "table.scan().to_arrow()", "Roll back"):
        assert word in page


def test_the_past_of_a_table_is_looked_at(owner: httpx.Client, project: dict[str, str], wines: Table):
    old, _new = ids(wines)
    page = text(owner, f"{url(project, wines)}?snapshot={old}")

    assert f"as it was at snapshot {old}" in page
    assert f"table.scan(snapshot_id={old}).to_arrow()" in page
    assert f"VERSION AS OF {old}" in page
    text(owner, f"{url(project, wines)}?snapshot=17", 404)
    text(owner, f"{url(project, wines)}?snapshot=x", 400)


def test_columns_come_with_what_is_known_of_their_values(owner: httpx.Client, project: dict[str, str], wines: Table):
    part = text(owner, f"{url(project, wines)}/-/columns")

    assert "6 rows in 2 files" in part
    assert re.search(r"quality.*<code>long</code>.*>5<.*>7<", part)


def test_manifests_that_are_broken_leave_the_columns(owner: httpx.Client, project: dict[str, str], wines: Table):
    Path(urlsplit(wines.current_snapshot().manifest_list).path).write_bytes(b"Obj\x01")
    part = text(owner, f"{url(project, wines)}/-/columns")

    assert "cannot be read" in part
    assert "quality" in part


def test_two_ticked_snapshots_are_compared_from_the_older_to_the_newer(
    owner: httpx.Client, project: dict[str, str], wines: Table
):
    old, new = ids(wines)
    page = text(owner, f"{url(project, wines)}/compare?tick={new}&tick={old}")

    assert "The second came from the first, by 1 commit" in page
    back = text(owner, f"{url(project, wines)}/compare?before={new}&after={old}")
    assert "The first came from the second" in back


def test_without_a_choice_the_last_change_is_compared(
    owner: httpx.Client, project: dict[str, str], catalog: RestCatalog, wines: Table
):
    assert "by 1 commit" in text(owner, f"{url(project, wines)}/compare")
    empty = catalog.create_table("default.empty", schema=WINES.schema)
    assert "Nothing to compare yet" in text(owner, f"{url(project, empty)}/compare")
    text(owner, f"{url(project, wines)}/compare?tick=17", 404)
    text(owner, f"{url(project, wines)}/compare?tick=x", 400)


def test_an_expired_snapshot_is_shown_as_such(
    owner: httpx.Client, project: dict[str, str], wines: Table, base: Environment
):
    old, _new = ids(wines)
    wines.maintenance.expire_snapshots().by_id(int(old)).commit()

    assert "expired" in text(owner, url(project, wines))
    assert "its rows may be gone" in text(owner, f"{url(project, wines)}?snapshot={old}")
    assert "went with the snapshot" in text(owner, f"{url(project, wines)}/compare?tick={old}")
    assert "no rows to show" in text(owner, f"{url(project, wines)}/-/rows?snapshot={old}")


def test_a_table_is_rolled_back_from_its_page(owner: httpx.Client, project: dict[str, str], wines: Table):
    old, new = ids(wines)
    form = {"snapshot": old, "expected": new}
    done = owner.post(f"{url(project, wines)}/rollback", data=form, headers={"origin": str(owner.base_url)})

    assert done.status_code == 303
    assert "was rolled back" in text(owner, done.headers["location"])
    assert str(wines.refresh().current_snapshot().snapshot_id) == old
    late = owner.post(f"{url(project, wines)}/rollback", data=form, headers={"origin": str(owner.base_url)})
    assert late.status_code in {303, 409}


def test_a_viewer_sees_a_table_and_no_way_to_change_it(
    platform: Running, owner: httpx.Client, project: dict[str, str], wines: Table, unique: Unique
):
    name = unique("vic")
    with people.user(platform, name) as viewer:
        new_project(viewer, unique("own"))
        text(viewer, url(project, wines), 404)
        owner.put(f"/api/v2/projects/{project['id']}/collaborators/{name}", json={"permission": "read"})
        assert "Roll back" not in text(viewer, url(project, wines))
        form = {"snapshot": ids(wines)[0]}
        refused = viewer.post(f"{url(project, wines)}/rollback", data=form, headers={"origin": str(viewer.base_url)})
        assert refused.status_code == 403


def test_names_and_values_are_text(
    base: Environment, owner: httpx.Client, project: dict[str, str], catalog: RestCatalog
):
    rows = pa.table({SCRIPT: [SCRIPT]})
    table = catalog.create_table("default.<b>bold", schema=rows.schema)
    table.append(rows)
    for path in ("", "/-/columns", "/-/rows", "/compare"):
        page = text(owner, url(project, table) + path)
        assert SCRIPT not in page
        assert "<b>bold" not in page
    assert "&lt;script&gt;" in text(owner, f"{url(project, table)}/-/rows")


def test_the_first_rows_are_shown_as_they_are_and_as_they_were(
    base: Environment, owner: httpx.Client, project: dict[str, str], catalog: RestCatalog
):
    rows = pa.table({"number": [1, None], "real": [0.5, float("nan")], "parts": [[1, 2], None]})
    table = catalog.create_table("default.parts", schema=rows.schema)
    table.append(rows)
    first = table.current_snapshot().snapshot_id
    table.delete("number == 1")

    then = text(owner, f"{url(project, table)}/-/rows?snapshot={first}")
    now = text(owner, f"{url(project, table)}/-/rows")
    assert "The first 2 rows" in then
    assert "[1, 2]" in then
    assert "null" in then
    assert "The first 1 rows" in now
    assert "[1, 2]" not in now


def test_rows_of_files_outside_the_project_are_not_shown(
    base: Environment, platform: Running, owner: httpx.Client, project: dict[str, str], wines: Table
):
    """A data file that is a link to another project's."""
    (file, *_rest) = (Path(urlsplit(each.file.file_path).path) for each in wines.scan().plan_files())
    elsewhere = platform.home / "elsewhere.parquet"
    elsewhere.write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(elsewhere)

    assert "cannot be read" in text(owner, f"{url(project, wines)}/-/rows")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(500) + b"PAR1", bytes(range(256)) * 8])
def test_broken_files_of_rows_end_no_more_than_their_preview(
    base: Environment, owner: httpx.Client, project: dict[str, str], wines: Table, content: bytes
):
    for each in wines.scan().plan_files():
        Path(urlsplit(each.file.file_path).path).write_bytes(content)
    part = text(owner, f"{url(project, wines)}/-/rows")

    assert "cannot be read" in part or "read them in a session" in part
    text(owner, url(project, wines))


def test_a_dropped_table_says_so(owner: httpx.Client, project: dict[str, str], catalog: RestCatalog, wines: Table):
    catalog.drop_table("default.wines")
    page = text(owner, url(project, wines))

    assert "This table was dropped" in page
    assert "Roll back" not in page
