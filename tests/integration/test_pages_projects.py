"""The pages of projects, over HTTP: who sees what, and what becomes of hostile names and contents."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import event
from tests.conftest import Running, wait_for
from tests.integration import people

from cuvee.db.database import Database
from cuvee.db.session import Reading, Writing
from cuvee.identity import service as identity
from cuvee.identity.values import Principal
from cuvee.projects import service as projects
from cuvee.tracking import service as tracking
from cuvee.web.pages.projects import Shown, shown_to

HTML = {"accept": "text/html"}
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def browser(platform: Running) -> Iterator[httpx.Client]:
    """The owner's client, asking for pages."""
    with platform.client() as client:
        client.headers.update(HTML)
        yield client


@pytest.fixture
def project(browser: httpx.Client, platform: Running, unique: Callable[[str], str]) -> tuple[str, Path]:
    """A blank project made in the form: its name and folder."""
    name = unique("pages")
    reply = browser.post("/projects/-/new", data={"name": name, "setup": "blank", "description": SCRIPT})
    assert (reply.status_code, reply.headers["location"]) == (303, f"/projects/{name}")
    return name, platform.home / "projects" / browser.get(f"/api/v2/projects/{name}").json()["id"]


def shown(browser: httpx.Client, path: str) -> str:
    reply = browser.get(path)
    assert reply.status_code == 200, reply.text
    return reply.text


def test_a_project_from_a_template_has_its_files(browser: httpx.Client, unique: Callable[[str], str]):
    name = unique("DEV")
    said = {"name": name, "setup": "template", "template": "tutorial", "runtime": "basic", "kernel": "Python 3.11"}

    assert browser.post("/projects/-/new", data=said).status_code == 303
    page = shown(browser, f"/projects/{name}")
    assert "Wine quality: the tutorial" in page
    assert f"/projects/{name}/files/requirements.txt" in page


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"setup": "git", "git_url": "ftp://host/x"}, "A Git address looks like"),
        ({"setup": "git"}, "Name the address of the Git repository"),
        ({"setup": "template", "template": "../../etc"}, "no project template"),
        ({"setup": "wizard"}, "Choose how the project is set up"),
        ({"runtime": "advanced", "advanced_kernel": "Fortran 77"}, "no runtime with this editor"),
        ({"visibility": "everybody"}, "visibility is private, public or organization"),
    ],
)
def test_what_cannot_be_created_keeps_what_was_typed(
    browser: httpx.Client, unique: Callable[[str], str], wish: dict[str, str], words: str
):
    name = unique("never")
    reply = browser.post("/projects/-/new", data={"name": name, "description": "a <b>", **wish})

    assert reply.status_code == 400
    assert words in reply.text
    assert f'value="{name}"' in reply.text
    assert "a &lt;b&gt;" in reply.text


def test_a_new_session_begins_with_the_projects_runtime(browser: httpx.Client, unique: Callable[[str], str]):
    name = unique("lab")
    said = {"name": name, "setup": "blank", "runtime": "advanced", "advanced_editor": "JupyterLab"}
    assert browser.post("/projects/-/new", data=said).status_code == 303

    assert "<option selected>JupyterLab</option>" in shown(browser, f"/projects/{name}/sessions/-/new")


def test_a_key_that_was_typed_is_not_sent_back(browser: httpx.Client, unique: Callable[[str], str]):
    said = {"name": unique("k"), "setup": "git", "git_url": "git@host:x", "ssh_key": "no key but secret"}

    assert "no key but secret" not in browser.post("/projects/-/new", data=said).text


def test_a_clone_that_failed_says_why_and_is_tried_again(browser: httpx.Client, unique: Callable[[str], str]):
    name = unique("clone")
    said = {"name": name, "setup": "git", "git_url": "https://127.0.0.1/x.git", "git_ref": "main"}
    assert browser.post("/projects/-/new", data=said).status_code == 303
    wait_for(lambda: "is a private address" in shown(browser, f"/projects/{name}"))

    assert 'value="https://127.0.0.1/x.git"' in shown(browser, f"/projects/{name}")
    assert browser.get(f"/projects/{name}/files").status_code == 200
    assert browser.post(f"/projects/{name}/-/retry", data={}).status_code == 303
    wait_for(lambda: browser.get(f"/api/v2/projects/{name}").json()["creation_status"] == "success")
    assert browser.post(f"/projects/{name}/-/retry", data={}).status_code == 409


