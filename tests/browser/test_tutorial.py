"""The tutorial, word for word, with the mouse: from the first click to the prediction, and on."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.browser.conftest import watch
from tests.conftest import ENVIRONMENTS, Running, running

from cuvee.core.settings import Settings

TEMPLATE = Path(__file__).parents[2] / "examples" / "tutorial"
INPUT = (
    '{"columns":["alcohol", "chlorides", "citric acid", "density", "fixed acidity", "free sulfur dioxide", "pH", '
    '"residual sugar", "sulphates", "total sulfur dioxide", "volatile acidity"],'
    '"data":[[12.8, 0.029, 0.48, 0.98, 6.2, 29, 3.33, 1.2, 0.39, 75, 0.66]]}'
)
#: Milliseconds: processes start slowly on a machine that does other things, too.
PATIENCE = 240_000
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An empty platform: the tutorial's names are free on it."""
    home = tmp_path_factory.mktemp("workplace")
    with running(Settings(home=home, port=0, shared_environments=ENVIRONMENTS)) as site:
        yield site
        with site.client() as client:
            stop_all(client)


def stop_all(client) -> None:
    """Stop the sessions and deployments that the tutorial left."""
    for project in client.get("/api/v2/projects").json()["projects"]:
        base = f"/api/v2/projects/{project['id']}"
        for session in client.get(f"{base}/sessions").json()["sessions"]:
            client.post(f"{base}/sessions/{session['id']}:stop")
        for model in client.get(f"{base}/models").json()["models"]:
            client.delete(f"{base}/models/{model['id']}")


@pytest.fixture
def desk(open_context: Callable[..., BrowserContext], workplace: Running) -> Iterator[Page]:
    page = open_context(workplace).new_page()
    wrong = watch(page)
    yield page
    assert not wrong, wrong


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tutorial's files as a Git repository."""
    folder = tmp_path_factory.mktemp("repository") / "tutorial"
    git = ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-C", str(folder)]
    subprocess.run(["cp", "-r", str(TEMPLATE), str(folder)], check=True)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "The tutorial"]):
        subprocess.run([*git, *words], check=True)
    return folder


def menu(page: Page, name: str) -> None:
    """Choose an entry of the left bar."""
    page.get_by_role("complementary").get_by_role("link", name=name, exact=True).click()


def new_project(page: Page, name: str, repository: Path | None = None) -> None:
    page.goto("/projects")
    page.get_by_role("link", name="New project").first.click()
    page.get_by_label("Name", exact=True).fill(name)
    if repository:
        page.get_by_role("radio", name=re.compile("^Git")).check(force=True)
        page.get_by_label("Git URL").fill(str(repository))
    page.get_by_role("button", name="Create project").click()
    page.wait_for_url(f"**/projects/{name}", timeout=PATIENCE)


def new_session(page: Page, project: str, *, spark: bool = False) -> None:
    page.goto(f"/projects/{project}")
    menu(page, "Sessions")
    page.get_by_role("link", name="New session").first.click()
    page.get_by_label("Enable Spark").set_checked(spark)
    page.get_by_role("button", name="Start Session").click()
    expect(page.get_by_label("Prompt")).to_be_editable(timeout=PATIENCE)


def type_in_prompt(page: Page, text: str) -> None:
    page.get_by_label("Prompt").click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def play(page: Page, folder: str, script: str, says: str) -> None:
    """Open a script from the file tree and press the play button; wait until its output says something."""
    open_script(page, folder, script)
    page.get_by_role("button", name="Run the whole file").click()
    expect(page.get_by_role("log", name="Transcript")).to_contain_text(says, timeout=PATIENCE)


def open_script(page: Page, folder: str, script: str) -> None:
    tree = page.get_by_role("tree")
    if not tree.get_by_role("treeitem", name=script).count():
        tree.get_by_role("treeitem", name=folder, exact=True).click()
    tree.get_by_role("treeitem", name=script).click()
    expect(page.get_by_role("tab", name=script)).to_be_visible()


