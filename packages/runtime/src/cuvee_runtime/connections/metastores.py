"""Hive metastores: which of those that a connection names answers.

pyiceberg opens the first of several, whatever it says, and waits as long as the system does: minutes, when nobody
refuses. Here the first that answers is found beforehand, in seconds.
"""

import socket
from dataclasses import replace
from urllib.parse import urlsplit

from cuvee_runtime.connections.errors import NotReached
from cuvee_runtime.connections.platform import Given

_PATIENCE = 5  # seconds, for each


def answering(given: Given) -> Given:
    """The connection with the metastore that answers; one of another kind as it is.

    Raises:
        NotReached: when none does; the message says why.

    """
    if given.kind != "hive":
        return given
    reasons = []
    for address in given.properties["uri"].split(","):
        reason = _silence(address)
        if not reason:
            return replace(given, properties={**given.properties, "uri": address})
        reasons.append(reason if "uri" in given.secrets else f"{address} ({reason})")
    raise NotReached(f"The metastore of the data connection {given.name} does not answer: {', '.join(reasons)}.")


def _silence(address: str) -> str:
    """Why nobody answers there; empty when somebody does."""
    place = urlsplit(address)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), timeout=_PATIENCE).close()
    except TimeoutError:
        return f"no answer within {_PATIENCE} seconds"
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""
