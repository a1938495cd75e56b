"""Searching runs and experiments. A page takes a fixed number of queries, whatever it holds."""

from collections.abc import Sequence
from typing import Any, Final

from cuvee.api.callers import Caller
from cuvee.core.ids import is_id
from cuvee.db.session import Reading
from cuvee.tracking import errors, filters, questions, service, vocabulary
from cuvee.tracking.conditions import WHOLE, Compared, Condition, Entity, Some
from cuvee.tracking.store import experiments as experiment_store
from cuvee.tracking.store import runs as run_store
from cuvee.tracking.store import search as store
from cuvee.tracking.store import walks
from cuvee.tracking.values import Experiment, Run, View

MOST: Final = 50_000
#: Experiments in one search of runs.
MOST_EXPERIMENTS: Final = 1_000
#: Where a list goes on, as JSON can hold it. It means something to the question that gave it only.
Position = dict[str, Any]


def runs(
    connection: Reading,
    caller: Caller,
    experiment_ids: Sequence[str],
    *,
    filter_text: str = "",
    order_by: Sequence[str] = (),
    view: View = View.ACTIVE_ONLY,
    after: Position | None = None,
    limit: int = 1_000,
    columns: Sequence[str] | None = None,
) -> tuple[list[Run], Position | None]:
    """A page of runs, and where the next one begins if there is one: `after` of the same question.

    Experiments that the caller may not see have no runs. `columns` are what of the runs is wanted; None for all.

    Raises:
        BadFilter, BadOrder, BadColumn: when the filter, the order or a column cannot be read.
        BadPageSize: when the page is to be empty, or too large.

    """
    require_size(limit)
    wanted = WHOLE if columns is None else filters.projection(columns, vocabulary.RUNS)
    if len(experiment_ids) > MOST_EXPERIMENTS:
        raise errors.BadPageSize(f"A search is about at most {MOST_EXPERIMENTS} experiments.")
    seen = _visible(connection, caller, experiment_ids)
    names = None if after is None else after["names"]
    question = questions.about_runs(connection, seen, filter_text, order_by, names=names)
    rows = walks.page(
        connection,
        store.fitting(connection, view.stages, question.condition),
        experiment_ids=seen,
        condition=question.condition,
        orders=question.orders,
        after=None if after is None else _read(after["values"]),
        limit=limit + 1,
    )
    following = None
    if len(rows) > limit:
        following = {"names": sorted(question.names), "values": _written(walks.position(rows[limit - 1]))}
    return run_store.shown(connection, rows[:limit], wanted), following


def experiments(
    connection: Reading,
    caller: Caller,
    project_id: str | None,
    *,
    filter_text: str = "",
    order_by: Sequence[str] = (),
    view: View = View.ACTIVE_ONLY,
    after: Position | None = None,
    limit: int = 1_000,
) -> tuple[list[Experiment], Position | None]:
    """A page of a project's experiments, and where the next one begins; without a project, of all the caller may see.

    Raises:
        BadFilter, BadOrder: when the filter or the order cannot be read.
        BadPageSize: when the page is to be empty, or too large.

    """
    if project_id is not None:
        caller.require(service.READ, project_id)
    require_size(limit)
    orders = filters.orders(order_by, vocabulary.EXPERIMENTS)
    if any(order.entity is not Entity.ATTRIBUTE for order in orders):
        raise errors.BadOrder("Invalid order_by entity: tag")
    rows = store.experiments(
        connection,
        project_ids=caller.projects(service.READ) if project_id is None else [project_id],
        stages=view.stages,
        condition=filters.parse(filter_text, vocabulary.EXPERIMENTS),
        orders=orders,
        after=None if after is None else after["values"],
        limit=limit + 1,
    )
    following = None
    if len(rows) > limit:
        following = {"values": store.experiment_position(rows[limit - 1], orders)}
    return experiment_store.shown(connection, rows[:limit]), following


def _written(values: Sequence[Any]) -> list[Any]:
    """What JSON can hold: it knows no infinity."""
    return [[repr(value)] if isinstance(value, float) else value for value in values]


def _read(values: Sequence[Any]) -> list[Any]:
    return [float(value[0]) if isinstance(value, list) else value for value in values]


def last_starts(connection: Reading) -> dict[str, int]:
    """When the newest run of each project began, by the project's id: whose projects these are is the caller's care."""
    return store.last_starts(connection)


def by_name(connection: Reading, caller: Caller, text: str, *, most: int) -> tuple[Sequence[Experiment], Sequence[Run]]:
    """The newest experiments, and the newest runs, whose name holds the text or whose id it is. `%` and `_` are wild.

    Runs are looked for in the newest experiments only, as many as one search may be about.
    """
    seen = caller.projects(service.READ)
    active = View.ACTIVE_ONLY.stages
    named = store.experiments(
        connection, project_ids=seen, stages=active, condition=_called(text, "name", "experiment_id"), orders=(),
        limit=most,
    )  # fmt: skip
    newest = store.experiments(
        connection, project_ids=seen, stages=active, condition=None, orders=(), limit=MOST_EXPERIMENTS
    )
    called = _called(text, "run_name", "run_id")
    runs = walks.page(
        connection, store.fitting(connection, active, called), experiment_ids=[row.id for row in newest],
        condition=called, orders=(), limit=most,
    )  # fmt: skip
    return experiment_store.shown(connection, named), run_store.shown(connection, runs)


def _called(text: str, name: str, id_: str) -> Condition:
    holds = Compared(entity=Entity.ATTRIBUTE, key=name, operator="ILIKE", value=f"%{text}%")
    return Some((holds, Compared(entity=Entity.ATTRIBUTE, key=id_, operator="=", value=text)))


def require_size(limit: int) -> None:
    """Go on only with a page that has room, and not too much.

    Raises:
        BadPageSize: in MLflow's words.

    """
    if limit < 1:
        raise errors.BadPageSize(
            f"Invalid value {limit} for parameter 'max_results' supplied. It must be a positive integer"
        )
    if limit > MOST:
        raise errors.BadPageSize(
            f"Invalid value {limit} for parameter 'max_results' supplied. It must be at most {MOST}"
        )


def _visible(connection: Reading, caller: Caller, experiment_ids: Sequence[str]) -> list[str]:
    known = experiment_store.projects_of(connection, filter(is_id, experiment_ids))
    return [each for each, project_id in known.items() if caller.allows(service.READ, project_id)]