def open_experiment(page: Page, project: str, name: str) -> None:
    page.goto(f"/projects/{project}")
    menu(page, "Experiments")
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def runs(page: Page):
    """The names in the table of runs, which lead to them."""
    # Those that the table's script has drawn: it replaces what the server sent, and a click on that may be lost.
    return page.locator('[data-line] a[href*="/runs/"]')


def test_part_1_from_the_first_click_to_the_prediction(desk: Page, repository: Path):
    page = desk
    new_project(page, "DEV", repository)
    new_session(page, "DEV")
    workbench = page.url
    type_in_prompt(page, "!pip3 install -r requirements.txt")
    expect(page.get_by_role("log", name="Transcript")).to_contain_text("already satisfied", timeout=PATIENCE)

    page.goto("/projects/DEV")
    menu(page, "Experiments")
    page.get_by_role("link", name="New experiment").first.click()
    page.get_by_label("Name", exact=True).fill("wine-quality-test")
    page.get_by_role("button", name="Create experiment").click()
    expect(page.get_by_role("heading", name="wine-quality-test")).to_be_visible()

    page.goto(workbench)
    play(page, "code", "01_Experiment.py", "RMSE")
    open_experiment(page, "DEV", "wine-quality-test")
    expect(runs(page)).to_have_count(1)
    runs(page).first.click()
    expect(page.get_by_text("No artifacts were logged")).to_be_visible()

    page.goto(workbench)
    play(page, "code", "02_Experiment_log_model.py", "alpha=0.60")
    open_experiment(page, "DEV", "wine-quality-test")
    expect(runs(page)).to_have_count(2)
    new_project(page, "PRD")
    register_the_model(page)
    deploy_it(page)


def register_the_model(page: Page) -> None:
    open_experiment(page, "DEV", "wine-quality-test")
    expect(runs(page)).to_have_count(2)
    runs(page).first.click()
    # The script goes on after it has printed; the page tells by itself when the run has ended.
    expect(page.get_by_text("Finished", exact=True)).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="model", exact=True).click()
    page.get_by_role("button", name="Register Model").click()
    dialog = page.get_by_role("dialog", name="Register Model")
    dialog.get_by_label("Name", exact=True).fill("Classifier")
    dialog.get_by_role("button", name="Register").click()
    page.wait_for_url("**/models/Classifier/versions/1")


