"""What the pages of jobs show: rows of lists, the chart of a job's last runs, schedules in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cuvee.api.callers import Caller
from cuvee.core import clock
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.identity.values import User
from cuvee.jobs import schedule, service
from cuvee.jobs.values import Job, JobRun, JobType, RunStatus
from cuvee.projects import service as projects
from cuvee.projects.values import Project

_MOST_BARS: Final = 40
#: Of the chart, in units of its view box.
_HEIGHT: Final = 60
_STEP: Final = 12
_LEAST: Final = 2
#: Classes of the style sheet, whole, so that the build finds them.
_TONES: Final = {
    RunStatus.SUCCEEDED: "history-succeeded",
    RunStatus.FAILED: "history-failed",
    RunStatus.TIMEDOUT: "history-timedout",
    RunStatus.STOPPED: "history-stopped",
}
_DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
#: What can be chosen in place of an expression: cron fields behind minute and hour.
SIMPLE: Final[Mapping[str, tuple[str, str]]] = {
    "day": ("Every day", "* * *"),
    "weekday": ("Monday to Friday", "* * MON-FRI"),
    **{day.lower(): (f"Every {day}", f"* * {day[:3].upper()}") for day in (*_DAYS[1:], _DAYS[0])},
    "month": ("On the first of each month", "1 * *"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A job in a list."""

    job: Job
    project: Project | None
    last: JobRun | None
    creator: User | None
    parent: str
    may_run: bool

    @property
    def words(self) -> str:
        """When it runs."""
        return when(self.job, self.parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A run in the chart."""

    run: JobRun
    x: int
    y: float
    height: float
    #: Milliseconds.
    duration: int

    @property
    def tone(self) -> str:
        return _TONES.get(self.run.status, "history-active")


def rows(connection: Reading, caller: Caller, found: Sequence[Job]) -> list[Row]:
    """Jobs as a list shows them; those that run and those with the newest runs first."""
    last = service.newest_runs(connection, found)
    users = identity.users(connection, {job.creator_id for job in found})
    places = projects.by_ids(connection, {job.project_id for job in found})
    names = {job.id: job.plan.name for job in found}
    made = [
        Row(
            job=job,
            project=places.get(job.project_id),
            last=last.get(job.id),
            creator=users.get(job.creator_id),
            parent=names.get(job.plan.parent_id, ""),
            may_run=caller.allows(service.RUN, job.project_id),
        )
        for job in found
    ]
    return sorted(made, key=lambda row: row.last.created_at if row.last else row.job.created_at, reverse=True)


def when(job: Job, parent: str) -> str:
    """When a job runs, in words."""
    plan = job.plan
    match plan.type:
        case JobType.CRON:
            return f"{schedule.in_words(plan.schedule)} ({plan.timezone})"
        case JobType.DEPENDENT:
            return f"After {parent}" if parent else "After another job"
        case _:
            return "When it is started by hand"


def upcoming(expression: str, timezone: str, count: int = 3) -> list[str]:
    """The next times of a schedule, in its own zone.

    Raises:
        BadSchedule, NeverComes, BadTimezone: as they say.

    """
    times, moment = [], clock.now_ms()
    for _ in range(count):
        moment = schedule.next_after(expression, timezone, moment)
        at = datetime.fromtimestamp(moment / 1000, UTC).astimezone(ZoneInfo(timezone))
        times.append(f"{at:%a %d %b %Y, %H:%M}")
    return times


def duration(run: JobRun) -> int:
    """How long a run took, or takes so far, in milliseconds."""
    began = run.running_at or run.starting_at or run.created_at
    return max((run.finished_at or clock.now_ms()) - began, 0)


def bars(connection: Reading, job: Job) -> list[Bar]:
    """The last runs that were started, the oldest at the left."""
    shown = service.started_runs(connection, job, _MOST_BARS)[::-1]
    longest = max((duration(run) for run in shown), default=0) or 1
    found = []
    for number, run in enumerate(shown):
        height = max(_LEAST, _HEIGHT * duration(run) / longest)
        found.append(Bar(run=run, x=number * _STEP, y=_HEIGHT - height, height=height, duration=duration(run)))
    return found
