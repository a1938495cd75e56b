"""Experiments, runs and what is logged to them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from operator import lt
from typing import Final, NamedTuple

from msgspec import Struct

#: What MLflow's clients call the experiment that is used when none is set, whatever its id is here.
DEFAULT_ID: Final = "0"
DEFAULT_NAME: Final = "Default"
#: The tag that is also the run's name.
RUN_NAME_TAG: Final = "mlflow.runName"
#: The tag that names the run which a run is a part of.
PARENT_TAG: Final = "mlflow.parentRunId"
#: The tag by which a run says in which session it was made, as CML has it.
SESSION_TAG: Final = "engineID"
#: The tag that holds what people wrote about an experiment or a run, in Markdown.
NOTE_TAG: Final = "mlflow.note.content"


class Stage(StrEnum):
    """Whether a thing is there or in the bin."""

    ACTIVE = "active"
    DELETED = "deleted"


class View(StrEnum):
    """Which stages a list shows, as MLflow names them."""

    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"

    @property
    def stages(self) -> tuple[Stage, ...]:
        match self:
            case View.ACTIVE_ONLY:
                return (Stage.ACTIVE,)
            case View.DELETED_ONLY:
                return (Stage.DELETED,)
            case View.ALL:
                return (Stage.ACTIVE, Stage.DELETED)


class Status(StrEnum):
    """How far a run has come."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class Tag(Struct, frozen=True, order=True, gc=False):
    """A name and a text; parameters are such pairs too.

    A struct, as what else a page of runs has thousands of: a named tuple takes ten times as long to make.
    """

    key: str
    value: str

    def __iter__(self) -> Iterator[str]:
        yield self.key
        yield self.value


class Point(NamedTuple):
    """One value of a metric. Its order is MLflow's: the last point is the greatest (step, timestamp, value)."""

    step: int
    #: Milliseconds since the epoch.
    timestamp: int
    value: float


class Arrival(NamedTuple):
    """Points of one metric, in the order in which they came; at least one. Whatever is no number is `math.nan`."""

    steps: Sequence[int]
    timestamps: Sequence[int]
    values: Sequence[float]

    @property
    def points(self) -> list[Point]:
        return list(map(Point, *self))

    @property
    def is_rising(self) -> bool:
        """Whether each step is greater than the one before, as a training loop logs them: then no point is twice."""
        return len(self.steps) == 1 or all(map(lt, self.steps, islice(self.steps, 1, None)))


class Metric(Struct, frozen=True, gc=False):
    """A point with the metric's name."""

    key: str
    step: int
    #: Milliseconds since the epoch.
    timestamp: int
    value: float

    @property
    def point(self) -> Point:
        return Point(self.step, self.timestamp, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """Runs that belong together."""

    id: str
    project_id: str
    #: Unique in its project, deleted experiments included.
    name: str
    #: Who made it; empty for what the platform made by itself, such as a project's first experiment.
    creator_id: str = ""
    stage: Stage = Stage.ACTIVE
    #: Milliseconds since the epoch.
    created_at: int
    updated_at: int
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def artifact_location(self) -> str:
        return f"mlflow-artifacts:/{self.id}"


class RunInfo(Struct, frozen=True, kw_only=True, gc=False):
    """What a run is, without what was logged to it."""

    id: str
    experiment_id: str
    #: The project of its experiment.
    project_id: str
    name: str
    #: Whom the client named as the run's user; who may see it is a matter of the project.
    user_id: str = ""
    status: Status = Status.RUNNING
    stage: Stage = Stage.ACTIVE
    #: Milliseconds since the epoch.
    start_time: int
    #: None while it has not ended.
    end_time: int | None = None

    @property
    def artifact_uri(self) -> str:
        return f"mlflow-artifacts:/{self.experiment_id}/{self.id}/artifacts"


class Run(Struct, frozen=True, kw_only=True):
    """A run with its parameters, tags and the last value of each metric."""

    info: RunInfo
    params: Sequence[Tag] = ()
    tags: Sequence[Tag] = ()
    metrics: Sequence[Metric] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The names of what was logged to runs, those first that most of them have."""

    metrics: Sequence[str] = ()
    params: Sequence[str] = ()
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A run as a row of a table, with the cells asked for."""

    info: RunInfo
    #: How many runs of the list are under it.
    children: int = 0
    #: In the order of the columns: a metric's last value, the first characters of a text, None where there is nothing.
    cells: Sequence[float | str | None] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Some rows of a table of runs."""

    lines: Sequence[Line]
    #: How many rows the table has.
    total: int
    #: How many runs are under those rows, at whatever depth, when they are folded.
    folded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The runs whose parameter has one value, and what the last values of a metric are among them."""

    #: None for those that do not have the parameter.
    value: str | None
    count: int
    #: None when none of them has the metric.
    mean: float | None = None
    least: float | None = None
    greatest: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An experiment as a row of a list."""

    experiment: Experiment
    #: How many runs it has, deleted ones aside.
    run_count: int = 0
    #: When the newest of them began: milliseconds since the epoch.
    last_run: int | None = None
