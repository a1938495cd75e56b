"""How metrics, parameters and tags of many requests get into the database in a handful of statements.

`log` is a batch function (see db/writer.py): it is handed all that waits, checks each item against the database and
against the items before it, and then writes what is left in one go. An item that fails leaves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any, Final

from msgspec import Struct

from cuvee.api.callers import Caller
from cuvee.core import errors as core_errors
from cuvee.core import topics
from cuvee.core.ids import is_id
from cuvee.db import memory
from cuvee.db.database import Database
from cuvee.db.notes import note
from cuvee.db.session import Writing
from cuvee.logged_models import service as logged_models
from cuvee.logged_models.values import Metric as ModelMetric
from cuvee.tracking import arrivals, blocks, errors, limits, service, summaries
from cuvee.tracking.store import runs
from cuvee.tracking.store import series as store
from cuvee.tracking.summaries import Summary
from cuvee.tracking.values import Arrival, Point, Stage, Tag

_Key = tuple[str, str]
_UNKNOWN: Final[tuple[int, Summary | None]] = (0, None)
#: Runs whose project is remembered.
_MOST: Final = 100_000


class Item(Struct, frozen=True, kw_only=True):
    """What one request logs to one run, checked."""

    run_id: str
    #: Metric → its points.
    points: Mapping[str, Arrival] = {}
    params: Sequence[Tag] = ()
    tags: Sequence[Tag] = ()
    #: Those of the metrics that were measured on logged models.
    on_models: Sequence[ModelMetric] = ()
    #: Whether the parameters came as a batch: MLflow says it differently.
    is_batch: bool = True


@dataclass(slots=True)
class Gate:
    """Lets in who may log to a run. A run never changes its project, so that is asked once."""

    _projects: dict[str, str] = field(default_factory=dict)

    async def admit(self, database: Database, caller: Caller, run_id: str) -> None:
        """Go on only when the caller may write to the run.

        Raises:
            RunNotFound: when there is none, or the caller has no part in its project.
            Denied: when the caller's role there is too low.

        """
        project_id = self._projects.get(run_id)
        if project_id is None:
            project_id = await self._asked(database, run_id)
        try:
            caller.require(service.WRITE, project_id)
        except core_errors.NotFound:
            raise errors.RunNotFound(run_id) from None

    async def _asked(self, database: Database, run_id: str) -> str:
        info = await database.read(lambda connection: runs.get_info(connection, run_id)) if is_id(run_id) else None
        if info is None:
            raise errors.RunNotFound(run_id)
        if len(self._projects) >= _MOST:
            self._projects.clear()
        self._projects[run_id] = info.project_id
        return info.project_id


def grouped(metrics: Iterable[tuple[str, int, int, float]]) -> dict[str, Arrival]:
    """Metrics as (key, step, timestamp, value), by key, checked.

    Raises:
        Invalid: in MLflow's words, naming the first that cannot be.

    """
    columns: list[list[Any]] = [list(column) for column in zip(*metrics, strict=True)]
    return arrivals.grouped(*columns) if columns else {}


def single(key: str, step: int, timestamp: int, value: float) -> dict[str, Arrival]:
    """One metric, checked as MLflow checks one."""
    limits.metric_name(key, "")
    if timestamp < 0:
        raise errors.BadTimestamp("timestamp", timestamp, key, value)
    return {key: Arrival((step,), (timestamp,), (nan if isnan(value) else value,))}


@dataclass(slots=True)
class _Known:
    """What is known of the runs and series of the items; between the writer's transactions it is remembered."""

    runs: dict[str, tuple[Stage, str, str]] = field(default_factory=dict)
    series: dict[_Key, tuple[int, Summary]] = field(default_factory=dict)

    def learn(self, connection: Writing, items: Sequence[Item]) -> None:
        """Read what is not known yet of the items."""
        run_ids = {item.run_id for item in items} - self.runs.keys()
        keys = {(item.run_id, key) for item in items for key in item.points} - self.series.keys()
        if run_ids:
            self.runs |= runs.locked(connection, run_ids)
        if keys:
            self.series |= store.summaries(connection, keys)

    @property
    def is_large(self) -> bool:
        return len(self.series) + len(self.runs) > _MOST


def log(connection: Writing, items: Sequence[Item]) -> list[core_errors.CuveeError | None]:
    """Write all items; for each its error, or None when it is written."""
    known = memory.recall(connection, _Known) or _Known()
    known.learn(connection, items)
    params = _Params(connection, items)
    answers: list[core_errors.CuveeError | None] = []
    taken: list[Item] = []
    for item in items:
        try:
            _take(connection, item, known.runs.get(item.run_id), params)
        except core_errors.CuveeError as error:
            answers.append(error)
        else:
            answers.append(None)
            taken.append(item)
    params.write(connection)
    _write_points(connection, taken, known)
    for item in taken:
        if item.tags:
            service.keep_tags(connection, item.run_id, item.tags)
    _note(connection, {item.run_id for item in taken}, known.runs)
    if not known.is_large:
        memory.keep(connection, known)
    return answers


