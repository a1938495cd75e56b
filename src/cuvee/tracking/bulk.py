"""Many finished runs at once, for imports and generators.

It is what `service.create_run` and `ingest.log` do, in rows of plain values: nothing of a new run can be there already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cuvee.api.callers import Caller
from cuvee.core import topics
from cuvee.core.ids import new_id
from cuvee.db.notes import note
from cuvee.db.session import Writing
from cuvee.tracking import errors, ingest, limits, service, summaries
from cuvee.tracking.store import runs, series
from cuvee.tracking.values import RUN_NAME_TAG, Arrival, RunInfo, Stage, Status, Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A run that is to be."""

    name: str
    user_id: str = ""
    status: Status = Status.FINISHED
    #: Milliseconds since the epoch.
    start_time: int
    end_time: int | None = None
    #: Without the one that is its name.
    tags: Sequence[Tag] = ()
    #: No name twice.
    params: Sequence[Tag] = ()
    #: By name, the steps of each rising.
    points: Mapping[str, Arrival] = field(default_factory=dict)


def create_runs(connection: Writing, caller: Caller, experiment_id: str, drafts: Sequence[Draft]) -> list[str]:
    """New runs of an experiment; their ids, in the same order.

    Raises:
        ExperimentNotFound: when there is none, or the caller has no part in its project.
        ExperimentNotActive: when it is deleted.
        TooLong, BadCharacters, BadPathName: when a name, a tag or a parameter cannot be; then none is made.

    """
    experiment = service.get_experiment(connection, caller, experiment_id, service.WRITE)
    if experiment.stage is not Stage.ACTIVE:
        raise errors.ExperimentNotActive(experiment_id, experiment.stage)
    _require_names(drafts)
    made = [_made(draft, experiment_id, experiment.project_id) for draft in drafts]
    runs.add_all(connection, made)
    of_runs = [(info.id, draft) for (info, _tags), draft in zip(made, drafts, strict=True)]
    params = [(run_id, *pair) for run_id, draft in of_runs for pair in draft.params]
    runs.import_params(connection, experiment_id, params)
    new = {(run_id, key): arrival for run_id, draft in of_runs for key, arrival in draft.points.items()}
    rising = {named: summaries.extended(None, arrival, is_rising=True) for named, arrival in new.items()}
    ids = series.add_fresh(connection, rising, experiment_id)
    series.add_blocks(connection, [ingest.block(ids[named], arrival, is_rising=True) for named, arrival in new.items()])
    note(connection, topics.EXPERIMENTS, topics.experiment(experiment_id), topics.project(experiment.project_id))
    return [info.id for info, _tags in made]


def _require_names(drafts: Sequence[Draft]) -> None:
    """Go on only with parameters and metrics that may be; a name that comes a thousand times is looked at once."""
    for key in {param.key for draft in drafts for param in draft.params}:
        limits.param(Tag(key, ""))
    for value in {param.value for draft in drafts for param in draft.params}:
        limits.require_length("Param value", limits.MAX_PARAM, value)
    for key in {key for draft in drafts for key in draft.points}:
        limits.metric_name(key, "")


def _made(draft: Draft, experiment_id: str, project_id: str) -> tuple[RunInfo, list[Tag]]:
    name = limits.require_length("run_name", limits.MAX_RUN_NAME, draft.name)
    kept = {tag.key: tag.value for tag in map(limits.run_tag, draft.tags)} | {RUN_NAME_TAG: name}
    info = RunInfo(
        id=new_id(),
        experiment_id=experiment_id,
        project_id=project_id,
        name=name,
        user_id=limits.require_length("user_id", 256, draft.user_id),
        status=draft.status,
        start_time=draft.start_time,
        end_time=draft.end_time,
    )
    return info, [Tag(key, value) for key, value in kept.items()]
