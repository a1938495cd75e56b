"""Sessions and the executions in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cuvee.compute.values import Kind, Profile
from cuvee.datasets.values import Moment

#: Minutes without activity of the kernel after which a session is stopped.
IDLE_MINUTES: Final = 60.0


class SessionState(StrEnum):
    """Where a session stands in its life."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class ExecutionState(StrEnum):
    """Where an execution stands in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    #: It ended, or was never begun, and nobody saw how.
    LOST = "lost"


LIVE: Final = frozenset({SessionState.STARTING, SessionState.RUNNING, SessionState.STOPPING})
UNFINISHED: Final = frozenset({ExecutionState.QUEUED, ExecutionState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a session is for that runs one script, once, and ends with it."""

    #: The script's path, below the project's folder or among the code.
    file: str
    arguments: tuple[str, ...] = ()
    #: Where the code is from, as code.py reads it; empty for the project's own as it is.
    code: str = ""
    #: Requirements that take the place of the project's packages, the text of a `requirements.txt`; None for these.
    requirements: str | None = None
    #: Tables that it sees as they were, by UUID.
    as_of: Mapping[str, Moment] = field(default_factory=dict)
    #: Tags of the runs that it makes.
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A Jupyter Server with one kernel, in a project's environment. Its workload has the same id."""

    id: str
    project_id: str
    owner_id: str
    owner_name: str
    name: str
    #: The runtime's identifier.
    runtime: str
    #: Identifiers of add-ons that it has besides.
    addons: tuple[str, ...] = ()
    profile: Profile
    #: Variables of this session besides the project's.
    environment: Mapping[str, str] = field(default_factory=dict)
    idle_minutes: float = IDLE_MINUTES
    #: What it is for: people's own, or a job's run.
    kind: Kind = Kind.SESSION
    #: None for a session that people use.
    script: Script | None = None
    state: SessionState = SessionState.STARTING
    #: Why it is in this state, when that needs a word.
    reason: str = ""
    #: Of the API key that was made for it.
    key_id: str = ""
    port: int = 0
    kernel_id: str = ""
    #: Milliseconds since the epoch; 0 for not yet.
    created_at: int
    started_at: int = 0
    ended_at: int = 0

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def base_path(self) -> str:
        """The public path below which its Jupyter Server answers."""
        return f"/sessions/{self.id}/proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A file or a piece of code that runs in a session. Its id is that of the Jupyter message that asks for it."""

    id: str
    session_id: str
    #: The file's path in the project; empty for code.
    file: str = ""
    code: str
    state: ExecutionState = ExecutionState.QUEUED
    reason: str = ""
    #: As a shell would see it; None while it runs, and when nobody saw how it ended.
    exit_code: int | None = None
    created_at: int
    started_at: int = 0
    ended_at: int = 0

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED


@dataclass(frozen=True, slots=True)
class Ending:
    """How an execution ended."""

    state: ExecutionState
    reason: str = ""
    exit_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A piece of an execution's output. They are numbered from 1."""

    number: int
    #: stream, display, result, update, error, clear, truncated, end.
    kind: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What a session's kernel does."""

    is_busy: bool
    #: When it last did something, in milliseconds since the epoch.
    active_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a session's files are: its workload's folder."""

    folder: Path

    @property
    def runtime(self) -> Path:
        """Where the Jupyter Server writes down its port."""
        return self.folder / "jupyter" / "runtime"

    @property
    def ipython(self) -> Path:
        return self.folder / "ipython"

    @property
    def code(self) -> Path:
        """The code of a session that does not run the project's own."""
        return self.folder / "code"

    def output(self, execution_id: str) -> Path:
        """The file that an execution's output is appended to."""
        return self.folder / "executions" / f"{execution_id}.jsonl"


def output_topic(session_id: str) -> str:
    """The topic under which it is published that a session's executions said something: within the platform only."""
    return f"output:{session_id}"
