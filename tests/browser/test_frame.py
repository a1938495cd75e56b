"""What stands around every page."""

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.conftest import Running
from tests.integration.runs import new_run


def test_the_start_leads_to_the_projects(page: Page):
    page.goto("/")

    expect(page).to_have_url("/projects")
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()


def test_a_link_that_mlflows_client_prints_leads_to_the_run(page: Page, site: Running, owner: httpx.Client, unique):
    run = new_run(site, owner, unique)
    page.goto(f"/#/experiments/{run.experiment_id}/runs/{run.id}")
    expect(page).to_have_url(f"{site.url}/experiments/{run.experiment_id}/runs/{run.id}")
    page.goto(f"/projects#/experiments/{run.experiment_id}")

    expect(page).to_have_url(f"{site.url}/experiments/{run.experiment_id}")


@pytest.mark.parametrize("fragment", ["#/experiments//evil.example", "#//evil.example/models/1", "#/users"])
def test_no_other_fragment_leads_anywhere(page: Page, site: Running, fragment: str):
    page.goto(f"/projects{fragment}")

    expect(page.locator("h1")).to_have_text("Projects")
    assert page.url == f"{site.url}/projects{fragment}"


def test_an_address_with_nothing_behind_it_says_so(page: Page):
    reply = page.goto("/nothing-here")

    assert reply is not None
    assert reply.status == 404
    expect(page.get_by_text("There is nothing at this address.")).to_be_visible()
