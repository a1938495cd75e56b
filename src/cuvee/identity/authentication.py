"""From a request's headers to its caller."""

import asyncio
import base64
import binascii
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from litestar.connection import ASGIConnection

from cuvee.api.callers import COOKIE, Authenticate, Caller
from cuvee.core import clock
from cuvee.core import errors as core_errors
from cuvee.core.settings import AuthMode
from cuvee.db.database import Database
from cuvee.identity import errors, service, sign_ins
from cuvee.identity.values import Principal, User

#: Seconds that a checked key is remembered. With several processes, a deleted key lives on that long in the others.
_REMEMBERED: Final = 2.0
_MOST: Final = 4_096
_HEADER: Final = b"authorization"
#: Stands before the digests of browsers' tokens: a token is no key, and a key no token.
_BROWSER: Final = b"sign-in:"
#: Stands for the owner where no keys are asked for; no key has an empty digest.
_NO_KEY: Final = b""


@dataclass(slots=True)
class Keys:
    """Checks API keys and sign-ins, and remembers the answers for a moment, so that most requests cost no query."""

    database: Database
    _known: dict[bytes, tuple[float, int, Principal]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Principal:
        """The caller that the `Authorization` header names, or else the cookie of a signed-in browser.

        Bearer takes an API key; Basic takes it as the user with no password, as CML's older clients send it, or as
        the password, as `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD` send it.

        Raises:
            NoKey: when there is neither.
            UnknownKey: when the key does not open anything.
            UnknownSignIn: when the browser is not signed in any more.

        """
        header = _authorization(connection)
        if not header and (token := connection.cookies.get(COOKIE)):
            return await self.signed_in(token)
        return await self.principal(secret_in(header))

    async def principal(self, secret: str) -> Principal:
        """Whom a secret stands for."""
        digest = service.digest(secret)
        if (known := self._remembered(digest)) is not None:
            return known
        since = self._changed
        principal, expires_at = await self.database.read(partial(service.principal_of, key_digest=digest))
        self._remember(digest, principal, expires_at, since)
        return principal

    async def signed_in(self, token: str) -> Principal:
        """Whom a browser's token stands for."""
        digest = service.digest(token)
        if (known := self._remembered(_BROWSER + digest)) is not None:
            return known
        since = self._changed
        principal, sign_in = await self.database.read(partial(sign_ins.principal_of, digest=digest))
        if sign_ins.is_due(sign_in):
            with suppress(core_errors.CuveeError):  # a full disk does not sign anybody out
                await self.database.write(partial(sign_ins.see, sign_in=sign_in))
        self._remember(_BROWSER + digest, principal, sign_in.expires_at, since)
        return principal

    async def without_key(self, user: User) -> Principal:
        """A user who needs no key, because the platform asks for none."""
        if (known := self._remembered(_NO_KEY)) is not None:
            return known
        since = self._changed
        principal = await self.database.read(partial(service.principal_without_key, user=user))
        self._remember(_NO_KEY, principal, 0, since)
        return principal

    def forget(self) -> None:
        """Ask the database again: called when users, keys or roles change."""
        self._known.clear()
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self, patience: float) -> None:
        """Wait until users, keys or roles have changed, at most `patience` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._changed.wait()

    def _remembered(self, digest: bytes) -> Principal | None:
        known = self._known.get(digest)
        if known is None:
            return None
        until, expires_at, principal = known
        return principal if time.monotonic() < until and not 0 < expires_at <= clock.now_ms() else None

    def _remember(self, digest: bytes, principal: Principal, expires_at: int, since: asyncio.Event) -> None:
        """Remember what was read, unless rights have changed since the reading began."""
        if self._changed is not since:
            return
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[digest] = (time.monotonic() + _REMEMBERED, expires_at, principal)


@dataclass(frozen=True, slots=True)
class Everybody:
    """Without authentication, on a loopback address: a request without a key or a sign-in is the owner's."""

    owner: User
    keys: Keys

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
        """The user of the key or of the sign-in when there is one, else the owner."""
        if _authorization(connection):
            return await self.keys(connection)
        if token := connection.cookies.get(COOKIE):
            with suppress(errors.UnknownSignIn):
                return await self.keys.signed_in(token)
        return await self.keys.without_key(self.owner)


def chosen(mode: AuthMode, keys: Keys, owner: Callable[[], User]) -> Authenticate:
    """How callers are known where keys are asked for (`token`), and where they are not."""
    return keys if mode == "token" else Everybody(owner(), keys)


def _authorization(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """That header as it was sent: the framework would first make a mapping of all of them."""
    return next((value.decode("latin-1") for name, value in connection.scope["headers"] if name == _HEADER), "")


def secret_in(header: str) -> str:
    """The secret that an `Authorization` header carries.

    Raises:
        NoKey: when it carries none.

    """
    scheme, _, rest = header.partition(" ")
    match scheme.lower():
        case "bearer" if rest.strip():
            return rest.strip()
        case "basic":
            return _from_basic(rest)
        case _:
            raise errors.NoKey


def _from_basic(text: str) -> str:
    try:
        name, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise errors.NoKey from None
    if not (secret := password or name):
        raise errors.NoKey
    return secret
