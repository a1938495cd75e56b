"""How large a call may be and how long it may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the gateway and the replicas keep to."""

    #: Bytes.
    max_body: int = 5_000_000
    #: Seconds.
    deadline: float = 60.0
