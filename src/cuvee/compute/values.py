"""Workloads: what is to run, how much of the machine it gets, what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

#: What an engine remembers of a workload: small, JSON, kept in the database. It always holds the workload's `id`.
State = Mapping[str, Any]

GIB = 1024**3


class Kind(StrEnum):
    """What a workload is for."""

    SESSION = "session"
    REPLICA = "replica"
    JOB = "job"
    APPLICATION = "application"


class Phase(StrEnum):
    """Where a workload stands in its life."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How much of a machine a workload gets."""

    #: Virtual processors: the number of threads that numeric libraries are told to use.
    cpu: float = 1
    #: GiB. A workload that uses more is ended.
    memory: float = 2

    @property
    def memory_bytes(self) -> int:
        return int(self.memory * GIB)

    @property
    def description(self) -> str:
        return f"{self.cpu:g} vCPU / {self.memory:g} GiB Memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadSpec:
    """What is to run. Secrets go into `environment`, which is never stored, and nowhere else."""

    id: str
    kind: Kind
    #: Program and arguments; no shell reads them. They can be seen by everybody on the machine.
    command: tuple[str, ...]
    #: The whole environment: see `environment.base`.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: Where it runs.
    directory: Path
    profile: Profile = Profile()
    #: Seconds between asking it to end and killing it.
    grace: float = 10
    #: Added to the scheduler's niceness: what a person waits for gets 0.
    niceness: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What an engine knows of a workload."""

    is_running: bool
    #: As a shell counts: 128 + n for signal n. None while it runs, and when nobody saw how it ended.
    exit_code: int | None = None
    #: Why it ended, when it did not end by itself.
    reason: str = ""
    #: Milliseconds since the epoch; 0 when not known.
    ended_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What the platform keeps of a workload."""

    id: str
    kind: Kind
    project_id: str
    owner_id: str
    #: The platform, among those on one database, whose engine runs it.
    place: str
    command: tuple[str, ...]
    profile: Profile
    state: State
    phase: Phase = Phase.STARTING
    #: Milliseconds since the epoch; 0 for not yet.
    created_at: int
    started_at: int = 0
    ended_at: int = 0
    exit_code: int | None = None
    #: Why it ended or is being stopped.
    reason: str = ""

    @property
    def is_live(self) -> bool:
        return self.phase is not Phase.ENDED
