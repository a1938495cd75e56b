"""Making a job with mouse and keyboard, running it, and seeing what it says while it says it."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious
from tests.integration.scheduled import Work

from cuvee.runtimes.values import Environment

SOON = 120_000
#: Goes on until a file says that it was seen.
SCRIPT = """
import pathlib, sys, time
print("hello", sys.argv[1], flush=True)
while not pathlib.Path("seen").exists():
    time.sleep(0.05)
raise ValueError("no such column")
"""


@pytest.fixture
def work(owner: httpx.Client, base: Environment) -> Iterator[Work]:
    work = Work(owner)
    work.script("fit.py", SCRIPT)
    yield work
    work.script("seen", "yes")


def test_a_job_is_made_run_and_watched(page: Page, work: Work):
    page.goto(f"/projects/{work.name}/jobs")
    expect(page.get_by_text("No jobs yet")).to_be_visible()
    page.get_by_role("link", name="New job").first.click()
    page.get_by_label("Name").fill("Nightly fit")
    page.get_by_label("Script").fill("fit.py")
    page.get_by_label("Arguments").fill("world")
    page.get_by_text("Recurring").click()
    page.get_by_label("How often").select_option("weekday")
    page.get_by_label("Time of the day").fill("03:15")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    expect(page.get_by_text("At 03:15 on Monday through Friday.")).to_be_visible()
    assert not serious(page)
    page.get_by_role("button", name="Create job").click()

    expect(page.get_by_text("At 03:15 on Monday through Friday (Asia/Tokyo)")).to_be_visible()
    expect(page.get_by_text("It has not run yet")).to_be_visible()
    page.get_by_role("button", name="Run now").click()
    log = page.get_by_role("log", name="Log of the run")
    expect(log).to_contain_text("hello world", timeout=SOON)
    expect(page.get_by_text("Running", exact=True)).to_be_visible()
    work.script("seen", "yes")
    expect(page.get_by_text("Failed", exact=True)).to_be_visible(timeout=SOON)
    expect(page.locator("pre.reason")).to_have_text("ValueError: no such column")
    expect(log).to_contain_text("ValueError: no such column")
    assert not serious(page)


def test_a_form_that_cannot_be_used_comes_back_with_the_reason(page: Page, work: Work):
    page.goto(f"/projects/{work.name}/jobs/-/new")
    page.get_by_label("Name").fill("Nightly")
    page.get_by_label("Script").fill("fit.py")
    page.get_by_text("Recurring").click()
    page.get_by_label("How often").select_option("own")
    page.get_by_label("Cron expression").fill("61 * * * *")
    expect(page.get_by_text("is no cron expression").first).to_be_visible()
    page.get_by_role("button", name="Create job").click()

    expect(page.get_by_role("alert")).to_contain_text("bad minute")
    expect(page.get_by_label("Script")).to_have_value("fit.py")
    expect(page.get_by_label("Cron expression")).to_have_value("61 * * * *")
    assert not serious(page)


def test_a_job_is_paused_and_deleted(page: Page, work: Work):
    job = work.job(name="Hourly", schedule="0 * * * *")
    page.goto(f"/jobs/{job['id']}")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("It is paused")).to_be_visible()
    page.get_by_role("button", name="Delete the job").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page.get_by_text("No jobs yet")).to_be_visible()
