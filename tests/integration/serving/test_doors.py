"""Who may call an endpoint, and what every door says to whom."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.conftest import Running, wait_for

from .conftest import CODE, Endpoint, Project, make_project

DENIED = "User APikey not authorized to access model"


@pytest.fixture(scope="module")
def module_project(house: Running) -> Iterator[Project]:
    with house.client() as client:
        project = make_project(client, house.home, lambda stem: f"{stem}-doors")
        yield project
        client.delete(f"/api/v2/projects/{project.id}")


@pytest.fixture(scope="module")
def closed(module_project: Project) -> Endpoint:
    """An endpoint that asks for an API key."""
    endpoint = module_project.endpoint()
    endpoint.deploy(endpoint.build(**CODE))
    return endpoint


@pytest.fixture(scope="module")
def open_(module_project: Project, closed: Endpoint) -> Endpoint:
    """An endpoint that does not."""
    endpoint = module_project.endpoint(disable_authentication=True, name="open one")
    endpoint.deploy(endpoint.build(**CODE))
    return endpoint


def key_of(owner: httpx.Client, username: str, **fields: object) -> str:
    return owner.post(f"/api/v2/users/{username}/v2_keys", json=fields).json()["api_key"]


@pytest.fixture
def member(owner: httpx.Client, unique: Callable[[str], str], closed: Endpoint) -> Callable[..., str]:
    """Makes a user with a role in the endpoint's project, and gives a key of theirs."""

    def make(role: str = "", **key: object) -> str:
        username = unique("member")
        owner.post("/api/v2/users", json={"username": username})
        if role:
            place = f"/api/v2/projects/{closed.project_id}/collaborators/{username}"
            assert owner.put(place, json={"permission": role}).status_code == 200
        return key_of(owner, username, **key)

    return make


def model(house: Running, endpoint: Endpoint, key: str) -> httpx.Response:
    with house.client(key) as client:
        return endpoint.call(client, x=1)


def invoke(house: Running, endpoint: Endpoint, key: str) -> httpx.Response:
    with house.client(key) as client:
        return client.post(f"{endpoint.address}/invocations", json={"inputs": {"x": [1]}})


def test_without_a_key_a_closed_endpoint_answers_nobody(house: Running, closed: Endpoint):
    for reply in (model(house, closed, ""), model(house, closed, "cuvee_wrong")):
        assert (reply.status_code, reply.json()["success"]) == (401, False)
        assert DENIED in reply.json()["error"]
    assert invoke(house, closed, "").status_code == 401


def test_a_stranger_hears_that_the_key_is_not_for_it_or_that_there_is_nothing(
    house: Running, closed: Endpoint, member: Callable[..., str]
):
    key = member()
    assert (model(house, closed, key).status_code, DENIED in model(house, closed, key).text) == (403, True)
    assert invoke(house, closed, key).status_code == 404
    with house.client(key) as client:
        nowhere = client.post("/endpoints/no-such/thing/invocations", json={})
    assert nowhere.json() == invoke(house, closed, key).json()


@pytest.mark.parametrize("role", ["read", "operator", "write", "admin"])
@pytest.mark.parametrize("audience", ["API", "Application"])
def test_whoever_takes_part_in_the_project_may_call(
    house: Running, closed: Endpoint, member: Callable[..., str], role: str, audience: str
):
    assert model(house, closed, member(role, audiences=[audience])).json()["response"]["twice"] == 2


def test_a_revoked_key_opens_nothing_from_that_moment_on(house: Running, closed: Endpoint, owner: httpx.Client):
    place = f"/api/v2/users/{owner.post('/api/v2/auth/validate_key', json={}).json()['username']}/v2_keys"
    made = owner.post(place, json={}).json()
    key = made["api_key"]
    assert model(house, closed, key).status_code == 200
    assert invoke(house, closed, key).status_code not in {401, 403, 404}

    assert owner.delete(f"{place}/{made['key_id']}").status_code == 200

    assert (model(house, closed, key).status_code, invoke(house, closed, key).status_code) == (401, 401)


def test_a_key_that_is_bound_to_another_project_opens_nothing(house: Running, closed: Endpoint, owner: httpx.Client):
    name = owner.post("/api/v2/auth/validate_key", json={}).json()["username"]
    default = owner.get("/api/v2/projects", params={"search_filter": '{"name":"default"}'}).json()["projects"][0]
    bound = key_of(owner, name, project_id=default["id"])
    assert model(house, closed, bound).status_code == 403


