"""The arithmetic of the report: medians, spreads, and whether a goal is met. No clock, no process, no file."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Better = Literal["higher", "lower"]
Kind = Literal["ours", "peer", "raw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One thing that a row measures."""

    name: str
    label: str
    unit: str
    better: Better


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Ours is so many times better than a peer."""

    measure: str
    peer: str
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Ours is at least (or at most, where lower is better) so much."""

    measure: str
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """Ours is at most so much more than a raw limit."""

    measure: str
    raw: str
    margin: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grows:
    """Ours is at most so many times worse than another measure of ours, which is the same with less in the database."""

    measure: str
    over: str
    most: float


#: How the report writes "times" and "nothing to say".
TIMES: Final = "\N{MULTIPLICATION SIGN}"
NONE: Final = "\N{EN DASH}"

Goal = Times | Within | Over | Grows


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The median of alternating runs, and the runs."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """How far the runs lie apart: (largest - smallest) / median."""
        return (max(self.values) - min(self.values)) / self.median if self.median else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a goal. `reached` is the share of the goal, 1.0 and more when it is met; NaN when not measured."""

    goal: str
    found: str
    reached: float

    @property
    def met(self) -> bool:
        return self.reached >= 1


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the sorted values do not exceed (nearest rank)."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def times_better(ours: float, other: float, better: Better) -> float:
    """How many times better ours is; below 1 it is worse."""
    above, below = (ours, other) if better == "higher" else (other, ours)
    return above / below if below else math.nan


def judged(goal: Goal, measures: Sequence[Measure], medians: Mapping[tuple[str, str], float]) -> Verdict:
    """Hold the medians, by contestant and measure, against a goal."""
    measure = next(measure for measure in measures if measure.name == goal.measure)
    ours = medians.get(("ours", measure.name), math.nan)
    match goal:
        case Times(peer=peer, factor=factor):
            found = times_better(ours, medians.get((peer, measure.name), math.nan), measure.better)
            return Verdict(
                goal=f"≥ {factor:g} {TIMES} {peer}", found=f"{amount(found)} {TIMES}", reached=found / factor
            )
        case Within(limit=limit):
            sign = "≥" if measure.better == "higher" else "≤"
            reached = times_better(ours, limit, measure.better)
            return Verdict(
                goal=f"{measure.label} {sign} {with_unit(limit, measure)}",
                found=with_unit(ours, measure),
                reached=reached,
            )
        case Grows(over=less, most=most):
            smaller = next(measure for measure in measures if measure.name == less)
            growth = times_better(medians.get(("ours", smaller.name), math.nan), ours, measure.better)
            return Verdict(
                goal=f"{measure.label} ≤ {most:g} {TIMES} {smaller.label}",
                found=f"{amount(growth)} {TIMES}",
                reached=most / growth if growth else math.nan,
            )
        case Over(raw=raw, margin=margin):
            over = ours - medians.get((raw, measure.name), math.nan)
            reached = margin / over if over > 0 else over * math.nan if math.isnan(over) else math.inf
            return Verdict(
                goal=f"≤ {with_unit(margin, measure)} over {raw}", found=with_unit(over, measure), reached=reached
            )


def with_unit(value: float, measure: Measure) -> str:
    return f"{amount(value)} {measure.unit}"


def amount(value: float) -> str:
    """A number with three digits that count."""
    if not math.isfinite(value):
        return NONE
    size = abs(value)
    if size >= 1000:
        digits = 3 - len(str(int(size)))
        return f"{round(value, digits):,.0f}"
    places = 0 if size >= 100 else 1 if size >= 10 else 2
    if 0 < size < 0.1:
        places = 3
    return f"{value:.{places}f}"
