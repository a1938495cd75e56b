"""A real Chromium in front of a real platform."""

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from re import Pattern
from time import monotonic
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect, sync_playwright
from tests.conftest import ENVIRONMENTS, Running, running
from tests.tools import chromium

from cuvee.core.settings import Settings
from cuvee.web.assets import Assets

_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync"]  # fmt: skip
AXE = Path(__file__).parents[2] / "src/cuvee/web/islands/node_modules/axe-core/axe.min.js"
#: How a browser and htmx tell of a refusal, which a test may want.
_TOLD = ("Failed to load resource", "Response Status Error Code 4", "htmx:afterRequest", "htmx:sendAbort")
_CONFIG = '{"allowEval":false,"includeIndicatorStyles":false}'
#: Milliseconds: what a page shows, it shows within this even on a machine that does other things, too.
PATIENCE = 30_000
_SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for each module: while Playwright runs, no other event loop can, and tests after these have some."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium.ensure(), args=_QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One platform for all browser tests: tests keep to names of their own."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, port=0, shared_environments=ENVIRONMENTS)
    with running(settings) as site:
        yield site


@pytest.fixture
def owner(site: Running) -> Iterator[httpx.Client]:
    """The owner's HTTP client, to prepare what a page shows."""
    with site.client() as client:
        yield client


@pytest.fixture
def open_context(browser: Browser, site: Running) -> Iterator[Callable[..., BrowserContext]]:
    """Opens windows of somebody who is signed in; options are Playwright's, such as `color_scheme`."""
    opened: list[BrowserContext] = []

    def open_one(at: Running = site, **options: Any) -> BrowserContext:
        context = browser.new_context(**{"base_url": at.url, "viewport": {"width": 1280, "height": 800}, **options})
        opened.append(context)
        context.set_default_timeout(PATIENCE)
        sign_in(context, at)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Iterator[Page]:
    """A page of somebody who is signed in. In the end nothing may have gone wrong in it unseen."""
    page = open_context().new_page()
    wrong = watch(page)
    yield page
    assert not wrong, wrong


def sign_in(context: BrowserContext, site: Running) -> None:
    """Let the window in as the owner, as the form for API keys does."""
    reply = context.request.post("/sign-in", form={"api_key": site.api_key}, headers={"origin": site.url})
    assert reply.ok, reply.text()


@pytest.fixture
def lab(page: Page) -> Callable[[str], None]:
    """Opens a page of the platform's origin with a body of the test's."""
    built = Assets.built()
    head = f"<meta name=htmx-config content='{_CONFIG}'><meta name=icons content={built.icons()}>"
    head += "".join(f"<script src={url}></script>" for url in built.asset("theme"))
    head += "".join(f"<link rel=stylesheet href={url}>" for url in built.styles("page"))
    head += "".join(f"<script type=module src={url}></script>" for url in built.asset("page"))

    def show(body: str) -> None:
        frame = "<div id=connection role=status hidden></div><div id=notices></div>"
        html = f"<!doctype html><html lang=en data-theme=auto><title>Lab</title>{head}<body>{frame}<main>{body}</main>"
        page.route("**/lab", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
        page.goto("/lab")

    return show


def hold(page: Page, url: str | Pattern[str]) -> Callable[[], Route]:
    """Holds back the page's requests to the URL. What is returned waits for the next of them and hands it over."""
    held: deque[Route] = deque()
    page.route(url, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it is given

    def following() -> Route:
        end = monotonic() + PATIENCE / 1_000
        while not held:
            assert monotonic() < end, f"no request to {url}"
            page.wait_for_timeout(20)
        return held.popleft()

    return following


def watch(page: Page) -> list[str]:
    """Collects scripts that failed, refused content and servers' errors, as they happen."""
    wrong: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_TOLD):
            wrong.append(message.text)

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", heard)
    page.on("response", lambda reply: wrong.append(f"{reply.status} {reply.url}") if reply.status >= 500 else None)
    return wrong


def serious(page: Page) -> list[str]:
    """What axe finds on the page that keeps somebody out: the rule, and where."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {', '.join(node['target'][0] for node in each['nodes'][:5])}"
        for each in found["violations"]
        if each["impact"] in _SERIOUS
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
