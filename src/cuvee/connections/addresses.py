"""Addresses of databases, and the passwords in them.

Here an address has one reading only. What could be read in two ways, such as a password with a slash in it, is refused:
else a password could be taken for a part of the path, and shown.
"""

import re
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from cuvee.connections import errors

_ADDRESS: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?:(?P<user>[^\s:/?#@]*)(?::(?P<password>[^\s:/?#@]*))?(?P<at>@))?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/?#@\[\]]*)(?P<port>:\d{1,5})?"
    r"(?P<rest>[/?#][^\x00-\x1f\x7f]*)?"
)
#: What SQLAlchemy takes for a password, also where others see a port, a query or half of an IPv6 address.
_HIDDEN: Final = re.compile(r"[^:/]*:[^@]*@")
_WITH_PASSWORD: Final = re.compile(r"://[^/?#\s]*:[^/?#\s]*@")
#: Of a parameter or a property: what such a name holds is nobody's to read.
_SENSITIVE: Final = re.compile(
    r"pass(word|wd|phrase|code)|secret|token|credential|pwd|authorization|cookie|api-?_?key|account-key|sas(-|$)"
    r"|connection-string|private|access\.key|odbc_connect|service-account|\.key$|^key$",
    re.IGNORECASE,
)


def scheme(address: str) -> str:
    """The word before `://`, in small letters.

    Raises:
        BadAddress: when the address cannot be read in one way only.

    """
    return _read(address)["scheme"].lower()


def has_port(address: str) -> bool:
    """Whether it says a port.

    Raises:
        BadAddress: when the address cannot be read in one way only.

    """
    return _read(address)["port"] is not None


def without_password(address: str) -> tuple[str, str | None]:
    """An address without its password, and the password, decoded; None when there is none.

    Raises:
        BadAddress: when the address cannot be read in one way only.
        NotASecret: when a parameter holds something secret.

    """
    found = _read(address)
    rest = found["rest"] or ""
    query = rest.partition("?")[2]
    if any(is_sensitive(name) for name, _value in parse_qsl(query, keep_blank_values=True)):
        raise errors.NotASecret(
            "A parameter of the address holds a secret: send it in `secrets`, or the whole address there."
        )
    if found["password"] is None:
        return address, None
    return f"{found['scheme']}://{_place(found)}", unquote(found["password"])


def with_password(address: str, password: str) -> str:
    """The address with a password in it, for who opens it.

    Raises:
        BadAddress: when the address cannot be read in one way only.

    """
    found = _read(address)
    user, host = found["user"] or "", f"{found['host']}{found['port'] or ''}{found['rest'] or ''}"
    return f"{found['scheme']}://{user}:{quote(password, safe='')}@{host}"


def jdbc(address: str) -> tuple[str, str]:
    """The address as Java's drivers take it, and the user in it.

    >>> jdbc("postgresql+psycopg://me@db:5432/sales"), jdbc("sqlite:////data/catalog.db")
    (('jdbc:postgresql://db:5432/sales', 'me'), ('jdbc:sqlite:/data/catalog.db', ''))
    """
    found = _read(address)
    dialect, rest = found["scheme"].partition("+")[0], found["rest"] or ""
    place = f"//{found['host']}{found['port'] or ''}{rest}" if found["host"] else rest.removeprefix("/")
    return f"jdbc:{dialect}:{place}", unquote(found["user"] or "")


def is_sensitive(name: str) -> bool:
    """Whether something of this name is kept from everybody's eyes."""
    return _SENSITIVE.search(name) is not None


def holds_password(value: str) -> bool:
    """Whether a value has an address with a password in it."""
    return _WITH_PASSWORD.search(value) is not None


def _read(address: str) -> re.Match[str]:
    found = _ADDRESS.fullmatch(address)
    if found is None or _HIDDEN.match(_place(found)):
        raise errors.BadAddress
    return found


def _place(found: re.Match[str]) -> str:
    """What follows `://`, without the password."""
    user = f"{found['user']}@" if found["user"] else ""
    return f"{user}{found['host']}{found['port'] or ''}{found['rest'] or ''}"
