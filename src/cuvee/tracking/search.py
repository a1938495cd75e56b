"""Searching runs and experiments. A page takes a fixed number of queries, whatever it holds."""

from collections.abc import Sequence
from typing import Final

from cuvee.api.callers import Caller
from cuvee.core.ids import is_id
from cuvee.db.session import Reading
from cuvee.tracking import errors, filters, service, vocabulary
from cuvee.tracking.conditions import Compared, Condition, Entity, Some
from cuvee.tracking.store import experiments as experiment_store
from cuvee.tracking.store import runs as run_store
from cuvee.tracking.store import search as store
from cuvee.tracking.store import walks
from cuvee.tracking.values import Experiment, Run, View

MOST: Final = 50_000
#: Experiments in one search of runs.
MOST_EXPERIMENTS: Final = 1_000


def runs(
    connection: Reading,
    caller: Caller,
    experiment_ids: Sequence[str],
    *,
    filter_text: str = "",
    order_by: Sequence[str] = (),
    view: View = View.ACTIVE_ONLY,
    offset: int = 0,
    limit: int = 1_000,
) -> tuple[list[Run], bool]:
    """A page of runs, and whether more follow. Experiments that the caller may not see have no runs.

    Raises:
        BadFilter, BadOrder: when the filter or the order cannot be read.
        BadPageSize: when the page is to be empty, or too large.

    """
    require_size(limit)
    condition = filters.parse(filter_text, vocabulary.RUNS)
    orders = filters.orders(order_by, vocabulary.RUNS)
    if len(experiment_ids) > MOST_EXPERIMENTS:
        raise errors.BadPageSize(f"A search is about at most {MOST_EXPERIMENTS} experiments.")
    rows = walks.page(
        connection,
        store.fitting(connection, view.stages, condition),
        experiment_ids=_visible(connection, caller, experiment_ids),
        condition=condition,
        orders=orders,
        offset=offset,
        limit=limit + 1,
    )
    return run_store.shown(connection, rows[:limit]), len(rows) > limit


def experiments(
    connection: Reading,
    caller: Caller,
    project_id: str | None,
    *,
    filter_text: str = "",
    order_by: Sequence[str] = (),
    view: View = View.ACTIVE_ONLY,
    offset: int = 0,
    limit: int = 1_000,
) -> tuple[list[Experiment], bool]:
    """A page of a project's experiments, and whether more follow; without a project, of all that the caller may see.

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
        offset=offset,
        limit=limit + 1,
    )
    return experiment_store.shown(connection, rows[:limit]), len(rows) > limit


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
        offset=0, limit=most,
    )  # fmt: skip
    newest = store.experiments(
        connection, project_ids=seen, stages=active, condition=None, orders=(), offset=0, limit=MOST_EXPERIMENTS
    )
    called = _called(text, "run_name", "run_id")
    runs = walks.page(
        connection, store.fitting(connection, active, called), experiment_ids=[row.id for row in newest],
        condition=called, orders=(), offset=0, limit=most,
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
