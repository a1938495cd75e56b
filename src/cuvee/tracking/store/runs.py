"""Queries about runs, their parameters and tags."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, delete, insert, literal, select, union_all, update

from cuvee.db import statements
from cuvee.db.session import Reading, Writing
from cuvee.tracking import tables
from cuvee.tracking.conditions import WHOLE, Projection
from cuvee.tracking.store import series
from cuvee.tracking.values import PARENT_TAG, SESSION_TAG, Run, RunInfo, Stage, Status, Tag

_runs, _params, _tags, _experiments = tables.runs, tables.run_params, tables.run_tags, tables.experiments
#: Ids in one query: far below what either database binds.
_IDS: Final = 5_000
#: What is given of a run; the rest the database computes.
_RUN: Final = tuple(column.name for column in _runs.c if column.computed is None)
#: By their names: to look a member up by `Status(…)` takes three times as long.
_STATUSES: Final = {status.value: status for status in Status}
_STAGES: Final = {stage.value: stage for stage in Stage}
_PAIR: Final = ("run_id", "experiment_id", "key", "value")
# Built once: to build a statement anew, and to find it among those compiled, takes longer than the database does.
_BY_ID: Final = select(_runs).where(_runs.c.id == bindparam("run_id"))


def _pairs_of(table: Any) -> Select[Any]:
    columns = (table.c.run_id, table.c.key, table.c.value)
    of_runs = select(*columns).where(statements.among(table.c.run_id, "run_ids"))
    return of_runs.order_by(table.c.run_id, table.c.key)


def _named(query: Select[Any], table: Any) -> Select[Any]:
    return query.where(statements.among(table.c.key, "keys"))


_PARAMS_OF: Final = _pairs_of(_params)
_TAGS_OF: Final = _pairs_of(_tags)
#: What kind of pair it is, its name and its value, of one run.
_PAIRS_OF_ONE: Final = union_all(
    select(literal("param"), _params.c.key, _params.c.value).where(_params.c.run_id == bindparam("run_id")),
    select(literal("tag"), _tags.c.key, _tags.c.value).where(_tags.c.run_id == bindparam("run_id")),
)
_SOME_PARAMS_OF: Final = _named(_PARAMS_OF, _params)
_SOME_TAGS_OF: Final = _named(_TAGS_OF, _tags)


def add(connection: Writing, info: RunInfo, tags: Sequence[Tag]) -> None:
    add_all(connection, [(info, tags)])


def add_all(connection: Writing, new: Sequence[tuple[RunInfo, Sequence[Tag]]]) -> None:
    """New runs with their tags."""
    statements.insert_rows(connection, _runs, _RUN, [_columns(info) for info, _ in new])
    tags = [(info.id, info.experiment_id, *tag) for info, some in new for tag in some]
    statements.insert_rows(connection, _tags, _PAIR, tags)


def import_params(connection: Writing, experiment_id: str, given: Iterable[tuple[str, str, str]]) -> None:
    """Run id, name and value of parameters of an experiment's new runs."""
    rows = [(run_id, experiment_id, key, value) for run_id, key, value in given]
    statements.insert_rows(connection, _params, _PAIR, rows)


def _columns(info: RunInfo) -> tuple[Any, ...]:
    """The order of `_RUN`."""
    return (
        info.id,
        info.experiment_id,
        info.project_id,
        info.name,
        info.user_id,
        info.status.value,
        info.stage.value,
        info.start_time,
        info.end_time,
    )


def get_info(connection: Reading, run_id: str) -> RunInfo | None:
    row = connection.execute(_BY_ID, {"run_id": run_id}).one_or_none()
    return None if row is None else info_of(row)


def infos(connection: Reading, ids: Iterable[str]) -> dict[str, RunInfo]:
    """Runs by id; those that do not exist are left out."""
    wanted = list(ids)
    found: dict[str, RunInfo] = {}
    for start in range(0, len(wanted), _IDS):
        rows = connection.execute(select(_runs).where(_runs.c.id.in_(wanted[start : start + _IDS])))
        found |= {row.id: info_of(row) for row in rows}
    return found


def locked(connection: Writing, ids: Iterable[str]) -> dict[str, tuple[Stage, str, str]]:
    """Run id → its stage, project and experiment, held until the transaction ends; runs that do not exist are left out.

    Always in the order of ids, so that two writers that want the same runs wait for each other only one way.
    """
    columns = (_runs.c.id, _runs.c.stage, _runs.c.project_id, _runs.c.experiment_id)
    query = select(*columns).where(_runs.c.id.in_(list(ids))).order_by(_runs.c.id)
    rows = connection.execute(query.with_for_update(key_share=True))
    return {run_id: (Stage(stage), project_id, experiment_id) for run_id, stage, project_id, experiment_id in rows}


