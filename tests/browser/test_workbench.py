"""A session's page with a real kernel behind it: what a person does there, and what others see of it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from tests.browser.conftest import hold, overflow, serious, watch
from tests.conftest import ENVIRONMENTS, Running, running, wait_for

from cuvee.core.settings import Settings

LONG = 60_000  # ms: a kernel on a busy machine
SCRIPT = "import sys\nname = 'the script'\nprint('this is', name)\nfor i in range(3):\n    print('line', i)\n"
HOSTILE = """\
from IPython.display import HTML, SVG, Markdown, display
display(HTML('<script>window.hacked = 1</script>'))
display(HTML('<img src=x onerror="window.hacked=7">'
             '<a href="javascript:window.hacked=8">go</a>'
             '<b data-opens="#find" style="position:fixed;inset:0;background:url(/hacked)">over</b>'))
SVG_NS = 'xmlns="http://www.w3.org/2000/svg"'
display(SVG(f'<svg {SVG_NS} onload="window.hacked=2"><script>window.hacked=3</script></svg>'))
display(Markdown('[go](javascript:window.hacked=4)\\n\\n<iframe src="/hacked"></iframe>'))
display({'text/html': '<style>body{display:none}</style><form action="/hacked"><input autofocus></form>'}, raw=True)
print('\\x1b[31mred\\x1b[0m <script>window.hacked=5</script> \\x1b]8;;javascript:window.hacked=6\\x07go\\x1b]8;;\\x07')
"""


INTERACTIVE = """\
from IPython.display import HTML
HTML('''<p id="made"></p><script>
let reached = "without an origin";
try { parent.window.hacked = 1; reached = "reached the page"; } catch {}
document.getElementById("made").textContent = "by a script; " + reached;
</script>''')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """A session and its project, as a script drives them."""

    client: httpx.Client
    project: str
    session: str

    @classmethod
    def made(cls, client: httpx.Client) -> "Workshop":
        project = client.post("/api/v2/projects", json={"name": f"bench-{uuid4().hex[:8]}"}).json()
        url = f"/api/v2/projects/{project['id']}"
        client.put(f"{url}/files/code/script.py", content=SCRIPT.encode())
        made = client.post(f"{url}/sessions", json={"name": "At the bench", "idle_minutes": 0}).json()
        wait_for(lambda: client.get(f"{url}/sessions/{made['id']}").json()["status"] == "running", 240)
        return cls(client=client, project=url, session=f"{url}/sessions/{made['id']}")

    @property
    def page(self) -> str:
        return "/sessions/" + self.session.rsplit("/", 1)[1]

    def write(self, path: str, text: str) -> None:
        assert self.client.put(f"{self.project}/files/{path}", content=text.encode()).status_code == 200

    def read(self, path: str) -> str:
        return self.client.post(f"{self.project}/files/{path}:download").text


@pytest.fixture(scope="module")
def workshop(site: Running) -> Iterator[Workshop]:
    with site.client() as client:
        made = Workshop.made(client)
        yield made
        client.post(f"{made.session}:stop")


@pytest.fixture
def bench(page: Page, workshop: Workshop) -> Page:
    """The Workbench, when it is ready."""
    return opened(page, workshop)


def opened(page: Page, workshop: Workshop) -> Page:
    page.goto(workshop.page)
    expect(page.locator("#wb-interrupt")).to_be_enabled(timeout=LONG)
    return page


def open_file(page: Page, path: str) -> None:
    folder, _, _ = path.rpartition("/")
    row = page.locator(f'.wb-row[data-path="{path}"]')
    if folder and not row.is_visible():
        page.locator(f'.wb-row[data-path="{folder}"]').click()
    row.click()
    expect(page.get_by_role("tab", name=path.rpartition("/")[2])).to_have_attribute("aria-selected", "true")


def enter(page: Page, code: str) -> Locator:
    """Run code at the prompt; its entry in the transcript."""
    page.locator("[data-prompt]").click()
    page.keyboard.insert_text(code)
    page.keyboard.press("Enter")
    # By its text: what ran before may still be on its way into the transcript, so that counting would take another.
    return page.locator(".wb-entry", has_text=code.splitlines()[0]).last


