"""P13: the page of an experiment with ten thousand runs, in a real browser: until its first rows are seen."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from playwright.sync_api import Browser

from benchmarks import browsers, tables, trackers
from benchmarks.figures import Measure, Times, Within
from benchmarks.rows import Bench, Contestant, Row, Sample
from benchmarks.trackers import Tracker


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    kinds = [trackers.CUVEE, trackers.MLFLOW_SERVER]
    with trackers.opened(bench, kinds) as opened, browsers.opened() as browser:
        yield [_contestant(bench, tracker, browser) for tracker in opened]


def _contestant(bench: Bench, tracker: Tracker, browser: Browser) -> Contestant:
    url = tables.filled(tracker, bench.scratch / tracker.kind.name)
    return tracker.contestant(partial(_load, tracker, browser, url), partial(tables.missing, tracker))


def _load(tracker: Tracker, browser: Browser, url: str) -> Sample:
    return Sample(values={"rows": browsers.until_rows(browser, url, tracker.headers)}, requests=1)


ROW: Final = Row(
    number="P13",
    title="experiment page with 10,000 runs in Chromium: first rows visible",
    measures=(Measure(name="rows", label="first rows", unit="s", better="lower"),),
    goals=(Within(measure="rows", limit=0.5), Times(measure="rows", peer="MLflow", factor=5)),
    how="Chromium without a head, 1280 by 800, a new window with an empty cache for each load. From the start of the "
    "navigation to the second frame after a run's name has a place on the screen, by the page's own clock. 10,000 runs "
    "with 20 metrics, 10 parameters and 3 tags each, the same in both, written straight into each one's database. "
    "Server and browser share the machine.",
    profile="the answer has the rows in it and takes 34 ms of the server's processor; it is there after a fifth of "
    "the time. Until half of it the browser loads styles and scripts with an empty cache, until four fifths it lays "
    "out and paints for the first time, and the rest are the two frames that are waited for.",
    limit="none.",
    contestants=contestants,
    quick=False,
)
