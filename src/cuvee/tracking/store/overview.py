"""Experiments as people look for them: by a part of the name, with what happened in them."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select

from cuvee.db.session import Reading
from cuvee.tracking import tables
from cuvee.tracking.store import experiments
from cuvee.tracking.values import Listed, Stage

_experiments, _runs = tables.experiments, tables.runs
_last_run: Final = (
    select(_runs.c.start_time)
    .where(_runs.c.experiment_id == _experiments.c.id, _runs.c.stage == Stage.ACTIVE)
    .order_by(_runs.c.start_time.desc())
    .limit(1)
    .scalar_subquery()
)
#: What the list can be sorted by.
SORTS: Final[dict[str, ColumnElement[Any]]] = {
    "name": func.lower(_experiments.c.name),
    "created": _experiments.c.created_at,
    "last_run": func.coalesce(_last_run, _experiments.c.created_at),
}


def listed(
    connection: Reading,
    project_ids: Collection[str] | None,
    *,
    text: str,
    stages: Sequence[Stage],
    sort: str,
    is_rising: bool,
    offset: int,
    limit: int,
) -> list[Listed]:
    """Some of the experiments whose name or id contains the text, with their runs counted: three queries."""
    column = SORTS[sort]
    query = _matching(project_ids, text, stages).order_by(
        column.asc() if is_rising else column.desc(), _experiments.c.id.desc()
    )
    rows = connection.execute(query.offset(offset).limit(limit)).all()
    found = experiments.shown(connection, rows)
    counted = (
        select(_runs.c.experiment_id, func.count(), func.max(_runs.c.start_time))
        .where(_runs.c.experiment_id.in_([each.id for each in found]), _runs.c.stage == Stage.ACTIVE)
        .group_by(_runs.c.experiment_id)
    )
    runs = {experiment_id: (count, last) for experiment_id, count, last in connection.execute(counted)}
    nothing = (0, None)
    return [
        Listed(experiment=each, run_count=runs.get(each.id, nothing)[0], last_run=runs.get(each.id, nothing)[1])
        for each in found
    ]


def total(connection: Reading, project_ids: Collection[str] | None, *, text: str, stages: Sequence[Stage]) -> int:
    """How many experiments `listed` could give."""
    query = _matching(project_ids, text, stages).with_only_columns(func.count())
    return connection.execute(query).scalar_one()


def _matching(project_ids: Collection[str] | None, text: str, stages: Sequence[Stage]) -> Select[Any]:
    query = select(_experiments).where(_experiments.c.stage.in_(stages))
    if project_ids is not None:
        query = query.where(_experiments.c.project_id.in_(project_ids))
    if text:
        in_name = func.lower(_experiments.c.name).contains(text.lower(), autoescape=True)
        query = query.where(or_(in_name, _experiments.c.id == text))
    return query