def change(connection: Writing, run_id: str, changes: Mapping[str, Any]) -> None:
    connection.execute(update(_runs).where(_runs.c.id == run_id).values(**changes))


def move(connection: Writing, ids: Sequence[str], stage: Stage) -> None:
    """Put these runs into a stage."""
    for start in range(0, len(ids), _IDS):
        some = ids[start : start + _IDS]
        connection.execute(update(_runs).where(_runs.c.id.in_(some)).values(stage=stage))


def change_stages(connection: Writing, experiment_id: str, stage: Stage) -> None:
    """Move all runs of an experiment."""
    connection.execute(update(_runs).where(_runs.c.experiment_id == experiment_id).values(stage=stage))


def shown(connection: Reading, rows: Sequence[Row[Any]], wanted: Projection = WHOLE) -> list[Run]:
    """Rows as runs with what was logged to them, in the rows' order: three queries, however many there are."""
    return complete(connection, [info_of(row) for row in rows], wanted)


def complete(connection: Reading, found: Sequence[RunInfo], wanted: Projection = WHOLE) -> list[Run]:
    """Runs with what was logged to them, or with what is wanted of it."""
    ids = [info.id for info in found]
    params = _chosen(connection, _PARAMS_OF, _SOME_PARAMS_OF, ids, wanted.params)
    tags = _chosen(connection, _TAGS_OF, _SOME_TAGS_OF, ids, wanted.tags)
    metrics = series.last_of(connection, ids, wanted.metrics)
    return [
        Run(
            info=info,
            params=params.get(info.id, ()),
            tags=tags.get(info.id, ()),
            metrics=metrics.get(info.id, ()),
        )
        for info in found
    ]


def whole(connection: Reading, info: RunInfo) -> Run:
    """A run with everything that was logged to it, in two queries: a run alone is read more often than all others."""
    pairs: dict[str, list[Tag]] = {"param": [], "tag": []}
    for kind, key, value in statements.fetched(connection, _PAIRS_OF_ONE, {"run_id": info.id}):
        pairs[kind].append(Tag(key, value))
    metrics = series.last_of_one(connection, info.id)
    return Run(info=info, params=sorted(pairs["param"]), tags=sorted(pairs["tag"]), metrics=metrics)


def described(connection: Reading, found: Sequence[RunInfo]) -> list[Run]:
    """Runs with their parameters and tags, and no metrics: of these a run may have thousands."""
    ids = [info.id for info in found]
    params, tags = _pairs(connection, _PARAMS_OF, ids), _pairs(connection, _TAGS_OF, ids)
    return [Run(info=info, params=params.get(info.id, ()), tags=tags.get(info.id, ())) for info in found]


def children(connection: Reading, info: RunInfo, most: int) -> list[RunInfo]:
    """The newest runs of the same experiment that name this one as their parent, the oldest of them first."""
    query = (
        select(_runs)
        .join(_tags, _tags.c.run_id == _runs.c.id)
        .where(_runs.c.experiment_id == info.experiment_id, _runs.c.stage == Stage.ACTIVE)
        .where(_tags.c.key == PARENT_TAG, _tags.c.value == info.id)
        .order_by(_runs.c.start_time.desc(), _runs.c.id)
        .limit(most)
    )
    return [info_of(row) for row in reversed(connection.execute(query).all())]


def tagged(connection: Reading, run_ids: Collection[str], key: str) -> dict[str, str]:
    """Run → its tag of this key; runs without one are left out."""
    query = select(_tags.c.run_id, _tags.c.value).where(_tags.c.run_id.in_(run_ids), _tags.c.key == key)
    return {row.run_id: row.value for row in connection.execute(query)}


def children_of(connection: Reading, parents: Collection[RunInfo], most: int) -> dict[str, str]:
    """Run → the one of these that it names as its parent: the newest `most` that are not deleted."""
    query = (
        select(_runs.c.id, _tags.c.value)
        .join(_tags, _tags.c.run_id == _runs.c.id)
        .where(_tags.c.experiment_id.in_({parent.experiment_id for parent in parents}), _tags.c.key == PARENT_TAG)
        .where(_tags.c.head.in_([parent.id for parent in parents]), _runs.c.stage == Stage.ACTIVE)
        .order_by(_runs.c.start_time.desc(), _runs.c.id)
        .limit(most)
    )
    return {row.id: row.value for row in connection.execute(query)}


