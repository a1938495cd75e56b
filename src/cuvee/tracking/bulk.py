"""Many finished runs at once, for imports and generators: what `service.create_run` does, in three statements."""

from collections.abc import Sequence
from dataclasses import dataclass

from cuvee.api.callers import Caller
from cuvee.core import topics
from cuvee.core.ids import new_id
from cuvee.db.notes import note
from cuvee.db.session import Writing
from cuvee.tracking import errors, limits, service
from cuvee.tracking.store import runs
from cuvee.tracking.values import RUN_NAME_TAG, RunInfo, Stage, Status, Tag


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


def create_runs(connection: Writing, caller: Caller, experiment_id: str, drafts: Sequence[Draft]) -> list[str]:
    """New runs of an experiment; their ids, in the same order.

    Raises:
        ExperimentNotFound: when there is none, or the caller has no part in its project.
        ExperimentNotActive: when it is deleted.
        TooLong, BadCharacters, BadPathName: when a name or a tag cannot be; then none is made.

    """
    experiment = service.get_experiment(connection, caller, experiment_id, service.WRITE)
    if experiment.stage is not Stage.ACTIVE:
        raise errors.ExperimentNotActive(experiment_id, experiment.stage)
    made = [_made(draft, experiment_id, experiment.project_id) for draft in drafts]
    runs.add_all(connection, made)
    note(connection, topics.EXPERIMENTS, topics.experiment(experiment_id), topics.project(experiment.project_id))
    return [info.id for info, _tags in made]


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
