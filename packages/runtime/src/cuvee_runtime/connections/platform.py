"""Asks the platform for a data connection: with the session's key, at the moment when it is opened.

Nothing of it lies in a variable or a file: what a connection's secrets are is known to the process that asked, alone.
"""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

_PATIENCE = 30  # seconds
_NOT_FOUND = 404
_GROUPS = frozenset({"auth", "ssl"})
#: As CML has them: where the platform is, the session's key, its project.
_URL, _KEY, _PROJECT = "CDSW_API_URL", "CDSW_APIV2_KEY", "CDSW_PROJECT_ID"


class NotInASession(RuntimeError):
    """Data connections are opened in a session: here is none."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NoSuchConnection(LookupError):
    """The project has no data connection of this name."""


class NotHanded(RuntimeError):
    """The platform does not hand the connection over; it says why."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A connection as the platform hands it over."""

    name: str
    kind: str
    #: As pyiceberg and SQLAlchemy take them.
    properties: Mapping[str, Any] = field(repr=False)
    #: Which of them are secrets.
    secrets: frozenset[str]
    #: What Spark must be told to see it as a catalog.
    spark: Mapping[str, str] = field(repr=False)


def fetch(name: str) -> Given:
    """The connection that a name means in this session's project, with its secrets.

    Raises:
        NotInASession: when the environment names no platform.
        NoSuchConnection: when there is none.
        NotHanded: when the platform refuses, or does not answer.

    """
    said = _asked(name)
    return Given(
        name=said["name"],
        kind=said["kind"],
        properties=_grouped(said["properties"]),
        secrets=frozenset(said["secrets"]),
        spark=said["spark"],
    )


def is_there() -> bool:
    """Whether this process runs in a session, with somebody to ask."""
    return all(os.environ.get(variable) for variable in (_URL, _KEY, _PROJECT))


def _grouped(properties: Mapping[str, str]) -> dict[str, Any]:
    """Properties with those of a group together, as pyiceberg wants a REST catalog's: {"auth": {"type": "basic"}}."""
    found: dict[str, Any] = {}
    for name, value in properties.items():
        first, *rest = name.split(".")
        if first not in _GROUPS or not rest:
            found[name] = value
            continue
        place = found.setdefault(first, {})
        for level in rest[:-1]:
            place = place.setdefault(level, {})
        place[rest[-1]] = value
    return found


def _asked(name: str) -> Any:
    if not is_there():
        raise NotInASession
    base = os.environ[_URL].removesuffix("/api/v1")
    place = f"{base}/api/v2/projects/{quote(os.environ[_PROJECT])}/dataconnections/{quote(name, safe='')}/properties"
    head = {"Authorization": f"Bearer {os.environ[_KEY]}"}
    request = urllib.request.Request(place, headers=head)  # noqa: S310 - the platform's own address
    # The platform is on this machine: no proxy gets to see a secret.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_PATIENCE) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        if error.code == _NOT_FOUND:
            raise NoSuchConnection(f"This project has no data connection {name!r}.") from None
        raise NotHanded(f"The data connection {name!r} cannot be opened: {_reason(error)}") from None
    except OSError as error:
        raise NotHanded(f"The platform does not answer: {error}") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return str(error)