def test_the_play_button_runs_the_file_in_the_sessions_kernel(bench: Page):
    open_file(bench, "code/script.py")
    bench.locator("#wb-play").click()
    ran = bench.locator(".wb-entry").last

    expect(ran).to_contain_text("code/script.py")
    expect(ran).to_contain_text("this is the script", timeout=LONG)
    expect(enter(bench, "print('still', name)")).to_contain_text("still the script", timeout=LONG)


def test_the_play_button_saves_first(bench: Page, workshop: Workshop):
    workshop.write("changed.py", "print('old')\n")
    bench.get_by_role("button", name="Refresh the files").click()
    open_file(bench, "changed.py")
    bench.locator("#wb-editor .cm-content").click()
    bench.keyboard.press("Control+a")
    bench.keyboard.insert_text("print('brand ' + 'new')\n")
    bench.locator("#wb-play").click()

    expect(bench.locator(".wb-entry").last).to_contain_text("brand new", timeout=LONG)
    assert workshop.read("changed.py") == "print('brand ' + 'new')\n"


def test_a_line_and_a_selection_run(bench: Page):
    open_file(bench, "code/script.py")
    bench.locator("#wb-editor .cm-line", has_text="name =").click()
    bench.keyboard.press("Shift+Enter")
    expect(bench.locator(".wb-entry").last).to_have_attribute("data-status", "succeeded", timeout=LONG)
    bench.locator("#wb-editor .cm-line", has_text="for i").click()
    bench.keyboard.press("Home")
    bench.keyboard.press("Shift+Control+End")
    bench.keyboard.press("Control+Enter")

    expect(bench.locator(".wb-entry").last).to_contain_text("line 2", timeout=LONG)


def test_a_file_that_changed_on_disk_is_not_overwritten_unasked(bench: Page, workshop: Workshop):
    workshop.write("shared.txt", "first\n")
    bench.get_by_role("button", name="Refresh the files").click()
    open_file(bench, "shared.txt")
    expect(bench.locator("#wb-editor .cm-content")).to_contain_text("first")
    bench.locator("#wb-editor .cm-content").click()
    bench.keyboard.insert_text("mine ")
    workshop.write("shared.txt", "theirs\n")
    bench.keyboard.press("Control+s")
    expect(bench.get_by_role("dialog")).to_contain_text("shared.txt was changed on disk")
    assert workshop.read("shared.txt") == "theirs\n"
    bench.get_by_role("button", name="Overwrite with mine").click()

    wait_for(lambda: "mine" in workshop.read("shared.txt"))


def test_an_answer_that_comes_after_the_stream_takes_nothing_back(bench: Page):
    held = hold(bench, re.compile(":run$"))
    entry = enter(bench, "1 + 1")
    request = held()
    answer = request.fetch()
    expect(entry).to_have_attribute("data-status", "succeeded", timeout=LONG)
    assert answer.json()["status"] == "queued"
    request.fulfill(response=answer)

    expect(bench.locator("[data-prompt]")).to_have_text("Code or !command")
    expect(entry).to_have_attribute("data-status", "succeeded")


def test_tab_completes_what_the_kernel_knows(bench: Page):
    expect(enter(bench, "a_name_of_ours = 1")).to_have_attribute("data-status", "succeeded", timeout=LONG)
    bench.locator("[data-prompt]").click()
    bench.keyboard.type("a_name_o")
    bench.keyboard.press("Tab")
    bench.locator(".cm-tooltip-autocomplete", has_text="a_name_of_ours").wait_for(timeout=LONG)
    bench.keyboard.press("Enter")

    expect(bench.locator("[data-prompt]")).to_have_text("a_name_of_ours")
    bench.keyboard.press("Control+a")
    bench.keyboard.press("ArrowUp")
    expect(bench.locator("[data-prompt]")).to_have_text("a_name_of_ours = 1")


