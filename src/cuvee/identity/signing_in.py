"""The ways in for a browser: a password, a code, an API key. And the way to change a password."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from cuvee.api.callers import COOKIE, Caller
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.db.session import Writing
from cuvee.identity import attempts, errors, passwords, sign_ins
from cuvee.identity.authentication import Keys
from cuvee.identity.passwords import Passwords
from cuvee.identity.values import Audience, SignIn, User

_SECOND: Final = 1_000  # milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """What a request to sign in says about where it comes from."""

    address: str
    user_agent: str = ""
    #: The token of an earlier sign-in, which the new one replaces.
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A browser that was signed in, and the token that it is to keep."""

    user: User
    sign_in: SignIn
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIn:
    """Signs browsers in and out."""

    database: Database
    keys: Keys
    passwords: Passwords

    async def by_password(self, username: str, password: str, browser: Browser) -> Signed:
        """Sign in by user name and password. An unknown name is answered like a wrong password, after as much work.

        Raises:
            TooManyAttempts: when too many were tried for this name or from this address.
            WrongPassword: when they do not fit together.

        """
        await self._count(username, browser.address)
        user, kept = await self.database.read(partial(sign_ins.kept_password, username=username))
        if not await self.passwords.fits(password, kept) or user is None:
            raise errors.WrongPassword

        def start(connection: Writing) -> Signed:
            if sign_ins.kept_password(connection, username) != (user, kept):
                raise errors.WrongPassword  # it was changed, or the account closed, in this moment
            attempts.forgive(connection, username, browser.address)
            return _started(connection, user, browser)

        return await self._start(start)

    async def by_code(self, secret: str, browser: Browser) -> Signed:
        """Sign in by a code, which is used up.

        Raises:
            BadCode: when it was used, has expired or never was.

        """
        return await self._start(lambda connection: _started(connection, sign_ins.redeem(connection, secret), browser))

    async def by_key(self, secret: str, browser: Browser) -> Signed:
        """Sign in by an API key that opens all of its user's projects.

        Raises:
            UnknownKey: when the key does not open anything.
            NarrowKey: when it opens less than a sign-in would.

        """
        principal = await self.keys.principal(secret.strip())
        if principal.bound_project is not None or Audience.API not in principal.audiences:
            raise errors.NarrowKey
        return await self._start(lambda connection: _started(connection, principal.user, browser))

    async def out(self, token: str) -> None:
        """Sign the browser with this token out."""
        await self.database.write(partial(sign_ins.end_with, token=token))
        self.keys.forget()

    async def change_password(self, caller: Caller, *, old: str, new: str, address: str) -> None:
        """Set the caller's own password, and sign all their browsers out but the one in use.

        Raises:
            BoundKey: when the caller's key is bound to a project.
            BadPassword: when the new one is refused.
            WrongOldPassword: when there is an old one and this is not it.
            TooManyAttempts: when too many were tried.

        """
        if caller.bound_project is not None:
            raise errors.BoundKey
        accepted = passwords.accepted(new, caller.username)
        _user, kept = await self.database.read(partial(sign_ins.kept_password, username=caller.username))
        if kept:
            await self._count(caller.username, address)
            if not await self.passwords.fits(old, kept):
                raise errors.WrongOldPassword
        fresh = await self.passwords.hash(accepted)

        def change(connection: Writing) -> None:
            if sign_ins.kept_password(connection, caller.username)[1] != kept:
                raise errors.WrongOldPassword
            if kept:
                attempts.forgive(connection, caller.username, address)
            sign_ins.set_password(connection, caller.user_id, fresh, but=caller.sign_in)

        await self.database.write(change)
        self.keys.forget()

    async def _count(self, username: str, address: str) -> None:
        if wait := await self.database.write(partial(attempts.count, username=username, address=address)):
            raise errors.TooManyAttempts(wait)

    async def _start(self, work: Callable[[Writing], Signed]) -> Signed:
        signed = await self.database.write(work)
        self.keys.forget()
        return signed


def _started(connection: Writing, user: User, browser: Browser) -> Signed:
    sign_in, token = sign_ins.start(connection, user, user_agent=browser.user_agent, replaces=browser.token)
    return Signed(user=user, sign_in=sign_in, token=token)


def browser_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Browser:
    """What a request says about the browser it comes from."""
    return Browser(
        address=connection.client.host if connection.client else "",
        user_agent=connection.headers.get("user-agent", ""),
        token=connection.cookies.get(COOKIE, ""),
    )


def cookie(connection: ASGIConnection[Any, Any, Any, Any], settings: Settings, token: str) -> Cookie:
    """The cookie that keeps a token; the empty one takes it away. The server knows how long it is good for."""
    return Cookie(
        key=COOKIE,
        value=token,
        path="/",
        max_age=sign_ins.LONGEST // _SECOND if token else 0,
        httponly=True,
        samesite="lax",
        secure=settings.https or connection.scope["scheme"] == "https",
    )
