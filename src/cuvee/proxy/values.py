"""Where a request goes, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A port of this machine. It comes from the platform's own tables, never from a request."""

    port: int
    #: Whether it is the platform itself, which is told everything and says everything.
    is_ours: bool = False
    #: The public path below which the target's own paths begin; its cookies are kept there.
    prefix: str = "/"
    #: Set on each reply, in place of the target's own: what browsers may do with it.
    replies: Mapping[str, str] = field(default_factory=dict)
    #: Whether browsers may keep the target's cookies.
    keeps_cookies: bool = True
    #: Added to each request: how the target knows that it comes from the platform.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Seconds without a byte after which a request is given up; None for never.
    patience: float | None = None
    #: The largest request body in bytes.
    max_body: int = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply, read whole."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str]
