"""What one may do with users, keys and roles, and when."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from typing import Final

from cuvee.api.callers import Caller
from cuvee.core import clock
from cuvee.core.ids import is_id, new_id
from cuvee.db.session import Reading, Writing
from cuvee.identity import errors, store
from cuvee.identity.scopes import Role
from cuvee.identity.values import ApiKey, Audience, Principal, User

_USERNAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f\ud800-\udfff]+@[^@\s\x00-\x1f\ud800-\udfff]+")
_LONGEST: Final = 255
_KEY_PREFIX: Final = "cuvee_"


def add_user(connection: Writing, username: str, *, name: str = "", email: str = "", is_admin: bool = False) -> User:
    """Open an account. It has no password: its owner comes in with a sign-in code or an API key.

    Raises:
        BadUsername: when the name has the wrong shape.
        BadName: when the person's name does not fit; likewise BadEmail.
        UserExists: when the name is taken.

    """
    if not _USERNAME.fullmatch(username):
        raise errors.BadUsername
    _require_fitting(name, email)
    if store.find_user(connection, username):
        raise errors.UserExists
    user = User(
        id=new_id(), username=username, name=name or username, email=email, is_admin=is_admin, created_at=clock.now_ms()
    )
    store.add_user(connection, user, "")
    return user


def ensure_owner(connection: Writing, username: str) -> User:
    """The first administrator; the account is made when there is none."""
    owner = store.first_admin(connection)
    if owner is not None:
        return owner
    fitting = username if _USERNAME.fullmatch(username) else "owner"
    return store.find_user(connection, fitting) or add_user(connection, fitting, is_admin=True)


def first_admin(connection: Reading) -> User:
    """The owner, or the administrator who came after them.

    Raises:
        UserNotFound: before the first start.

    """
    owner = store.first_admin(connection)
    if owner is None:
        raise errors.UserNotFound
    return owner


def get_user(connection: Reading, username: str) -> User:
    """A user by name.

    Raises:
        UserNotFound: when nobody has the name.

    """
    user = store.find_user(connection, username)
    if user is None:
        raise errors.UserNotFound
    return user


def users(connection: Reading, ids: Iterable[str]) -> dict[str, User]:
    """Users by id, in one query; those that do not exist are left out."""
    wanted = set(ids)
    return store.get_users(connection, wanted) if wanted else {}


def find_user(connection: Reading, text: str) -> User:
    """A user by id or by name.

    Raises:
        UserNotFound: when nobody has either.

    """
    by_id = store.get_users(connection, {text}).get(text) if is_id(text) else None
    return by_id or get_user(connection, text)


def list_users(connection: Reading) -> list[User]:
    """Every user, those with closed accounts too, by name."""
    return store.list_users(connection)


def reachable(connection: Reading, caller: Caller, username: str) -> User:
    """The user whose keys are meant: one's own, or anybody's for an administrator; none for a project's key.

    Raises:
        BoundKey: when the caller's key is bound to a project.
        Denied: when the user is somebody else and the caller is no administrator.
        UserNotFound: when nobody has the name.

    """
    if caller.bound_project is not None:
        raise errors.BoundKey
    if username != caller.username:
        caller.require_site("users:admin")
    return get_user(connection, username)


def describe_user(connection: Writing, user_id: str, *, name: str, email: str) -> None:
    """Change the person's name and e-mail address.

    Raises:
        BadName: when the name does not fit on a line; likewise BadEmail.

    """
    _require_fitting(name, email)
    store.change_user(connection, user_id, {"name": name, "email": email})


def set_admin(connection: Writing, username: str, *, is_admin: bool) -> User:
    """Make somebody an administrator, or no longer one.

    Raises:
        UserNotFound: when nobody has the name.
        AccountClosed: when the account is closed.
        LastAdmin: when nobody would be left to administer.

    """
    user = get_user(connection, username)
    if user.closed_at:
        raise errors.AccountClosed
    if user.is_admin and not is_admin and store.count_admins(connection) == 1:
        raise errors.LastAdmin
    store.change_user(connection, user.id, {"is_admin": is_admin})
    return get_user(connection, username)


def _require_fitting(name: str, email: str) -> None:
    if len(name) > _LONGEST or not (name == "" or name.isprintable()):
        raise errors.BadName
    if email and (len(email) > _LONGEST or not _EMAIL.fullmatch(email)):
        raise errors.BadEmail


def close_account(connection: Writing, username: str) -> None:
    """Close an account: its keys and sign-ins stop at once, what it made stays.

    Raises:
        UserNotFound: when nobody has the name.
        LastAdmin: when nobody would be left to administer.

    """
    user = get_user(connection, username)
    if user.is_admin and not user.closed_at and store.count_admins(connection) == 1:
        raise errors.LastAdmin
    store.delete_keys(connection, user.id)
    store.delete_sign_ins(connection, user.id)
    store.change_user(connection, user.id, {"closed_at": clock.now_ms()})


def create_key(
    connection: Writing,
    user: User,
    *,
    comment: str = "",
    audiences: Sequence[Audience] = (Audience.API,),
    project_id: str = "",
    expires_at: int = 0,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is told this once and kept only as a digest.

    The secret has 256 random bits, so that a plain SHA-256 is as good as a slow hash, and is checked in microseconds.

    Raises:
        BadExpiry: when the expiry (milliseconds since the epoch, 0 for never) does not lie ahead.
        BadAudience: when no audience is named.

    """
    now = clock.now_ms()
    if expires_at and expires_at <= now:
        raise errors.BadExpiry
    if not audiences:
        raise errors.BadAudience
    secret = _KEY_PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        id=new_id(),
        user_id=user.id,
        comment=comment,
        audiences=tuple(dict.fromkeys(audiences)),
        project_id=project_id,
        created_at=now,
        expires_at=expires_at,
    )
    store.add_key(connection, key, digest(secret))
    return key, secret


