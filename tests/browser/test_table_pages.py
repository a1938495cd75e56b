"""Looking at a table with mouse and keyboard: two snapshots side by side, back to the older, its rows."""

import re
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pyiceberg.table import Table
from tests.browser.conftest import overflow, serious
from tests.conftest import Running
from tests.integration.catalogs import WINES, connect, new_project

from cuvee.runtimes.values import Environment

SOON = 60_000


@pytest.fixture
def wines(site: Running, owner: httpx.Client) -> Table:
    """Two snapshots, of three rows and of six."""
    table = connect(site, new_project(owner, f"cellar-{uuid4().hex[:8]}")).create_table(
        "default.wines", schema=WINES.schema
    )
    table.append(WINES)
    table.append(WINES)
    return table


def url(table: Table) -> str:
    return f"/projects/{table.catalog.properties['prefix']}/data/tables/{table.metadata.table_uuid}"


def snapshots(table: Table) -> tuple[str, str]:
    """The older and the newer."""
    new = table.current_snapshot()
    return str(new.parent_snapshot_id), str(new.snapshot_id)


def test_a_table_is_found_and_opened(page: Page, wines: Table):
    page.goto(url(wines).partition("/tables/")[0])
    page.get_by_role("searchbox", name="Find tables").fill("WINE")
    page.get_by_role("link", name="default.wines").click()

    expect(page.get_by_role("heading", name="default.wines")).to_be_visible()
    expect(page.get_by_text("6 rows in 2 files")).to_be_visible()
    assert not serious(page)


def test_two_snapshots_are_ticked_and_compared_with_the_keyboard(page: Page, wines: Table):
    page.goto(url(wines))
    for each in snapshots(wines):
        page.get_by_label(f"Compare snapshot {each}").focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Compare the two ticked").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("The second came from the first, by 1 commit.")).to_be_visible()
    assert not serious(page)


def test_a_table_is_rolled_back_after_it_was_asked(page: Page, wines: Table):
    old, _new = snapshots(wines)
    page.goto(url(wines))
    page.get_by_role("button", name=f"Roll back to snapshot {old}").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()

    expect(page.get_by_text("The table was rolled back.")).to_be_visible()
    assert str(wines.refresh().current_snapshot().snapshot_id) == old


def test_rows_appear_and_a_commit_is_seen_at_once(base: Environment, page: Page, wines: Table):
    page.goto(url(wines))
    rows = page.get_by_role("region", name="First rows")
    expect(rows.get_by_role("row")).to_have_count(7, timeout=SOON)

    tick = page.get_by_label(f"Compare snapshot {snapshots(wines)[0]}")
    tick.check()
    wines.append(WINES)
    expect(page.get_by_role("region", name="Snapshots").get_by_role("row")).to_have_count(4)
    expect(tick).to_be_checked()


def test_a_table_of_the_past_fits_a_phone(open_context: Callable[..., BrowserContext], wines: Table):
    page = open_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{url(wines)}?snapshot={snapshots(wines)[0]}")
    expect(page.get_by_text(re.compile("You look at the table as it was"))).to_be_visible()

    assert overflow(page) <= 0