def test_strangers_see_nothing_of_a_private_project(
    platform: Running, project: tuple[str, Path], unique: Callable[[str], str]
):
    name, folder = project
    (folder / "a.txt").write_text("secret")
    with people.user(platform, unique("stranger")) as stranger:
        stranger.headers.update(HTML)
        assert name not in stranger.get("/projects").text
        for page in ("", "/files", "/files/a.txt", "/settings", "/collaborators", "/-/download/a.txt", "/-/picture/a"):
            there, nowhere = stranger.get(f"/projects/{name}{page}"), stranger.get(f"/projects/no-such{page}")
            assert there.status_code == nowhere.status_code
            assert there.status_code in {403, 404}
            assert there.text == nowhere.text


def test_a_viewer_changes_nothing(platform: Running, project: tuple[str, Path], unique: Callable[[str], str]):
    name, folder = project
    (folder / "a.txt").write_text("a")
    viewer = unique("viewer")
    with people.user(platform, viewer) as client, platform.client() as owner:
        granted = owner.put(f"/api/v2/projects/{folder.name}/collaborators/{viewer}", json={"permission": "read"})
        assert granted.status_code == 200
        client.headers.update(HTML)
        assert "Delete the project" not in client.get(f"/projects/{name}/settings").text
        for action in ("delete", "rename", "folder", "file", "upload", "environment", "delete-project", "retry"):
            said = {"path": "a.txt", "to": "b.txt", "name": "x", "confirm": name}
            assert client.post(f"/projects/{name}/-/{action}", data=said).status_code == 403
        assert client.post(f"/projects/{name}/settings", data={"name": "mine"}).status_code == 403
    assert sorted(path.name for path in folder.iterdir()) == ["a.txt"]


def test_what_users_wrote_is_text_everywhere(browser: httpx.Client, project: tuple[str, Path]):
    name, folder = project
    hostile = '<img src=x onerror="alert(1)">'
    (folder / "README.md").write_text(f"# Hello\n{SCRIPT}\n[x](javascript:alert(1))\n{hostile}")
    for file in (f"{hostile}.txt", "a.html", "b.csv", "c.ipynb"):
        (folder / file).write_text(f"a,{SCRIPT}\n1,{hostile}\n")
    outputs = [{"output_type": "display_data", "data": {"text/html": SCRIPT, "text/plain": SCRIPT}}]
    code = {"cell_type": "code", "source": SCRIPT, "outputs": outputs}
    words = {"cell_type": "markdown", "source": SCRIPT}
    (folder / "n.ipynb").write_text(json.dumps({"cells": [words, code]}))
    files = ("README.md", "a.html", "b.csv", "c.ipynb", "n.ipynb", quote(f"{hostile}.txt"))
    inside = ("", "/files", "/settings", *(f"/files/{file}" for file in files))
    paths = ["/projects", "/projects?view=table", *(f"/projects/{name}{page}" for page in inside)]

    for path in paths:
        text = shown(browser, path)
        assert SCRIPT not in text
        assert "<img src=x" not in text
        assert 'href="javascript' not in text


