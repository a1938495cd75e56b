"""What calls did, counted in memory: as many numbers as there are replicas, whatever the traffic."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

#: Upper bounds of the histogram, in seconds; what is slower falls into one more bucket.
BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_REFUSED: Final = 400
_FAILED: Final = 500


@dataclass(slots=True)
class Counters:
    """The calls of one replica since the platform started."""

    received: int = 0
    #: Answered with 4xx: the caller's mistake, or too busy.
    refused: int = 0
    #: Answered with 5xx, or not at all.
    failed: int = 0
    #: Seconds, of all calls together.
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))

    def count(self, status: int, seconds: float) -> None:
        """Count a call."""
        self.received += 1
        self.seconds += seconds
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        if status >= _FAILED:
            self.failed += 1
        elif status >= _REFUSED:
            self.refused += 1


def total(of: Iterable[Counters]) -> Counters:
    """All of them together."""
    result = Counters()
    for one in of:
        result.received += one.received
        result.refused += one.refused
        result.failed += one.failed
        result.seconds += one.seconds
        result.buckets = [mine + theirs for mine, theirs in zip(result.buckets, one.buckets, strict=True)]
    return result