def test_interrupt_ends_a_loop_and_the_kernel_goes_on(bench: Page):
    loop = enter(bench, "while True: pass")
    expect(loop).to_have_attribute("data-status", "running", timeout=LONG)
    expect(bench.locator("#wb-state")).to_contain_text("Busy")
    bench.locator("#wb-interrupt").click()

    expect(loop).to_have_attribute("data-status", "interrupted", timeout=LONG)
    expect(enter(bench, "print(6 * 7)")).to_contain_text("42", timeout=LONG)


def test_two_people_see_the_same(bench: Page, workshop: Workshop, open_context: Callable[..., BrowserContext]):
    other = opened(open_context().new_page(), workshop)
    enter(bench, "print('for ' + 'everybody')")
    said = other.locator(".wb-entry", has_text="for everybody")
    expect(said).to_be_visible(timeout=LONG)
    other.reload()

    expect(said).to_be_visible(timeout=LONG)


def test_tables_pictures_and_progress_look_like_themselves(bench: Page):
    table = enter(bench, "import pandas; pandas.DataFrame({'wine': [1, 2]})")
    expect(table.locator("table.wb-table td").first).to_have_text("1", timeout=LONG)
    picture = enter(bench, "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()")
    expect(picture.locator("img")).to_have_attribute("src", re.compile("^data:image/png"), timeout=LONG)
    bar = enter(bench, "for i in range(5): print(f'\\r{i} of 4', end='', flush=True)")

    expect(bar.locator(".wb-text")).to_have_text("4 of 4", timeout=LONG)


def test_hostile_output_does_not_run(bench: Page):
    asked: list[str] = []
    bench.on("request", lambda request: asked.append(request.url))
    entry = enter(bench, HOSTILE)
    expect(entry).to_have_attribute("data-status", "succeeded", timeout=LONG)
    expect(entry.locator("iframe.wb-frame")).to_be_visible(timeout=LONG)
    expect(entry.locator(".wb-html")).to_have_count(3)
    entry.locator("a, b").evaluate_all("found => found.forEach(each => each.click())")

    assert bench.evaluate("window.hacked") is None
    ours = [url for url in asked if url.startswith(bench.url.partition("/sessions/")[0] + "/")]
    assert not [url for url in ours if "hacked" in url or url.endswith("/x")]
    assert entry.locator("script, iframe:not(.wb-frame), form, input, style, [onerror], [data-opens]").count() == 0
    expect(bench.locator("#find")).not_to_be_visible()


def test_output_with_scripts_runs_in_a_frame_apart(bench: Page):
    entry = enter(bench, INTERACTIVE)
    frame = entry.frame_locator("iframe.wb-frame")

    expect(frame.locator("#made")).to_have_text("by a script; without an origin", timeout=LONG)
    assert bench.evaluate("window.hacked") is None
    wait_for(lambda: entry.locator("iframe.wb-frame").evaluate("frame => frame.clientHeight") < 100)


def test_much_output_keeps_the_page_small(bench: Page):
    entry = enter(bench, "for i in range(100_000): print('line', i)")
    expect(entry).to_contain_text("line 99999", timeout=LONG)
    expect(entry).to_contain_text("Download all of it")

    assert entry.locator("span").count() < 5_000


def test_the_terminal_is_in_the_projects_folder(bench: Page):
    bench.get_by_role("tab", name="Terminal").click()
    bench.locator(".xterm-screen").wait_for(timeout=LONG)
    bench.keyboard.insert_text("ls code && mkdir -p .experiments/one && ls .experiments")
    bench.keyboard.press("Enter")

    expect(bench.locator(".xterm-rows")).to_contain_text("script.py", timeout=LONG)
    expect(bench.locator(".xterm-rows > div", has_text=re.compile(r"^one\s*$"))).to_be_visible(timeout=LONG)