def test_bytes_leave_as_what_they_cannot_harm_as(browser: httpx.Client, project: tuple[str, Path]):
    name, folder = project
    (folder / "evil.svg").write_text(f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}</svg>")
    (folder / "evil.html").write_text(SCRIPT)
    (folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n rest")

    for file in ("evil.svg", "evil.html", "a.png"):
        reply = browser.get(f"/projects/{name}/-/download/{file}")
        assert reply.headers["content-type"] == "application/octet-stream"
        assert reply.headers["content-disposition"].startswith("attachment")
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in reply.headers["content-security-policy"]
    picture = browser.get(f"/projects/{name}/-/picture/a.png")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert "sandbox" in picture.headers["content-security-policy"]
    assert browser.get(f"/projects/{name}/-/picture/evil.svg").status_code == 400


@pytest.mark.parametrize(
    "path",
    ["..%2f..%2fowner.key", "%2e%2e/%2e%2e/owner.key", "..%252f..%252fowner.key", "%2Fetc%2Fpasswd", "link/passwd",
     "..%5cowner.key", "a%00b", "C:%5cx", "~root", ".%2f..%2fx", "link"],
)  # fmt: skip
def test_no_path_leads_out_of_a_project(browser: httpx.Client, project: tuple[str, Path], path: str):
    name, folder = project
    (folder / "link").symlink_to("/etc")
    for page in ("files", "-/download", "-/picture"):
        reply = browser.get(f"/projects/{name}/{page}/{path}")
        assert reply.status_code in {400, 404}, page
        assert ":x:0:0" not in reply.text
        assert "cuvee_" not in reply.text
    for action, said in (("delete", {"path": "../x"}), ("rename", {"path": "link", "to": "/tmp/x"}),
                         ("folder", {"path": "..", "name": "x"}), ("file", {"path": "", "name": "../x"})):  # fmt: skip
        assert browser.post(f"/projects/{name}/-/{action}", data=said).status_code == 400
    assert [each.name for each in folder.iterdir()] == ["link"]


def test_files_are_uploaded_made_renamed_and_deleted(browser: httpx.Client, project: tuple[str, Path]):
    name, folder = project
    form = [("files", ("code/a.py", b"1")), ("files", ("ü b.txt", b"2")), ("folder", ("", b""))]

    assert browser.post(f"/projects/{name}/-/upload?into=src", files=form).headers["location"].endswith("/files/src")
    assert (folder / "src/code/a.py").read_bytes() == b"1"
    assert (folder / "src/ü b.txt").read_bytes() == b"2"
    wishes = {"folder": {"path": "", "name": "data"}, "file": {"path": "data", "name": "n.md"},
              "rename": {"path": "data/n.md", "to": "data/m.md"}, "delete": {"path": "src"}}  # fmt: skip
    for action, said in wishes.items():
        assert browser.post(f"/projects/{name}/-/{action}", data=said).status_code == 303
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) == ["data", "data/m.md"]
    assert browser.post(f"/projects/{name}/-/file", data={"path": "data", "name": "m.md"}).status_code == 409
    assert browser.post(f"/projects/{name}/-/upload", files={"files": ("", b"")}).status_code == 400


def test_an_upload_stays_inside(browser: httpx.Client, project: tuple[str, Path]):
    name, folder = project
    for path in ("../x", "/etc/x", "a/../../x"):
        reply = browser.post(f"/projects/{name}/-/upload", files=[("files", (path, b"x"))])
        assert reply.status_code == 400, path
    assert browser.post(f"/projects/{name}/-/upload?into=..%2f", files={"files": ("x", b"x")}).status_code == 400
    assert not list(folder.iterdir())


def test_a_large_text_is_shown_in_part(browser: httpx.Client, project: tuple[str, Path]):
    name, folder = project
    (folder / "big.log").write_text("0123456789abcde\n" * 200_000)
    (folder / "big.bin").write_bytes(bytes(3_000_000))

    text = shown(browser, f"/projects/{name}/files/big.log")
    assert len(text) < 1_000_000
    assert "The beginning of a large file" in text
    assert "No preview" in shown(browser, f"/projects/{name}/files/big.bin")


def test_names_that_no_address_carries_are_shown(browser: httpx.Client, project: tuple[str, Path]):
    name, folder = project
    (Path(str(folder).encode().decode()) / "bad\udcff.txt").write_text("x")
    (folder / "back\\slash").write_text("x")

    text = shown(browser, f"/projects/{name}/files")
    assert "back\\slash" in text
    assert "A name that no address can carry" in text


