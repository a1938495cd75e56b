"""The pages around the graph: the picture, what was made of a snapshot, what has moved on."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people
from tests.integration.lineages import Cellar, cellar


@pytest.fixture
def wines(platform: Running, client: httpx.Client) -> Cellar:
    return cellar(platform, client)


@pytest.fixture
def stranger(platform: Running) -> Iterator[httpx.Client]:
    with people.user(platform, f"stranger{uuid4().hex[:8]}") as client:
        yield client


def shown(client: httpx.Client, path: str, **query: str) -> str:
    reply = client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    return reply.text


def test_the_picture_leads_to_every_thing_in_it(wines: Cellar, client: httpx.Client):
    wines.write()
    run = wines.run()
    snapshot = wines.read(run.id)
    name = f"wine-{uuid4().hex[:8]}"
    wines.registered(name, run.id, wines.logged(run))

    page = shown(client, "/lineage", node=f"run:{run.id}")
    for address in (
        f"/projects/{wines.project}/data/tables/{snapshot.removeprefix('snapshot:').replace('/', '?snapshot=')}",
        f"/experiments/{run.experiment_id}/runs/{run.id}",
        f"/experiments/{run.experiment_id}/runs/{run.id}?artifact=model",
        f"/models/{name}/versions/1",
    ):
        assert f'href="{address}" class="graph-node' in page


def test_a_thing_with_nothing_around_it_says_how_to_note_data(wines: Cellar, client: httpx.Client):
    page = shown(client, "/lineage", node=f"run:{wines.run().id}")

    assert "Nothing leads here" in page
    assert "mlflow.data.from_iceberg" in page


def test_a_name_is_text_in_the_picture(wines: Cellar, client: httpx.Client):
    wines.write(name="<script>alert(1)<")
    run = wines.run()
    wines.read(run.id, name="<script>alert(1)<")

    page = shown(client, "/lineage", node=f"run:{run.id}")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_each_way_alone_is_an_address(wines: Cellar, client: httpx.Client):
    wines.write()
    run = wines.run()
    wines.read(run.id)

    up, down = (shown(client, "/lineage", node=f"run:{run.id}", direction=way) for way in ("up", "down"))
    assert "default.wines" in up
    assert "default.wines" not in down


def test_what_was_made_of_a_snapshot_is_a_part_of_its_tables_page(wines: Cellar, client: httpx.Client):
    wines.write()
    run = wines.run()
    snapshot = wines.read(run.id)
    name = f"wine-{uuid4().hex[:8]}"
    wines.registered(name, run.id, wines.logged(run))

    part = shown(client, "/lineage/-/made", node=snapshot)
    assert part.index(f"{name} v1") < part.index(f"/runs/{run.id}")
    assert "No run that you may see used it" in shown(client, "/lineage/-/made", node=wines.write())


def test_a_version_says_that_its_table_moved_on(wines: Cellar, client: httpx.Client):
    wines.write()
    run = wines.run()
    wines.read(run.id)
    name = f"wine-{uuid4().hex[:8]}"
    wines.registered(name, run.id, wines.logged(run))
    assert "has moved on" not in shown(client, f"/models/{name}/versions/1")

    wines.write()

    assert "has moved on since this version was made: 1 commit, +3 rows." in shown(client, f"/models/{name}/versions/1")


def test_strangers_and_nonsense_get_a_page_that_says_so(wines: Cellar, client: httpx.Client, stranger: httpx.Client):
    node = f"run:{wines.run().id}"

    assert stranger.get("/lineage", params={"node": node}).status_code == 404
    assert stranger.get("/lineage/-/made", params={"node": node}).status_code == 404
    for query in ({}, {"node": "x"}, {"node": node, "direction": "sideways"}):
        assert client.get("/lineage", params=query).status_code == 400


def test_a_tables_page_asks_for_what_was_made_of_the_snapshot_that_it_shows(wines: Cellar, client: httpx.Client):
    snapshot = wines.write()
    table, _, number = snapshot.removeprefix("snapshot:").partition("/")

    page = shown(client, f"/projects/{wines.project}/data/tables/{table}")
    [address] = re.findall('hx-get="(/lineage/-/made[^"]*)"', page)
    assert parse_qs(urlsplit(address).query) == {"node": [f"snapshot:{table}/{number}"]}
    assert "No run that you may see used it" in client.get(address).text