def test_an_open_endpoint_needs_the_access_key_alone_and_its_address_nothing(house: Running, open_: Endpoint):
    assert model(house, open_, "").json()["response"]["twice"] == 2
    with house.client("") as client:
        assert client.get(f"{open_.address}/ping").status_code == 200
        assert client.get(f"{open_.address}/v2/health/ready").json() == {"ready": True}
        assert client.get(f"{open_.address}/v2/models/{open_.name}").json()["name"] == open_.name


def test_the_access_key_may_stand_in_the_query(house: Running, open_: Endpoint):
    with house.client("") as client:
        reply = client.post(f"/model?accessKey={open_.access_key}", json={"request": {"x": 3}})
    assert reply.json()["response"]["twice"] == 6
    assert reply.headers["x-cuvee-replica"] == reply.json()["ReplicaID"]


NONSENSE = {
    "an unknown key": (b'{"accessKey": "m123", "request": {}}', 401),
    "no key": (b'{"request": {}}', 401),
    "no object": (b"[1, 2]", 400),
    "no JSON": (b"{", 400),
    "no UTF-8": (b'{"accessKey": "\xff"}', 400),
    "a number for a key": (b'{"accessKey": 7}', 400),
    "a hundred thousand brackets": (b'{"accessKey": "x", "request": ' + b"[" * 100_000, 400),
    "SQL": (b'{"accessKey": "\' OR 1=1 --", "request": {}}', 401),
    "too much": (b'{"accessKey": "' + b"x" * 5_000_001, 413),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_refused_in_cmls_shape(house: Running, open_: Endpoint, what: str):
    content, status = NONSENSE[what]
    with house.client("") as client:
        reply = client.post("/model", content=content, headers={"content-type": "application/json"})
    assert (reply.status_code, reply.json()["StatusCode"], reply.json()["success"]) == (status, status, False)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
def test_other_methods_are_refused(house: Running, open_: Endpoint, method: str):
    with house.client("") as client:
        assert client.request(method, "/model").status_code == 405
        assert client.request(method, f"{open_.address}/invocations").status_code == 405


@pytest.mark.parametrize("path", ["", "/", "/model", "/docs", "/../model", "/%2e%2e/ping", "/v3", "/invocations/x"])
def test_an_address_leads_to_the_doors_and_nowhere_else(house: Running, open_: Endpoint, path: str):
    with house.client("") as client:
        assert client.get(f"{open_.address}{path}").status_code in {401, 404, 405}


def test_our_own_credentials_do_not_reach_the_model(house: Running, project: Project):
    (project.folder / "predict.py").write_text(
        "import os\ndef double(args):\n    return {name: value for name, value in os.environ.items()}\n"
    )
    endpoint = project.endpoint()
    endpoint.deploy(endpoint.build(**CODE))
    seen = json.dumps(endpoint.call(x=1).json())
    assert house.api_key not in seen
    assert "CUVEE_REPLICA_TOKEN" not in seen


def test_a_model_that_takes_too_long_is_given_up(house: Running, open_: Endpoint):
    with house.client("") as client:
        reply = open_.call(client, x=1, sleep=9)
    assert (reply.status_code, reply.json()["success"]) == (504, False)


def test_calls_are_counted(closed: Endpoint):
    build = closed.builds()[0]
    place = f"{closed.of(build)}/{closed.deployments(build)[0]['id']}/metrics"
    before = closed.client.get(place).json()["total"]
    closed.call(x=1)
    closed.call(x=1, fail=True)
    after = closed.client.get(place).json()["total"]

    assert after["received"] - before["received"] == 2
    assert after["failed"] - before["failed"] == 1
    assert sum(after["buckets"]) == after["received"]


def test_a_renamed_project_answers_at_its_new_address(owner: httpx.Client, house: Running, project: Project):
    endpoint = project.endpoint(disable_authentication=True)
    endpoint.deploy(endpoint.build(**CODE))
    renamed = project.name + "-2"
    assert owner.patch(f"/api/v2/projects/{project.id}", json={"name": renamed}).status_code == 200

    wait_for(lambda: owner.get(f"/endpoints/{renamed}/{endpoint.name}/ping").status_code == 200, 10)
    assert owner.get(f"{endpoint.address}/ping").status_code == 404