def deploy_it(page: Page) -> None:
    page.goto("/projects")
    menu(page, "Model Registry")
    page.get_by_role("link", name="Classifier").click()
    page.get_by_role("link", name="Deploy version 1").click()
    page.get_by_label("Project", exact=True).select_option(label="PRD")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("radio", name="Deploy registered model")).to_be_checked()
    page.get_by_label("Name", exact=True).fill("wine")
    page.get_by_label("Example input").fill(INPUT)
    page.get_by_label("Enable authentication").uncheck()
    page.get_by_role("button", name="Deploy Model").click()
    expect(page.get_by_text("Deployed", exact=True).first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Overview").last.click()
    page.get_by_role("button", name="Test", exact=True).click()
    outcome = page.locator(".outcome")
    expect(outcome).to_contain_text("Success")
    expect(outcome).to_contain_text(re.compile(r'"response":\s*\[\s*\d\.\d'))


@pytest.fixture
def dev(workplace: Running) -> None:
    """The project DEV, made from the template when the first part has not made it."""
    with workplace.client() as client:
        client.post("/api/v2/projects", json={"name": "DEV", "template": "tutorial"})


@pytest.mark.usefixtures("dev")
def test_part_2_the_api_from_a_session(desk: Page):
    page = desk
    new_session(page, "DEV")
    workbench = page.url
    play(page, "code", "01_Active_Experiment.py", "Active run_id")
    play(page, "code", "02_Log_Artifacts_Tags.py", "02_Log_Artifacts_Tags.py")
    open_experiment(page, "DEV", "example-experiment")
    expect(runs(page)).to_have_count(2)
    experiment_id = page.get_by_role("button", name="Copy the experiment's id").get_attribute("data-copy") or ""
    run_id = see_tags_and_artifacts(page)

    page.goto(workbench)
    play(page, "code", "03_Get_Experiment.py", f"Experiment id: {experiment_id}")
    page.get_by_role("tab", name="Terminal").click()
    type_in_terminal(page, f"ls .experiments/{experiment_id}/{run_id}/artifacts/states")
    expect(page.locator(".xterm-rows")).to_contain_text("features.txt", timeout=PATIENCE)

    page.get_by_role("tab", name="Console").click()
    play(page, "code", "05_Auto_Model_Registration.py", "Created version '1' of model 'Auto-Deployed Model'")
    play(page, "code", "04_Predict_Batch.py", "predicted")
    page.goto("/projects")
    menu(page, "Model Registry")
    expect(page.get_by_role("link", name="Auto-Deployed Model")).to_be_visible()


def see_tags_and_artifacts(page: Page) -> str:
    """Of the newest run; its id."""
    runs(page).first.click()
    expect(page.get_by_role("row", name="release.candidate")).to_be_visible()
    page.get_by_role("link", name="states", exact=True).click()
    expect(page.get_by_role("link", name="features.txt")).to_be_visible()
    return page.url.split("/runs/")[1][:19]


def type_in_terminal(page: Page, text: str) -> None:
    page.locator(".xterm").click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


@pytest.mark.usefixtures("dev")
def test_part_2_three_experiments_with_spark(desk: Page):
    page, script = desk, "06_Spark_Iceberg_Example.py"
    new_session(page, "DEV", spark=True)
    workbench = page.url
    play(page, "code", script, "8 wines of snapshot")
    first = tags_of_newest(page, 1)

    page.goto(workbench)
    open_script(page, "code", script)
    mark(page, 51, 60)
    page.keyboard.press("Control+/")
    mark(page, 67, 81)
    page.keyboard.press("Control+/")
    play(page, "code", script, "12 wines of snapshot")
    second = tags_of_newest(page, 2)

    page.goto(workbench)
    open_script(page, "code", script)
    mark(page, 67, 81)
    page.keyboard.press("Control+/")
    mark(page, 85, 90)
    page.keyboard.press("Control+/")
    mark(page, 86, 86)
    page.keyboard.insert_text(f"snapshot_id = {first['iceberg_snapshot_id']}")
    with page.expect_response(re.compile(":run$")):  # before, the page has saved the file and not asked yet
        page.get_by_role("button", name="Run the whole file").click()
    third = tags_of_newest(page, 3)

    assert (first["iceberg_parent_id"], first["row_count"]) == ("None", "8")
    assert (second["iceberg_parent_id"], second["row_count"]) == (first["iceberg_snapshot_id"], "12")
    assert third == first


def mark(page: Page, first: int, last: int) -> None:
    """Mark lines in the editor."""
    page.get_by_label("Text of the file").click()
    page.keyboard.press("Control+Home")
    for _ in range(first - 1):
        page.keyboard.press("ArrowDown")
    for _ in range(last - first):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+End")


def tags_of_newest(page: Page, number: int) -> dict[str, str]:
    """The Iceberg tags of the newest run, as soon as there are so many and it has ended."""
    open_experiment(page, "DEV", "spark-iceberg")
    expect(runs(page)).to_have_count(number, timeout=PATIENCE)
    runs(page).first.click()
    expect(page.get_by_text("Finished", exact=True)).to_be_visible(timeout=PATIENCE)
    names = ("iceberg_snapshot_id", "iceberg_parent_id", "iceberg_snapshot_committed_at", "row_count")
    rows = {name: page.get_by_role("row", name=name) for name in names}
    return {name: row.get_by_role("textbox").input_value() for name, row in rows.items()}