def _note(connection: Writing, run_ids: Iterable[str], known: Mapping[str, tuple[Stage, str, str]]) -> None:
    """Say which runs were logged to. What a list of experiments or a project shows of them has not changed."""
    changed = [topics.run(run_id) for run_id in run_ids]
    note(connection, *changed, *{topics.experiment(known[run_id][2]) for run_id in run_ids})


def _take(connection: Writing, item: Item, known: tuple[Stage, str, str] | None, params: "_Params") -> None:
    """Check one item against the database and the items before it; nothing of it is written when that fails."""
    if known is None:
        raise errors.RunNotFound(item.run_id)
    stage, project_id, experiment_id = known
    if stage is not Stage.ACTIVE:
        raise errors.RunNotActive(item.run_id, stage)
    if item.params:
        params.require_same(item)
    if item.on_models:
        logged_models.record_metrics(connection, project_id, item.on_models)
    params.take(item, experiment_id)


class _Params:
    """The parameters that runs have, and those that items add."""

    def __init__(self, connection: Writing, items: Sequence[Item]) -> None:
        run_ids = sorted({item.run_id for item in items if item.params})
        known = runs.get_params(connection, run_ids) if run_ids else {}
        self._values = {(run_id, key): value for run_id, pairs in known.items() for key, value in pairs}
        self._new: list[dict[str, str]] = []

    def require_same(self, item: Item) -> None:
        """Go on only when none of the parameters has another value already.

        Raises:
            ParamChanged, ParamsChanged: when one has.

        """
        changed = [
            (given.key, old, given.value)
            for given in item.params
            if (old := self._values.get((item.run_id, given.key), given.value)) != given.value
        ]
        if changed and not item.is_batch:
            raise errors.ParamChanged(item.run_id, *changed[0])
        if changed:
            named = [{"key": key, "old_value": old, "new_value": new} for key, old, new in changed]
            raise errors.ParamsChanged(item.run_id, named)

    def take(self, item: Item, experiment_id: str) -> None:
        """Add an item's parameters, to a run of the experiment."""
        for given in item.params:
            if (item.run_id, given.key) not in self._values:
                self._values[item.run_id, given.key] = given.value
                row = {"run_id": item.run_id, "key": given.key, "value": given.value, "experiment_id": experiment_id}
                self._new.append(row)

    def write(self, connection: Writing) -> None:
        if self._new:
            runs.add_params(connection, self._new)


def _write_points(connection: Writing, items: Sequence[Item], everything: _Known) -> None:
    """Write the points of the items; the known series then are what was written."""
    known = everything.series
    experiments = {item.run_id: everything.runs[item.run_id][2] for item in items}
    arrived: dict[_Key, list[Arrival]] = {}
    for item in items:
        for key, arrival in item.points.items():
            arrived.setdefault((item.run_id, key), []).append(arrival)
    added: list[tuple[_Key, Summary]] = []
    changed: list[tuple[_Key, Summary]] = []
    fresh: dict[_Key, tuple[Arrival, bool]] = {}
    for named, several in arrived.items():
        series_id, summary = known.get(named, _UNKNOWN)
        arrival = arrivals.joined(several)
        is_rising = arrival.is_rising
        if not is_rising or not _is_after(arrival, summary):
            points = _unseen(connection, series_id, summary, arrival.points)
            if not points:
                continue
            arrival, is_rising = arrivals.of_points(points), False
        fresh[named] = arrival, is_rising
        extended = summaries.extended(summary, arrival, is_rising=is_rising)
        if summary is None:
            added.append((named, extended))
        else:
            changed.append((named, extended))
            known[named] = (series_id, extended)
    if added:
        for (named, extended), series_id in zip(added, store.add(connection, added, experiments), strict=True):
            known[named] = (series_id, extended)
    store.change(connection, changed, experiments)
    rows = [block(known[named][0], arrival, is_rising=is_rising) for named, (arrival, is_rising) in fresh.items()]
    store.add_blocks(connection, rows)


def block(series_id: int, arrival: Arrival, *, is_rising: bool) -> tuple[int, int, int, bytes]:
    """An arrival as a row of `store.add_blocks`."""
    steps = arrival.steps
    first, last = (steps[0], steps[-1]) if is_rising else (min(steps), max(steps))
    return series_id, first, last, blocks.pack_columns(*arrival)


def _is_after(rising: Arrival, summary: Summary | None) -> bool:
    """Whether the points are newer than everything known."""
    return summary is None or (rising.steps[0], rising.timestamps[0]) > summary.last[:2]


def _unseen(connection: Writing, series_id: int, summary: Summary | None, points: Sequence[Point]) -> list[Point]:
    """The points that are not known yet, each once, in the order of arrival.

    What is newer than everything known cannot be known: only the rest is looked for in the blocks of its steps.
    """
    points = list(dict.fromkeys(points))
    doubtful = [point for point in points if not summaries.is_newer(point, summary)]
    if not doubtful:
        return points
    steps = [point.step for point in doubtful]
    seen = {
        point
        for block in store.blocks_between(connection, series_id, min(steps), max(steps))
        for point in blocks.unpack(block)
    }
    return [point for point in points if point not in seen]