def running_with_tag(connection: Reading, project_id: str, tag: Tag) -> RunInfo | None:
    """The run of a project that was started last among those that go on and carry the tag."""
    query = (
        select(_runs)
        .join(_tags, _tags.c.run_id == _runs.c.id)
        .join(_experiments, _experiments.c.id == _tags.c.experiment_id)
        .where(_experiments.c.project_id == project_id, _tags.c.key == tag.key)
        .where(_tags.c.head == tag.value[:64], _tags.c.value == tag.value)
        .where(_runs.c.status == Status.RUNNING, _runs.c.stage == Stage.ACTIVE)
        .order_by(_runs.c.start_time.desc(), _runs.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else info_of(row)


def made_in(connection: Reading, project_ids: Collection[str], sessions: Collection[str], most: int) -> dict[str, str]:
    """Run → the session of these that its tag names: the newest `most` of these projects that are not deleted."""
    query = (
        select(_runs.c.id, _tags.c.value)
        .join(_tags, _tags.c.run_id == _runs.c.id)
        .join(_experiments, _experiments.c.id == _tags.c.experiment_id)
        .where(_experiments.c.project_id.in_(project_ids), _tags.c.key == SESSION_TAG)
        .where(_tags.c.head.in_(sessions), _runs.c.stage == Stage.ACTIVE)
        .order_by(_runs.c.start_time.desc(), _runs.c.id)
        .limit(most)
    )
    return {row.id: row.value for row in connection.execute(query)}


def get_params(connection: Reading, run_ids: Sequence[str]) -> dict[str, list[Tag]]:
    """Run id → its parameters."""
    return _pairs(connection, _PARAMS_OF, run_ids)


def get_tag(connection: Reading, run_id: str, key: str) -> str | None:
    query = select(_tags.c.value).where(_tags.c.run_id == run_id, _tags.c.key == key)
    return connection.execute(query).scalar_one_or_none()


def add_params(connection: Writing, rows: Sequence[Mapping[str, str]]) -> None:
    """Rows of run_id, key, value and experiment_id that are not there yet."""
    connection.execute(insert(_params), rows)


def set_tags(connection: Writing, run_id: str, tags: Sequence[Tag]) -> None:
    """Each tag in place of the one of the same name."""
    newest = {tag.key: tag.value for tag in tags}
    connection.execute(delete(_tags).where(_tags.c.run_id == run_id, _tags.c.key.in_(list(newest))))
    experiment_id = select(_runs.c.experiment_id).where(_runs.c.id == run_id).scalar_subquery()
    rows = [{"run_id": run_id, "key": key, "value": value} for key, value in newest.items()]
    connection.execute(insert(_tags).values(experiment_id=experiment_id), rows)


def delete_tag(connection: Writing, run_id: str, key: str) -> bool:
    """Whether there was such a tag."""
    query = delete(_tags).where(_tags.c.run_id == run_id, _tags.c.key == key)
    return connection.execute(query).rowcount > 0


def delete_pairs(connection: Writing, run_id: str, *, params: Sequence[str], tags: Sequence[str]) -> None:
    """Delete parameters and tags by name."""
    for table, keys in ((tables.run_params, params), (tables.run_tags, tags)):
        connection.execute(delete(table).where(table.c.run_id == run_id, table.c.key.in_(keys)))


def _chosen(
    connection: Reading, every: Select[Any], some: Select[Any], run_ids: Sequence[str], keys: frozenset[str] | None
) -> dict[str, list[Tag]]:
    if keys is None:
        return _pairs(connection, every, run_ids)
    return _pairs(connection, some, run_ids, keys) if keys else {}


def _pairs(
    connection: Reading, query: Select[Any], run_ids: Sequence[str], keys: Iterable[str] = ()
) -> dict[str, list[Tag]]:
    given = {"run_ids": list(run_ids)} | ({"keys": sorted(keys)} if keys else {})
    rows = statements.fetched(connection, query, given)
    return {run_id: [Tag(key, value) for _, key, value in of_run] for run_id, of_run in groupby(rows, itemgetter(0))}


def info_of(row: Row[Any]) -> RunInfo:
    """A row as what a run is."""
    run_id, experiment_id, project_id, name, user_id, status, stage, start_time, end_time = row[: len(_RUN)]
    return RunInfo(
        id=run_id,
        experiment_id=experiment_id,
        project_id=project_id,
        name=name,
        user_id=user_id,
        status=_STATUSES[status],
        stage=_STAGES[stage],
        start_time=start_time,
        end_time=end_time,
    )
