"""The graph: what its nodes are, and what leads from one to the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from cuvee.core.paths import RelativePath
from cuvee.datasets.values import Moment
from cuvee.projects.values import Project
from cuvee.runtimes.values import Runtime
from cuvee.sessions.values import Script, Session
from cuvee.tracking.values import RunInfo


class Kind(StrEnum):
    """What a node is."""

    JOB = "job"
    SNAPSHOT = "snapshot"  #: of a table
    RUN = "run"
    LOGGED_MODEL = "logged_model"
    VERSION = "version"  #: of a registered model
    ENDPOINT = "endpoint"  #: with the deployment that answers there


class Ref(NamedTuple):
    """Which node: its kind, and its id there. A snapshot's is `<table UUID>/<snapshot id>`."""

    kind: Kind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


class Direction(StrEnum):
    """Which way the graph is walked."""

    UP = "up"  #: to what something was made from
    DOWN = "down"  #: to what was made of it
    BOTH = "both"


class Edge(NamedTuple):
    """Something went from one node into another."""

    source: Ref
    target: Ref
    #: How: `made` by a job, `read`, `training` or whatever else a run used a snapshot for, `write`, `nested`, `logged`,
    #: `used`, `registered`, `deployed`.
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A thing of the platform, as the graph shows it."""

    ref: Ref
    #: As people call it.
    name: str
    project_id: str
    #: One word on how it stands: a run's status, a version's stage, an endpoint's status, a snapshot's operation.
    status: str = ""
    #: Milliseconds since the epoch.
    at: int
    #: Whether it is there no longer, or not as it was: expired, deleted.
    is_gone: bool = False
    #: What else there is to say, by kind (see the reference of API v2).
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """What was found around a node."""

    start: Ref
    #: The start first, then in the order in which they were found.
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    #: How many nodes there are besides that the reader may not see, or that are there no longer.
    hidden: int = 0
    #: Whether the walk ended because there was no more, not because it had gone far enough.
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far a table has moved on since a snapshot of it was used."""

    #: What rests on the snapshot: a version, or an endpoint.
    node: Ref
    name: str
    table_uuid: str
    #: `namespace.name`, as it is called now.
    table: str
    project_id: str
    snapshot_id: int
    #: The table's current snapshot; None when the table was dropped.
    current_id: int | None
    #: Commits between the two; None when the snapshot is no longer in the table's history.
    commits: int | None
    #: Rows that the table has more than the snapshot had; None when one of them did not say.
    rows: int | None
    #: Milliseconds since the epoch.
    used_at: int
    changed_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What is known of a run that is to be made again."""

    info: RunInfo
    project: Project
    tags: Mapping[str, str]
    #: In which it was made; None when that is not known any more.
    session: Session | None = None
    #: How it saw the tables that it read, by UUID, as far as that is still to be had.
    as_of: Mapping[str, Moment] = field(default_factory=dict)
    #: What of the data cannot be had again.
    lost: Sequence[str] = ()
    #: The folders of the models that it made, among the project's artifacts.
    models: Sequence[RelativePath] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sameness:
    """What of a rebuilt run is as it was: for each part why it is not, empty when it is."""

    code: str = ""
    data: str = ""
    packages: str = ""
    python: str = ""

    @property
    def reasons(self) -> Sequence[str]:
        return [each for each in (self.code, self.data, self.packages, self.python) if each]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """How a run would be rebuilt. What cannot be as it was is as it is now."""

    sameness: Sameness
    runtime: Runtime
    #: None when nothing is known that could be run.
    script: Script | None = None
