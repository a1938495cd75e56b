"""What one may do with experiments and runs, and when. Whoever asks is checked here, against the thing's project."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cuvee.api.callers import Caller
from cuvee.core import clock, topics
from cuvee.core import errors as core_errors
from cuvee.core.ids import is_id, new_id
from cuvee.db.notes import note
from cuvee.db.reactions import announce
from cuvee.db.session import Reading, Writing
from cuvee.tracking import errors, limits, values
from cuvee.tracking.events import RunMoved, RunStarted
from cuvee.tracking.naming import random_name
from cuvee.tracking.store import experiments, runs, series
from cuvee.tracking.values import DEFAULT_NAME, RUN_NAME_TAG, Experiment, Run, RunInfo, Stage, Status, Tag

READ: Final = "experiments:read"
WRITE: Final = "experiments:write"


def create_experiment(
    connection: Writing,
    caller: Caller,
    project_id: str,
    name: str,
    *,
    tags: Sequence[Tag] = (),
    artifact_location: str = "",
) -> Experiment:
    """A new experiment of a project.

    Raises:
        ExperimentExists: when the project has one of that name, even a deleted one.
        ForeignArtifactLocation: when a place for its artifacts is asked for.

    """
    caller.require(WRITE, project_id)
    name = limits.experiment_name(name)
    if artifact_location:
        raise errors.ForeignArtifactLocation
    kept = {tag.key: tag.value for tag in map(limits.experiment_tag, tags)}
    if experiments.find(connection, project_id, name) is not None:
        raise errors.ExperimentExists(name)
    now = clock.now_ms()
    experiment = Experiment(
        id=new_id(),
        project_id=project_id,
        name=name,
        creator_id=caller.user_id,
        created_at=now,
        updated_at=now,
        tags=kept,
    )
    experiments.add(connection, experiment)
    _note(connection, experiment.id, project_id)
    return experiment


def ensure_default(connection: Writing, project_id: str) -> str:
    """The id of the project's experiment `Default`, which is made when it is not there."""
    found = experiments.find_default(connection, project_id)
    if found is not None:
        return found
    now = clock.now_ms()
    note(connection, topics.EXPERIMENTS, topics.project(project_id))
    taken = experiments.find(connection, project_id, DEFAULT_NAME)
    if taken is not None:
        experiments.change(connection, taken.id, {"default_of": project_id})
        return taken.id
    experiment = Experiment(id=new_id(), project_id=project_id, name=DEFAULT_NAME, created_at=now, updated_at=now)
    experiments.add(connection, experiment, default_of=project_id)
    return experiment.id


def find_default(connection: Reading, project_id: str) -> str | None:
    """The id of the project's experiment `Default`, if it was made."""
    return experiments.find_default(connection, project_id)


def get_experiment(connection: Reading, caller: Caller, experiment_id: str, scope: str = READ) -> Experiment:
    """An experiment, deleted or not, for somebody who holds the scope in its project.

    Raises:
        ExperimentNotFound: when there is none, or the caller has no part in its project.
        Denied: when the caller's role there does not hold the scope.

    """
    experiment = experiments.get(connection, experiment_id) if is_id(experiment_id) else None
    if experiment is None:
        raise errors.ExperimentNotFound(experiment_id)
    _admit(caller, scope, experiment.project_id, errors.ExperimentNotFound(experiment_id))
    return experiment


def get_experiment_by_name(connection: Reading, caller: Caller, project_id: str, name: str) -> Experiment:
    """An experiment of a project, deleted or not.

    Raises:
        ExperimentNameNotFound: when there is none.

    """
    caller.require(READ, project_id)
    experiment = experiments.find(connection, project_id, name)
    if experiment is None:
        raise errors.ExperimentNameNotFound(name)
    return experiment


def rename_experiment(connection: Writing, caller: Caller, experiment_id: str, name: str) -> None:
    """Give an experiment another name.

    Raises:
        DeletedExperimentKeepsName: when it is deleted.
        ExperimentExists: when the project has another one of that name.

    """
    name = limits.experiment_name(name)
    experiment = _changing_experiment(connection, caller, experiment_id)
    if experiment.stage is not Stage.ACTIVE:
        raise errors.DeletedExperimentKeepsName
    other = experiments.find(connection, experiment.project_id, name)
    if other is not None and other.id != experiment_id:
        raise errors.ExperimentExists(name)
    experiments.change(connection, experiment_id, {"name": name, "updated_at": clock.now_ms()})


def delete_experiment(connection: Writing, caller: Caller, experiment_id: str) -> None:
    """Put an experiment and its runs into the bin.

    Raises:
        ExperimentNotFound: when it is there already.

    """
    _move(connection, caller, experiment_id, Stage.ACTIVE, Stage.DELETED)


