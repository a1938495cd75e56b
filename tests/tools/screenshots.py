"""Takes a picture of every page, in light and dark, wide and narrow: `python -m tests.tools.screenshots HOME [NAME …]`.

HOME is one on which the tutorial ran. The pictures go to `build/screenshots`, those in CHOSEN to the documentation too.
"""

import shutil
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Page, ViewportSize, sync_playwright
from tests.conftest import ENVIRONMENTS, running
from tests.tools import chromium
from tests.tools.tour import Stop, stops

from cuvee.core.settings import Settings

ROOT: Final = Path(__file__).parents[2]
TARGET: Final = ROOT / "build" / "screenshots"
PICTURES: Final = ROOT / "docs" / "pictures"
SIZES: Final[dict[str, ViewportSize]] = {"": {"width": 1280, "height": 800}, "-phone": {"width": 390, "height": 844}}
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
#: Pictures that the README and the documentation show.
CHOSEN: Final = frozenset(
    {
        "run-wine-quality-test-light.png",
        "run-wine-quality-test-dark.png",
        "experiment-wine-quality-test-light.png",
        "workbench-light.png",
        "deployment-light.png",
    }
)


def take(home: Path, names: Collection[str]) -> int:
    """Take the pictures; how many there are."""
    settings = Settings(home=home, port=0, auth="none", shared_environments=ENVIRONMENTS)
    with running(settings) as site, site.client() as client, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.ensure(), args=["--no-sandbox"])
        tour = [stop for stop in stops(client) if not names or stop.name in names]
        for stop in tour:
            for theme in THEMES:
                for suffix, size in SIZES.items():
                    context = browser.new_context(base_url=site.url, color_scheme=theme, viewport=size)
                    _shoot(context.new_page(), stop, f"{stop.name}-{theme}{suffix}.png")
                    context.close()
        browser.close()
    return len(tour)


def _shoot(page: Page, stop: Stop, name: str) -> None:
    page.goto(stop.path)
    page.wait_for_load_state("load")
    page.wait_for_timeout(1_500)  # charts and consoles have no other sign of being drawn
    TARGET.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=TARGET / name)
    if name in CHOSEN:
        shutil.copyfile(TARGET / name, PICTURES / name)


if __name__ == "__main__":
    number = take(Path(sys.argv[1]).absolute(), sys.argv[2:])
    sys.stdout.write(f"{number} pages in {TARGET}\n")
