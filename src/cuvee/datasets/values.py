"""What a dataset is: the data a run used, or records to evaluate on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

#: The tag of an input that says what the run used the data for, such as `training`.
CONTEXT_TAG: Final = "mlflow.data.context"
#: The tag of an input that the platform noted by itself.
RECORDED_TAG: Final = "cuvee.recorded"
#: The context of what a run made, where all others say what it used.
WRITE_CONTEXT: Final = "write"
#: The tag by which MLflow's clients say who did something.
USER_TAG: Final = "mlflow.user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Data that a run used: where it is, what it looks like. Unique by name and digest in an experiment."""

    name: str
    digest: str
    source_type: str
    #: Where the data is, as the client wrote it; JSON as a rule.
    source: str
    #: JSON; None when the client did not say.
    schema: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A dataset as one run used it."""

    dataset: Dataset
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def context(self) -> str | None:
        """What the run used it for; None when nobody said."""
        return self.tags.get(CONTEXT_TAG)

    @property
    def is_output(self) -> bool:
        """Whether the run made it."""
        return self.context == WRITE_CONTEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A snapshot of a table that a run used, or made."""

    run_id: str
    #: See references.py.
    reference: str
    #: The same, taken apart: the table's UUID and the snapshot's id.
    snapshot: tuple[str, int]
    #: What the run used it for, such as `training`.
    context: str
    #: Whether the platform saw it itself; else somebody said so.
    is_recorded: bool
    #: Whether the run made it.
    is_output: bool


class Moment(NamedTuple):
    """How somebody is to see a table: as it was with an earlier snapshot."""

    snapshot_id: int
    #: In which schema; None for the snapshot's own.
    schema_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A dataset in a list, with one of the contexts in which runs used it."""

    experiment_id: str
    name: str
    digest: str
    context: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationDataset:
    """Records to evaluate on, kept here."""

    id: str
    project_id: str
    name: str
    #: Eight letters and digits that change with the content.
    digest: str
    #: Milliseconds since the epoch.
    created_at: int
    updated_at: int
    created_by: str | None = None
    updated_by: str | None = None
    #: JSON: which fields the records have and of which kinds; None before the first record.
    schema: str | None = None
    #: JSON: how many records there are.
    profile: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One example: an input, and what is known or expected of its output."""

    id: str
    dataset_id: str
    created_at: int
    updated_at: int
    created_by: str | None = None
    updated_by: str | None = None
    inputs: Mapping[str, Any]
    outputs: Any = None
    expectations: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    #: Where it came from: `{"source_type": …, "source_data": {…}}`.
    source: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """Some of a dataset's records, in the order in which they came."""

    records: Sequence[Record]
    #: The last one's time and id, when there are more.
    position: tuple[int, str] | None = None
