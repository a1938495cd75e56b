"""P14: how much script and style each page loads."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from playwright.sync_api import Browser

from benchmarks import browsers, trackers
from benchmarks.browsers import Weight
from benchmarks.figures import Measure, Within
from benchmarks.rows import Bench, Contestant, Row, Sample
from benchmarks.trackers import Tracker

_KB: Final = 1_000
#: Page → its address, with an experiment and its run put in, and what shows that it is ready.
PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "projects": ("/projects", "h1"),
    "project": ("/projects/default", "h1"),
    "files": ("/projects/default/files", "h1"),
    "sessions": ("/sessions", "h1"),
    "experiments": ("/experiments", "h1"),
    "experiment": ("/experiments/{experiment}", "tr.is-active"),
    "chart": ("/experiments/{experiment}?view=chart", "[data-drawn]"),
    "run": ("/experiments/{experiment}/runs/{run}", "h1"),
    "compare": ("/compare?runs={run},{other}", "h1"),
    "models": ("/models", "h1"),
    "deployments": ("/deployments", "h1"),
    "user": ("/user", "h1"),
    "admin": ("/admin", "h1"),
}
_TITLES: Final = {
    "largest": "largest page",
    "unpacked": "the same, unpacked",
    "experiment": "experiment",
    "table": "the same, unpacked ",
    "projects": "projects",
}


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    kinds = [trackers.CUVEE, trackers.MLFLOW_SERVER]
    with trackers.opened(bench, kinds) as opened, browsers.opened() as browser:
        yield [_contestant(tracker, browser) for tracker in opened]


def _contestant(tracker: Tracker, browser: Browser) -> Contestant:
    experiment = str(tracker.call("POST", "/experiments/create", {"name": "weighed"})["experiment_id"])
    body = {"experiment_id": experiment, "run_name": "run-000001", "start_time": 1_795_000_000_000}
    run, other = (tracker.call("POST", "/runs/create", body)["run"]["info"]["run_id"] for _ in range(2))
    for each in (run, other):
        points = [{"key": "loss", "value": 1 / (step + 1), "timestamp": step + 1, "step": step} for step in range(20)]
        tracker.call("POST", "/runs/log-batch", {"run_id": each, "metrics": points})
    names = {"experiment": experiment, "run": run, "other": other}
    weigh = _ours if tracker.kind.kind == "ours" else _peer
    return tracker.contestant(partial(weigh, tracker, browser, names), lambda: "")


def _ours(tracker: Tracker, browser: Browser, names: Mapping[str, str]) -> Sample:
    weights = {
        page: browsers.weight(browser, tracker.server.url + path.format(**names), tracker.headers, ready)
        for page, (path, ready) in PAGES.items()
    }
    heaviest = max(weights.values(), key=lambda weight: weight.transferred)
    return Sample(values=_values(heaviest, weights["experiment"], weights["projects"]), requests=len(weights))


def _peer(tracker: Tracker, browser: Browser, names: Mapping[str, str]) -> Sample:
    url = f"{tracker.server.url}/#/experiments/{names['experiment']}/runs"
    weight = browsers.weight(browser, url, tracker.headers, 'a[href*="/runs/"]')
    return Sample(values=_values(weight, weight), requests=1)


def _values(largest: Weight, experiment: Weight, projects: Weight | None = None) -> dict[str, float]:
    found = {
        "largest": largest.transferred,
        "unpacked": largest.unpacked,
        "experiment": experiment.transferred,
        "table": experiment.unpacked,
        **({"projects": projects.transferred} if projects else {}),
    }
    return {name: size / _KB for name, size in found.items()}


ROW: Final = Row(
    number="P14",
    title="script and style that a page loads",
    measures=tuple(Measure(name=name, label=title, unit="kB", better="lower") for name, title in _TITLES.items()),
    goals=(Within(measure="largest", limit=400),),
    how="Chromium with an empty cache loads thirteen pages; bytes of the bodies of all scripts and styles as they "
    "were transferred (compressed), in units of 1,000, until a second after the page is ready. Unpacked: what the "
    "browser then holds of that page. The session's page is left out; MLflow's is its experiment page.",
    limit="none.",
    contestants=contestants,
    quick=False,
)
