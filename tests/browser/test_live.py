"""Pages that keep themselves true: what changed is fetched again, what was missed is made up for."""

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, Route, expect
from tests.browser.conftest import hold

Lab = Callable[[str], None]
Change = Callable[[], None]
Overtaken = tuple[Route, Callable[[], Route]]
_PART = "<section id=part data-live=projects hx-get=/part hx-trigger=live hx-swap=outerHTML>"
_WITH_ACTIONS = _PART.replace(">", " hx-select=#part hx-select-oob='#actions:morph'>")
_LISTEN = """
  window.heard = Infinity;
  window.EventSource = class extends EventSource {
    constructor(url) { super(url); this.addEventListener("changed", () => { window.heard = performance.now(); }); }
  };
"""


@pytest.fixture
def asked(page: Page) -> list[str]:
    """How often the part was asked for: it counts itself, beside a fold, a field and a time."""
    times: list[str] = []

    def answer(route: Route) -> None:
        times.append(route.request.url)
        kept = "<details><summary>More</summary>Deep</details><input aria-label=Note>"
        date = "<time datetime=2020-03-01T12:00:00Z data-relative>2020-03-01T12:00:00Z</time>"
        route.fulfill(body=f"{_PART}<p>Asked {len(times)}</p>{kept}{date}</section>", content_type="text/html")

    page.route("**/part", answer)
    return times


@pytest.fixture
def make_project(owner: httpx.Client, unique: Callable[[str], str]) -> Change:
    """Something that changes the topic `projects`."""

    def change() -> None:
        owner.post("/api/v2/projects", json={"name": unique("live")}).raise_for_status()

    return change


@pytest.fixture
def overtaken(page: Page, lab: Lab, make_project: Change) -> Overtaken:
    """A request for the part that is held back and whose topic has changed since, and what waits for the next one."""
    held = hold(page, "**/part")
    page.add_init_script(_LISTEN)
    lab(f"{_PART}</section>")
    first = held()

    make_project()
    page.wait_for_function("performance.now() - window.heard > 1000")
    return first, held


def test_a_part_is_fetched_again_when_its_topic_changed(page: Page, lab: Lab, asked: list[str], make_project: Change):
    lab(f"{_PART}</section>")
    expect(page.get_by_text("Asked 1", exact=True)).to_be_visible()

    make_project()

    expect(page.get_by_text("Asked 2", exact=True)).to_be_visible()


