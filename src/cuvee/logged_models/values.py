"""What a logged model is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

#: What a model may be measured on in a filter and an order: MLflow's names → ours.
ATTRIBUTES: Final = {
    "name": "name",
    "model_id": "id",
    "experiment_id": "experiment_id",
    "model_type": "model_type",
    "source_run_id": "source_run_id",
    "status": "status",
    "artifact_location": "artifact_location",
    "creation_time": "created_at",
    "creation_timestamp": "created_at",
    "creation_timestamp_ms": "created_at",
    "last_updated_timestamp": "updated_at",
    "last_updated_timestamp_ms": "updated_at",
}


class Status(IntEnum):
    """How far a model's upload has come, with protobuf's numbers."""

    UNSPECIFIED = 0
    PENDING = 1
    READY = 2
    FAILED = 3


class Direction(StrEnum):
    """What a model is to a run."""

    INPUT = "input"  #: the run used it
    OUTPUT = "output"  #: the run made it


class Metric(NamedTuple):
    """A value that was measured on a model, by a run, perhaps on a dataset."""

    model_id: str
    run_id: str
    key: str
    #: NaN and infinities are values too.
    value: float
    #: Milliseconds since the epoch.
    timestamp: int
    step: int = 0
    dataset_name: str | None = None
    dataset_digest: str | None = None


class Link(NamedTuple):
    """A model that a run used or made."""

    model_id: str
    #: The step of the run at which it made the model; 0 for an input.
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Run → the models that it used, and those that it made, in the order in which they were noted."""

    used: Mapping[str, Sequence[Link]]
    made: Mapping[str, Sequence[Link]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedModel:
    """A model's files, with what is known about them."""

    id: str
    project_id: str
    experiment_id: str
    name: str
    #: Where its files are: `mlflow-artifacts:/<experiment>/…`. No two models share it.
    artifact_location: str
    #: Milliseconds since the epoch.
    created_at: int
    updated_at: int
    status: Status = Status.PENDING
    is_deleted: bool = False
    #: What the client calls its kind; empty when it did not say.
    model_type: str = ""
    #: The run that made it, as the client named it; empty when it named none.
    source_run_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[Metric] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFilter:
    """A dataset whose metrics count in a search."""

    name: str
    #: Empty for whatever digest.
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One thing to sort by; what has no value comes last."""

    #: A value of ATTRIBUTES; empty when a metric is meant.
    attribute: str = ""
    metric: str = ""
    is_ascending: bool = True
    #: On which the metric was measured; None for whatever was measured last.
    dataset: DatasetFilter | None = None
