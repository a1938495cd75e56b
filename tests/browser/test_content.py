"""Users' content in a real browser: it works, and it reaches nothing of ours."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from playwright.sync_api import TimeoutError as NotInTime
from tests.conftest import Running, wait_for
from tests.integration import runs

#: Tries what a hostile page would, and says how each went.
HOSTILE = """
<script>
const said = {};
const tries = {
  api: () => fetch("PAGES/api/v2/projects", {credentials: "include"}).then(reply => reply.text()),
  post: () => fetch("PAGES/api/v2/projects", {method: "POST", credentials: "include", mode: "no-cors",
    headers: {"content-type": "text/plain"}, body: '{"name": "stolen"}'}).then(reply => reply.type + reply.status),
  parent: async () => parent.document.body.innerText,
  cookies: async () => document.cookie,
  storage: async () => localStorage.length,
  lab: () => fetch("CONTENT/sessions/SESSION/proxy/api", {credentials: "include"}).then(reply => reply.text()),
};
Promise.all(Object.entries(tries).map(([name, attempt]) =>
  attempt().then(found => said[name] = "reached " + found, error => said[name] = "refused " + error.name)
)).then(() => document.body.append(Object.assign(document.createElement("pre"), {textContent: JSON.stringify(said)})));
</script>
<body>hello</body>
"""


@pytest.fixture(scope="module")
def lab(site: Running) -> Iterator[str]:
    """A session with the JupyterLab editor."""
    with site.client() as owner:
        project = owner.post("/api/v2/projects", json={"name": f"lab-{uuid4().hex[:8]}"}).json()["id"]
        wait_for(lambda: owner.get(f"/api/v2/projects/{project}").json()["creation_status"] == "success")
        runtimes = owner.get("/api/v2/runtimes", params={"page_size": 100}).json()["runtimes"]
        runtime = next(each for each in runtimes if each["editor"] == "JupyterLab")["image_identifier"]
        asked = {"name": "lab", "runtime_identifier": runtime}
        path = f"/api/v2/projects/{project}/sessions"
        reply = owner.post(path, json=asked)
        assert reply.status_code == 200, reply.text
        path = f"{path}/{reply.json()['id']}"
        wait_for(lambda: owner.get(path).json()["status"] in {"running", "failed"}, 240)
        assert owner.get(path).json()["status"] == "running", owner.get(path).json()["status_reason"]
        yield reply.json()["id"]
        owner.post(f"{path}:stop")
        wait_for(lambda: owner.get(path).json()["status"] in {"stopped", "failed"})


def test_jupyterlab_opens_on_its_own_origin_and_runs_code(window: Page, site: Running, lab: str):
    window.goto(f"/sessions/{lab}/lab")

    assert window.url.startswith(f"{site.content_url}/sessions/{lab}/proxy/lab")
    assert "ticket" not in window.url
    assert output_in_notebook(window, "6 * 7") == "42"
    assert not window.get_by_text("Jupyter news").count()


def output_in_notebook(page: Page, code: str) -> str:
    """Run code in a new notebook.

    On a busy machine JupyterLab gives a notebook a second kernel in place of its first. What it is told between them is
    lost, and sometimes the second, too.
    """
    output = page.locator(".jp-OutputArea-output").first
    for _ in range(6):
        page.locator(".jp-LauncherCard[title^='Python 3']").first.click(timeout=60_000)
        page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first.wait_for(timeout=90_000)
        cell = page.locator(".jp-Notebook .jp-Cell .cm-content").first
        cell.fill(code)
        # The editor takes what was typed a moment later; the notebook is changed from then on.
        page.locator(".lm-TabBar-tab.jp-mod-dirty").first.wait_for()
        for _ in range(3):
            cell.press("Shift+Enter")
            with suppress(NotInTime):
                output.wait_for(timeout=5_000)
                return output.inner_text().strip()
        page.goto(page.url.partition("/lab")[0] + "/lab?reset")
    pytest.fail("JupyterLab did not take the code")


@pytest.fixture
def hostile(site: Running, lab: str) -> str:
    """The page, with the addresses of what it is after."""
    return HOSTILE.replace("PAGES", site.url).replace("CONTENT", site.content_url).replace("SESSION", lab)


@pytest.fixture
def window(open_context: Callable[..., BrowserContext]) -> Page:
    """A page of somebody who is signed in, in which things are meant to go wrong."""
    return open_context().new_page()


def test_a_hostile_artifact_reaches_nothing(window: Page, site: Running, owner: httpx.Client, hostile: str):
    run = runs.new_run(site, owner, lambda stem: f"{stem}-{uuid4().hex[:8]}")
    run.folder.mkdir(parents=True)
    (run.folder / "plot.html").write_text(hostile)
    window.goto(f"/experiments/{run.experiment_id}/runs/{run.id}/-/view?artifact=plot.html")

    assert window.url.startswith(f"{site.content_url}/view/")
    said = json.loads(window.locator("pre").inner_text())
    assert len(said) == 6
    assert all(what.startswith("refused") for what in said.values()), said


def test_hostile_output_in_a_frame_reaches_nothing(window: Page, site: Running, hostile: str):
    """Even without the sandbox that the page puts around it: the frame has its own."""
    window.goto("/output-frame")
    assert window.url == f"{site.content_url}/frame"
    window.evaluate("html => postMessage({html}, '*')", hostile)

    said = json.loads(window.locator("pre").inner_text())
    assert {name for name, what in said.items() if not what.startswith("refused")} <= {"parent"}, said  # its own


def test_scripts_of_jupyterlab_do_not_reach_the_platform_with_its_users_cookie(
    window: Page, site: Running, owner: httpx.Client, lab: str
):
    window.goto(f"/sessions/{lab}/lab")
    name = f"stolen-{uuid4().hex[:8]}"
    said = window.evaluate(
        """async ({pages, name, lab}) => {
            const post = {method: "POST", credentials: "include", mode: "no-cors", body: JSON.stringify({name})};
            await fetch(`${pages}/api/v2/projects`, post);
            const line = new WebSocket(`${pages.replace("http", "ws")}/sessions/${lab}/proxy/api/events/subscribe`);
            const opened = new Promise(done => {
                line.onopen = () => done("open");
                line.onerror = () => done("refused");
            });
            const read = fetch(`${pages}/api/v2/projects`, {credentials: "include"});
            return {
                read: await read.then(() => "read", () => "refused"),
                line: await opened,
                cookies: document.cookie,
            };
        }""",
        {"pages": site.url, "name": name, "lab": lab},
    )

    assert (said["read"], said["line"]) == ("refused", "refused")
    assert "cuvee" not in said["cookies"]
    assert name not in owner.get("/api/v2/projects", params={"page_size": 10_000}).text


def test_jupyterlab_cannot_put_our_pages_into_a_frame(window: Page, site: Running, lab: str):
    window.goto(f"/sessions/{lab}/lab")
    window.evaluate(
        "url => document.body.append(Object.assign(document.createElement('iframe'), {src: url, id: 'stolen'}))",
        f"{site.url}/projects",
    )

    window.wait_for_timeout(500)
    assert all(not frame.url.startswith(f"{site.url}/projects") for frame in window.frames)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_report_shows_itself_on_the_page_of_its_run(
    open_context: Callable[..., BrowserContext], site: Running, owner: httpx.Client, theme: str
):
    run = runs.new_run(site, owner, lambda stem: f"{stem}-{uuid4().hex[:8]}")
    run.folder.mkdir(parents=True)
    (run.folder / "look.css").write_text("h1 { color: rgb(1, 2, 3) }")
    report = (
        "<link rel=stylesheet href=look.css><h1></h1><script>document.querySelector('h1').textContent = 6 * 7</script>"
    )
    (run.folder / "report.html").write_text(report)
    page = open_context(color_scheme=theme).new_page()
    page.goto(f"/experiments/{run.experiment_id}/runs/{run.id}?artifact=report.html")
    title = page.frame_locator("iframe.apart").locator("h1")

    expect(title).to_have_text("42")
    expect(title).to_have_css("color", "rgb(1, 2, 3)")
