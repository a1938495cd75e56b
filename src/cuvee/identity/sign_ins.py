"""Sign-ins: browsers that are known as a user. And the codes that sign in once."""

import secrets
from typing import Final

from cuvee.core import clock
from cuvee.core.ids import new_id
from cuvee.db.session import Reading, Writing
from cuvee.identity import errors, service, store
from cuvee.identity.values import Audience, Principal, SignIn, SignInCode, User

_MINUTE: Final = 60 * 1000
_DAY: Final = 24 * 60 * _MINUTE
#: How long a browser stays signed in after it was last seen, and at most (milliseconds).
SLIDES: Final = 14 * _DAY
LONGEST: Final = 180 * _DAY
#: How exactly it is known when a browser was last seen.
_COARSE: Final = 60 * _MINUTE
#: How long a code can be used: one's own, and one that an administrator hands to somebody else.
OWN_CODE: Final = 10 * _MINUTE
HANDED_CODE: Final = _DAY
_LONGEST_NAME: Final = 200


def start(connection: Writing, user: User, *, user_agent: str, replaces: str = "") -> tuple[SignIn, str]:
    """Sign a browser in. Its token is always a new one, and the one that it came with ends.

    The token has 256 random bits, is told this once, and is kept only as a digest.
    """
    now = clock.now_ms()
    store.delete_expired(connection, now)
    if replaces:
        store.delete_sign_in_with(connection, service.digest(replaces))
    printable = "".join(character for character in user_agent if character.isprintable())
    sign_in = SignIn(
        id=new_id(),
        user_id=user.id,
        user_agent=printable[:_LONGEST_NAME],
        created_at=now,
        seen_at=now,
        expires_at=now + SLIDES,
    )
    token = secrets.token_urlsafe(32)
    store.add_sign_in(connection, sign_in, service.digest(token))
    return sign_in, token


def principal_of(connection: Reading, digest: bytes) -> tuple[Principal, SignIn]:
    """Who a token's digest stands for, and the sign-in.

    Raises:
        UnknownSignIn: when there is no such sign-in, it has ended, or its account is closed.

    """
    found = store.find_sign_in(connection, digest)
    if found is None:
        raise errors.UnknownSignIn
    sign_in, user = found
    if user.closed_at or sign_in.expires_at <= clock.now_ms():
        raise errors.UnknownSignIn
    return service.principal(connection, user, tuple(Audience), None, sign_in.id), sign_in


def is_due(sign_in: SignIn) -> bool:
    """Whether it is time to note that the browser was seen."""
    return clock.now_ms() - sign_in.seen_at >= _COARSE


def see(connection: Writing, sign_in: SignIn) -> None:
    """Note that the browser was seen: it stays signed in for longer, up to the longest."""
    now = clock.now_ms()
    until = min(now + SLIDES, sign_in.created_at + LONGEST)
    store.change_sign_in(connection, sign_in.id, {"seen_at": now, "expires_at": until})


def sign_ins_of(connection: Reading, user_id: str) -> list[SignIn]:
    """The browsers that are signed in as a user, the one seen last first."""
    return store.list_sign_ins(connection, user_id, clock.now_ms())


def end(connection: Writing, user_id: str, sign_in_id: str) -> None:
    """Sign a browser out: its token opens nothing from now on.

    Raises:
        SignInNotFound: when the user has no such sign-in.

    """
    if not store.delete_sign_in(connection, user_id, sign_in_id):
        raise errors.SignInNotFound


def end_with(connection: Writing, token: str) -> None:
    """Sign the browser with this token out, if there is one."""
    store.delete_sign_in_with(connection, service.digest(token))


def end_all(connection: Writing, user_id: str, *, but: str = "") -> None:
    """Sign all of a user's browsers out, but the one with this id."""
    store.delete_sign_ins(connection, user_id, but)


def create_code(connection: Writing, user: User, *, lifetime: int = OWN_CODE) -> SignInCode:
    """A code that signs in as the user, once, within `lifetime` milliseconds. It is kept only as a digest.

    Raises:
        AccountClosed: when the account is closed.

    """
    if user.closed_at:
        raise errors.AccountClosed
    now = clock.now_ms()
    store.delete_expired(connection, now)
    code = SignInCode(secret=secrets.token_urlsafe(32), expires_at=now + lifetime)
    store.add_code(connection, user.id, service.digest(code.secret), code.expires_at)
    return code


def redeem(connection: Writing, secret: str) -> User:
    """Use a code up; whose it was.

    Raises:
        BadCode: when it was used, has expired, never was, or its account is closed.

    """
    user = store.take_code(connection, service.digest(secret), clock.now_ms())
    if user is None or user.closed_at:
        raise errors.BadCode
    return user


def link(code: SignInCode) -> str:
    """Where a code is used. It stands in the fragment, which browsers neither send nor tell to other pages."""
    return f"/sign-in#code={code.secret}"


def kept_password(connection: Reading, username: str) -> tuple[User | None, str]:
    """The open account of this name, and what is kept of its password; empty when there is none."""
    user = store.find_user(connection, username)
    if user is None or user.closed_at:
        return None, ""
    return user, store.password_hash(connection, user.id)


def has_password(connection: Reading, user_id: str) -> bool:
    """Whether the user has set a password."""
    return store.password_hash(connection, user_id) != ""


def set_password(connection: Writing, user_id: str, kept: str, *, but: str = "") -> None:
    """Keep a new password's hash, and sign all browsers out but the one with this id."""
    store.change_user(connection, user_id, {"password_hash": kept})
    end_all(connection, user_id, but=but)