def restore_experiment(connection: Writing, caller: Caller, experiment_id: str) -> None:
    """Take an experiment and all its runs out of the bin.

    Raises:
        ExperimentNotFound: when it is not there.

    """
    _move(connection, caller, experiment_id, Stage.DELETED, Stage.ACTIVE)


def set_experiment_tag(connection: Writing, caller: Caller, experiment_id: str, tag: Tag) -> None:
    """Set a tag, in place of the one of the same name."""
    tag = limits.experiment_tag(tag)
    _active_experiment(connection, caller, experiment_id)
    experiments.set_tag(connection, experiment_id, tag)


def delete_experiment_tag(connection: Writing, caller: Caller, experiment_id: str, key: str) -> None:
    """Take a tag away.

    Raises:
        TagNotFound: when there is none of that name.

    """
    _active_experiment(connection, caller, experiment_id)
    if not experiments.delete_tag(connection, experiment_id, key):
        raise errors.TagNotFound(key, "experiment", experiment_id)


def create_run(
    connection: Writing,
    caller: Caller,
    experiment_id: str,
    *,
    name: str = "",
    user_id: str = "",
    start_time: int = 0,
    tags: Sequence[Tag] = (),
) -> Run:
    """A new run, which is running.

    Raises:
        ExperimentNotActive: when the experiment is deleted.
        TwoRunNames: when the name and the name tag differ.

    """
    experiment = _active_experiment(connection, caller, experiment_id)
    kept = {tag.key: tag.value for tag in (limits.run_tag(tag) for tag in tags)}
    tagged = kept.get(RUN_NAME_TAG, "")
    if name and tagged and name != tagged:
        raise errors.TwoRunNames(name, tagged)
    name = limits.require_length("run_name", limits.MAX_RUN_NAME, name or tagged or random_name())
    kept[RUN_NAME_TAG] = name
    info = RunInfo(
        id=new_id(),
        experiment_id=experiment_id,
        project_id=experiment.project_id,
        name=name,
        user_id=limits.require_length("user_id", 256, user_id),
        start_time=start_time,
    )
    all_tags = [Tag(key, value) for key, value in sorted(kept.items())]
    runs.add(connection, info, all_tags)
    note(connection, topics.run(info.id))
    announce(connection, RunStarted(info))
    return Run(info=info, tags=all_tags)


def get_run_info(connection: Reading, caller: Caller, run_id: str, scope: str = READ) -> RunInfo:
    """A run without what was logged to it, deleted or not, for somebody who holds the scope in its project.

    Raises:
        RunNotFound: when there is none, or the caller has no part in its project.
        Denied: when the caller's role there does not hold the scope.

    """
    info = runs.get_info(connection, run_id) if is_id(run_id) else None
    if info is None:
        raise errors.RunNotFound(run_id)
    _admit(caller, scope, info.project_id, errors.RunNotFound(run_id))
    return info


def require_runs(
    connection: Reading, caller: Caller, run_ids: Sequence[str], scope: str = READ
) -> Mapping[str, RunInfo]:
    """Go on only when all runs are there for somebody who holds the scope in their projects: the runs by id.

    Raises:
        RunNotFound: naming the first that is not.

    """
    found = runs.infos(connection, filter(is_id, run_ids))
    for run_id in run_ids:
        if run_id not in found:
            raise errors.RunNotFound(run_id)
        _admit(caller, scope, found[run_id].project_id, errors.RunNotFound(run_id))
    return found


def get_active_run(connection: Reading, caller: Caller, run_id: str, scope: str = WRITE) -> RunInfo:
    """A run that is not deleted, for somebody who holds the scope in its project.

    Raises:
        RunNotActive: when it is deleted.

    """
    info = get_run_info(connection, caller, run_id, scope)
    if info.stage is not Stage.ACTIVE:
        raise errors.RunNotActive(run_id, info.stage)
    return info


def changing_run(connection: Writing, caller: Caller, run_id: str, *, is_active: bool = True) -> RunInfo:
    """A run that the caller is about to change.

    Raises:
        RunNotActive: when it is deleted and must not be.

    """
    info = (get_active_run if is_active else get_run_info)(connection, caller, run_id, WRITE)
    note(connection, topics.run(run_id))
    _note(connection, info.experiment_id, info.project_id)
    return info


def get_run(connection: Reading, caller: Caller, run_id: str) -> Run:
    """A run with its parameters, tags and the last value of each metric, deleted or not.

    Raises:
        RunNotFound: when there is none, or the caller has no part in its project.

    """
    return runs.whole(connection, get_run_info(connection, caller, run_id))


