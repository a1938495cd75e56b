"""How a browser gets in: a ticket, made on the pages' origin and good once, becomes a pass for one session.

The cookie by which the platform knows its users is worth nothing here: browsers send it, because they keep cookies by
host and not by port, and it is not looked at. Tickets and passes are kept in memory: after a restart of the platform
JupyterLab is opened again from the session's page.
"""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

#: Seconds.
TICKET: Final = 30.0
PASS: Final = 24 * 3600.0
#: Seconds after which the rights behind a pass are looked at again.
CHECKED: Final = 60.0
_MOST: Final = 2_000

#: Looks whether somebody may still use a session; raises when they may not.
Check = Callable[[], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Pass:
    """The right to use one session, as long as `check` says so."""

    session_id: str
    check: Check
    until: float
    checked: float = field(default_factory=time.monotonic)

    async def confirm(self) -> None:
        """Look at the rights again, if that was a while ago.

        Raises:
            Unauthenticated, Denied, NotFound: when they are gone.

        """
        if time.monotonic() - self.checked >= CHECKED:
            await self.check()
            self.checked = time.monotonic()


@dataclass(slots=True)
class Passes:
    """The tickets and passes of this process."""

    _tickets: dict[bytes, Pass] = field(default_factory=dict)
    _passes: dict[bytes, Pass] = field(default_factory=dict)

    def ticket(self, session_id: str, check: Check) -> str:
        """A ticket for somebody whose rights were just checked."""
        return _kept(self._tickets, Pass(session_id=session_id, check=check, until=time.monotonic() + TICKET))

    def redeem(self, ticket: str) -> tuple[str, str] | None:
        """A pass and its session for a ticket, which is spent then; None when it was spent before, or never was."""
        found = self._tickets.pop(_digest(ticket), None)
        if found is None or found.until < time.monotonic():
            return None
        made = Pass(session_id=found.session_id, check=found.check, until=time.monotonic() + PASS)
        return _kept(self._passes, made), found.session_id

    def find(self, secret: str, session_id: str) -> Pass | None:
        """The pass with this secret, if it is for this session."""
        found = self._passes.get(_digest(secret))
        if found is None or found.session_id != session_id or found.until < time.monotonic():
            return None
        return found


def _kept(store: dict[bytes, Pass], made: Pass) -> str:
    now = time.monotonic()
    for digest in [digest for digest, each in store.items() if each.until < now]:
        del store[digest]
    while len(store) >= _MOST:
        del store[next(iter(store))]
    secret = secrets.token_urlsafe(32)
    store[_digest(secret)] = made
    return secret


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
