"""What time it is, as the protocols have it: milliseconds since the epoch."""

import time
from datetime import UTC, datetime
from typing import Final

_FIRST: Final = -62_135_596_800_000
_LAST: Final = 253_402_300_799_999


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def rfc3339(milliseconds: int) -> str:
    """A moment as API v2 writes it, with milliseconds, in UTC; the nearest that can be written, within years 1 to 9999.

    >>> rfc3339(0)
    '1970-01-01T00:00:00.000Z'
    """
    written = min(max(milliseconds, _FIRST), _LAST)
    moment = datetime.fromtimestamp(written // 1000, tz=UTC)
    return f"{moment:%Y}".zfill(4) + moment.strftime("-%m-%dT%H:%M:%S.") + f"{written % 1000:03d}Z"
