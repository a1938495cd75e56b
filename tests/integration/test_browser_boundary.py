"""What a page of somebody else can make a signed-in browser do: nothing."""

from collections.abc import Iterator

import httpx
import pytest
from tests.conftest import ENVIRONMENTS, Running, running
from tests.integration.browsers import browser, sign_in, signed_in
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cuvee.core.settings import Settings

CHANGES = [("POST", "/api/v2/sign_in_codes"), ("DELETE", "/api/v2/sign_ins"), ("PUT", "/api/v2/users/me/password")]
#: What browsers say of requests that pages of somebody else make, by how old they are and how the page asks.
FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "cross-site", "origin": "null"},
    {"origin": "http://evil.com"},
    {"origin": "http://127.0.0.1:1"},
    {"origin": ""},
    {"referer": "http://evil.com/"},
    {},
]


@pytest.fixture(scope="module")
def open_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A platform that asks for no keys."""
    home = tmp_path_factory.mktemp("open")
    with running(Settings(home=home, port=0, auth="none", shared_environments=ENVIRONMENTS)) as platform:
        yield platform


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_cookie_alone_changes_nothing_from_another_page(
    platform: Running, headers: dict[str, str], method: str, path: str
):
    with signed_in(platform) as tab:
        reply = httpx.request(method, platform.url + path, headers=headers, cookies=dict(tab.cookies), json={})

    assert reply.status_code == 403
    assert "page" in reply.json()["message"]


@pytest.mark.parametrize("proof", [{"sec-fetch-site": "same-origin"}, {"origin": "{url}"}])
def test_a_page_of_ours_is_let_through(platform: Running, proof: dict[str, str]):
    headers = {name: value.format(url=platform.url) for name, value in proof.items()}
    with signed_in(platform) as tab:
        cookies = dict(tab.cookies)
        reply = httpx.post(f"{platform.url}/api/v2/sign_in_codes", json={}, headers=headers, cookies=cookies)

    assert reply.status_code == 200


@pytest.mark.parametrize("authorization", ["", "Bearer", "Digest x"])
def test_a_header_that_is_no_key_does_not_lift_the_cookie_over_the_fence(platform: Running, authorization: str):
    with signed_in(platform) as tab:
        headers = {"authorization": authorization, "sec-fetch-site": "cross-site"}
        reply = httpx.post(f"{platform.url}/api/v2/sign_in_codes", json={}, headers=headers, cookies=dict(tab.cookies))

    assert reply.status_code in {401, 403}


def test_scripts_with_a_key_prove_nothing(client: httpx.Client):
    assert client.post("/api/v2/sign_in_codes", json={}).status_code == 200


def test_signing_in_from_another_page_is_refused(platform: Running):
    with browser(platform) as tab:
        tab.headers["sec-fetch-site"] = "cross-site"
        del tab.headers["origin"]
        assert sign_in(tab, api_key=platform.api_key).status_code == 403
        assert not tab.cookies


@pytest.mark.parametrize(
    "headers", [headers for headers in FOREIGN if {"origin", "sec-fetch-site"} & set(headers)], ids=str
)
def test_without_authentication_other_pages_change_nothing_either(open_platform: Running, headers: dict[str, str]):
    body = {"name": "made by another page"}

    reply = httpx.post(f"{open_platform.url}/api/v2/projects", json=body, headers=headers)

    assert reply.status_code == 403
    assert body["name"] not in httpx.get(f"{open_platform.url}/api/v2/projects").text


def test_without_authentication_scripts_and_own_pages_need_nothing(open_platform: Running):
    own = {"sec-fetch-site": "same-origin", "origin": open_platform.url}
    for headers in ({}, own, {"cookie": "cuvee_sign_in=stale", **own}):
        assert httpx.post(f"{open_platform.url}/api/v2/sign_in_codes", json={}, headers=headers).status_code == 200


@pytest.mark.parametrize("origin", [None, "null", "http://evil.com", "http://127.0.0.1:1"])
def test_a_websocket_needs_an_origin_of_ours_with_a_cookie(platform: Running, origin: str | None):
    with signed_in(platform) as tab:
        cookie = "; ".join(f"{name}={value}" for name, value in tab.cookies.items())
        address = platform.url.replace("http", "ws") + "/sessions/0000-0000-0000-0000/proxy/api"
        headers = {"cookie": cookie, "sec-fetch-site": "same-origin"}
        with pytest.raises(InvalidStatus) as refused, connect(address, origin=origin, additional_headers=headers):
            pass

    assert refused.value.response.status_code == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(platform: Running):
    with browser(platform) as tab:
        plain = sign_in(tab, api_key=platform.api_key)
        tab.headers["x-forwarded-proto"] = "https"  # from a proxy on this machine
        tab.headers["origin"] = tab.headers["origin"].replace("http:", "https:")
        secure = sign_in(tab, api_key=platform.api_key)

    kept = plain.headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in kept.split(";")}
    assert "domain" not in kept
    assert "secure" not in kept
    assert "; secure" in secure.headers["set-cookie"].lower()
    assert plain.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_form_of_another_page_changes_nothing(platform: Running, open_platform: Running, content_type: str):
    with signed_in(platform) as tab:
        headers = {"content-type": content_type, "sec-fetch-site": "cross-site"}
        del tab.headers["origin"]
        assert tab.post("/api/v2/sign_in_codes", content=b"{}", headers=headers).status_code == 403
    assert httpx.post(f"{open_platform.url}/api/v2/projects", content=b"{}", headers=headers).status_code == 403


def test_no_page_of_another_origin_may_ask(platform: Running):
    with signed_in(platform) as tab:
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
        reply = httpx.options(
            f"{platform.url}/api/v2/projects", headers={"origin": "http://evil.com", **asked}, cookies=dict(tab.cookies)
        )

    assert reply.status_code == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]
