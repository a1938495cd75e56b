"""Projects over API v2."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.conftest import Running, wait_for

PROJECTS = "/api/v2/projects"


@pytest.fixture
def make(client: httpx.Client, unique: Callable[[str], str]) -> Callable[..., dict]:
    """Creates a project and waits until its creation has ended."""

    def create(**wishes: object) -> dict:
        reply = client.post(PROJECTS, json={"name": unique("p")} | wishes)
        assert reply.status_code == 200, reply.text
        project = reply.json()
        wait_for(lambda: client.get(f"{PROJECTS}/{project['id']}").json()["creation_status"] != "creating")
        return client.get(f"{PROJECTS}/{project['id']}").json()

    return create


def test_a_blank_project_is_there_at_once(client: httpx.Client, platform: Running, unique: Callable[[str], str]):
    name = unique("My Project")
    project = client.post(PROJECTS, json={"name": name, "description": "d", "environment": {"A": "1"}}).json()

    assert (project["name"], project["slug"]) == (name, name.lower().replace(" ", "-"))
    assert project["creation_status"] == "success"
    assert json.loads(project["environment"]) == {"A": "1"}
    assert project["permissions"]["admin"]
    assert project["visibility"] == "private"
    assert os.listdir(platform.home / "projects" / project["id"]) == []


def test_a_project_remembers_the_runtime_its_sessions_get(client: httpx.Client, make: Callable[..., dict]):
    runtime = client.get("/api/v2/runtimes").json()["runtimes"][-1]["image_identifier"]
    project = make(runtime_identifier=runtime)
    path = f"{PROJECTS}/{project['id']}"

    assert project["runtime_identifier"] == runtime
    assert client.patch(path, json={"runtime_identifier": "no/such"}).status_code == 404
    assert client.patch(path, json={"runtime_identifier": ""}).json()["runtime_identifier"] == ""


@pytest.mark.parametrize("which", ["id", "name", "slug"])
def test_a_project_is_read_by_id_or_name(client: httpx.Client, make: Callable[..., dict], which: str):
    project = make()

    assert client.get(f"{PROJECTS}/{project[which]}").json() == project


@pytest.mark.parametrize(
    "wish",
    [
        {"name": ""},
        {"name": "a/b"},
        {"name": 7},
        {"visibility": "everybody"},
        {"organization_permission": "admin"},
        {"environment": {"1A": "x"}},
        {"environment": {"A": "a\0"}},
        {"environment": {"A": "x" * 200_000}},
        {"environment": {"A": 1}},
        {"template": "no-such"},
        {"template": "../tutorial"},
        {"template": "tutorial", "local_path": "/tmp"},
        {"git_ref": "main"},
        {"shared_memory_limit": -1},
        {"description": "x" * 70_000},
        {"local_path": "/no/such/folder"},
        {"local_path": "relative"},
        {"local_path": "/"},
    ],
)
def test_a_wish_that_cannot_be_is_refused_and_leaves_nothing(
    client: httpx.Client, platform: Running, unique: Callable[[str], str], wish: dict
):
    name, folders = unique("bad"), set(os.listdir(platform.home / "projects"))
    reply = client.post(PROJECTS, json={"name": name} | wish)

    assert reply.status_code == 400, reply.text
    assert reply.json().keys() == {"error", "code", "message", "details"}
    assert client.get(f"{PROJECTS}/{name}").status_code == 404
    assert set(os.listdir(platform.home / "projects")) == folders


def test_a_taken_name_is_a_conflict(client: httpx.Client, make: Callable[..., dict]):
    project = make()

    assert client.post(PROJECTS, json={"name": project["name"].upper()}).status_code == 409


def test_a_project_from_the_tutorial_template_has_its_files(platform: Running, make: Callable[..., dict]):
    project = make(template="tutorial")

    assert project["creation_status"] == "success"
    assert (platform.home / "projects" / project["id"] / "requirements.txt").is_file()


def test_templates_are_listed_with_those_of_the_home(
    client: httpx.Client, platform: Running, make: Callable[..., dict]
):
    own = platform.home / "templates" / "ours"
    own.mkdir(parents=True, exist_ok=True)
    (own / "hello.py").write_text("print('hello')")

    assert {"ours", "tutorial"} <= set(client.get("/api/v2/projecttemplates").json()["templates"])
    assert (platform.home / "projects" / make(template="ours")["id"] / "hello.py").is_file()


def test_a_local_folder_is_copied_and_its_links_stay_links(
    platform: Running, make: Callable[..., dict], tmp_path: Path
):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text("1")
    (tmp_path / "secrets").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    project = make(local_path=str(tmp_path))
    folder = platform.home / "projects" / project["id"]

    assert project["creation_status"] == "success", project["creation_message"]
    assert (folder / "code" / "train.py").read_text() == "1"
    assert (folder / "secrets").is_symlink()
    assert not (folder / "pipe").exists()


def test_the_platforms_own_home_cannot_become_a_project(client: httpx.Client, platform: Running, unique):
    for path in (platform.home, platform.home.parent, platform.home / "projects"):
        assert client.post(PROJECTS, json={"name": unique("x"), "local_path": str(path)}).status_code == 400


def test_a_fork_has_the_files_and_not_the_experiments(
    client: httpx.Client, platform: Running, make: Callable[..., dict]
):
    parent = make()
    folder = platform.home / "projects" / parent["id"]
    (folder / "a.py").write_text("1")
    (folder / ".experiments").mkdir()
    fork = make(parent_project=parent["name"])

    assert os.listdir(platform.home / "projects" / fork["id"]) == ["a.py"]


def test_a_project_is_changed_by_what_the_body_names(client: httpx.Client, make: Callable[..., dict], unique):
    project, name = make(description="before", environment={"A": "1"}), unique("Renamed")
    changed = client.patch(f"{PROJECTS}/{project['id']}", json={"name": name, "environment": '{"B":"2"}'}).json()

    assert (changed["name"], changed["description"]) == (name, "before")
    assert json.loads(changed["environment"]) == {"B": "2"}
    assert changed["updated_at"] > project["updated_at"]


@pytest.mark.parametrize("body", [{"name": ""}, {"environment": "[]"}, {"environment": "{"}, {"visibility": "x"}])
def test_a_change_that_cannot_be_is_refused(client: httpx.Client, make: Callable[..., dict], body: dict):
    project = make()

    assert client.patch(f"{PROJECTS}/{project['id']}", json=body).status_code == 400
    assert client.get(f"{PROJECTS}/{project['id']}").json() == project


def test_the_default_project_stays(client: httpx.Client):
    default = client.get(f"{PROJECTS}/default").json()

    assert client.delete(f"{PROJECTS}/{default['id']}").status_code == 409
    assert client.patch(f"{PROJECTS}/{default['id']}", json={"name": "other"}).status_code == 409
    assert client.patch(f"{PROJECTS}/{default['id']}", json={"name": "default"}).status_code == 200


def test_a_deleted_project_is_gone_with_its_files(client: httpx.Client, platform: Running, make: Callable[..., dict]):
    project = make(template="tutorial")

    assert client.delete(f"{PROJECTS}/{project['id']}").json() == {}
    assert client.get(f"{PROJECTS}/{project['id']}").status_code == 404
    assert not (platform.home / "projects" / project["id"]).exists()
    wait_for(lambda: os.listdir(platform.home / "projects" / ".trash") == [])


@pytest.mark.parametrize("project_id", ["0000-0000-0000-0000", "nothing", "..", "%2e%2e", "x" * 3000, "a%00b"])
def test_an_unknown_project_is_not_found(client: httpx.Client, project_id: str):
    for method, path in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/files"), ("GET", "/collaborators")]:
        reply = client.request(method, f"{PROJECTS}/{project_id}{path}", json={} if method == "PATCH" else None)
        assert reply.status_code in {404, 405}, (method, path, reply.text)


def test_lists_are_filtered_sorted_and_paged(client: httpx.Client, make: Callable[..., dict], unique):
    stem = unique("list")
    names = [make(name=f"{stem}-{letter}")["name"] for letter in "bca"]
    query = {"search_filter": json.dumps({"name": stem}), "sort": "-name", "page_size": 2}
    first = client.get(PROJECTS, params=query).json()
    second = client.get(PROJECTS, params=query | {"page_token": first["next_page_token"]}).json()

    assert [one["name"] for one in first["projects"] + second["projects"]] == sorted(names, reverse=True)
    assert second["next_page_token"] == ""


def test_a_page_goes_on_where_the_last_one_ended_though_its_last_project_is_gone(
    client: httpx.Client, make: Callable[..., dict], unique
):
    stem = unique("list")
    made = [make(name=f"{stem}-{letter}") for letter in "abc"]
    query = {"search_filter": json.dumps({"name": stem}), "sort": "name", "page_size": 2}
    first = client.get(PROJECTS, params=query).json()
    client.delete(f"{PROJECTS}/{made[1]['id']}")
    second = client.get(PROJECTS, params=query | {"page_token": first["next_page_token"]}).json()

    assert [one["name"] for one in second["projects"]] == [f"{stem}-c"]


@pytest.mark.parametrize(
    "query",
    [
        {"search_filter": "name"},
        {"search_filter": "[]"},
        {"search_filter": '{"name": {}}'},
        {"search_filter": '{"password_hash": "x"}'},
        {"sort": "password_hash"},
        {"page_size": -1},
        {"page_size": "many"},
        {"page_token": "made-up"},
        {"page_token": "é"},
        {"search_filter": "[" * 100_000},
    ],
)
def test_a_list_that_cannot_be_is_refused(client: httpx.Client, query: dict):
    if len(str(query)) > 50_000:  # the server takes request lines of 64 KiB
        query = {"search_filter": "[" * 10_000}
    reply = client.get(PROJECTS, params=query)

    assert reply.status_code == 400, reply.text


def test_an_empty_list_has_its_field(client: httpx.Client):
    reply = client.get(PROJECTS, params={"search_filter": '{"name": "no project is called this"}'})

    assert reply.json() == {"projects": [], "next_page_token": ""}


def test_projects_are_read_in_a_batch(client: httpx.Client, make: Callable[..., dict]):
    one, other = make(), make()
    ids = [one["id"], other["id"], "0000-0000-0000-0000"]

    found = client.get(f"{PROJECTS}/batch", params={"project_ids": ids}).json()["projects"]
    assert {project["id"] for project in found} == {one["id"], other["id"]}
    joined = client.get(f"{PROJECTS}/batch", params={"project_ids": ",".join(ids)}).json()["projects"]
    assert len(joined) == 2


def test_names_are_listed(client: httpx.Client, make: Callable[..., dict]):
    project = make()
    query = {"search_filter": json.dumps({"name": project["name"]})}

    assert client.get("/api/v2/projectnames", params=query).json()["project_names"] == [project["name"]]
