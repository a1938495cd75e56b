"""The pages of projects, as a person uses them."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.browser.conftest import overflow, serious
from tests.conftest import Running

SIZES = [{"width": 1280, "height": 800}, {"width": 390, "height": 844}]


@pytest.fixture
def project(owner: httpx.Client, unique: Callable[[str], str]) -> str:
    """The name of a project with the tutorial's files."""
    name = unique("DEV")
    assert owner.post("/api/v2/projects", json={"name": name, "template": "tutorial"}).status_code == 200
    return name


def folder_of(site: Running, owner: httpx.Client, name: str) -> Path:
    return site.home / "projects" / owner.get(f"/api/v2/projects/{name}").json()["id"]


def test_a_project_is_created_from_the_template(page: Page, unique: Callable[[str], str]):
    name = unique("DEV")
    page.goto("/learning")
    page.get_by_role("link", name="New project from the template").click()
    page.get_by_label("Name").fill(name)
    expect(page.get_by_label("Git URL")).to_be_hidden()
    page.get_by_role("button", name="Create project").click()

    expect(page).to_have_url(f"/projects/{name}")
    expect(page.get_by_role("heading", name="Wine quality: the tutorial")).to_be_visible()


def test_what_cannot_be_is_said_in_the_form_and_nothing_typed_is_lost(page: Page, project: str):
    page.goto("/projects/-/new")
    page.get_by_label("Name").fill(project)
    page.get_by_label("Description").fill("Everything about wine")
    page.get_by_text("Clone a repository").click()
    page.get_by_label("Git URL").fill("ftp://host/x")
    page.get_by_role("button", name="Create project").click()

    expect(page.locator("form .form-error")).to_contain_text("A Git address looks like")
    expect(page.get_by_label("Description")).to_have_value("Everything about wine")
    page.get_by_label("Git URL").fill("https://127.0.0.1/x.git")
    page.get_by_role("button", name="Create project").click()
    expect(page.locator("form .form-error")).to_contain_text("exists already")


def test_a_clone_that_fails_says_why_while_one_watches(page: Page, owner: httpx.Client, unique: Callable[[str], str]):
    name = unique("clone")
    owner.post("/api/v2/projects", json={"name": name, "git_url": "https://127.0.0.1/x.git"})
    page.goto(f"/projects/{name}")
    expect(page.get_by_text("is a private address")).to_be_visible()
    page.get_by_role("button", name="Delete the project").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page).to_have_url("/projects")
    assert owner.get(f"/api/v2/projects/{name}").status_code == 404


def test_local_files_come_along_when_a_project_is_created(
    page: Page, site: Running, owner: httpx.Client, unique: Callable[[str], str], tmp_path: Path
):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text("print(1)")
    name = unique("local")
    page.goto("/projects/-/new")
    page.get_by_label("Name").fill(name)
    page.get_by_text("From your machine").click()
    page.locator("#pick-folder").set_input_files(tmp_path / "code")
    page.get_by_role("button", name="Create project").click()

    expect(page).to_have_url(f"/projects/{name}/files")
    expect(page.get_by_role("link", name="code", exact=True)).to_be_visible()
    assert (folder_of(site, owner, name) / "code" / "train.py").read_text() == "print(1)"


def test_files_are_uploaded_made_renamed_and_deleted(page: Page, site: Running, owner: httpx.Client, project: str):
    page.goto(f"/projects/{project}/files")
    large = {"name": "big.csv", "mimeType": "text/csv", "buffer": b"a,b\n" + b"1,2\n" * 500_000}
    page.locator("#upload-files").set_input_files([large])
    page.get_by_role("link", name="big.csv", exact=True).click()
    expect(page.get_by_text("The first 200 rows")).to_be_visible()

    page.goto(f"/projects/{project}/files")
    page.get_by_role("link", name="New folder").click()
    page.get_by_role("dialog").get_by_label("Name").fill("wine.py")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("already")
    page.get_by_role("dialog").get_by_label("Name").fill("data")
    page.get_by_role("button", name="Create").click()
    expect(page).to_have_url(f"/projects/{project}/files/data")

    page.goto(f"/projects/{project}/files")
    page.get_by_role("link", name="Rename wine.py").click()
    page.get_by_label("New name").fill("grape.py")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    page.get_by_role("link", name="Delete grape.py").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="grape.py", exact=True)).to_have_count(0)
    names = {path.name for path in folder_of(site, owner, project).iterdir()}
    assert {"data", "big.csv"} <= names
    assert not {"wine.py", "grape.py"} & names


def test_the_list_and_the_overview_are_kept_up_to_date(page: Page, owner: httpx.Client, unique: Callable[[str], str]):
    name, other = unique("first"), unique("second")
    owner.post("/api/v2/projects", json={"name": name})
    page.goto(f"/projects?q={name[-8:]}")
    expect(page.get_by_role("link", name=name)).to_be_visible()
    found = page.get_by_role("searchbox", name="Find projects")
    found.fill("")
    expect(page).to_have_url("/projects?q=&show=all&sort=-activity")
    made = owner.post("/api/v2/projects", json={"name": other}).json()
    page.get_by_role("link", name=other).click()
    expect(page.get_by_text("No runs yet")).to_be_visible()

    workspace = {"x-mlflow-workspace": made["name"]}
    id_ = owner.post("/api/2.0/mlflow/experiments/create", json={"name": "e"}, headers=workspace).json()
    owner.post("/api/2.0/mlflow/runs/create", json={**id_, "run_name": "fresh-run"}, headers=workspace)
    expect(page.get_by_text("fresh-run")).to_be_visible()


def test_what_a_lesson_says_to_type_is_copied(open_context: Callable[..., BrowserContext]):
    page = open_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto("/learning/tutorials/in-the-browser")
    page.get_by_role("button", name="Copy the code").first.click()

    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == "!pip3 install -r requirements.txt"


def test_settings_and_people(page: Page, owner: httpx.Client, project: str, unique: Callable[[str], str]):
    ana = unique("ana")
    owner.post("/api/v2/users", json={"username": ana})
    page.goto(f"/projects/{project}/collaborators")
    page.get_by_label("User name").fill(ana)
    with page.expect_navigation():
        page.get_by_role("button", name="Add").click()
    with page.expect_navigation():
        page.get_by_label(f"Role of {ana}").select_option("Operator")
    page.goto(f"/projects/{project}/settings")
    page.get_by_role("textbox", name="Name", exact=True).last.fill("REGION")
    page.get_by_role("textbox", name="Value", exact=True).last.fill("eu")
    page.get_by_role("button", name="Save variables").click()
    expect(page.get_by_text("The variables are saved")).to_be_visible()
    expect(page.get_by_label("Value of REGION")).to_have_value("eu")

    id_ = owner.get(f"/api/v2/projects/{project}").json()["id"]
    people = owner.get(f"/api/v2/projects/{id_}/collaborators").json()["collaborators"]
    assert {"operator"} == {each["permission"] for each in people if each["user"]["username"] == ana}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
def test_everybody_can_use_them(
    open_context: Callable[..., BrowserContext], project: str, size: dict[str, int], scheme: str
):
    page = open_context(viewport=size, color_scheme=scheme).new_page()
    inside = ("", "/files", "/files/code", "/files/wine.py", "/files/README.md", "/collaborators", "/settings")
    paths = ["/projects", "/projects?view=table", "/projects/-/new", "/learning", "/learning/tutorials/in-the-browser"]

    for path in [*paths, *(f"/projects/{project}{each}" for each in inside)]:
        page.goto(path)
        assert overflow(page) <= 0, path
        assert not serious(page), path
