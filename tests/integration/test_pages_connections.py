"""The pages of data connections, as a browser asks for them."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people
from tests.integration.catalogs import new_project

Unique = Callable[[str], str]
SECRET = "s3kr1t-never-to-be-seen"


@pytest.fixture
def name(client: httpx.Client, unique: Unique) -> str:
    """A project's."""
    made = unique("pages")
    new_project(client, made)
    return made


@pytest.fixture
def base(name: str) -> str:
    return f"/projects/{name}/data/connections"


@pytest.fixture
def shared(client: httpx.Client, unique: Unique) -> Iterator[str]:
    """What everybody has: its name."""
    made = unique("lake")
    form = {"name": made, "kind": "iceberg-rest", "uri": "https://x.example.org", "secret": "token", "hidden": SECRET}
    assert client.post("/admin/connections", data=form).status_code == 303
    yield made
    client.post(f"/admin/connections/{made}/-/delete")


def test_a_database_is_connected_changed_and_deleted_by_forms(client: httpx.Client, base: str):
    kinds, form = client.get(f"{base}/-/new").text, client.get(f"{base}/-/new?kind=sql").text
    assert "SQL database" in kinds
    assert 'name="password"' in form
    new = {"name": "sales", "kind": "sql", "uri": "postgresql://me@db/x", "password": SECRET, "description": "sold"}

    made = client.post(base, data=new)

    assert (made.status_code, made.headers["location"]) == (303, f"{base}/sales")
    page = client.get(f"{base}/sales").text
    assert "postgresql://me@db/x" in page
    assert "get_connection(&#34;sales&#34;)" in page
    rows = {"property": ["connect.sslmode", ""], "value": ["require", ""], "secret": "password", "hidden": ""}
    changed = client.post(f"{base}/sales", data={**new, "name": "sold", "password": "", **rows})
    assert changed.headers["location"] == f"{base}/sold?done=connection"
    whole = client.get(f"/api/v2{base.removesuffix('/data/connections')}", follow_redirects=True)
    project = whole.json()["id"]
    found = client.get(f"/api/v2/projects/{project}/dataconnections/sold/properties").json()["properties"]
    assert found == {"uri": f"postgresql://me:{SECRET}@db/x", "connect.sslmode": "require"}
    client.post(f"{base}/sold", data={**new, "name": "sold", "password": "", "forget": "password"})
    assert client.get(f"/api/v2/projects/{project}/dataconnections/sold").json()["secrets"] == []
    assert client.post(f"{base}/sold/-/delete").headers["location"] == base
    assert client.get(f"{base}/sold").status_code == 404


def test_no_page_shows_a_secret(client: httpx.Client, base: str, shared: str):
    client.post(base, data={"name": "sales", "kind": "sql", "uri": f"postgresql://me:{SECRET}@db/x"})
    pages = [base, f"{base}/sales", f"{base}/{shared}", "/admin/connections", f"/admin/connections/{shared}"]

    shown = [client.get(page) for page in pages]

    assert {page.status_code for page in shown} == {200}
    assert not [page.url for page in shown if SECRET in page.text]


def test_a_refusal_stands_in_the_form_and_repeats_no_secret(client: httpx.Client, base: str):
    wrong = {"name": "sales", "kind": "sql", "uri": f"postgresql://me:a/{SECRET}@db/x"}
    for form in (wrong, {**wrong, "uri": "x", "property": "", "value": "lonely"}, {**wrong, "kind": "ftp"}):
        reply = client.post(base, data=form, headers={"hx-request": "true"})
        assert reply.status_code == 400
        assert SECRET not in reply.text
    assert "percent-encoded" in client.post(base, data=wrong, headers={"hx-request": "true"}).text


def test_a_viewer_reads_what_there_is_and_finds_no_form(
    platform: Running, client: httpx.Client, base: str, name: str, unique: Unique
):
    client.post(base, data={"name": "sales", "kind": "sql", "uri": f"postgresql://me:{SECRET}@db/x"})
    project = client.get(f"/api/v2/projects/{name}").json()["id"]
    who = unique("viewer")
    with people.user(platform, who) as viewer:
        new_project(viewer, who)
        assert viewer.get(base).status_code == 404
        client.put(f"/api/v2/projects/{project}/collaborators/{who}", json={"permission": "read"})

        page = viewer.get(f"{base}/sales").text
        assert "postgresql://me@db/x" in page
        assert SECRET not in page
        assert f'action="{base}' not in page
        assert viewer.get(f"{base}/-/new").status_code == 403
        assert viewer.post(f"{base}/sales/-/delete").status_code == 403
        assert viewer.post(f"{base}/sales/-/try", data={"session": ""}).status_code == 403
        assert viewer.get("/admin/connections").status_code == 403


def test_it_is_tried_in_a_session_of_ones_own_alone(client: httpx.Client, base: str):
    page = client.get(f"{base}/default").text

    assert "Start a session" in page
    assert client.post(f"{base}/default/-/try", data={"session": "0000-0000-0000-0000"}).status_code == 404


def test_everybodys_connection_is_seen_in_a_project_and_changed_elsewhere(client: httpx.Client, base: str, shared: str):
    assert "Everybody" in client.get(base).text
    assert client.post(f"{base}/{shared}", data={"name": shared, "uri": "https://evil"}).status_code == 403
    changed = client.post(f"/admin/connections/{shared}", data={"name": shared, "uri": "https://y.example.org"})
    assert changed.status_code == 303
    assert "https://y.example.org" in client.get(f"{base}/{shared}").text
