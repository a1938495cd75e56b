"""Who is told, and what waits to be told."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where events go."""

    #: The whole address that they are posted to.
    url: str
    #: Never shown; empty when the receiver wants none.
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An event that was written down and not sent yet."""

    #: Grows with time, and is the same however often the event is sent.
    id: str
    #: JSON.
    body: str
