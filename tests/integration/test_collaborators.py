"""Who sees a project, and what they may do there."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people

PROJECTS = "/api/v2/projects"
Make = Callable[..., str]


@pytest.fixture
def make(client: httpx.Client, unique: people.Unique) -> Make:
    """Creates a project of the owner and gives its id."""
    return lambda **wishes: client.post(PROJECTS, json={"name": unique("p")} | wishes).json()["id"]


@pytest.fixture
def name(unique: people.Unique) -> str:
    return unique("bob")


@pytest.fixture
def bob(platform: Running, name: str) -> Iterator[httpx.Client]:
    with people.user(platform, name) as client:
        yield client


def invite(client: httpx.Client, project: str, username: str, permission: str) -> int:
    body = {"permission": permission}
    return client.put(f"{PROJECTS}/{project}/collaborators/{username}", json=body).status_code


def ids(client: httpx.Client, **query: object) -> list[str]:
    return [project["id"] for project in client.get(PROJECTS, params={"page_size": 9999} | query).json()["projects"]]


def test_a_stranger_sees_nothing_of_a_private_project(bob: httpx.Client, make: Make):
    project = make()

    for path in ("", "/files", "/collaborators", "/machineusers"):
        assert bob.get(f"{PROJECTS}/{project}{path}").status_code in {403, 404}
    assert project not in ids(bob, include_public_projects=True)
    assert bob.get(f"{PROJECTS}/batch", params={"project_ids": [project]}).json() == {"projects": []}


def test_an_invited_viewer_reads_at_once_and_changes_nothing(
    client: httpx.Client, bob: httpx.Client, make: Make, name: str
):
    project = make(environment={"SECRET": "s"})
    assert invite(client, project, name, "read") == 200

    seen = bob.get(f"{PROJECTS}/{project}").json()
    assert seen["permissions"] | {"read": True, "write": False, "admin": False} == seen["permissions"]
    assert seen["environment"] == ""
    assert ids(bob) == [project]
    assert bob.patch(f"{PROJECTS}/{project}", json={"description": "x"}).status_code == 403
    assert bob.put(f"{PROJECTS}/{project}/files/x", content=b"x").status_code == 403
    assert bob.delete(f"{PROJECTS}/{project}").status_code == 403
    assert invite(bob, project, name, "admin") == 403


def test_a_role_is_changed_and_taken_away_at_once(client: httpx.Client, bob: httpx.Client, make: Make, name: str):
    project = make()
    invite(client, project, name, "read")
    invite(client, project, name, "write")
    assert bob.put(f"{PROJECTS}/{project}/files/x", content=b"x").status_code == 200
    assert client.delete(f"{PROJECTS}/{project}/collaborators/{name}").status_code == 200

    assert bob.get(f"{PROJECTS}/{project}").status_code in {403, 404}
    assert client.delete(f"{PROJECTS}/{project}/collaborators/{name}").status_code == 404


def test_collaborators_are_listed_with_their_permission(client: httpx.Client, bob: httpx.Client, make: Make, name: str):
    project = make()
    invite(client, project, name, "operator")
    query = {"search_filter": json.dumps({"permission": "operator"})}
    found = client.get(f"{PROJECTS}/{project}/collaborators", params=query).json()

    assert found == {
        "collaborators": [{"user": {"username": name, "name": name, "email": ""}, "permission": "operator"}],
        "next_page_token": "",
    }


def test_the_last_admin_stays(client: httpx.Client, bob: httpx.Client, make: Make, name: str):
    project = make()
    owner = client.post("/api/v2/auth/validate_key", json={}).json()["username"]

    assert client.delete(f"{PROJECTS}/{project}/collaborators/{owner}").status_code == 409
    assert invite(client, project, owner, "read") == 409
    invite(client, project, name, "admin")
    assert client.delete(f"{PROJECTS}/{project}/collaborators/{owner}").status_code == 200


def test_everybody_may_leave(client: httpx.Client, bob: httpx.Client, make: Make, name: str):
    project = make()
    invite(client, project, name, "read")

    assert bob.delete(f"{PROJECTS}/{project}/collaborators/{name}").status_code == 200
    assert ids(bob) == []


@pytest.mark.parametrize("permission", ["", "owner", "inherit", "READ"])
def test_a_permission_that_is_none_is_refused(client: httpx.Client, make: Make, permission: str):
    owner = client.post("/api/v2/auth/validate_key", json={}).json()["username"]

    assert invite(client, make(), owner, permission) == 400


def test_nobody_unknown_is_invited(client: httpx.Client, make: Make):
    assert invite(client, make(), "nobody-of-this-name", "read") == 404


def test_a_public_project_is_read_by_everybody_and_changed_by_nobody(bob: httpx.Client, make: Make):
    project = make(visibility="public")

    assert bob.get(f"{PROJECTS}/{project}").json()["permissions"]["read"]
    assert bob.get(f"{PROJECTS}/{project}/files").status_code == 200
    assert bob.put(f"{PROJECTS}/{project}/files/x", content=b"x").status_code == 403
    assert project not in ids(bob)
    assert project in ids(bob, include_public_projects=True)


def test_an_organizations_project_gives_its_permission_to_everybody(
    client: httpx.Client, bob: httpx.Client, make: Make
):
    project = make(visibility="organization", organization_permission="write")
    assert bob.put(f"{PROJECTS}/{project}/files/x", content=b"x").status_code == 200

    client.patch(f"{PROJECTS}/{project}", json={"visibility": "private"})
    assert bob.get(f"{PROJECTS}/{project}").status_code in {403, 404}


def test_only_administrators_list_every_project(client: httpx.Client, bob: httpx.Client, make: Make, name: str):
    theirs = bob.post(PROJECTS, json={"name": f"of-{name}"}).json()["id"]

    assert theirs not in ids(client)
    assert theirs in ids(client, include_all_projects=True)
    assert bob.get(PROJECTS, params={"include_all_projects": True}).status_code == 403


def test_a_user_makes_projects_but_not_from_the_platforms_disk(bob: httpx.Client, name: str, tmp_path):
    for wish in ({"local_path": str(tmp_path)}, {"git_url": str(tmp_path)}, {"local_path": "/no/such"}):
        assert bob.post(PROJECTS, json={"name": f"x-{name}"} | wish).status_code == 403
    assert bob.post(PROJECTS, json={"name": f"x-{name}"}).status_code == 200


def test_a_bound_key_opens_its_project_alone(client: httpx.Client, platform: Running, make: Make):
    project, other = make(), make()
    owner = client.post("/api/v2/auth/validate_key", json={}).json()["username"]
    key = client.post(f"/api/v2/users/{owner}/v2_keys", json={"project_id": project}).json()["api_key"]
    with platform.client(key) as bound:
        assert bound.get(f"{PROJECTS}/{project}").status_code == 200
        assert bound.get(f"{PROJECTS}/{other}").status_code == 404
        assert ids(bound) == [project]
        assert bound.post(PROJECTS, json={"name": f"by-{project}"}).status_code == 403
        assert bound.get("/api/v2/users").status_code == 403
        client.delete(f"{PROJECTS}/{project}")
        assert bound.get("/api/v2/projectnames").status_code == 401


def test_accounts_are_opened_listed_and_closed(client: httpx.Client, bob: httpx.Client, name: str):
    found = client.get("/api/v2/users", params={"search_filter": json.dumps({"username": name})}).json()["users"]

    assert [user["username"] for user in found] == [name]
    assert client.get(f"/api/v2/users/{found[0]['id']}").json()["username"] == name
    assert client.post("/api/v2/users", json={"username": name}).status_code == 409
    assert bob.get("/api/v2/users").status_code == 403
    assert bob.post("/api/v2/users", json={"username": "x"}).status_code == 403
    assert client.delete(f"/api/v2/users/{name}").status_code == 200
    assert bob.get("/api/v2/projectnames").status_code == 401
    assert client.delete("/api/v2/users/nobody-of-this-name").status_code == 404
