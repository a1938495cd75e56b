"""Runs side by side: what differs between them, and the values that a chart draws."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Generic, TypeVar

from cuvee.api.callers import Caller
from cuvee.core import errors
from cuvee.db.session import Reading
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.tracking import curves, details
from cuvee.tracking.summaries import Summary
from cuvee.tracking.values import Experiment, Run, Tag
from cuvee.web import run_views

T = TypeVar("T")

MOST_RUNS: Final = 100
#: Names of metrics that are compared; a run may have thousands.
MOST_METRICS: Final = 1_000
#: Cells of one table.
_MOST_CELLS: Final = 20_000
_FEWEST_ROWS: Final = 20
#: Axes that a comparison begins with.
_PARAMS: Final = 6
_METRICS: Final = 3
PARAM: Final = "param"
METRIC: Final = "metric"


class TooManyRuns(errors.Invalid):
    """At most 100 runs are compared at a time: choose fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Generic[T]):
    """A parameter, metric or tag, and its value in each of the runs; None where a run has none."""

    key: str
    values: Sequence[T | None]
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(Generic[T]):
    """Some of the lines of a kind."""

    shown: Sequence[Line[T]]
    #: How many there are that could be shown.
    count: int
    #: How many are alike in all runs, and left out when only differences are wanted.
    alike: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Runs, in the order in which they were named."""

    runs: Sequence[Run]
    experiments: Mapping[str, Experiment]
    #: The project of all of them; None when they are of several.
    project: Project | None
    params: Lines[str]
    metrics: Lines[Summary]
    tags: Lines[str]
    #: Names of metrics that were not looked at, because there are too many.
    unseen_metrics: int
    #: All that can be an axis of a chart: `param:alpha`, `metric:rmse`.
    axes: Sequence[str]
    #: What a chart begins with.
    chosen: Sequence[str]

    def axes_of(self, kind: str) -> Sequence[str]:
        """The names of parameters or of metrics that can be an axis."""
        return [axis.removeprefix(f"{kind}:") for axis in self.axes if axis.startswith(f"{kind}:")]

    def chosen_of(self, kind: str) -> Sequence[str]:
        """The axes of this kind that a chart begins with."""
        return [axis for axis in self.chosen if axis.startswith(f"{kind}:")]


def look(connection: Reading, caller: Caller, run_ids: Sequence[str], *, only_different: bool) -> Comparison:
    """Runs side by side, in a fixed number of queries.

    Raises:
        TooManyRuns: when they are more than MOST_RUNS.
        RunNotFound: when one of them does not exist, or the caller has no part in its project: none is shown then.

    """
    if len(run_ids) > MOST_RUNS:
        raise TooManyRuns
    runs, experiments = details.of_runs(connection, caller, run_ids)
    summaries, count = curves.of_runs(connection, caller, run_ids, MOST_METRICS)
    params = _lines([_texts(run.params) for run in runs])
    metrics = _lines([summaries.get(run.info.id, {}) for run in runs], _last)
    tags = _lines([_texts(run_views.own_tags(run)) for run in runs])
    project_ids = {run.info.project_id for run in runs}
    return Comparison(
        runs=runs,
        experiments=experiments,
        project=projects.get(connection, project_ids.pop()) if len(project_ids) == 1 else None,
        params=_shown(params, len(runs), only_different=only_different),
        metrics=_shown(metrics, len(runs), only_different=only_different),
        tags=_shown(tags, len(runs), only_different=only_different),
        unseen_metrics=max(0, count - MOST_METRICS),
        axes=[f"{PARAM}:{line.key}" for line in params] + [f"{METRIC}:{line.key}" for line in metrics],
        chosen=_chosen(PARAM, params, _PARAMS) + _chosen(METRIC, metrics, _METRICS),
    )


def values(connection: Reading, caller: Caller, run_ids: Sequence[str], axes: Sequence[str]) -> dict[str, Any]:
    """What a chart draws: for each run its value on each of the axes; numbers where it is one."""
    if len(run_ids) > MOST_RUNS:
        raise TooManyRuns
    runs, _ = details.of_runs(connection, caller, run_ids)
    keys = [axis.removeprefix(f"{METRIC}:") for axis in axes if axis.startswith(f"{METRIC}:")]
    summaries = curves.of_runs_named(connection, run_ids, keys)
    return {"axes": list(axes), "runs": [_row(run, summaries.get(run.info.id, {}), axes) for run in runs]}


def _texts(tags: Iterable[Tag]) -> dict[str, str]:
    return {tag.key: tag.value for tag in tags}


def _row(run: Run, summaries: Mapping[str, Summary], axes: Sequence[str]) -> dict[str, Any]:
    params = _texts(run.params)
    return {
        "label": run.info.name,
        "href": run_views.address(run.info.experiment_id, run.info.id),
        "values": [_value(axis, params, summaries) for axis in axes],
    }


def _value(axis: str, params: Mapping[str, str], summaries: Mapping[str, Summary]) -> str | float | None:
    kind, _, key = axis.partition(":")
    if kind == PARAM:
        return _number(params[key]) if key in params else None
    found = summaries.get(key) if kind == METRIC else None
    return found.last.value if found is not None and isfinite(found.last.value) else None


def _number(text: str) -> str | float:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if isfinite(number) else text


def _last(summary: Summary) -> object:
    """What tells two metrics apart: NaN is like NaN."""
    return str(summary.last.value)


def _lines(of_runs: Sequence[Mapping[str, T]], told_apart_by: Any = str) -> list[Line[T]]:
    """Every key that any of the runs has, those that differ first."""
    keys = sorted({key for one in of_runs for key in one})
    found = [_line(key, [one.get(key) for one in of_runs], told_apart_by) for key in keys]
    return sorted(found, key=lambda line: not line.differs)


def _line(key: str, values: Sequence[T | None], told_apart_by: Any) -> Line[T]:
    kinds = {None if value is None else told_apart_by(value) for value in values}
    return Line(key=key, values=values, differs=len(kinds) > 1)


def _shown(lines: Sequence[Line[T]], runs: int, *, only_different: bool) -> Lines[T]:
    wanted = [line for line in lines if line.differs or not only_different]
    most = max(_FEWEST_ROWS, _MOST_CELLS // max(1, runs))
    return Lines(shown=wanted[:most], count=len(wanted), alike=sum(not line.differs for line in lines))


def _chosen(kind: str, lines: Sequence[Line[Any]], most: int) -> list[str]:
    """The first that differ; the first at all when none does and it is a matter of results."""
    different = [line for line in lines if line.differs] or (list(lines) if kind == METRIC else [])
    return [f"{kind}:{line.key}" for line in different[:most]]