def keys_of(connection: Reading, user_id: str) -> list[ApiKey]:
    """A user's keys, the oldest first."""
    return store.list_keys(connection, user_id)


def delete_key(connection: Writing, user: User, key_id: str) -> None:
    """Delete a key: it stops at once.

    Raises:
        KeyNotFound: when the user has no such key.

    """
    if not store.delete_key(connection, user.id, key_id):
        raise errors.KeyNotFound


def principal_of(connection: Reading, key_digest: bytes) -> tuple[Principal, int]:
    """Who a key's digest stands for, and when the key expires (milliseconds; 0 for never).

    Raises:
        UnknownKey: when there is no such key, it has expired, or its account is closed.

    """
    found = store.find_key(connection, key_digest)
    if found is None:
        raise errors.UnknownKey
    key, user = found
    if user.closed_at or (key.expires_at and key.expires_at <= clock.now_ms()):
        raise errors.UnknownKey
    return principal(connection, user, key.audiences, key.project_id or None), key.expires_at


def principal_without_key(connection: Reading, user: User) -> Principal:
    """Who a user is when the platform asks for no keys."""
    return principal(connection, user, tuple(Audience), None)


def principal(
    connection: Reading, user: User, audiences: tuple[Audience, ...], bound_project: str | None, sign_in: str = ""
) -> Principal:
    """A user with what they are in each project, as a key or a sign-in makes them."""
    return Principal(
        user=user,
        audiences=audiences,
        bound_project=bound_project,
        roles=store.roles_of(connection, user.id),
        open_roles={} if user.is_admin else store.open_roles(connection),
        sign_in=sign_in,
    )


def grant(connection: Writing, project_id: str, user: User, role: Role) -> None:
    """Give a user a role in a project, in place of the one they had."""
    store.set_grant(connection, project_id, user.id, role)


def revoke(connection: Writing, project_id: str, user: User) -> bool:
    """Take a user's role in a project away; whether they had one."""
    return store.remove_grant(connection, project_id, user.id)


def open_project(connection: Writing, project_id: str, role: Role | None) -> None:
    """Say what everybody is in a project, besides the collaborators' own roles; None for nothing."""
    store.set_open(connection, project_id, role)


def collaborators(connection: Reading, project_id: str) -> list[tuple[User, Role]]:
    """Who has which role in a project, by name."""
    return store.grants_in(connection, project_id)


def forget_project(connection: Writing, project_id: str) -> None:
    """Remove the grants in a deleted project and the keys that were bound to it."""
    store.forget_project(connection, project_id)


def ensure_secret(connection: Writing, name: str) -> bytes:
    """A random value of 32 bytes that stays the same for this database."""
    value = store.get_secret(connection, name)
    if value is None:
        value = secrets.token_bytes(32)
        store.add_secret(connection, name, value)
    return value


def digest(secret: str) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
