"""The table of runs in a real browser: ten thousand rows, new ones while it is open, filters, sorts, selection."""

from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import overflow, serious
from tests.conftest import Running

from cuvee.core.ids import new_id
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.db.session import Writing
from cuvee.identity import service as identity
from cuvee.tracking import ingest, service
from cuvee.tracking.values import Tag

API = "/api/2.0/mlflow"
MANY = 10_000


def experiment(owner: httpx.Client, name: str) -> str:
    return str(owner.post(f"{API}/experiments/create", json={"name": name}).json()["experiment_id"])


def run(owner: httpx.Client, experiment_id: str, name: str, **logged: Any) -> str:
    tags = [{"key": key, "value": value} for key, value in logged.get("tags", {}).items()]
    body = {"experiment_id": experiment_id, "run_name": name, "start_time": logged.get("start_time", 1), "tags": tags}
    run_id = str(owner.post(f"{API}/runs/create", json=body).json()["run"]["info"]["run_id"])
    params = [{"key": key, "value": value} for key, value in logged.get("params", {}).items()]
    metrics = [{"key": key, "value": value, "timestamp": 1} for key, value in logged.get("metrics", {}).items()]
    owner.post(f"{API}/runs/log-batch", json={"run_id": run_id, "params": params, "metrics": metrics})
    return run_id


@pytest.fixture(scope="session")
def many(site: Running) -> str:
    """An experiment with ten thousand runs; written straight into the database, which is beside the point here."""
    with site.client() as owner:
        experiment_id = experiment(owner, f"many-{new_id()}")
    database = Database(Settings(home=site.home).database)
    database.write_now(partial(fill, experiment_id=experiment_id))
    database.close()
    return experiment_id


def fill(connection: Writing, experiment_id: str) -> None:
    caller = identity.principal_without_key(connection, identity.first_admin(connection))
    for some in range(0, MANY, 1_000):
        items = []
        for number in range(some, some + 1_000):
            made = service.create_run(
                connection, caller, experiment_id, name=f"run {number}", start_time=1_000_000 + number
            )
            points = ingest.single("loss", 0, 1, float(number))
            params = [Tag("parity", "even" if number % 2 == 0 else "odd")]
            items.append(ingest.Item(run_id=made.info.id, points=points, params=params))
        assert not any(ingest.log(connection, items))


@pytest.fixture
def small(owner: httpx.Client) -> str:
    """An experiment with three runs, of which one is under another."""
    experiment_id = experiment(owner, f"small-{new_id()}")
    parent = run(owner, experiment_id, "parent", start_time=3, params={"alpha": "0.1"}, metrics={"rmse": 0.5})
    run(owner, experiment_id, "child", start_time=2, tags={"mlflow.parentRunId": parent})
    run(owner, experiment_id, "other", start_time=1, params={"alpha": "0.2"}, metrics={"rmse": 0.7})
    return experiment_id


@pytest.fixture
def names(page: Page) -> Callable[[], list[str]]:
    """The runs on the page, from the top."""
    return lambda: page.locator("#runs-box tbody tr[data-run] .run-name a").all_inner_texts()


def test_ten_thousand_runs_scroll_to_the_last(page: Page, many: str):
    page.goto(f"/experiments/{many}")
    expect(page.locator("#runs-count")).to_have_text("10,000 runs")
    expect(page.get_by_role("link", name="run 9999", exact=True)).to_be_visible()

    page.locator("#runs-box").evaluate("box => (box.scrollTop = box.scrollHeight / 2)")
    expect(page.get_by_role("link", name="run 4995", exact=True)).to_be_visible()
    page.locator("#runs-box").evaluate("box => (box.scrollTop = box.scrollHeight)")

    expect(page.get_by_role("link", name="run 0", exact=True)).to_be_visible()
    assert page.locator("#runs-box tbody tr").count() < 80


def test_keys_move_fold_tick_and_open(page: Page, small: str):
    page.goto(f"/experiments/{small}")
    expect(page.locator("#runs-count")).to_have_text("2 runs, 1 more under them")
    table = page.get_by_role("treegrid", name="Runs")
    expect(page.locator("tr.is-active")).to_have_count(1)
    table.focus()

    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="child", exact=True)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    expect(page.locator("#ticked")).to_have_text("1 run selected")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#ticked")).to_have_text("2 runs selected")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/experiments/{small}/runs/*")