def test_files_are_made_renamed_and_deleted(bench: Page, workshop: Workshop):
    bench.get_by_role("button", name="New folder").click()
    bench.get_by_label("Name", exact=True).fill("fresh")
    bench.get_by_label("Name", exact=True).press("Enter")
    expect(bench.locator('.wb-row[data-path="fresh"]')).to_be_visible()
    bench.locator('.wb-row[data-path="fresh"]').press("F2")
    bench.get_by_label("New name").fill("older")
    bench.get_by_label("New name").press("Enter")
    bench.locator('.wb-row[data-path="older"]').press("Delete")
    bench.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(bench.locator('.wb-row[data-path="older"]')).to_have_count(0)
    names = [file["path"] for file in workshop.client.get(f"{workshop.project}/files").json()["files"]]
    assert not {"fresh", "older"} & set(names)


def test_a_click_is_not_lost_when_the_files_are_read_anew_under_it(bench: Page, workshop: Workshop):
    workshop.write("clicked.py", "")
    bench.get_by_role("button", name="Refresh the files").click()
    bench.locator('.wb-row[data-path="clicked.py"]').hover()
    bench.mouse.down()

    workshop.write("another.py", "")
    bench.evaluate("document.querySelector('[aria-label=\"Refresh the files\"]').click()")
    expect(bench.locator('.wb-row[data-path="another.py"]')).to_be_visible()
    # What came stands above: the pointer has to follow the row that it holds.
    bench.locator('.wb-row[data-path="clicked.py"]').hover()
    bench.mouse.up()

    expect(bench.get_by_role("tab", name="clicked.py")).to_be_visible()


def test_a_tab_that_was_chosen_by_keyboard_keeps_the_focus(bench: Page, workshop: Workshop):
    for path in ("one.py", "two.py"):
        workshop.write(path, "")
    bench.get_by_role("button", name="Refresh the files").click()
    for path in ("one.py", "two.py"):
        open_file(bench, path)

    bench.get_by_role("tab", name="one.py").press("Enter")
    expect(bench.get_by_role("tab", name="one.py")).to_have_attribute("aria-selected", "true")
    expect(bench.get_by_role("tab", name="one.py")).to_be_focused()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_can_be_used_by_everybody(workshop: Workshop, open_context: Callable[..., BrowserContext], width: int):
    page = opened(open_context(viewport={"width": width, "height": 800}).new_page(), workshop)
    enter(page, "1 / 0")
    expect(page.locator(".wb-error").last).to_be_visible(timeout=LONG)

    assert serious(page) == []
    assert overflow(page) == 0


def test_a_session_starts_before_ones_eyes_and_can_be_started_again(page: Page, workshop: Workshop):
    project = workshop.client.get(workshop.project).json()["name"]
    page.goto(f"/projects/{project}/sessions/-/new")
    page.get_by_label("Session name").fill("Short")
    page.get_by_role("button", name="Start Session").click()
    expect(page.locator("#wb-steps")).to_be_visible()
    expect(page.locator("[data-prompt]")).to_be_visible(timeout=LONG)
    page.locator("#wb-stop").click()
    page.get_by_role("button", name="Stop session").click()
    expect(page.locator("#wb-ended")).to_contain_text("The session has ended", timeout=LONG)
    page.get_by_role("button", name="Start again").click()

    expect(page.locator("[data-prompt]")).to_be_visible(timeout=LONG)
    page.locator("#wb-stop").click()
    page.get_by_role("button", name="Stop session").click()


def test_the_page_recovers_when_the_platform_was_restarted(tmp_path: Path, open_context: Callable[..., BrowserContext]):
    settings = Settings(home=tmp_path, port=0, shared_environments=ENVIRONMENTS)
    with running(settings) as site, site.client() as client:
        workshop = Workshop.made(client)
        page = opened(open_context(site).new_page(), workshop)
        wrong = watch(page)
        slow = enter(page, "import time\nprint('begun')\ntime.sleep(8)\nprint('over')")
        expect(slow).to_contain_text("begun", timeout=LONG)
    with running(settings) as site, site.client() as client:
        expect(slow).to_contain_text("over", timeout=LONG)
        expect(enter(page, "print('still ' + 'here')")).to_contain_text("still here", timeout=LONG)
        client.post(f"{workshop.session}:stop")

    assert not wrong
