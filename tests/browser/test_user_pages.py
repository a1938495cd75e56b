"""User settings and site administration, as a person uses them."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import overflow, serious, watch
from tests.conftest import ENVIRONMENTS, Running, running
from tests.integration.browsers import PASSWORD, code_for

from cuvee.core.settings import Settings

SIZES = [{"width": 1280, "height": 800}, {"width": 390, "height": 844}]


@pytest.fixture(scope="module")
def closed_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A platform that asks who one is."""
    home = tmp_path_factory.mktemp("home")
    with running(Settings(home=home, port=0, shared_environments=ENVIRONMENTS)) as site:
        yield site


@pytest.fixture
def person(browser: Browser, closed_site: Running, unique: Callable[[str], str]) -> Iterator[Page]:
    """A page of somebody who has just signed in for the first time."""
    name = unique("person")
    with closed_site.client() as owner, browser.new_context(base_url=closed_site.url) as context:
        owner.post("/api/v2/users", json={"username": name})
        page = context.new_page()
        wrong = watch(page)
        page.goto(f"/sign-in#code={code_for(owner, name)}")
        expect(page).to_have_url("/projects")
        page.goto("/user")
        yield page
        assert not wrong, wrong


def test_a_new_key_is_shown_once_works_and_is_deleted(person: Page, closed_site: Running):
    person.get_by_role("button", name="New key").click()
    person.get_by_label("Comment").fill("<b>laptop</b>")
    person.get_by_role("button", name="Create the key").click()
    expect(person.locator("#created code")).to_be_in_viewport()
    assert not serious(person)
    secret = person.locator("#created code").text_content() or ""
    with closed_site.client(secret) as client:
        assert client.post("/api/v2/auth/validate_key", json={}).json()["valid"]
        person.reload()
        assert secret not in person.content()
        person.get_by_role("button", name="Delete the key <b>laptop</b>").click()
        person.get_by_role("dialog").get_by_role("button", name="Delete the key").click()
        expect(person.get_by_text("No API keys")).to_be_visible()
        assert client.post("/api/v2/auth/validate_key", json={}).status_code == 401


def test_a_password_is_set_and_what_is_wrong_with_it_is_said(person: Page):
    person.get_by_label("New password", exact=False).first.fill(PASSWORD)
    person.get_by_label("New password, again").fill(f"{PASSWORD}!")
    person.get_by_role("button", name="Set the password").click()
    expect(person.get_by_role("alert")).to_contain_text("not the same")
    person.get_by_label("New password, again").fill(PASSWORD)
    person.get_by_role("button", name="Set the password").click()

    expect(person.get_by_role("status").filter(has_text="Your password was changed")).to_be_visible()
    expect(person.get_by_label("Old password")).to_be_visible()


def test_another_browser_is_signed_out(person: Page, closed_site: Running):
    with closed_site.client() as owner, httpx.Client(base_url=closed_site.url) as other:
        name = person.get_by_role("button", name="sign out").first.text_content() or ""
        other.post("/api/v2/sign_ins", json={"code": code_for(owner, name.strip())})
        person.reload()
        expect(person.get_by_text("This one")).to_have_count(1)
        person.get_by_role("row").filter(has_not_text="This one").get_by_role("button", name="Sign out").click()
        expect(person.locator("#browsers tbody tr")).to_have_count(1)
        assert other.get("/api/v2/sign_ins").status_code == 401


@pytest.fixture
def admin(browser: Browser, closed_site: Running) -> Iterator[Page]:
    """A page of the owner."""
    with closed_site.client() as owner, browser.new_context(base_url=closed_site.url) as context:
        page = context.new_page()
        wrong = watch(page)
        page.goto(f"/sign-in#code={code_for(owner)}")
        expect(page).to_have_url("/projects")
        page.goto("/admin")
        yield page
        assert not wrong, wrong


def test_a_user_is_added_comes_in_by_the_link_and_is_closed_out(
    admin: Page, browser: Browser, unique: Callable[[str], str]
):
    name = unique("new")
    admin.get_by_role("button", name="Add a user").click()
    admin.get_by_label("User name").fill(name)
    admin.get_by_role("button", name="Add the user").click()
    expect(admin.locator("#handed code")).to_be_in_viewport()
    link = admin.locator("#handed code").text_content() or ""
    with browser.new_context() as context:
        theirs = context.new_page()
        theirs.goto(link)
        expect(theirs.get_by_role("button", name=f"{name}: settings").first).to_be_visible()
        admin.get_by_role("button", name=f"Close the account of {name}").click()
        admin.get_by_role("dialog").get_by_role("button", name="Close the account").click()
        expect(admin.get_by_role("row", name=name)).to_contain_text("Closed")
        theirs.reload()
        expect(theirs.get_by_role("heading", name="Sign in")).to_be_visible()


def test_who_administers_is_changed_with_a_question(admin: Page, closed_site: Running, unique: Callable[[str], str]):
    name = unique("deputy")
    with closed_site.client() as owner:
        owner.post("/api/v2/users", json={"username": name})
    admin.reload()

    admin.get_by_role("row", name=name).get_by_role("button", name="Administrator").click()
    expect(admin.get_by_role("dialog")).to_contain_text(f"Make an administrator of {name}?")
    admin.get_by_role("dialog").get_by_role("button", name="Make administrator").click()

    expect(admin.get_by_role("row", name=name)).to_contain_text("Administrator")
    expect(admin.get_by_text("Free on its disk")).to_be_visible(timeout=60_000)


def test_the_administration_is_closed_to_others(person: Page):
    expect(person.get_by_role("link", name="Site administration")).to_have_count(0)
    reply = person.goto("/admin")

    assert reply is not None
    assert reply.status == 403


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_the_administration_is_for_every_administrator(admin: Page, size: dict[str, int]):
    admin.set_viewport_size(size)
    admin.reload()
    expect(admin.get_by_text("Free on its disk")).to_be_visible(timeout=60_000)

    assert not serious(admin)
    assert overflow(admin) <= 0


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_the_settings_are_for_everybody(person: Page, size: dict[str, int]):
    person.set_viewport_size(size)
    person.reload()

    assert not serious(person)
    assert overflow(person) <= 0
