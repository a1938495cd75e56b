"""Where the content origin is, as a browser that reaches the pages reaches it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The second address of the platform: same machine, other port, or whatever a proxy in front of it makes of it."""

    #: The port it listens on.
    port: int
    #: Its public address, when a proxy stands in front; without a `/` at the end.
    url: str = ""

    @property
    def host_names(self) -> frozenset[str]:
        """The name that browsers use for it, when that is known beforehand."""
        name = urlsplit(self.url).hostname
        return frozenset({name} if name else ())

    @property
    def source(self) -> str:
        """What a page's `Content-Security-Policy` calls it."""
        return self.url or f"*:{self.port}"

    def seen_by(self, connection: ASGIConnection[Any, Any, Any, Any]) -> str:
        """Its address for the browser of a request to the pages: the host's name is the one that browser uses."""
        if self.url:
            return self.url
        host = urlsplit(f"//{connection.headers.get('host', '')}").hostname or "127.0.0.1"
        name = f"[{host}]" if ":" in host else host
        return f"{connection.scope['scheme']}://{name}:{self.port}"
