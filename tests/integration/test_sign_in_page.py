"""The sign-in page: forms, and where it leads."""

from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Running
from tests.integration import people
from tests.integration.browsers import PASSWORD, browser, code_for, is_signed_in, signed_in, token_of
from tests.integration.people import Unique

from cuvee.web.addresses import local

HTML = {"accept": "text/html"}
EVIL = [
    "//evil", "/\\evil", "https:evil", "%2f%2fevil", "javascript:alert(1)", "///evil", "\\\\evil", "/\t/evil",
    "/\n/evil", " //evil", "https://evil", "http:/\\evil", "/\x00/evil", "evil", "", "?x", "#x", "//", "/%0d%0a\n",
    "/\r\nset-cookie: a=b", "/\\/evil", "\t//evil", "/" + "x" * 10_000, "/\ud800",
]  # fmt: skip
WRONG = [
    {}, {"username": "x"}, {"username": "<b>x", "password": "y"}, {"code": "x"}, {"api_key": "x"},
    {"username": "\0", "password": "\0"},
]  # fmt: skip


def as_a_browser_reads_it(location: str, base: str) -> str:
    """WHATWG's URL parser, as far as it can lead elsewhere: controls go, backslashes are slashes."""
    cleaned = "".join(character for character in location.strip("\x00\x20") if character not in "\t\n\r")
    return urljoin(base, cleaned.replace("\\", "/"))


@pytest.mark.parametrize("wanted", EVIL)
def test_the_page_leads_nowhere_else(wanted: str):
    assert local(wanted) == "/"


@given(st.text(alphabet=st.sampled_from("/\\:@?#%.;,\t\n\r\x00 2fFevil[]é")) | st.text())
def test_no_text_leads_to_another_host(wanted: str):
    location = local(wanted)

    read = urlsplit(as_a_browser_reads_it(location, "http://ours.example/sign-in"))
    assert (read.scheme, read.netloc) == ("http", "ours.example")
    assert location.isascii()
    assert location.isprintable()


@pytest.mark.parametrize(
    ("wanted", "location"),
    [("/projects", "/projects"), ("/projects/a%20b/files?path=x%2Fy&z=1", "/projects/a%20b/files?path=x%2Fy&z=1"),
     ("/projects/é", "/projects/%C3%A9"), ("/compare?runs=1,2", "/compare?runs=1,2")],
)  # fmt: skip
def test_a_page_of_ours_is_where_it_leads(wanted: str, location: str):
    assert local(wanted) == location


def test_a_stranger_is_asked_to_sign_in_and_a_script_told_that_it_must(platform: Running):
    with httpx.Client(base_url=platform.url) as stranger:
        page = stranger.get("/models?q=wine&sort=name", headers=HTML)
        assert page.status_code == 303
        assert page.headers["location"] == "/sign-in?next=%2Fmodels%3Fq%3Dwine%26sort%3Dname"
        assert stranger.get("/api/v2/projects", headers=HTML).status_code == 401
        assert stranger.get("/models").status_code == 401


def test_who_signed_in_sees_the_page_that_was_wanted(platform: Running):
    with browser(platform) as tab:
        asked = tab.get("/projects?view=table", headers=HTML, follow_redirects=True)
        assert 'value="/projects?view=table"' in asked.text
        form = {"api_key": platform.api_key, "next": "/projects?view=table"}
        reply = tab.post("/sign-in", data=form)
        assert (reply.status_code, reply.headers["location"]) == (303, "/projects?view=table")
        assert tab.get("/projects", headers=HTML).status_code == 200


def test_each_way_in_is_a_form(platform: Running, client: httpx.Client, unique: Unique):
    name = unique("ways")
    with people.user(platform, name) as person:
        person.put("/api/v2/users/me/password", json={"password": PASSWORD})
    ways = [
        {"code": code_for(client, name)},
        {"username": f" {name} ", "password": PASSWORD},
        {"api_key": client.headers["authorization"][7:]},
    ]
    for way in ways:
        with browser(platform) as tab:
            assert tab.post("/sign-in", data=way | {"next": "//evil"}).headers["location"] == "/"
            assert is_signed_in(tab)


@pytest.mark.parametrize("form", WRONG)
def test_what_was_wrong_is_said_on_the_page(platform: Running, form: dict[str, str]):
    with browser(platform) as tab:
        reply = tab.post("/sign-in", data={**form, "next": "/models"}, headers=HTML)

    assert reply.status_code in {400, 401, 403}
    assert 'role="alert"' in reply.text
    assert 'value="/models"' in reply.text
    assert "<b>x" not in reply.text
    assert not reply.cookies


def test_signing_out_ends_the_sign_in_on_the_server(platform: Running):
    with signed_in(platform) as tab:
        token = token_of(tab)
        assert tab.post("/sign-out").headers["location"] == "/sign-in"
        assert not tab.cookies
        tab.cookies.set("cuvee_sign_in", token)
        assert not is_signed_in(tab)
        assert tab.post("/sign-out").status_code == 303


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
@pytest.mark.parametrize(
    "foreign", [{"sec-fetch-site": "cross-site"}, {"origin": "http://evil.com"}, {"origin": "null"}]
)
def test_no_other_page_signs_anybody_in_or_out(platform: Running, path: str, foreign: dict[str, str]):
    with signed_in(platform) as tab:
        reply = httpx.post(
            platform.url + path, data={"api_key": platform.api_key}, cookies=dict(tab.cookies), headers=foreign
        )
        assert reply.status_code == 403
        assert is_signed_in(tab)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_looking_changes_nothing(platform: Running, path: str):
    with signed_in(platform) as tab:
        tab.get(path, params={"api_key": "x", "code": "x"})
        assert is_signed_in(tab)


def test_a_sign_in_that_ended_is_asked_for_again(platform: Running):
    with browser(platform) as tab:
        tab.cookies.set("cuvee_sign_in", "ended", domain=httpx.URL(platform.url).host)
        assert tab.get("/projects", headers=HTML).headers["location"].startswith("/sign-in")
        assert tab.get("/sign-in", headers=HTML).status_code == 200
        assert tab.post("/sign-in", data={"api_key": platform.api_key}).status_code == 303
        assert is_signed_in(tab)


def test_the_page_cannot_be_framed_or_kept(platform: Running):
    with browser(platform) as tab:
        headers = tab.get("/sign-in", headers=HTML).headers

    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
