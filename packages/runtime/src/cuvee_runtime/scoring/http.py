"""The least of HTTP that the doors need."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cuvee_runtime.scoring.errors import ContentTypeRefused, ScoringError
from cuvee_runtime.scoring.plane import Plane
from cuvee_runtime.scoring.values import Settings

JSON = "application/json"
CSV = "text/csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, its body read."""

    headers: Mapping[bytes, bytes]
    body: bytes
    plane: Plane
    settings: Settings
    #: The {name} in the address, if it has one.
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back."""

    body: bytes
    status: int = 200
    content_type: str = JSON


Handler = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address: who answers, and how this door says that something is wrong."""

    method: str
    path: str
    handler: Handler
    render: Callable[[ScoringError, Settings], Any]


def content_type(request: Request, *allowed: str) -> str:
    """The media type of a request, the first of the allowed ones if it names none. Raises ContentTypeRefused."""
    header = request.headers.get(b"content-type", b"").decode("latin-1")
    media, *parameters = (part.strip() for part in header.split(";"))
    media = media.lower() or allowed[0]
    if media not in allowed:
        raise ContentTypeRefused(f"The content type must be {' or '.join(allowed)}, not {media!r}.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() != "charset" or value.strip().strip('"').lower() not in {"utf-8", "utf8"}:
            raise ContentTypeRefused(f"The scoring server only supports UTF-8; it does not understand {parameter!r}.")
    return media
