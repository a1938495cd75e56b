"""Direct paths are answered past the router, behind the same guards, and refused in the same shape."""

import asyncio
from typing import Any

import pytest
from litestar import Litestar, Response, get
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from cuvee.api.direct import Direct, direct


class Refused(Exception):
    """Somebody may not."""


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the path that it was given."""
    if scope["path"] == "/broken":
        raise ValueError
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def others(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the others"})


async def guard(connection: Any, handler: Any) -> None:
    if (b"key", b"") not in connection.scope["headers"] and not handler.opt.get("is_open"):
        raise Refused


@get("/routed")
async def routed() -> str:
    return ""


@pytest.fixture(scope="module")
def application() -> Direct:
    handlers = [
        ASGIRouteHandler("/hot", opt=direct(), copy_scope=False)(echo),
        ASGIRouteHandler("/open", opt={**direct(), "is_open": True}, copy_scope=False)(echo),
        ASGIRouteHandler("/below", is_mount=True, opt=direct(), copy_scope=False)(echo),
        ASGIRouteHandler("/plain", copy_scope=False)(echo),
    ]
    refusals: Any = {
        Refused: lambda _request, _error: Response(b"no", status_code=403, media_type="text/plain"),
        Exception: lambda _request, _error: Response(b"sorry", status_code=500, media_type="text/plain"),
    }
    return Direct(Litestar([*handlers, routed], guards=[guard], exception_handlers=refusals), others)


def asked(application: Direct, path: str, *, key: bool = True) -> tuple[int, bytes]:
    """Status and body."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"key", b"")] if key else []
    scope: Any = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    asyncio.run(application(scope, None, send))  # type: ignore[arg-type]
    return sent[0]["status"], sent[1]["body"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/hot", b"/hot"),
        ("/below/here/and/there", b"/here/and/there"),
        ("/below", b"the others"),
        ("/hotter", b"the others"),
        ("/hot/", b"the others"),
        ("/plain", b"the others"),
        ("/routed", b"the others"),
    ],
)
def test_what_is_direct_is_answered_by_its_handler_and_all_else_by_the_others(
    application: Direct, path: str, told: bytes
):
    assert asked(application, path) == (200, told)


@pytest.mark.parametrize("path", ["/hot", "/below/here"])
def test_who_may_not_is_refused_as_everywhere(application: Direct, path: str):
    assert asked(application, path, key=False) == (403, b"no")


def test_a_guard_looks_at_what_the_handler_says(application: Direct):
    assert asked(application, "/open", key=False) == (200, b"/open")


def test_what_goes_wrong_is_told_by_who_tells_it_elsewhere(application: Direct):
    assert asked(application, "/below/broken") == (500, b"sorry")
