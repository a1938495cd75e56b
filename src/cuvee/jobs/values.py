"""Jobs, and each time that one ran."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cuvee.compute.values import Profile


class JobType(StrEnum):
    """What starts a job."""

    MANUAL = "manual"
    CRON = "cron"
    DEPENDENT = "dependent"


class RunStatus(StrEnum):
    """Where a run stands in its life; the values are API v2's."""

    SCHEDULING = "ENGINE_SCHEDULING"
    STARTING = "ENGINE_STARTING"
    RUNNING = "ENGINE_RUNNING"
    STOPPING = "ENGINE_STOPPING"
    STOPPED = "ENGINE_STOPPED"
    SUCCEEDED = "ENGINE_SUCCEEDED"
    FAILED = "ENGINE_FAILED"
    TIMEDOUT = "ENGINE_TIMEDOUT"
    SKIPPED = "ENGINE_SKIPPED"

    @property
    def word(self) -> str:
        """As lists are filtered by it, such as `succeeded`."""
        return self.removeprefix("ENGINE_").lower()


ACTIVE: Final = frozenset({RunStatus.SCHEDULING, RunStatus.STARTING, RunStatus.RUNNING, RunStatus.STOPPING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a job runs, on what, and when: all of it that can be changed."""

    name: str
    #: The script's path below the project's folder.
    script: str
    #: Words as a shell reads them.
    arguments: str = ""
    #: The runtime's identifier.
    runtime: str
    #: Identifiers of add-ons.
    addons: tuple[str, ...] = ()
    profile: Profile
    #: Variables besides the project's.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: A cron expression; empty for a job that has none.
    schedule: str = ""
    timezone: str = "UTC"
    #: Whether its schedule and its parent start nothing for now.
    paused: bool = False
    #: The job after whose success it runs; empty for none.
    parent_id: str = ""
    #: Seconds that a run's script may take; 0 for any.
    timeout: int = 0
    kill_on_timeout: bool = True

    @property
    def type(self) -> JobType:
        if self.schedule:
            return JobType.CRON
        return JobType.DEPENDENT if self.parent_id else JobType.MANUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A script of a project that runs without anybody watching."""

    id: str
    project_id: str
    plan: Plan
    creator_id: str
    #: Who wrote the plan last: as whom it runs when nobody starts it by hand.
    owner_id: str
    #: The platform, among those on one database, that has its project's files and runs it.
    place: str
    #: When it runs next, in milliseconds since the epoch; 0 for nobody knows.
    next_at: int = 0
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """One time that a job ran, or was to run. The session that it runs in has the same id."""

    id: str
    job_id: str
    project_id: str
    #: The job's plan at that time, with the run's own arguments and variables.
    plan: Plan
    #: What started it.
    trigger: JobType
    #: The time of the schedule that it stands for; None when it does not.
    due_at: int | None = None
    #: The parent's run that it came after; None when it did not.
    parent_run_id: str | None = None
    #: As whom it runs.
    owner_id: str
    status: RunStatus = RunStatus.SCHEDULING
    #: Why it has this status, when that needs a word.
    reason: str = ""
    #: As a shell would see it; None while it runs, and when it is not known.
    exit_code: int | None = None
    #: What it will have become when it was told to end: stopped, or timed out.
    ending: RunStatus | None = None
    #: When its time is up, in milliseconds since the epoch; 0 for never.
    deadline_at: int = 0
    #: Milliseconds since the epoch; 0 for not yet.
    created_at: int
    starting_at: int = 0
    running_at: int = 0
    finished_at: int = 0

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE
