import json
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from cuvee.api import errors as api_errors
from cuvee.web.assets import Assets, NotBuilt, UnknownAsset, static_files


@pytest.fixture
def static(tmp_path: Path) -> Path:
    entry = {"script": "page-1a.js", "imports": ["chunk-2b.js"], "styles": ["page-3c.css"], "later": []}
    manifest = {
        "digest": "d",
        "entries": {"page": entry},
        "sprite": "icons-4d.svg",
        "icons": ["copy"],
        "files": {"page-1a.js": ["br", "gz"], "chunk-2b.js": [], "page-3c.css": [], "icons-4d.svg": []},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    for name in ("page-1a.js", "page-1a.js.br", "page-1a.js.gz", "chunk-2b.js", "page-3c.css", "icons-4d.svg"):
        (tmp_path / name).write_bytes(f"content of {name}".encode())
    return tmp_path


@pytest.fixture
def assets(static: Path) -> Assets:
    return Assets.built(static)


@pytest.fixture
def browser(assets: Assets):
    with TestClient(
        Litestar([static_files(assets)], exception_handlers=api_errors.handlers([]), openapi_config=None)
    ) as client:
        client.headers["accept-encoding"] = ""
        yield client


def test_an_entry_is_a_script_what_it_imports_and_styles(assets: Assets):
    assert assets.asset("page") == ["/static/page-1a.js"]
    assert assets.imports("page") == ["/static/chunk-2b.js"]
    assert assets.styles("page") == ["/static/page-3c.css"]


def test_an_icon_is_markup_that_a_screen_reader_skips(assets: Assets):
    expected = '<svg class="icon" aria-hidden="true"><use href="/static/icons-4d.svg#copy"/></svg>'
    assert assets.icon("copy").__html__() == expected


def test_what_was_not_built_is_named(assets: Assets):
    with pytest.raises(UnknownAsset, match=r"'bomb'.*just pages"):
        assets.icon("bomb")
    with pytest.raises(UnknownAsset, match="'charts'"):
        assets.asset("charts")


def test_without_a_build_the_sentence_says_what_to_run(tmp_path: Path):
    with pytest.raises(NotBuilt, match="just pages"):
        Assets.built(tmp_path)


def test_a_build_that_lost_a_file_is_no_build(static: Path):
    (static / "page-1a.js.br").unlink()
    with pytest.raises(NotBuilt):
        Assets.built(static)


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [
        ("gzip, deflate, br, zstd", "br", "content of page-1a.js.br"),
        ("gzip", "gzip", "content of page-1a.js.gz"),
        ("br;q=0, gzip;q=0.5", "gzip", "content of page-1a.js.gz"),
        ("identity", None, "content of page-1a.js"),
    ],
)
def test_the_smallest_form_that_a_browser_takes_is_sent(assets: Assets, accepted: str, encoding: str, content: str):
    answer = assets.files["page-1a.js"].answer(accepted)
    assert answer.content == content.encode()
    assert answer.headers.get("content-encoding") == encoding


def test_a_file_is_kept_for_ever_and_is_what_it_says(browser: TestClient[Litestar]):
    reply = browser.get("/static/page-1a.js")
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reply.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("name", ["manifest.json", "page-1a.js.br", "%2e%2e%2fsecret", "..%5csecret", "nothing.js"])
def test_nothing_is_served_that_the_build_does_not_list(browser: TestClient[Litestar], name: str):
    assert browser.get(f"/static/{name}").status_code == 404
