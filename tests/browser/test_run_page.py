"""A run's page in a real browser: thousands of metrics, one that moves, a model registered, and what must not run."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import overflow, serious
from tests.conftest import Running
from tests.integration import runs
from tests.integration.runs import Run

Unique = Callable[[str], str]


@pytest.fixture
def run(site: Running, owner: httpx.Client, unique: Unique) -> Run:
    return runs.new_run(site, owner, unique)


def page_of(run: Run) -> str:
    return f"/experiments/{run.experiment_id}/runs/{run.id}"


def log(owner: httpx.Client, run: Run, metrics: list[dict[str, Any]]) -> None:
    owner.post("/api/2.0/mlflow/runs/log-batch", json={"run_id": run.id, "metrics": metrics}).raise_for_status()


def point(key: str, step: int, value: float) -> dict[str, Any]:
    return {"key": key, "value": value, "timestamp": 1_700_000_000_000 + 1_000 * step, "step": step}


def test_a_run_with_5000_metrics_shows_the_first_and_finds_any_of_them(page: Page, owner: httpx.Client, run: Run):
    for start in range(0, 5_000, 1_000):
        log(owner, run, [point(f"metric {number:04}", 0, number) for number in range(start, start + 1_000)])

    page.goto(page_of(run))
    expect(page.get_by_role("link", name="metric 0000")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^metric"))).to_have_count(200)

    page.get_by_label("Find a metric").fill("4711")
    expect(page.get_by_role("link", name="metric 4711")).to_be_visible()
    expect(page.get_by_role("link", name="metric 0000")).to_have_count(0)


def test_a_metric_moves_while_it_is_looked_at(page: Page, owner: httpx.Client, run: Run):
    log(owner, run, [point("loss", step, 9 - step) for step in range(3)])
    page.goto(page_of(run))
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="loss"))
    expect(row.locator(".spark")).to_be_visible()

    log(owner, run, [point("loss", 3, 0.125)])

    expect(row.get_by_role("cell", name="0.125").first).to_be_visible()
    expect(row.locator(".spark")).to_be_visible()


def test_a_curve_is_drawn_described_and_grows(page: Page, owner: httpx.Client, run: Run):
    log(owner, run, [point("loss", step, step) for step in range(10)])
    page.goto(f"{page_of(run)}/-/metric?key=loss")
    curve = page.get_by_role("img", name="loss from 0 to 9")
    expect(curve).to_be_visible()
    expect(page.locator("[data-drawn=curves]")).to_be_visible()

    log(owner, run, [point("loss", 10, 77)])

    expect(page.get_by_role("img", name="greatest 77")).to_be_visible()
    page.get_by_label("Log values").check()
    expect(page).to_have_url(f"{page_of(run)}/-/metric?key=loss&log_y=1")
    assert serious(page) == []


def test_a_part_of_a_long_curve_is_fetched_when_it_is_looked_at(page: Page, owner: httpx.Client, run: Run):
    for start in range(0, 20_000, 1_000):
        log(owner, run, [point("loss", step, step % 7) for step in range(start, start + 1_000)])
    page.goto(f"{page_of(run)}/-/metric?key=loss")
    expect(page.get_by_text("Shown: minimum and maximum of up to")).to_be_visible()
    expect(page.locator("[data-drawn=curves]")).to_be_visible()  # before, a wheel turns nothing

    page.locator(".chart-canvas").hover()
    page.keyboard.down("Control")
    with page.expect_request(re.compile("first=")):
        page.mouse.wheel(0, -600)
    page.keyboard.up("Control")

    expect(page.get_by_text("Only from Step")).to_be_visible()


def test_artifacts_appear_while_the_run_goes_on_whatever_they_are_called(page: Page, owner: httpx.Client, run: Run):
    page.goto(page_of(run))
    expect(page.get_by_text("Nothing yet.")).to_be_visible()

    # What the page itself is made of has such names, too.
    for name in ("tree", "body", "s-tree/tree"):
        owner.put(f"/api/2.0/mlflow-artifacts/artifacts/{run.experiment_id}/{run.id}/artifacts/{name}", content=b"?")
    log(owner, run, [point("loss", 0, 1.0)])

    tree = page.get_by_role("navigation", name="Artifacts")
    for name in ("tree", "body", "s-tree"):
        expect(tree.get_by_role("link", name=name, exact=True)).to_be_visible()


def test_a_model_is_registered_with_the_mouse(page: Page, run: Run, unique: Unique):
    run.model("model")
    name = unique("wine")
    page.goto(page_of(run))

    page.get_by_role("link", name="model", exact=True).click()
    page.get_by_role("button", name="Register Model").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Register", exact=True).click()

    expect(page).to_have_url(f"/models/{name}/versions/1")


def test_what_a_user_made_never_runs(page: Page, owner: httpx.Client, run: Run):
    script = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    drawing = "<svg xmlns='http://www.w3.org/2000/svg' onload=\"document.title='owned'\"/>"
    run.folder.mkdir(parents=True)
    for name, content in (
        ("page.html", script),
        ("drawing.svg", drawing),
        ("notes.md", script),
        ("a.csv", f"a\n{script}"),
    ):
        (run.folder / name).write_text(content)
    owner.post("/api/2.0/mlflow/runs/update", json={"run_id": run.id, "run_name": script}).raise_for_status()
    page.goto(page_of(run))

    for name in ("page.html", "drawing.svg", "notes.md", "a.csv"):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()

    assert page.title() != "owned"


def test_a_plot_with_scripts_is_drawn_and_reaches_nothing(page: Page, run: Run):
    attack = "try { parent.document.title = 'owned' } catch { document.body.append('alone') }"
    script = f"document.body.append('drawn '); {attack}"
    run.folder.mkdir(parents=True)
    (run.folder / "plot.html").write_text(f"<!doctype html><body><script>{script}</script>")

    page.goto(f"{page_of(run)}?artifact=plot.html")

    expect(page.frame_locator("iframe.apart").get_by_text("drawn alone")).to_be_visible()
    assert page.title() != "owned"


def test_runs_are_compared_in_charts_that_the_address_remembers(page: Page, owner: httpx.Client, run: Run):
    order = {"experiment_id": run.experiment_id, "run_name": "the other"}
    other = owner.post("/api/2.0/mlflow/runs/create", json=order).json()["run"]["info"]["run_id"]
    for place, run_id in enumerate([run.id, other]):
        batch = {"params": [{"key": "depth", "value": str(place)}], "metrics": [point("rmse", 0, place + 0.5)]}
        owner.post("/api/2.0/mlflow/runs/log-batch", json={"run_id": run_id, **batch}).raise_for_status()

    page.goto(f"/compare?runs={run.id},{other}")
    expect(page.locator("[data-drawn=parallel]")).to_be_visible()
    page.get_by_text("Scatter", exact=True).click()

    expect(page.locator("[data-drawn=scatter]")).to_be_visible()
    page.reload()
    expect(page.locator("[data-drawn=scatter]")).to_be_visible()
    expect(page.get_by_role("img", name="Scatter plot of rmse over depth: 2 runs.")).to_be_visible()
    assert serious(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_run_page_fits_a_phone_and_keeps_nobody_out(
    open_context: Callable[..., Any], owner: httpx.Client, run: Run, scheme: str
):
    log(owner, run, [point("a-metric-with-a-rather-long-name/of-some-kind", step, step) for step in range(3)])
    run.model("model")
    page = open_context(viewport={"width": 390, "height": 844}, color_scheme=scheme).new_page()

    page.goto(f"{page_of(run)}?artifact=model")

    expect(page.get_by_role("button", name="Register Model")).to_be_visible()
    assert overflow(page) == 0
    assert serious(page) == []
