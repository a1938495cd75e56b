"""What stands around every page."""

from playwright.sync_api import Page, expect


def test_the_start_leads_to_the_projects(page: Page):
    page.goto("/")

    expect(page).to_have_url("/projects")
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()


def test_an_address_with_nothing_behind_it_says_so(page: Page):
    reply = page.goto("/nothing-here")

    assert reply is not None
    assert reply.status == 404
    expect(page.get_by_text("There is nothing at this address.")).to_be_visible()
