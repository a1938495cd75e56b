"""A real Chromium, as a reader has it: every visit with an empty cache."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser, Page, Response, sync_playwright
from tests.tools import chromium

_OPTIONS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
                   "--no-first-run", "--disable-sync", "--disable-quic"]  # fmt: skip
#: In every page: notes when the first run's name has been painted, in milliseconds from the start of the navigation.
_WATCH: Final = """
window.shownAt = null;
const isShown = (link) => /^run-\\d+$/.test(link.textContent.trim()) && link.getClientRects().length > 0;
const look = () => {
  if ([...document.querySelectorAll('a[href*="/runs/"]')].some(isShown)) {
    requestAnimationFrame(() => requestAnimationFrame(() => { window.shownAt = performance.now(); }));
  } else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
_PATIENCE: Final = 120_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Script and style of a page, in bytes."""

    transferred: int
    unpacked: int


@contextmanager
def opened() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.ensure(), args=_OPTIONS)
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, headers: Mapping[str, str]) -> Iterator[Page]:
    """A page in a window of its own, that knows nothing of earlier visits."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, extra_http_headers=dict(headers))
    context.set_default_timeout(_PATIENCE)
    page = context.new_page()
    yield page
    context.close()


def until_rows(browser: Browser, url: str, headers: Mapping[str, str]) -> float:
    """Seconds from the start of the navigation to the first run's name on the screen."""
    with visit(browser, headers) as page:
        page.add_init_script(_WATCH)
        page.goto(url, wait_until="commit")
        until = time.monotonic() + _PATIENCE / 1000
        # Asked from outside: our pages let no text become a script, as waiting within them would.
        while (shown := page.evaluate("window.shownAt")) is None and time.monotonic() < until:
            page.wait_for_timeout(50)
        return float(shown) / 1000 if shown is not None else math.nan


def weight(browser: Browser, url: str, headers: Mapping[str, str], ready: str) -> Weight:
    """What a page loads until it shows what `ready` selects and the network rests."""
    loaded: list[Response] = []

    def note(reply: Response) -> None:
        loaded.append(reply)

    with visit(browser, headers) as page:
        page.on("response", note)
        page.goto(url)
        page.locator(ready).first.wait_for()
        page.wait_for_timeout(1_000)
        parts = [reply for reply in loaded if reply.request.resource_type in {"script", "stylesheet"} and reply.ok]
        transferred = sum(reply.request.sizes()["responseBodySize"] for reply in parts)
        return Weight(transferred=transferred, unpacked=sum(len(reply.body()) for reply in parts))
