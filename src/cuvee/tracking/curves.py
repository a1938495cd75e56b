"""Metrics for people: what is known of each, and curves as wide as they are shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

from cuvee.api.callers import Caller
from cuvee.db.session import Reading
from cuvee.tracking import buckets, errors, service
from cuvee.tracking.blocks import Columns
from cuvee.tracking.store import series as store
from cuvee.tracking.summaries import Summary

#: Metrics that MLflow's clients log about the machine begin so.
SYSTEM: Final = "system/"
MOST_RUNS: Final = 100
MOST_CURVES: Final = 500
NARROWEST: Final = 16
WIDEST: Final = 4_000
#: Buckets of all curves of one request together.
_BUCKETS: Final = 40_000
#: Points that one request may read.
_MOST_POINTS: Final = 10_000_000
#: Points that are in memory at one time, unless one series alone has more.
_AT_ONCE: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What of a curve is wanted."""

    #: Buckets.
    width: int
    by_time: bool = False
    #: The first and the last step, or time, of a part.
    within: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A metric of a run, as wide as it was asked for."""

    run_id: str
    key: str
    summary: Summary
    #: By step, or by time; fewer than `summary.count` when they were reduced.
    points: Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Some of a run's metrics by name, and how many there are."""

    metrics: Sequence[tuple[str, Summary]]
    count: int


def overview(
    connection: Reading, caller: Caller, run_id: str, *, text: str = "", is_system: bool, offset: int, limit: int
) -> Overview:
    """The metrics of a run whose names have the text in them, without their points.

    Raises:
        RunNotFound: when there is no such run, or the caller has no part in its project.

    """
    service.get_run_info(connection, caller, run_id)
    prefix = (SYSTEM, is_system)
    return Overview(
        metrics=store.found(connection, run_id, text, prefix, (offset, limit)),
        count=store.count(connection, run_id, text, prefix),
    )


def of_runs(
    connection: Reading, caller: Caller, run_ids: Sequence[str], most: int
) -> tuple[Mapping[str, Mapping[str, Summary]], int]:
    """Run id → what is known of its metrics, of the first so many names; and how many names there are.

    Raises:
        RunNotFound: when one of the runs does not exist, or the caller has no part in its project.

    """
    service.require_runs(connection, caller, run_ids)
    names, count = store.names(connection, run_ids, most)
    return store.of_runs(connection, run_ids, names), count


def of_runs_named(
    connection: Reading, run_ids: Sequence[str], keys: Sequence[str]
) -> Mapping[str, Mapping[str, Summary]]:
    """Run id → what is known of these metrics. The caller has checked that the runs may be seen."""
    return store.of_runs(connection, run_ids, keys) if keys else {}


def curves(
    connection: Reading, caller: Caller, run_ids: Sequence[str], keys: Sequence[str], frame: Frame
) -> list[Curve]:
    """Metrics of runs, each in so many buckets or fewer; those that were never logged are left out.

    Raises:
        RunNotFound: when one of the runs does not exist, or the caller has no part in its project: none is shown then.
        TooManyCurves: when more is asked for than one picture shows or one request may read.

    """
    run_ids, keys = list(dict.fromkeys(run_ids)), list(dict.fromkeys(keys))
    if len(run_ids) > MOST_RUNS or len(run_ids) * len(keys) > MOST_CURVES:
        raise errors.TooManyCurves
    service.require_runs(connection, caller, run_ids)
    wanted = [(run_id, key) for run_id in run_ids for key in keys]
    known = store.summaries(connection, wanted)
    if sum(summary.count for _, summary in known.values()) > _MOST_POINTS:
        raise errors.TooManyCurves
    width = min(max(frame.width, NARROWEST), WIDEST, max(NARROWEST, _BUCKETS // max(1, len(known))))
    drawn = dict(_drawn(connection, dict(known.values()), replace(frame, width=width)))
    return [
        Curve(run_id=run_id, key=key, summary=summary, points=drawn[series_id])
        for run_id, key in wanted
        if (run_id, key) in known
        for series_id, summary in [known[run_id, key]]
    ]


def _drawn(connection: Reading, known: Mapping[int, Summary], frame: Frame) -> Iterator[tuple[int, Columns]]:
    """Series id → what is drawn of it. Only some of the points are in memory at a time."""
    for some in _groups(known):
        packed = store.blocks_of_series(connection, some)
        for series_id in some:
            some_blocks = packed.pop(series_id, [])
            is_finite = _is_finite(known[series_id])
            points = buckets.drawn(
                some_blocks, frame.width, by_time=frame.by_time, is_finite=is_finite, within=frame.within
            )
            yield series_id, points


def _groups(known: Mapping[int, Summary]) -> Iterator[list[int]]:
    group: list[int] = []
    size = 0
    for series_id, summary in known.items():
        if group and size + summary.count > _AT_ONCE:
            yield group
            group, size = [], 0
        group.append(series_id)
        size += summary.count
    if group:
        yield group


def _is_finite(summary: Summary) -> bool:
    ends = (summary.least, summary.greatest)
    return summary.nan_count == 0 and all(end is not None and isfinite(end.value) for end in ends)
