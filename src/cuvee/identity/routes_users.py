"""API v2's door to accounts. All but the short form is an extension: CML's users come from its identity provider."""

from typing import Final

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from cuvee.api.builder import scope
from cuvee.api.listing import Asked, Columns, page
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.core import clock
from cuvee.db.session import Writing
from cuvee.identity import messages, service
from cuvee.identity.authentication import Keys
from cuvee.identity.values import User

_COLUMNS: Final = Columns[User](
    filters={
        "username": lambda user: user.username,
        "name": lambda user: user.name,
        "email": lambda user: user.email,
        "is_admin": lambda user: "t" if user.is_admin else "f",
    },
    sorts={
        "username": lambda user: user.username,
        "name": lambda user: user.name,
        "email": lambda user: user.email,
        "created_at": lambda user: user.created_at,
    },
    id=lambda user: user.username,
)


@get("/api/v2/users", opt=scope("users:admin"))
async def list_users(
    call: NamedDependency[Call], asked: NamedDependency[Asked], sealer: NamedDependency[Sealer]
) -> messages.ListUsersResponse:
    """Every account, closed ones too."""
    call.caller.require_site("users:admin")
    users = await call.read(service.list_users)
    found, token = page(users, asked, _COLUMNS, sealer=sealer, name="users", caller=call.caller)
    return messages.ListUsersResponse(users=[_shown(user) for user in found], next_page_token=token)


@get("/api/v2/users/{username:str}", opt=scope("users:admin"))
async def get_short_user(username: FromPath[str], call: NamedDependency[Call]) -> messages.ShortUser:
    """A user by id or by name."""
    call.caller.require_site("users:admin")
    user = await call.read(service.find_user, username)
    return messages.ShortUser(username=user.username, name=user.name, email=user.email)


@post("/api/v2/users", opt=scope("users:admin"), status_code=200)
async def add_user(
    data: JSONBody[messages.AddUserRequest], call: NamedDependency[Call], keys: NamedDependency[Keys]
) -> messages.User:
    """Open an account. Its owner comes in with a key that is created for them."""
    call.caller.require_site("users:admin")
    user = await call.write(service.add_user, data.username, name=data.name, email=data.email, is_admin=data.is_admin)
    keys.forget()
    return _shown(user)


@patch("/api/v2/users/{username:str}", opt=scope("keys:own"))
async def change_user(
    username: FromPath[str],
    data: JSONBody[messages.ChangeUserRequest],
    call: NamedDependency[Call],
    keys: NamedDependency[Keys],
) -> messages.User:
    """Change one's own name and e-mail address; as an administrator anybody's, and who administers."""

    def change(connection: Writing) -> User:
        user = service.reachable(connection, call.caller, username)
        name = user.name if data.name is None else data.name
        email = user.email if data.email is None else data.email
        service.describe_user(connection, user.id, name=name, email=email)
        if data.is_admin is not None:
            call.caller.require_site("users:admin")
            service.set_admin(connection, username, is_admin=data.is_admin)
        return service.get_user(connection, username)

    user = await call.write(change)
    keys.forget()
    return _shown(user)


@delete("/api/v2/users/{username:str}", opt=scope("users:admin"), status_code=200)
async def close_account(
    username: FromPath[str], call: NamedDependency[Call], keys: NamedDependency[Keys]
) -> messages.Empty:
    """Close an account: its keys stop at once, what it made stays."""
    call.caller.require_site("users:admin")
    await call.write(service.close_account, username)
    keys.forget()
    return messages.Empty()


def _shown(user: User) -> messages.User:
    return messages.User(
        id=user.id,
        username=user.username,
        name=user.name,
        email=user.email,
        is_admin=user.is_admin,
        created_at=clock.rfc3339(user.created_at),
        closed_at=clock.rfc3339(user.closed_at) if user.closed_at else "",
    )
