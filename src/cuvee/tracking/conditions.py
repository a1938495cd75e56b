"""What a search asks for: conditions on things, put together with and, or and not; and the order of the answer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Entity(StrEnum):
    """What a condition looks at, by MLflow's names."""

    METRIC = "metric"
    PARAM = "parameter"
    TAG = "tag"
    ATTRIBUTE = "attribute"
    DATASET = "dataset"


class Aggregate(StrEnum):
    """What of a metric's values is meant."""

    LAST = "last"
    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    #: How many there are, those that are no numbers too.
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One value of the thing compared with another. What is not there compares with nothing."""

    entity: Entity
    key: str
    #: Of a metric.
    aggregate: Aggregate = Aggregate.LAST
    #: Whether key and aggregate, with a full stop between them, could be the name of a metric: see `questions`.
    is_doubtful: bool = False
    #: `=`, `!=`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE`, `IN`, `NOT IN`.
    operator: str
    #: A text, a number, or a tuple of either.
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Exists:
    """The thing has such a parameter or tag."""

    entity: Entity
    key: str


@dataclass(frozen=True, slots=True)
class Not:
    """The inner condition does not hold."""

    inner: "Condition"


@dataclass(frozen=True, slots=True)
class Every:
    """All of them hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of them holds."""

    parts: tuple["Condition", ...]


Condition = Compared | Exists | Not | Every | Some


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One thing to sort by. What does not have it comes last, before it what is not a number."""

    entity: Entity
    key: str
    #: Of a metric.
    aggregate: Aggregate = Aggregate.LAST
    #: As in `Compared`.
    is_doubtful: bool = False
    is_rising: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A parameter, metric or tag that a table shows."""

    entity: Entity
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """What is wanted of what was logged to a run: the names of each kind; None for all there are."""

    metrics: frozenset[str] | None = None
    params: frozenset[str] | None = None
    tags: frozenset[str] | None = None


#: All of everything.
WHOLE: Final = Projection()
