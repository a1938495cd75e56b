"""Runs as their own page and a comparison show them: what is around them, without their metrics (see curves.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cuvee.api.callers import Caller
from cuvee.core.ids import is_id
from cuvee.db.session import Reading
from cuvee.tracking import service
from cuvee.tracking.store import experiments, runs
from cuvee.tracking.values import PARENT_TAG, Experiment, Run, RunInfo

MOST_CHILDREN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """A run and what it hangs together with."""

    #: Without its metrics.
    run: Run
    experiment: Experiment
    #: None when it has none, or it is in another project.
    parent: RunInfo | None
    #: The newest MOST_CHILDREN that are not deleted, the oldest of them first.
    children: Sequence[RunInfo]


def of_run(connection: Reading, caller: Caller, run_id: str) -> Details:
    """A run, deleted or not, in five queries and one for its parent.

    Raises:
        RunNotFound: when there is none, or the caller has no part in its project.

    """
    info = service.get_run_info(connection, caller, run_id)
    run = runs.described(connection, [info])[0]
    return Details(
        run=run,
        experiment=service.get_experiment(connection, caller, info.experiment_id),
        parent=_parent(connection, run),
        children=runs.children(connection, info, MOST_CHILDREN),
    )


def of_runs(connection: Reading, caller: Caller, run_ids: Sequence[str]) -> tuple[Sequence[Run], dict[str, Experiment]]:
    """Runs in this order, and their experiments by id.

    Raises:
        RunNotFound: when one of them does not exist, or the caller has no part in its project: none is shown then.

    """
    infos = service.require_runs(connection, caller, run_ids)
    found = runs.described(connection, [infos[run_id] for run_id in run_ids])
    return found, experiments.several(connection, {run.info.experiment_id for run in found})


def _parent(connection: Reading, run: Run) -> RunInfo | None:
    named = next((tag.value for tag in run.tags if tag.key == PARENT_TAG), "")
    found = runs.get_info(connection, named) if is_id(named) else None
    return found if found is not None and found.project_id == run.info.project_id else None
