"""User settings: who one is, the password, API keys, and the browsers that are signed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.core import clock, errors
from cuvee.db.session import Reading, Writing
from cuvee.identity import service as identity
from cuvee.identity import sign_ins
from cuvee.identity.authentication import Keys
from cuvee.identity.signing_in import SigningIn, browser_of
from cuvee.identity.values import ApiKey, Audience, SignIn, User
from cuvee.projects import service as projects
from cuvee.web import agents, forms
from cuvee.web.page import Crumb, Pages, Place, go

AnyRequest = Request[Any, Any, Any]

OWN: Final = scope("keys:own")
_PLACE: Final = Place(title="User settings", crumbs=[Crumb(name="User settings")])
_DAY: Final = 24 * 60 * 60 * 1000
#: What a form's field may say → days.
EXPIRIES: Final = {"7": "In a week", "30": "In 30 days", "90": "In 90 days", "365": "In a year", "": "Never"}
AUDIENCES: Final[dict[str, tuple[str, tuple[Audience, ...]]]] = {
    "all": ("APIs and endpoints", tuple(Audience)),
    "api": ("APIs only", (Audience.API,)),
    "application": ("Endpoints only", (Audience.APPLICATION,)),
}
_LONGEST_COMMENT: Final = 200


class DifferentPasswords(errors.Invalid):
    """The two new passwords are not the same."""


class BadChoice(errors.Invalid):
    """The form says something that it does not offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page shows of a user."""

    user: User
    has_password: bool
    keys: Sequence[ApiKey]
    #: With what each is called.
    browsers: Sequence[tuple[SignIn, str]]
    #: Those that a key can be bound to: id → name.
    projects: Mapping[str, str]


@get("/user", opt=OWN, include_in_schema=False)
async def show(request: AnyRequest, call: NamedDependency[Call], pages: NamedDependency[Pages]) -> Response[str]:
    """The settings of the reader."""
    return await _page(request, call, pages)


@post("/user", opt=OWN, include_in_schema=False)
async def describe(request: AnyRequest, call: NamedDependency[Call], keys: NamedDependency[Keys]) -> Response[None]:
    """Change one's name and e-mail address."""
    form = await forms.texts(request)
    name, email = form.get("name", "").strip(), form.get("email", "").strip()
    await call.write(identity.describe_user, call.caller.user_id, name=name, email=email)
    keys.forget()
    return go(request, "/user?done=profile")


@post("/user/password", opt=OWN, include_in_schema=False)
async def change_password(
    request: AnyRequest, call: NamedDependency[Call], signing_in: NamedDependency[SigningIn]
) -> Response[None]:
    """Set or change the password."""
    form = await forms.texts(request)
    new = form.get("new", "")
    if new != form.get("again", ""):
        raise DifferentPasswords
    address = browser_of(request).address
    await signing_in.change_password(call.caller, old=form.get("old", ""), new=new, address=address)
    return go(request, "/user?done=password")


@post("/user/keys", opt=OWN, include_in_schema=False, status_code=200)
async def create_key(
    request: AnyRequest, call: NamedDependency[Call], pages: NamedDependency[Pages], keys: NamedDependency[Keys]
) -> Response[str]:
    """Create a key. The page that answers is the only one that shows its secret."""
    form = await forms.texts(request)
    expires, audience, project_id = form.get("expires", ""), form.get("audience", "all"), form.get("project", "")
    if expires not in EXPIRIES or audience not in AUDIENCES:
        raise BadChoice

    def create(connection: Writing) -> str:
        user = identity.reachable(connection, call.caller, call.caller.username)
        if project_id and project_id not in _projects(connection, call.caller):
            raise BadChoice
        _key, secret = identity.create_key(
            connection,
            user,
            comment=form.get("comment", "").strip()[:_LONGEST_COMMENT],
            audiences=AUDIENCES[audience][1],
            project_id=project_id,
            expires_at=clock.now_ms() + int(expires) * _DAY if expires else 0,
        )
        return secret

    secret = await call.write(create)
    keys.forget()
    return await _page(request, call, pages, secret=secret)


@post("/user/keys/{key_id:str}/delete", opt=OWN, include_in_schema=False)
async def delete_key(
    request: AnyRequest, key_id: FromPath[str], call: NamedDependency[Call], keys: NamedDependency[Keys]
) -> Response[None]:
    """Delete a key: it stops at once."""

    def remove(connection: Writing) -> None:
        identity.delete_key(connection, identity.reachable(connection, call.caller, call.caller.username), key_id)

    await call.write(remove)
    keys.forget()
    return go(request, "/user#keys")


@post("/user/browsers/{sign_in_id:str}/end", opt=OWN, include_in_schema=False)
async def end_sign_in(
    request: AnyRequest, sign_in_id: FromPath[str], call: NamedDependency[Call], keys: NamedDependency[Keys]
) -> Response[None]:
    """Sign one of the reader's browsers out."""
    await call.write(sign_ins.end, call.caller.user_id, sign_in_id)
    keys.forget()
    return go(request, "/user#browsers")


@post("/user/browsers/end", opt=OWN, include_in_schema=False)
async def end_sign_ins(request: AnyRequest, call: NamedDependency[Call], keys: NamedDependency[Keys]) -> Response[None]:
    """Sign all of the reader's browsers out but this one."""
    await call.write(sign_ins.end_all, call.caller.user_id, but=call.caller.sign_in)
    keys.forget()
    return go(request, "/user#browsers")


async def _page(request: AnyRequest, call: Call, pages: Pages, *, secret: str = "") -> Response[str]:
    shown = await call.read(_shown, call.caller)
    return pages.show(
        request,
        "user.html",
        _PLACE,
        shown=shown,
        secret=secret,
        expiries=list(EXPIRIES.items()),
        audiences=[(key, title) for key, (title, _audiences) in AUDIENCES.items()],
        audience_names={audiences: title for title, audiences in AUDIENCES.values()},
    )


def _shown(connection: Reading, caller: Caller) -> Shown:
    user = identity.reachable(connection, caller, caller.username)
    found = sign_ins.sign_ins_of(connection, user.id)
    return Shown(
        user=user,
        has_password=sign_ins.has_password(connection, user.id),
        keys=identity.keys_of(connection, user.id),
        browsers=[(each, agents.named(each.user_agent)) for each in found],
        projects=_projects(connection, caller),
    )


def _projects(connection: Reading, caller: Caller) -> dict[str, str]:
    seen = caller.projects("projects:read")
    return {each.id: each.name for each in projects.list_all(connection) if seen is None or each.id in seen}


ROUTES: Final = (show, describe, change_password, create_key, delete_key, end_sign_in, end_sign_ins)