def running_in_session(connection: Reading, caller: Caller, project_id: str, session_id: str) -> RunInfo | None:
    """The run that goes on in a session: of several the one started last, as a child run is inside its parent."""
    caller.require(READ, project_id)
    return runs.running_with_tag(connection, project_id, Tag(values.SESSION_TAG, session_id))


def update_run(
    connection: Writing,
    caller: Caller,
    run_id: str,
    *,
    status: Status | None = None,
    end_time: int | None = None,
    name: str = "",
) -> RunInfo:
    """Change what a run is; what is not given stays."""
    before = changing_run(connection, caller, run_id)
    changes: dict[str, Any] = {}
    if status is not None:
        changes["status"] = status
    if end_time is not None:
        changes["end_time"] = end_time
    if name:
        changes["name"] = limits.require_length("run_name", limits.MAX_RUN_NAME, name)
        runs.set_tags(connection, run_id, [Tag(RUN_NAME_TAG, changes["name"])])
    if changes:
        runs.change(connection, run_id, changes)
    after = get_run_info(connection, caller, run_id, WRITE)
    if after.status is not before.status:
        announce(connection, RunMoved(after))
    return after


def delete_run(connection: Writing, caller: Caller, run_id: str) -> None:
    """Put a run into the bin; it may lie there already."""
    changing_run(connection, caller, run_id, is_active=False)
    runs.change(connection, run_id, {"stage": Stage.DELETED})


def restore_run(connection: Writing, caller: Caller, run_id: str) -> None:
    """Take a run out of the bin."""
    changing_run(connection, caller, run_id, is_active=False)
    runs.change(connection, run_id, {"stage": Stage.ACTIVE})


def set_tag(connection: Writing, caller: Caller, run_id: str, tag: Tag) -> None:
    """Set a run's tag, in place of the one of the same name."""
    tag = limits.run_tag(tag)
    changing_run(connection, caller, run_id)
    keep_tags(connection, run_id, [tag])


def delete_tag(connection: Writing, caller: Caller, run_id: str, key: str) -> None:
    """Take a run's tag away.

    Raises:
        TagNotFound: when there is none of that name.

    """
    changing_run(connection, caller, run_id)
    if not runs.delete_tag(connection, run_id, key):
        raise errors.TagNotFound(key, "run", run_id)


def delete_logged(
    connection: Writing,
    caller: Caller,
    run_id: str,
    *,
    metrics: Sequence[str] = (),
    params: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> None:
    """Forget metrics with all their points, parameters and tags of a run; those that are not there are passed over."""
    changing_run(connection, caller, run_id)
    series.delete(connection, run_id, metrics)
    runs.delete_pairs(connection, run_id, params=params, tags=tags)


def keep_tags(connection: Writing, run_id: str, tags: Sequence[Tag]) -> None:
    """Tags of a run that were checked; the name tag also names the run."""
    for tag in tags:
        if tag.key == RUN_NAME_TAG and tag.value:
            runs.change(connection, run_id, {"name": tag.value})
    runs.set_tags(connection, run_id, tags)


def forget_project(connection: Writing, project_id: str) -> None:
    """Delete all that a project tracked, for good."""
    experiments.delete_all(connection, project_id)
    note(connection, topics.EXPERIMENTS)


def _move(connection: Writing, caller: Caller, experiment_id: str, origin: Stage, target: Stage) -> None:
    experiment = _changing_experiment(connection, caller, experiment_id)
    if experiment.stage is not origin:
        raise errors.ExperimentNotFound(experiment_id)
    experiments.change(connection, experiment_id, {"stage": target, "updated_at": clock.now_ms()})
    runs.change_stages(connection, experiment_id, target)


def _note(connection: Writing, experiment_id: str, project_id: str) -> None:
    note(connection, topics.EXPERIMENTS, topics.experiment(experiment_id), topics.project(project_id))


def _changing_experiment(connection: Writing, caller: Caller, experiment_id: str) -> Experiment:
    experiment = get_experiment(connection, caller, experiment_id, WRITE)
    _note(connection, experiment_id, experiment.project_id)
    return experiment


def _active_experiment(connection: Writing, caller: Caller, experiment_id: str) -> Experiment:
    experiment = _changing_experiment(connection, caller, experiment_id)
    if experiment.stage is not Stage.ACTIVE:
        raise errors.ExperimentNotActive(experiment_id, experiment.stage)
    return experiment


def _admit(caller: Caller, scope: str, project_id: str, otherwise: core_errors.NotFound) -> None:
    """Let in whoever holds the scope; to strangers the thing does not exist."""
    try:
        caller.require(scope, project_id)
    except core_errors.NotFound:
        raise otherwise from None
