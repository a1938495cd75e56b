"""Tables of runs for people: any of thousands of rows with the columns asked for, in a fixed number of queries."""

from collections.abc import Sequence
from typing import Final

from cuvee.api.callers import Caller
from cuvee.db.session import Reading
from cuvee.tracking import errors, questions, service
from cuvee.tracking.conditions import Column, Compared, Condition, Entity, Every, Exists, Not
from cuvee.tracking.store import runs as run_store
from cuvee.tracking.store import windows as store
from cuvee.tracking.values import Group, Keys, Line, RunInfo, View, Window

#: Rows in one window, and columns beside the fixed ones.
MOST_ROWS: Final = 1_000
MOST_COLUMNS: Final = 200
#: Ids in one answer.
MOST_IDS: Final = 100_000
MOST_GROUPS: Final = 1_000
#: Names of each kind that a download has columns for.
MOST_DOWNLOADED: Final = 5_000
#: Names that a picker offers of each kind, and the newest runs in which they are looked for.
MOST_KEYS: Final = 1_000
KEYS_AMONG: Final = 300
#: Characters of a parameter or a tag that a cell shows.
CELL: Final = 200
_LARGEST: Final = 2**62


def window(
    connection: Reading,
    caller: Caller,
    experiment_id: str,
    *,
    columns: Sequence[Column] = (),
    filter_text: str = "",
    order_by: Sequence[str] = (),
    view: View = View.ACTIVE_ONLY,
    parent: str | None = None,
    group: tuple[str, str | None] | None = None,
    offset: int = 0,
    limit: int = 50,
) -> Window:
    """Some rows of an experiment's table, and how many it has.

    `parent` is None for all runs, empty for those that are under no other, else they are those under that one. `group`
    is a parameter and the value of it (None: without it) that the runs have.

    Raises:
        ExperimentNotFound: when the caller has no part in its project.
        BadFilter, BadOrder: when the filter or the order cannot be read.
        BadPageSize: when the window lies nowhere, is to be empty, or too large.

    """
    if not 0 <= offset < _LARGEST or not 1 <= limit <= MOST_ROWS or len(columns) > MOST_COLUMNS:
        raise errors.BadPageSize(f"A window has 1 to {MOST_ROWS} rows and up to {MOST_COLUMNS} columns.")
    service.get_experiment(connection, caller, experiment_id)
    question = questions.about_runs(connection, [experiment_id], filter_text, order_by)
    condition, stages = _in_group(question.condition, group), view.stages
    rows = store.page(
        connection,
        experiment_id,
        stages=stages,
        condition=condition,
        parent=parent,
        orders=question.orders,
        offset=offset,
        limit=limit,
    )
    total = store.total(connection, experiment_id, stages=stages, condition=condition, parent=parent)
    infos = [run_store.info_of(row) for row in rows]
    below = store.children(connection, experiment_id, [info.id for info in infos], stages) if parent is not None else {}
    cells = _cells(connection, infos, columns)
    lines = [Line(info=info, children=below.get(info.id, 0), cells=cells[info.id]) for info in infos]
    folded = 0
    if parent == "":
        folded = store.total(connection, experiment_id, stages=stages, condition=condition, parent=None) - total
    return Window(lines=lines, total=total, folded=folded)


def following(
    connection: Reading,
    caller: Caller,
    experiment_id: str,
    *,
    columns: Sequence[Column],
    filter_text: str = "",
    view: View = View.ACTIVE_ONLY,
    before: str = "",
    limit: int = 200,
) -> list[Line]:
    """Rows for a download, whole texts in their cells: those whose ids are below `before`, the greatest id first."""
    service.get_experiment(connection, caller, experiment_id)
    condition = questions.about_runs(connection, [experiment_id], filter_text).condition
    rows = store.following(
        connection, experiment_id, stages=view.stages, condition=condition, before=before, limit=min(limit, MOST_ROWS)
    )
    infos = [run_store.info_of(row) for row in rows]
    cells = _cells(connection, infos, columns, most=None)
    return [Line(info=info, cells=cells[info.id]) for info in infos]


def ids(
    connection: Reading,
    caller: Caller,
    experiment_id: str,
    *,
    filter_text: str = "",
    view: View = View.ACTIVE_ONLY,
    group: tuple[str, str | None] | None = None,
) -> list[str]:
    """The ids of the runs that fit, the newest first, up to MOST_IDS."""
    service.get_experiment(connection, caller, experiment_id)
    condition = _in_group(questions.about_runs(connection, [experiment_id], filter_text).condition, group)
    return store.ids(connection, experiment_id, stages=view.stages, condition=condition, limit=MOST_IDS)


def keys(
    connection: Reading,
    caller: Caller,
    experiment_id: str,
    *,
    view: View = View.ALL,
    among: int | None = KEYS_AMONG,
    limit: int = MOST_KEYS,
) -> Keys:
    """The names of what was logged to the newest runs of an experiment; to all of them when `among` is None."""
    service.get_experiment(connection, caller, experiment_id)
    metrics, params, tags = store.keys(connection, experiment_id, stages=view.stages, among=among, limit=limit)
    return Keys(metrics=metrics, params=params, tags=tags)


def groups(
    connection: Reading,
    caller: Caller,
    experiment_id: str,
    param: str,
    *,
    metric: str = "",
    filter_text: str = "",
    view: View = View.ACTIVE_ONLY,
) -> list[Group]:
    """Runs by the value of a parameter, the largest group first, up to MOST_GROUPS."""
    service.get_experiment(connection, caller, experiment_id)
    condition = questions.about_runs(connection, [experiment_id], filter_text).condition
    return store.groups(
        connection,
        experiment_id,
        stages=view.stages,
        condition=condition,
        param=param,
        metric=metric,
        limit=MOST_GROUPS,
    )


def column(text: str) -> Column | None:
    """A column by its name, such as `metrics.rmse`; None for what is no parameter, metric or tag."""
    kind, dot, key = text.partition(".")
    entity = _KINDS.get(kind)
    return Column(entity=entity, key=key) if entity and dot and key and "\0" not in key else None


_KINDS: Final = {"metrics": Entity.METRIC, "params": Entity.PARAM, "tags": Entity.TAG}


def _in_group(condition: Condition | None, group: tuple[str, str | None] | None) -> Condition | None:
    if group is None:
        return condition
    param, value = group
    of_group: Condition = Not(Exists(entity=Entity.PARAM, key=param))
    if value is not None:
        of_group = Compared(entity=Entity.PARAM, key=param, operator="=", value=value)
    return of_group if condition is None else Every((of_group, condition))


def _cells(
    connection: Reading, infos: Sequence[RunInfo], columns: Sequence[Column], most: int | None = CELL
) -> dict[str, list[float | str | None]]:
    """Run id → its cells: three queries at the most."""
    ids = [info.id for info in infos]
    asked = {kind: {each.key for each in columns if each.entity is kind} for kind in _KINDS.values()}
    found: dict[Entity, dict[tuple[str, str], float] | dict[tuple[str, str], str]] = {
        Entity.METRIC: store.numbers(connection, ids, asked[Entity.METRIC]),
        Entity.PARAM: store.params(connection, ids, asked[Entity.PARAM], most),
        Entity.TAG: store.tags(connection, ids, asked[Entity.TAG], most),
    }
    return {run_id: [found[each.entity].get((run_id, each.key)) for each in columns] for run_id in ids}