def test_a_project_whose_folder_is_gone_still_has_a_page(browser: httpx.Client, project: tuple[str, Path]):
    name, folder = project
    folder.rmdir()

    assert "No files yet" in shown(browser, f"/projects/{name}")
    assert browser.get(f"/projects/{name}/files").status_code == 404


def test_the_last_admin_stays(browser: httpx.Client, platform: Running, project: tuple[str, Path]):
    name, _folder = project
    owner = browser.get(f"/api/v2/projects/{name}").json()["owner"]["username"]

    assert browser.post(f"/projects/{name}/-/leave", data={"username": owner}).status_code == 409
    lowered = browser.post(f"/projects/{name}/collaborators", data={"username": owner, "permission": "read"})
    assert "The last Admin" in lowered.text
    nobody = browser.post(f"/projects/{name}/collaborators", data={"username": "nobody", "permission": "read"})
    assert nobody.status_code == 404


def test_settings_change_and_the_name_must_be_typed_to_delete(browser: httpx.Client, project: tuple[str, Path]):
    name, folder = project
    variables = {"variable": ["A", "B", ""], "value": ["1", "<2>", ""]}

    assert browser.post(f"/projects/{name}/-/environment", data=variables).status_code == 303
    assert "&lt;2&gt;" in shown(browser, f"/projects/{name}/settings")
    twice = browser.post(f"/projects/{name}/-/environment", data={"variable": ["A", "A"], "value": ["1", "2"]})
    assert twice.status_code == 400
    renamed = browser.post(f"/projects/{name}/settings", data={"name": f"{name} two", "description": "d"})
    assert renamed.headers["location"] == f"/projects/{name}%20two/settings?done=settings"
    assert browser.post(f"/projects/{folder.name}/-/delete-project", data={"confirm": "no"}).status_code == 400
    gone = browser.post(f"/projects/{folder.name}/-/delete-project", data={"confirm": f"{name} two"})
    assert gone.headers["location"] == "/projects"
    assert not folder.exists()


def test_the_list_costs_the_same_for_many_projects(database: Database):
    owner = database.write_now(partial(identity.ensure_owner, username="owner"))
    caller = Principal(user=owner)

    def made(connection: Writing, name: str) -> None:
        project = projects.create(connection, owner, name)
        tracking.create_run(connection, caller, tracking.ensure_default(connection, project.id), start_time=10**15)

    counts = []
    for number in range(6):
        database.write_now(partial(made, name=f"p{number}"))
        found, count = _counted(database, lambda connection: shown_to(connection, caller))
        assert [each.active_at for each in found] == [10**15] * (number + 1)
        counts.append(count)

    assert len(set(counts)) == 1


@pytest.mark.parametrize("address", ["?view=table&sort=-name&show=mine&q=%25", "?sort=x&view=y&page=-1&show=z",
                                     "?page=999999", "?q=%00%3Cscript%3E", "?sort=running&view=table"])  # fmt: skip
def test_any_address_of_the_list_is_answered(browser: httpx.Client, address: str):
    assert "<script>" not in shown(browser, f"/projects{address}").replace("<script src", "").replace(
        "<script type", ""
    )


def test_what_there_is_to_learn_links_to_the_pages(browser: httpx.Client):
    assert "/projects/-/new?template=tutorial" in shown(browser, "/learning")
    assert "Initial setup" in shown(browser, "/learning/tutorials/in-the-browser")
    assert "/learning/tutorials/../how-to/call-an-endpoint.md" in shown(browser, "/learning/tutorials/wine-quality")
    for path in ("tutorials/nothing", "internals/pages", "tutorials/..%2fsecret", "%2e%2e/pyproject"):
        assert browser.get(f"/learning/{path}").status_code == 404


def _counted(database: Database, work: Callable[[Reading], list[Shown]]) -> tuple[list[Shown], int]:
    """What the work gives, and how many statements it takes."""
    seen: list[str] = []

    def counted(connection: Reading) -> list[Shown]:
        event.listen(connection, "before_cursor_execute", lambda *said: seen.append(said[2]))
        return work(connection)

    return database.read_now(counted), len(seen)
