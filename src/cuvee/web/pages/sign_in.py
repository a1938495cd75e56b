"""Signing in and out: a link's code, a user name and a password, or an API key."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from cuvee.api.builder import PUBLIC, scope
from cuvee.api.callers import COOKIE
from cuvee.core import errors
from cuvee.core.settings import Settings
from cuvee.identity.authentication import Keys
from cuvee.identity.signing_in import Browser, Signed, SigningIn, browser_of, cookie
from cuvee.web import forms
from cuvee.web.addresses import local
from cuvee.web.page import Pages, Place, go

AnyRequest = Request[Any, Any, Any]

_PLACE: Final = Place(title="Sign in")


class NothingGiven(errors.Invalid):
    """Give your user name and your password, or an API key."""


@get("/sign-in", opt=scope(PUBLIC), include_in_schema=False)
async def show(
    request: AnyRequest,
    pages: NamedDependency[Pages],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """The ways in. Where nobody needs to sign in, the page that was wanted."""
    wanted = request.query_params.get("next", "")
    if settings.auth == "none":
        return go(request, local(wanted))
    return _page(request, pages, {"next": wanted}, known=await _known(request, keys))


@post("/sign-in", opt=scope(PUBLIC), include_in_schema=False)
async def sign_in(
    request: AnyRequest,
    pages: NamedDependency[Pages],
    settings: NamedDependency[Settings],
    signing_in: NamedDependency[SigningIn],
) -> Response[Any]:
    """Sign in, and lead on to the page that was wanted; or say what was wrong."""
    form = await forms.texts(request)
    try:
        signed = await _signed(form, signing_in, browser_of(request))
    except errors.CuveeError as error:
        return _page(request, pages, form, error=error)
    reply: Response[Any] = go(request, local(form.get("next", "")))
    reply.set_cookie(cookie(request, settings, signed.token))
    return reply


@post("/sign-out", opt=scope(PUBLIC), include_in_schema=False)
async def sign_out(
    request: AnyRequest, settings: NamedDependency[Settings], signing_in: NamedDependency[SigningIn]
) -> Response[Any]:
    """End this browser's sign-in, on the server first."""
    if token := request.cookies.get(COOKIE):
        await signing_in.out(token)
    reply: Response[Any] = go(request, "/sign-in")
    reply.set_cookie(cookie(request, settings, ""))
    return reply


async def _signed(form: Mapping[str, str], signing_in: SigningIn, browser: Browser) -> Signed:
    if code := form.get("code", ""):
        return await signing_in.by_code(code, browser)
    if key := form.get("api_key", "").strip():
        return await signing_in.by_key(key, browser)
    username, password = form.get("username", "").strip(), form.get("password", "")
    if not username or not password:
        raise NothingGiven
    return await signing_in.by_password(username, password, browser)


async def _known(request: AnyRequest, keys: Keys) -> str:
    """Who is signed in already; empty for nobody."""
    try:
        return (await keys(request)).username
    except errors.Unauthenticated:
        return ""


def _page(
    request: AnyRequest,
    pages: Pages,
    form: Mapping[str, str],
    *,
    error: errors.CuveeError | None = None,
    known: str = "",
) -> Response[str]:
    status = error.status if error else 200
    wanted = local(form.get("next", ""))
    by_key = "api_key" in form
    values = {"error": error, "known": known, "next": wanted, "username": form.get("username", ""), "by_key": by_key}
    reply = pages.show(request, "sign_in.html", _PLACE, status=status, **values)
    if isinstance(error, errors.Busy):
        reply.headers["retry-after"] = str(error.retry_after)
    return reply


ROUTES: Final = (show, sign_in, sign_out)
