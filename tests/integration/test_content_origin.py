"""The second address: JupyterLab and what users made, apart from the pages. Browsers are in tests/browser/."""

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

import aiohttp
import httpx
import pytest
from tests.conftest import Running, wait_for
from tests.integration import people, runs

from cuvee.content import passes, views

SANDBOX = "sandbox allow-scripts"


@pytest.fixture(scope="module")
def session(platform: Running) -> Iterator[dict[str, Any]]:
    """A session with the JupyterLab editor, and one of another project that has nothing to do with it."""
    with platform.client() as owner:
        project = owner.post("/api/v2/projects", json={"name": f"lab-{uuid4().hex[:8]}"}).json()["id"]
        wait_for(lambda: owner.get(f"/api/v2/projects/{project}").json()["creation_status"] == "success")
        runtimes = owner.get("/api/v2/runtimes", params={"page_size": 100}).json()["runtimes"]
        runtime = next(each for each in runtimes if each["editor"] == "JupyterLab")["image_identifier"]
        path = f"/api/v2/projects/{project}/sessions"
        made = owner.post(path, json={"name": "lab", "runtime_identifier": runtime}).json()
        path = f"{path}/{made['id']}"
        wait_for(lambda: owner.get(path).json()["status"] in {"running", "failed"}, 240)
        assert owner.get(path).json()["status"] == "running"
        yield made | {"project": project}
        owner.post(f"{path}:stop")
        wait_for(lambda: owner.get(path).json()["status"] in {"stopped", "failed"})


@pytest.fixture
def browser(platform: Running) -> Iterator[httpx.Client]:
    """Asks the second address, without anything of ours."""
    with httpx.Client(base_url=platform.content_url, timeout=60) as client:
        yield client


def ticket(client: httpx.Client, session: dict[str, Any]) -> str:
    reply = client.get(f"/sessions/{session['id']}/lab")
    assert reply.status_code == 303, reply.text
    return reply.headers["location"]


def enter(browser: httpx.Client, client: httpx.Client, session: dict[str, Any]) -> str:
    """A pass, as a browser gets one; the cookie is kept by hand, because this client knows no ports."""
    reply = browser.get(ticket(client, session))
    assert reply.status_code == 303
    assert reply.headers["location"] == f"/sessions/{session['id']}/proxy/lab"
    kept = SimpleCookie(reply.headers["set-cookie"])["cuvee_pass"]
    assert kept["httponly"]
    assert (kept["samesite"], kept["path"]) == ("Lax", f"/sessions/{session['id']}/proxy/")
    browser.cookies.clear()
    return f"cuvee_pass={kept.value}"


def test_a_ticket_lets_in_once(browser: httpx.Client, client: httpx.Client, session: dict[str, Any]):
    url = ticket(client, session)

    assert browser.get(url).status_code == 303
    assert browser.get(url).status_code == 403
    assert browser.get("/enter?ticket=made-up").status_code == 403
    assert browser.get("/enter").status_code == 403


def test_a_ticket_runs_out(browser: httpx.Client, client: httpx.Client, session: dict[str, Any], monkeypatch):
    monkeypatch.setattr(passes, "TICKET", -1.0)

    assert browser.get(ticket(client, session)).status_code == 403


def test_with_a_pass_jupyterlab_is_there(browser: httpx.Client, client: httpx.Client, session: dict[str, Any]):
    cookie = enter(browser, client, session)
    reply = browser.get(f"/sessions/{session['id']}/proxy/lab", headers={"cookie": cookie})

    assert reply.status_code == 200
    assert "jupyter-config-data" in reply.text


def test_neither_our_cookie_nor_a_key_opens_it(browser: httpx.Client, platform: Running, session: dict[str, Any]):
    path = f"/sessions/{session['id']}/proxy/api"
    signed_in = httpx.post(
        f"{platform.url}/api/v2/sign_ins", json={"api_key": platform.api_key}, headers={"origin": platform.url}
    )
    ours = signed_in.headers["set-cookie"].partition(";")[0]
    assert ours.startswith("cuvee_sign_in=")
    key = f"Bearer {platform.api_key}"

    for head in ({}, {"cookie": ours}, {"authorization": key}, {"cookie": ours.replace("cuvee_sign_in", "cuvee_pass")}):
        assert browser.get(path, headers=head).status_code == 401
    for path in ("/api/v2/projects", "/projects", "/health", "/api/2.0/mlflow/experiments/search", "/"):
        assert browser.get(path, headers={"authorization": key, "cookie": ours}).status_code == 404


