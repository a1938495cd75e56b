"""Cron expressions: what they say, and when they come next.

Five fields as cron has them, in a time zone. A time that daylight saving leaves out comes a moment later, one that it
repeats comes once, as in Debian's cron.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from cuvee.jobs import errors

_FIELDS: Final = 5
_LONGEST: Final = 200


def require(schedule: str, timezone: str) -> None:
    """Go on only with a schedule that comes, in a time zone that there is.

    Raises:
        BadSchedule: when the schedule is no cron expression.
        NeverComes: when it never comes.
        BadTimezone: when there is no such time zone.

    """
    next_after(schedule, timezone, 0)


def next_after(schedule: str, timezone: str, moment: int) -> int:
    """When a schedule comes next after a moment, both in milliseconds since the epoch.

    >>> next_after("0 9 * * MON-FRI", "UTC", 0)
    32400000

    Raises:
        As `require`.

    """
    zone = _zone(timezone)
    times = _read(schedule, (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=moment)).astimezone(zone))
    for time in times:
        # An hour that is repeated comes out as its first pass, which may be over.
        found = int(time.timestamp()) * 1000
        if found > moment:
            return found
    raise errors.NeverComes


def in_words(schedule: str) -> str:
    """A schedule as people say it.

    >>> in_words("30 2 * * *")
    'At 02:30 every day'
    """
    return _read(schedule, datetime.fromtimestamp(0, UTC)).explain()


@cache
def zones() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(available_timezones())


def _zone(name: str) -> ZoneInfo:
    # Asked before the name is used as a path.
    if name not in zones():
        raise errors.BadTimezone
    return ZoneInfo(name)


def _read(schedule: str, begin: datetime) -> CronSim:
    if len(schedule) > _LONGEST or len(schedule.split()) != _FIELDS:
        raise errors.BadSchedule
    try:
        return CronSim(schedule, begin)
    except CronSimError as error:
        raise errors.BadSchedule(f"{schedule!r} is no cron expression: {str(error).lower()}.") from None
    except (AssertionError, ValueError, TypeError):
        raise errors.BadSchedule from None
