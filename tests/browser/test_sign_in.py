"""Signing in, as a person does."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import overflow, serious, watch
from tests.conftest import ENVIRONMENTS, Running, running
from tests.integration.browsers import PASSWORD, code_for

from cuvee.core.settings import Settings


@pytest.fixture(scope="module")
def closed_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A platform that asks who one is."""
    home = tmp_path_factory.mktemp("home")
    with running(Settings(home=home, port=0, shared_environments=ENVIRONMENTS)) as site:
        yield site


@pytest.fixture
def stranger(browser: Browser, closed_site: Running) -> Iterator[Page]:
    """A page of somebody who is not signed in."""
    with browser.new_context(base_url=closed_site.url) as context:
        page = context.new_page()
        wrong = watch(page)
        yield page
        assert not wrong, wrong


def test_a_link_signs_in_once_and_leaves_no_trace_of_its_code(stranger: Page, closed_site: Running):
    with closed_site.client() as client:
        link = f"{closed_site.url}/sign-in#code={code_for(client)}"
    asked: list[str] = []
    stranger.on("request", lambda request: asked.append(request.url))

    stranger.goto(link)
    expect(stranger).to_have_url("/projects")
    stranger.get_by_role("button", name="sign out").click()
    stranger.get_by_role("button", name="Sign out").last.click()
    expect(stranger).to_have_url("/sign-in")
    stranger.goto(link)

    expect(stranger.get_by_role("alert")).to_contain_text("was used already")
    assert "#" not in stranger.url
    assert not [url for url in asked if link.partition("=")[2] in url]


def test_a_password_leads_to_the_page_that_was_wanted(stranger: Page, closed_site: Running):
    with closed_site.client() as client:
        client.put("/api/v2/users/me/password", json={"password": PASSWORD})
        name = client.post("/api/v2/auth/validate_key", json={}).json()["username"]

    stranger.goto("/models?q=wine")
    stranger.get_by_label("User name").fill(name)
    stranger.get_by_label("Password").fill("something else")
    stranger.get_by_label("Password").press("Enter")
    expect(stranger.get_by_role("alert")).to_contain_text("do not fit together")
    assert not serious(stranger)
    stranger.get_by_label("Password").fill(PASSWORD)
    stranger.get_by_role("button", name="Sign in", exact=True).click()

    expect(stranger).to_have_url("/models?q=wine")


def test_the_page_is_for_everybody(stranger: Page):
    stranger.set_viewport_size({"width": 390, "height": 844})
    stranger.goto("/sign-in")
    stranger.get_by_text("Sign in with an API key").click()

    assert not serious(stranger)
    assert overflow(stranger) <= 0
