"""What is known of a run that is to be made again: its tags, its session, its data, its models. One transaction."""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from cuvee.api.callers import Caller
from cuvee.core.errors import CuveeError
from cuvee.core.paths import RelativePath
from cuvee.data import service as data
from cuvee.data.values import Snapshot, Table
from cuvee.datasets import references
from cuvee.datasets import service as datasets
from cuvee.datasets.values import Dataset, Moment
from cuvee.db.session import Reading
from cuvee.lineage.values import Former
from cuvee.logged_models import service as logged_models
from cuvee.projects import service as projects
from cuvee.registry import origins, versions
from cuvee.sessions import service as sessions
from cuvee.sessions.values import Session
from cuvee.tracking import errors as tracking_errors
from cuvee.tracking import family
from cuvee.tracking import service as tracking
from cuvee.tracking.values import SESSION_TAG, RunInfo

#: Where clients of MLflow 2 note the models that they log.
_MODELS_TAG: Final = "mlflow.log-model.history"
_NOTHING_READ: Final = "The run noted no table that it read: what its data were is not known."


class _Noted(msgspec.Struct):
    artifact_path: str


class _Source(msgspec.Struct):
    schema_id: int | None = None
    table: str = ""


def look(connection: Reading, caller: Caller, project_id: str, experiment_id: str, run_id: str) -> Former:
    """A run of this experiment of this project.

    Raises:
        RunNotFound: when it has none of this id, or the caller has no part in the project.

    """
    run = tracking.get_run(connection, caller, run_id)
    if (run.info.project_id, run.info.experiment_id) != (project_id, experiment_id):
        raise tracking_errors.RunNotFound(run_id)
    tags = {tag.key: tag.value for tag in run.tags}
    as_of, lost = _data(connection, caller, project_id, run_id)
    return Former(
        info=run.info,
        project=projects.get(connection, project_id),
        tags=tags,
        session=_session(connection, project_id, tags.get(SESSION_TAG, "")),
        as_of=as_of,
        lost=lost,
        models=_models(connection, caller, run.info, tags.get(_MODELS_TAG, "")),
    )


def _session(connection: Reading, project_id: str, session_id: str) -> Session | None:
    try:
        return sessions.get(connection, project_id, session_id)
    except CuveeError:
        return None


def _models(connection: Reading, caller: Caller, run: RunInfo, history: str) -> list[RelativePath]:
    """Where the models are that a run logged, whether its client was of MLflow 3 or older."""
    ids = logged_models.of_runs(connection, caller, [run.id])
    logged = logged_models.several(connection, caller, ids).values()
    registered = versions.of_runs(connection, caller, [run.id]).get(run.id, [])
    places = [
        *(each.artifact_location for each in logged),
        *(f"{run.artifact_uri}/{name}" for name in _noted(history)),
        *(each.location for each in registered),
    ]
    return list(dict.fromkeys(path for place in places if (path := _path(place)) is not None))


def _noted(history: str) -> list[str]:
    """The folders that a client of MLflow 2 noted in a tag."""
    try:
        return [each.artifact_path for each in msgspec.json.decode(history or "[]", type=list[_Noted])]
    except (msgspec.DecodeError, RecursionError):
        return []


def _path(place: str) -> RelativePath | None:
    try:
        return origins.path_of(place)
    except CuveeError:
        return None


def _data(connection: Reading, caller: Caller, project_id: str, run_id: str) -> tuple[Mapping[str, Moment], list[str]]:
    """How the run saw its tables; and what of it is lost."""
    line = family.lines(connection, [run_id])[run_id]
    inputs = [each for several in datasets.inputs_of(connection, line).values() for each in several]
    reads = [each.dataset for each in inputs if not each.is_output]
    pairs = {pair for each in reads if (pair := _pair(each)) is not None}
    written = {pair[0] for each in inputs if each.is_output and (pair := _pair(each.dataset)) is not None}
    known = data.known(connection, caller, pairs)
    newest: dict[str, tuple[Snapshot, Moment]] = {}
    lost = [] if reads else [_NOTHING_READ]
    for dataset in reads:
        reason, found = _state(dataset, known, project_id, written)
        if reason:
            lost.append(reason)
        # Of two snapshots of one table the later is the one that a run sees; the other it asks for by itself.
        elif found is not None and _is_newer(found[0], newest.get(found[0].table_uuid)):
            newest[found[0].table_uuid] = found
    return {uuid: moment for uuid, (_, moment) in newest.items()}, list(dict.fromkeys(lost))


def _is_newer(snapshot: Snapshot, than: tuple[Snapshot, Moment] | None) -> bool:
    return than is None or snapshot.committed_at > than[0].committed_at


def _state(
    dataset: Dataset,
    known: Mapping[tuple[str, int], tuple[Table, Snapshot]],
    project_id: str,
    written: Collection[str],
) -> tuple[str, tuple[Snapshot, Moment] | None]:
    """Why a dataset cannot be had again; else the snapshot that it is."""
    pair, source, name = _pair(dataset), _source(dataset), dataset.name[:200]
    if pair is None:
        return f"{name} is no table of a catalog: whether it changed is not known.", None
    if pair not in known or known[pair][0].project_id != project_id:
        return f"{name} is not in the catalog of this project.", None
    table, snapshot = known[pair]
    reason = _lost(table, snapshot, source.table, written)
    return (reason, None) if reason else ("", (snapshot, Moment(snapshot.id, source.schema_id)))


def _lost(table: Table, snapshot: Snapshot, name: str, written: Collection[str]) -> str:
    """Why a snapshot of the catalog cannot be seen by a script that asks for the table's name; empty when it can."""
    if snapshot.expired_at is not None:
        return f"Snapshot {snapshot.id} of {table.full_name}, which the run read, was expired."
    if table.dropped_at is not None:
        return f"{table.full_name}, which the run read, was dropped."
    if name and name != table.full_name:
        return f"{name}, which the run read, is called {table.full_name} now."
    if table.uuid in written:
        return f"The run wrote to {table.full_name} besides: it is seen as it is now."
    return ""


def _pair(dataset: Dataset) -> tuple[str, int] | None:
    reference = references.of(dataset.source_type, dataset.source)
    return references.split(reference) if reference is not None else None


def _source(dataset: Dataset) -> _Source:
    try:
        return msgspec.json.decode(dataset.source, type=_Source)
    except (msgspec.DecodeError, RecursionError):
        return _Source()
