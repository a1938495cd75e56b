"""What a row's file declares, and what the driver hands it."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.environments import Environments
from benchmarks.figures import Goal, Kind, Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The place and the terms of a measurement."""

    #: On the disk whose speed counts; emptied in the end.
    scratch: Path
    environments: Environments
    #: How long one measurement lasts, after the warm-up.
    seconds: float
    #: How long load runs before anything counts.
    warm_up: float
    #: Whether a look is enough: rows whose work has a size take a small one.
    is_quick: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run of one contestant."""

    #: Measure's name → value.
    values: Mapping[str, float]
    requests: int = 0
    failed: int = 0
    #: The first failure, as the server put it.
    failure: str = ""
    #: Milliseconds; NaN where the run has none.
    p50: float = math.nan
    p95: float = math.nan
    p99: float = math.nan


def nothing() -> None:
    """For contestants that have nothing to pause."""


def unchecked() -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """Ours, a peer or a raw limit, ready to be measured again and again."""

    #: `ours`, the peer's name as goals name it, or the raw limit's.
    name: str
    label: str
    kind: Kind
    measure: Callable[[], Sample]
    #: Stopped while others are measured, so that its background work is paid for in its own time.
    pause: Callable[[], None] = nothing
    resume: Callable[[], None] = nothing
    #: Asked once, in the end: says what is wrong with what was stored, if anything.
    check: Callable[[], str] = unchecked
    #: What an acknowledged write means here, or another note for the reader.
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table of goals."""

    number: str
    title: str
    measures: tuple[Measure, ...]
    goals: tuple[Goal, ...]
    #: How the figures are taken, for a reader who wants to take them again.
    how: str
    #: Where the time goes and what was tried, shown where a goal is missed; each figure in it was measured.
    profile: str = ""
    #: What the raw limit is.
    limit: str
    contestants: Callable[[Bench], AbstractContextManager[Sequence[Contestant]]]
    #: Whether `bench-quick` takes it.
    quick: bool = field(default=True)
