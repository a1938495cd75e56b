"""API v2's door to sign-ins and passwords. All of it is an extension: CML's users sign in elsewhere."""

from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from cuvee.api.builder import PUBLIC, scope
from cuvee.api.request import Call
from cuvee.core import clock, errors
from cuvee.core.settings import Settings
from cuvee.db.session import Writing
from cuvee.identity import messages, service, sign_ins
from cuvee.identity.authentication import Keys
from cuvee.identity.signing_in import Browser, Signed, SigningIn, browser_of, cookie
from cuvee.identity.values import SignIn, SignInCode


class NoWayIn(errors.Invalid):
    """Sign in with a `code`, with an `api_key`, or with a `username` and a `password`."""


@post("/api/v2/sign_ins", opt=scope(PUBLIC), status_code=200)
async def sign_in(
    data: JSONBody[messages.SignInRequest],
    request: Request[Any, Any, Any],
    settings: NamedDependency[Settings],
    signing_in: NamedDependency[SigningIn],
) -> Response[messages.SignInResponse]:
    """Sign a browser in by a code, an API key, or a user name and a password. The token is in a cookie only."""
    signed = await _signed(data, signing_in, browser_of(request))
    return Response(
        messages.SignInResponse(username=signed.user.username),
        cookies=[cookie(request, settings, signed.token)],
        headers={"cache-control": "no-store"},
    )


@get("/api/v2/sign_ins", opt=scope("keys:own"))
async def list_sign_ins(call: NamedDependency[Call]) -> messages.ListSignInsResponse:
    """The browsers that are signed in as the caller, the one seen last first."""
    found = await call.read(sign_ins.sign_ins_of, call.caller.user_id)
    return messages.ListSignInsResponse(sign_ins=[_shown(one, call.caller.sign_in) for one in found])


@delete("/api/v2/sign_ins/{sign_in_id:str}", opt=scope("keys:own"), status_code=200)
async def end_sign_in(
    sign_in_id: FromPath[str], call: NamedDependency[Call], keys: NamedDependency[Keys]
) -> messages.Empty:
    """Sign one of the caller's browsers out, at once."""

    def end(connection: Writing) -> None:
        user = service.reachable(connection, call.caller, call.caller.username)
        sign_ins.end(connection, user.id, sign_in_id)

    await call.write(end)
    keys.forget()
    return messages.Empty()


@delete("/api/v2/sign_ins", opt=scope("keys:own"), status_code=200)
async def end_sign_ins(call: NamedDependency[Call], keys: NamedDependency[Keys]) -> messages.Empty:
    """Sign all of the caller's browsers out but the one in use."""

    def end(connection: Writing) -> None:
        user = service.reachable(connection, call.caller, call.caller.username)
        sign_ins.end_all(connection, user.id, but=call.caller.sign_in)

    await call.write(end)
    keys.forget()
    return messages.Empty()


@post("/api/v2/sign_in_codes", opt=scope("keys:own"), status_code=200)
async def create_sign_in_code(
    data: JSONBody[messages.CreateSignInCodeRequest], call: NamedDependency[Call]
) -> messages.SignInCode:
    """A link that signs a browser in, once: as the caller, or as a user whom an administrator hands it to."""
    username = data.username or call.caller.username
    lifetime = sign_ins.OWN_CODE if username == call.caller.username else sign_ins.HANDED_CODE

    def create(connection: Writing) -> SignInCode:
        user = service.reachable(connection, call.caller, username)
        return sign_ins.create_code(connection, user, lifetime=lifetime)

    code = await call.write(create)
    return messages.SignInCode(path=sign_ins.link(code), expires_at=clock.rfc3339(code.expires_at))


@put("/api/v2/users/me/password", opt=scope("keys:own"))
async def change_password(
    data: JSONBody[messages.ChangePasswordRequest],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    signing_in: NamedDependency[SigningIn],
) -> messages.Empty:
    """Set the caller's password, knowing the old one if there is one; their other browsers are signed out."""
    address = browser_of(request).address
    await signing_in.change_password(call.caller, old=data.old_password, new=data.password, address=address)
    return messages.Empty()


async def _signed(data: messages.SignInRequest, signing_in: SigningIn, browser: Browser) -> Signed:
    if data.code:
        return await signing_in.by_code(data.code, browser)
    if data.api_key:
        return await signing_in.by_key(data.api_key, browser)
    if data.username and data.password:
        return await signing_in.by_password(data.username, data.password, browser)
    raise NoWayIn


def _shown(one: SignIn, current: str) -> messages.SignIn:
    return messages.SignIn(
        id=one.id,
        user_agent=one.user_agent,
        created_at=clock.rfc3339(one.created_at),
        seen_at=clock.rfc3339(one.seen_at),
        expires_at=clock.rfc3339(one.expires_at),
        is_current=one.id == current,
    )
