"""What hangs on `data-*` attributes, tried on pages made for it, with the scripts that every page loads."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Request, Route, expect
from tests.browser.conftest import hold

Lab = Callable[[str], None]


@pytest.fixture
def sent(page: Page) -> list[str]:
    """What the page sent to `/act`; it is answered with a word."""
    seen: list[str] = []

    def answer(route: Route, request: Request) -> None:
        seen.append(request.post_data or "")
        route.fulfill(body="<p>Done</p>", content_type="text/html")

    page.route("**/act", answer)
    return seen


def test_a_button_copies_and_says_so(page: Page, lab: Lab):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab("<button data-copy=run-7>Copy</button><pre id=it>pip install</pre><button data-copy-from=#it>Snippet</button>")

    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "run-7"

    page.get_by_role("button", name="Snippet").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text === 'pip install')")


def test_a_time_says_how_long_ago_and_the_whole_of_it_on_hover(page: Page, lab: Lab):
    now = datetime.now(UTC)
    lab(
        f"<time id=new datetime={now.isoformat()} data-relative>-</time>"
        f"<time id=old datetime={(now - timedelta(hours=5)).isoformat()} data-relative>-</time>"
        "<time id=date datetime=2020-03-01T12:00:00Z data-relative>-</time>"
    )
    expect(page.locator("#new")).to_have_text("just now")
    expect(page.locator("#old")).to_have_text("5 h ago")
    expect(page.locator("#date")).to_have_text("Mar 1, 2020")
    assert "Sunday, March 1, 2020" in (page.locator("#date").get_attribute("title") or "")


@pytest.mark.parametrize("kind", ["action=/act method=post", "hx-post=/act hx-target=#told"], ids=["form", "htmx"])
def test_nothing_is_sent_before_the_reader_said_yes(page: Page, lab: Lab, sent: list[str], kind: str):
    lab(f"<form {kind}><button name=id value=7 data-confirm='Delete project DEV?'>Delete</button></form><p id=told>")

    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog", name="Delete project DEV?")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete")).to_be_focused()
    assert sent == []

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")
    expect(page.get_by_text("Done")).to_be_visible()
    assert sent == ["id=7"]


def test_a_button_of_htmx_asks_as_well(page: Page, lab: Lab, sent: list[str]):
    lab(
        "<button hx-post=/act hx-target=#told data-confirm='Stop session wine?' data-confirm-action='Stop it'>"
        "Stop</button><p id=told>"
    )

    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Stop it").click()

    expect(page.get_by_text("Done")).to_be_visible()
    assert len(sent) == 1


def test_a_busy_form_is_sent_once(page: Page, lab: Lab):
    held = hold(page, "**/act")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if request.url.endswith("/act") else None)
    lab("<form hx-post=/act hx-target=#told data-busy='Creating…'><button>Create</button></form><p id=told>")

    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("button", name="Creating…")).to_be_disabled()
    held().fulfill(body="Made", content_type="text/html")

    expect(page.get_by_role("button", name="Create")).to_be_enabled()
    expect(page.get_by_text("Made")).to_be_visible()
    assert sent == ["POST"]


def test_a_refusal_is_said_without_taking_anything_away(page: Page, lab: Lab):
    refusal = "<div role=alert>There is a project of this name already.</div>"
    page.route("**/act", lambda route: route.fulfill(status=409, body=refusal, content_type="text/html"))
    lab("<dialog id=new open><form hx-post=/act><input name=name value=DEV><button>Create</button></form></dialog>")

    page.get_by_role("button", name="Create").click()

    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("There is a project of this name already.")
    expect(page.locator("input")).to_have_value("DEV")


def test_a_theme_stays(page: Page, lab: Lab):
    lab("<button data-theme-set=dark>Dark</button>")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")

    page.get_by_role("button", name="Dark").click()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "theme"] == ["dark"]


def test_an_automatic_theme_follows_the_system(page: Page, lab: Lab):
    lab("<p>Hello</p>")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_quick_find_opens_by_a_key(page: Page, keys: str):
    page.goto("/projects")
    page.keyboard.press(keys)
    expect(page.get_by_role("dialog", name="Find")).to_be_visible()
    page.keyboard.type("wine")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Find")).to_be_hidden()


def test_a_slash_that_is_written_stays_a_slash(page: Page, lab: Lab):
    lab("<dialog id=find><input></dialog><textarea aria-label=Notes></textarea>")
    page.get_by_label("Notes").press_sequentially("a/b")
    expect(page.get_by_label("Notes")).to_have_value("a/b")
    expect(page.locator("#find")).to_be_hidden()
