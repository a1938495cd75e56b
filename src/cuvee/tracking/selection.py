"""Many runs at once: what a person ticked in a table, deleted and restored."""

from collections.abc import Sequence
from typing import Final

from cuvee.api.callers import Caller
from cuvee.core import topics
from cuvee.core.ids import is_id
from cuvee.db.notes import note
from cuvee.db.session import Writing
from cuvee.tracking import errors, service
from cuvee.tracking.store import runs
from cuvee.tracking.values import Stage

MOST: Final = 100_000


def delete_runs(connection: Writing, caller: Caller, run_ids: Sequence[str]) -> int:
    """Put runs into the bin, all or none; how many they are. Some may lie there already.

    Raises:
        RunNotFound: naming the first that is not there for somebody who may write in its project.
        TooMany: when they are more than MOST.

    """
    return _move(connection, caller, run_ids, Stage.DELETED)


def restore_runs(connection: Writing, caller: Caller, run_ids: Sequence[str]) -> int:
    """Take runs out of the bin, all or none; how many they are.

    Raises:
        RunNotFound, TooMany: as for `delete_runs`.

    """
    return _move(connection, caller, run_ids, Stage.ACTIVE)


def _move(connection: Writing, caller: Caller, run_ids: Sequence[str], stage: Stage) -> int:
    wanted = list(dict.fromkeys(run_ids))
    if len(wanted) > MOST:
        raise errors.TooMany("runs", MOST, len(wanted))
    service.require_runs(connection, caller, wanted, service.WRITE)
    runs.move(connection, wanted, stage)
    infos = runs.infos(connection, filter(is_id, wanted)).values()
    for experiment_id, project_id in {(info.experiment_id, info.project_id) for info in infos}:
        note(connection, topics.EXPERIMENTS, topics.experiment(experiment_id), topics.project(project_id))
    note(connection, *map(topics.run, wanted))
    return len(wanted)