def test_a_new_run_appears_by_itself_and_the_view_stays(page: Page, owner: httpx.Client, many: str):
    page.goto(f"/experiments/{many}")
    box = page.locator("#runs-box")
    box.evaluate("box => (box.scrollTop = 36 * 5000)")
    expect(page.get_by_role("link", name="run 4995", exact=True)).to_be_visible()
    before = page.get_by_role("link", name="run 4995", exact=True).bounding_box()

    new = run(owner, many, "brand new", start_time=2_000_000)

    expect(page.locator("#runs-count")).to_have_text("10,001 runs")
    assert before is not None
    wait_until(page, lambda: page.get_by_role("link", name="run 4995", exact=True).bounding_box() == before)
    box.evaluate("box => (box.scrollTop = 0)")
    expect(page.get_by_role("link", name="brand new", exact=True)).to_be_visible()
    owner.post(f"{API}/runs/delete", json={"run_id": new})
    expect(page.locator("#runs-count")).to_have_text("10,000 runs")


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(50)
    assert holds()


def test_the_first_run_brings_the_table(page: Page, owner: httpx.Client):
    experiment_id = experiment(owner, f"empty-{new_id()}")
    page.goto(f"/experiments/{experiment_id}")
    expect(page.get_by_text("No runs yet")).to_be_visible()

    with page.expect_navigation():
        run(owner, experiment_id, "the first")

    expect(page.get_by_role("link", name="the first", exact=True)).to_be_visible()


def test_a_filter_is_completed_applied_and_kept_in_the_address(page: Page, small: str, names):
    page.goto(f"/experiments/{small}")
    box = page.get_by_role("combobox", name="Filter runs")

    box.press_sequentially("rms")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value("metrics.rmse ")
    box.press_sequentially("< 0.6")
    page.keyboard.press("Enter")

    expect(page.locator("#runs-count")).to_have_text("1 run fit the filter")
    page.reload()
    expect(box).to_have_value("metrics.rmse < 0.6")
    assert names() == ["parent"]


def test_a_filter_that_cannot_be_read_is_shown_under_the_word(page: Page, small: str, names):
    page.goto(f"/experiments/{small}")

    page.get_by_role("combobox", name="Filter runs").fill("metrics.rmse < 0.6 AND alpha = 3")
    page.keyboard.press("Enter")

    expect(page.locator("#filter-refused mark")).to_have_text("alpha")
    expect(page.locator("#filter-refused")).to_contain_text("Invalid attribute key 'alpha'")
    assert names() == ["parent", "other"]


def test_the_sort_is_kept_in_the_address(page: Page, small: str, names):
    page.goto(f"/experiments/{small}")
    page.get_by_role("link", name="rmse").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("rmse")
    assert names() == ["other", "parent"]

    page.goto(page.url)
    expect(page.locator("tr.is-active")).to_have_count(1)
    assert names() == ["other", "parent"]
    page.go_back()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Created")


def test_columns_are_picked_and_kept(page: Page, small: str):
    page.goto(f"/experiments/{small}")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="alpha").uncheck()
    page.get_by_role("checkbox", name="Run id").check()
    page.get_by_role("button", name="Done").click()

    page.reload()

    expect(page.get_by_role("columnheader", name="Run id")).to_be_visible()
    expect(page.get_by_role("columnheader", name="alpha")).to_have_count(0)


def test_runs_are_grouped_and_a_group_opens(page: Page, many: str):
    page.goto(f"/experiments/{many}?group=parity&by=loss")
    expect(page.locator("tr.group")).to_have_count(2)
    expect(page.locator("tr.group").first).to_contain_text("5,000 runs · loss: mean 4999, min 0, max 9998")

    page.locator("tr.group").first.click()

    expect(page.get_by_role("link", name="run 9998", exact=True)).to_be_visible()


def test_ticked_runs_are_compared_deleted_and_restored(page: Page, small: str, names):
    page.goto(f"/experiments/{small}")
    page.locator("#tick-all").check()
    expect(page.locator("#ticked")).to_have_text("3 runs selected")
    assert len((page.locator("#compare").get_attribute("href") or "").split(",")) == 3

    page.locator("#runs-actions").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No runs yet")).to_be_visible()
    page.goto(f"/experiments/{small}?show=deleted")
    page.get_by_role("checkbox", name="Select other").check()
    page.locator("#runs-actions").get_by_role("button", name="Restore").click()

    page.goto(f"/experiments/{small}")
    expect(page.get_by_role("link", name="other", exact=True)).to_be_visible()
    assert names() == ["other"]


def test_the_page_is_usable_by_everybody(open_context: Callable[..., Any], small: str):
    for width, scheme in ((1280, "light"), (1280, "dark"), (390, "light")):
        page = open_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
        page.goto(f"/experiments/{small}?filter=x")
        expect(page.locator("#filter-refused mark")).to_be_visible()
        assert (overflow(page), serious(page)) == (0, [])
        page.goto(f"/experiments/{small}")
        expect(page.locator("tr.is-active")).to_have_count(1)
        assert (overflow(page), serious(page)) == (0, [])