def test_what_a_reader_opened_and_wrote_outlives_a_change(page: Page, lab: Lab, asked: list[str], make_project: Change):
    lab(f"{_PART}</section>")
    page.get_by_text("More").click()
    page.get_by_label("Note").fill("remember")

    make_project()

    expect(page.get_by_text("Asked 2", exact=True)).to_be_visible()
    expect(page.get_by_text("Deep")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("remember")
    expect(page.get_by_label("Note")).to_be_focused()
    expect(page.locator("time")).to_have_text("Mar 1, 2020")


def test_a_part_that_asks_every_second_keeps_what_a_reader_wrote_and_says_no_refusal(page: Page, lab: Lab):
    polled = _PART.replace("hx-trigger=live", "hx-trigger='live, every 1s'")
    answers = [f"{polled}<p>Asked {number}</p><input aria-label=Note></section>" for number in range(1, 100)]
    page.route("**/part", lambda route: route.fulfill(body=answers.pop(0), content_type="text/html"))
    lab(f"{polled}</section>")
    page.get_by_label("Note").fill("remember")
    expect(page.get_by_text("Asked 3", exact=True)).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("remember")
    expect(page.get_by_label("Note")).to_be_focused()

    page.unroute("**/part")
    page.route("**/part", lambda route: route.fulfill(status=404, body="<p>Gone</p>", content_type="text/html"))
    for _ in range(2):  # the second is asked for after the first was dealt with
        page.wait_for_event("response")
    expect(page.locator("#notices")).to_be_empty()
    expect(page.get_by_label("Note")).to_have_value("remember")


def test_a_part_that_comes_later_is_live_as_well(page: Page, lab: Lab, asked: list[str]):
    later = f"{_PART}Later</section>"
    page.route("**/later", lambda route: route.fulfill(body=later, content_type="text/html"))
    # A part is heard only when it has settled: here that takes longer than the stream takes to open.
    lab("<div hx-get=/later hx-trigger=load hx-swap='innerHTML settle:2s'></div>")

    expect(page.get_by_text("Asked 1", exact=True)).to_be_visible()


def test_a_change_while_a_part_is_on_its_way_is_not_missed(page: Page, overtaken: Overtaken):
    first, held = overtaken

    first.fulfill(body=f"{_PART}Old</section>", content_type="text/html")

    held().fulfill(body=f"{_PART}New</section>", content_type="text/html")
    expect(page.get_by_text("New", exact=True)).to_be_visible()


@pytest.mark.parametrize("kind", ["action=/act/1 method=post", "hx-post=/act/1 hx-target=#told"], ids=["form", "htmx"])
def test_what_a_reader_is_asked_about_is_done_though_its_part_was_fetched_again(page: Page, lab: Lab, kind: str):
    form = f"<form {kind} data-confirm='Stop wine?'><button>Stop</button></form>"
    acted = answer_acts(page)
    held = hold(page, "**/part")
    lab(f"{_WITH_ACTIONS}</section><p id=told></p><div id=actions><i>Deployed</i>{form}</div>")
    first = held()

    page.get_by_role("button", name="Stop").click()
    body = f"{_WITH_ACTIONS}Anew</section><div id=actions><b>Deployed</b>{form}</div>"
    first.fulfill(body=body, content_type="text/html")
    expect(page.get_by_text("Anew")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()

    expect(page.get_by_text("Done")).to_be_visible()
    assert acted == ["/act/1"]


@pytest.mark.parametrize(("names", "done"), [(["port", "wine"], ["/act/wine"]), (["port"], [])], ids=["moved", "gone"])
def test_what_a_reader_is_asked_about_is_never_done_to_something_else(
    page: Page, lab: Lab, names: list[str], done: list[str]
):
    def rows(*names: str) -> str:
        return "".join(
            f"<form action=/act/{name} method=post data-confirm='Stop {name}?'><button>Stop</button></form>"
            for name in names
        )

    acted = answer_acts(page)
    held = hold(page, "**/part")
    lab(f"{_PART}{rows('wine')}</section>")
    first = held()

    page.get_by_role("button", name="Stop").click()
    first.fulfill(body=f"{_PART}Anew{rows(*names)}</section>", content_type="text/html")
    expect(page.get_by_text("Anew")).to_be_visible()
    page.get_by_role("dialog", name="Stop wine?").get_by_role("button", name="Stop").click()

    expect(page.get_by_text("Done" if done else "it is no longer what you were asked about")).to_be_visible()
    assert acted == done


def test_a_form_that_waits_for_its_answer_cannot_be_sent_again_after_a_change(page: Page, lab: Lab):
    form = "<form hx-post=/act/1 hx-target=#told data-busy='Stopping…'><button>Stop</button></form>"
    held, acts = hold(page, "**/part"), hold(page, "**/act/1")
    lab(f"{_PART}{form}</section><p id=told></p>")
    first = held()

    page.get_by_role("button", name="Stop").click()
    first.fulfill(body=f"{_PART}Anew{form}</section>", content_type="text/html")
    expect(page.get_by_text("Anew")).to_be_visible()
    expect(page.get_by_role("button", name="Stopping…")).to_be_disabled()

    acts().fulfill(body="Done", content_type="text/html")
    expect(page.get_by_role("button", name="Stop")).to_be_enabled()


def test_an_answer_to_a_part_that_is_no_longer_live_is_passed_over(page: Page, overtaken: Overtaken):
    first, held = overtaken

    first.fulfill(body="<section id=part>Ended</section>", content_type="text/html")
    with page.expect_response("**/part"):
        held().fulfill(body="<section id=part>Ended</section>", content_type="text/html")

    expect(page.get_by_text("Ended", exact=True)).to_have_count(1)
    expect(page.locator("#part")).to_have_text("Ended")


def test_a_page_that_nobody_sees_asks_for_nothing_and_catches_up(page: Page, lab: Lab, asked: list[str]):
    lab(f"{_PART}</section>")
    expect(page.get_by_text("Asked 1", exact=True)).to_be_visible()

    see(page, seen=False)
    with page.expect_request("**/events?*"):
        see(page, seen=True)

    expect(page.get_by_text("Asked 2", exact=True)).to_be_visible()


def test_a_server_that_is_away_is_said_until_it_is_back(page: Page, lab: Lab, asked: list[str]):
    page.route("**/events?*", lambda route: route.abort())
    lab(f"{_PART}</section>")
    expect(page.get_by_role("status").filter(has_text="Connection lost.")).to_be_visible()

    page.unroute("**/events?*")

    expect(page.get_by_text("Asked 1", exact=True)).to_be_visible()
    expect(page.get_by_text("Connection lost.")).to_be_hidden()


def answer_acts(page: Page) -> list[str]:
    """The paths under `/act/` that the page sent something to; each is answered with a word."""
    acted: list[str] = []

    def answer(route: Route) -> None:
        acted.append(urlsplit(route.request.url).path)
        route.fulfill(body="<p>Done</p>", content_type="text/html")

    page.route("**/act/*", answer)
    return acted


def see(page: Page, *, seen: bool) -> None:
    """Have the page believe that its tab is seen, or not."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        not seen,
    )