def test_a_pass_is_for_one_session(browser: httpx.Client, client: httpx.Client, session: dict[str, Any]):
    cookie = enter(browser, client, session)

    assert browser.get("/sessions/0000-0000-0000-0000/proxy/api", headers={"cookie": cookie}).status_code == 401


def test_what_changes_something_comes_from_this_origin(
    browser: httpx.Client, client: httpx.Client, platform: Running, session: dict[str, Any]
):
    cookie, path = enter(browser, client, session), f"/sessions/{session['id']}/proxy/api/terminals"

    def tried(origin: str | None) -> int:
        head = {"cookie": cookie} | ({"origin": origin} if origin else {})
        return browser.post(path, headers=head).status_code

    assert [tried(origin) for origin in (None, "null", platform.url, "http://evil.example")] == [403] * 4
    assert tried(platform.content_url) == 200


@pytest.mark.parametrize("whose", ["ours", "none", "pages", "null", "evil"])
async def test_lines_are_opened_from_this_origin_alone(
    platform: Running, session: dict[str, Any], client: httpx.Client, browser: httpx.Client, whose: str
):
    cookie = enter(browser, client, session)
    origin = {"ours": platform.content_url, "none": None, "pages": platform.url, "null": "null", "evil": "http://e.x"}
    head = {"cookie": cookie} | ({"origin": origin[whose]} if origin[whose] else {})
    url = f"{platform.content_url}/sessions/{session['id']}/proxy/api/events/subscribe"
    async with aiohttp.ClientSession() as client_session:
        try:
            async with client_session.ws_connect(url, headers=head):
                opened = True
        except aiohttp.WSServerHandshakeError:
            opened = False

    assert opened is (whose == "ours")


def test_a_pass_ends_with_the_rights_behind_it(
    browser: httpx.Client, platform: Running, client: httpx.Client, session: dict[str, Any], monkeypatch
):
    monkeypatch.setattr(passes, "CHECKED", 0.0)
    me = client.post("/api/v2/auth/validate_key", json={}).json()["username"]
    made = client.post(f"/api/v2/users/{me}/v2_keys", json={}).json()
    with platform.client(made["api_key"]) as short_lived:
        cookie = enter(browser, short_lived, session)
    path = f"/sessions/{session['id']}/proxy/api"
    assert browser.get(path, headers={"cookie": cookie}).status_code == 200
    client.delete(f"/api/v2/users/{me}/v2_keys/{made['key_id']}")

    assert browser.get(path, headers={"cookie": cookie}).status_code == 401


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_users_pages_fetch_themselves_no_ticket(client: httpx.Client, session: dict[str, Any], site: str):
    reply = client.get(f"/sessions/{session['id']}/lab", headers={"sec-fetch-site": site})

    assert reply.status_code == 403


def test_others_get_no_ticket(platform: Running, client: httpx.Client, session: dict[str, Any], unique: people.Unique):
    name = unique("guest")
    with people.user(platform, name) as guest:
        assert guest.get(f"/sessions/{session['id']}/lab").status_code in {403, 404}
        client.put(f"/api/v2/projects/{session['project']}/collaborators/{name}", json={"permission": "write"})
        assert guest.get(f"/sessions/{session['id']}/lab").status_code == 403


def test_on_the_pages_origin_its_api_is_data(client: httpx.Client, session: dict[str, Any]):
    base = f"/sessions/{session['id']}/proxy"
    reply = client.get(f"{base}/api")

    assert reply.status_code == 200
    assert reply.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in reply.headers
    for page in ("", "/", "/lab", "/tree", "/files/x.html", "/nbconvert/html/x", "/static/x", "/apis", "/terminals"):
        assert client.get(base + page).status_code == 404


