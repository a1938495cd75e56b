"""How often a password may be tried: counted in the database, so that a restart forgives nobody.

An attempt is counted before it is judged, so that a hundred at the same moment are a hundred. Counted are those for a
user name from an address, those for a user name from anywhere, and those from an address for anybody. An attempt that
succeeds is taken back.
"""

import hashlib
import ipaddress
from typing import Final

from cuvee.core import clock
from cuvee.db.session import Writing
from cuvee.identity import store

#: Milliseconds.
WINDOW: Final = 15 * 60 * 1000
#: Attempts in a window: for one name from one address, and for one name or from one address alone.
FOR_BOTH: Final = 5
FOR_ONE: Final = 50
#: A home has so many IPv6 addresses.
_IPV6_HOME: Final = 64


def count(connection: Writing, username: str, address: str) -> int:
    """Count an attempt. Returns how many seconds to wait before the next one; 0 when this one may go on."""
    now = clock.now_ms()
    store.delete_attempts_before(connection, now - WINDOW)
    wait = 0
    for subject, most in sorted(_subjects(username, address).items()):
        tries, since = store.count_attempt(connection, subject, now, now - WINDOW)
        if tries > most:
            wait = max(wait, -(-(since + WINDOW - now) // 1000))
    return wait


def forgive(connection: Writing, username: str, address: str) -> None:
    """Take an attempt back that succeeded, and forget those for this name from this address."""
    for subject, most in sorted(_subjects(username, address).items()):
        if most == FOR_BOTH:
            store.delete_attempts(connection, subject)
        else:
            store.take_back_attempt(connection, subject)


def _subjects(username: str, address: str) -> dict[bytes, int]:
    """What is counted, as digests, and how much of it is allowed."""
    name, place = username.casefold(), _neighbourhood(address)
    texts = {f"both\0{place}\0{name}": FOR_BOTH, f"name\0{name}": FOR_ONE, f"address\0{place}": FOR_ONE}
    return {hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(): most for text, most in texts.items()}


def _neighbourhood(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_HOME), strict=False))
    return address