@pytest.fixture
def run(platform: Running, client: httpx.Client, unique: people.Unique) -> runs.Run:
    made = runs.new_run(platform, client, unique)
    (made.folder / "plots" / "inner").mkdir(parents=True)
    (made.folder / "plots" / "a b.html").write_text("<script src=inner/x.js></script>")
    (made.folder / "plots" / "inner" / "x.js").write_text("1")
    (made.folder / "secret.txt").write_text("secret")
    return made


def view(client: httpx.Client, run: runs.Run, path: str) -> httpx.Response:
    return client.get(f"/experiments/{run.experiment_id}/runs/{run.id}/-/view", params={"artifact": path})


def test_an_artifact_is_shown_without_an_origin(browser: httpx.Client, client: httpx.Client, run: runs.Run):
    url = view(client, run, "plots/a b.html").headers["location"]
    shown = browser.get(url)

    assert shown.text == "<script src=inner/x.js></script>"
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert shown.headers["content-security-policy"].startswith(SANDBOX + ";")
    assert "allow-same-origin" not in shown.headers["content-security-policy"]
    assert shown.headers["x-content-type-options"] == "nosniff"
    beside = browser.get(f"{url.rpartition('/')[0]}/inner/x.js")
    assert beside.headers["content-type"].startswith("text/javascript")


def test_a_view_leads_nowhere_else(browser: httpx.Client, client: httpx.Client, run: runs.Run):
    url = view(client, run, "plots/a b.html").headers["location"]
    base = url.rpartition("/")[0]
    seal = base.rpartition("/")[2]
    for path in ("%2e%2e/secret.txt", "..%2fsecret.txt", "%252e%252e/secret.txt", "inner/..%2f..%2fsecret.txt", ""):
        assert browser.get(f"{base}/{path}").status_code in {400, 404}, path
    forged = f"/view/{'A' if seal[0] != 'A' else 'B'}{seal[1:]}/a%20b.html"
    assert browser.get(forged).status_code == 403
    assert browser.post(url).status_code == 405


def test_a_view_runs_out(browser: httpx.Client, client: httpx.Client, run: runs.Run, monkeypatch):
    monkeypatch.setattr(views, "LIFETIME", -1)

    assert browser.get(view(client, run, "secret.txt").headers["location"]).status_code == 403


def test_only_who_may_read_gets_a_view(platform: Running, client: httpx.Client, unique: people.Unique):
    name = unique("private")
    project = client.post("/api/v2/projects", json={"name": name}).json()["id"]
    run = runs.new_run(platform, client, unique, name)
    (platform.home / "projects" / project / "note.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    file = f"/projects/{name}/-/view"
    with people.user(platform, unique("stranger")) as stranger:
        assert view(stranger, run, "x.html").status_code in {403, 404}
        assert stranger.get(file, params={"path": "note.svg"}).status_code in {403, 404}
    assert view(client, run, "../../x").status_code == 400

    shown = httpx.get(client.get(file, params={"path": "note.svg"}).headers["location"])
    assert shown.headers["content-type"].startswith("image/svg+xml")
    assert shown.headers["content-security-policy"].startswith(SANDBOX)


def test_the_frame_has_no_origin_either(browser: httpx.Client, client: httpx.Client, platform: Running):
    assert client.get("/output-frame").headers["location"] == f"{platform.content_url}/frame"
    frame = browser.get("/frame")

    assert frame.headers["content-security-policy"].startswith(SANDBOX + ";")
    assert "set-cookie" not in frame.headers


def test_other_names_are_not_answered(browser: httpx.Client):
    for name in ("evil.example", "127.0.0.1.nip.io", ""):
        assert browser.get("/frame", headers={"host": name}).status_code in {400, 403}


def test_pages_may_show_this_origin_in_frames(client: httpx.Client, platform: Running):
    policy = client.get("/projects", headers={"accept": "text/html"}).headers["content-security-policy"]
    port = platform.content_url.rpartition(":")[2]

    assert re.search(rf"frame-src 'self' \*:{port}", policy)
