"""Every query about single models, their tags, parameters and metrics. No rules here: those are in service.py."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Table, delete, insert, select, update

from cuvee.core.ids import new_id
from cuvee.db import statements
from cuvee.db.session import Reading, Writing
from cuvee.logged_models import tables
from cuvee.logged_models.values import Direction, Link, Links, LoggedModel, Metric, Status

_models, _metrics, _links = tables.logged_models, tables.logged_model_metrics, tables.run_models
#: Built once: it is asked with every run that is shown.
_LINKS_OF: Final = (
    select(_links.c.run_id, _links.c.direction, _links.c.model_id, _links.c.step)
    .where(statements.among(_links.c.run_id, "run_ids"))
    .order_by(_links.c.id)
)


def add(connection: Writing, model: LoggedModel) -> bool:
    """Add a model, without its tags and parameters; whether its place was free."""
    row = {
        "id": model.id,
        "project_id": model.project_id,
        "experiment_id": model.experiment_id,
        "name": model.name,
        "artifact_location": model.artifact_location,
        "created_at": model.created_at,
        "updated_at": model.updated_at,
        "status": int(model.status),
        "is_deleted": model.is_deleted,
        "model_type": model.model_type,
        "source_run_id": model.source_run_id,
    }
    added = statements.insert(connection, _models).values(row)
    added = added.on_conflict_do_nothing(index_elements=["artifact_location"]).returning(_models.c.id)
    return connection.execute(added).first() is not None


def taken(connection: Reading, run_id: str) -> set[str]:
    """The places of a run's models, deleted ones too: their files may be there still."""
    return set(
        connection.execute(select(_models.c.artifact_location).where(_models.c.source_run_id == run_id)).scalars()
    )


def find(connection: Reading, model_id: str) -> LoggedModel | None:
    """A model with all that belongs to it, deleted or not."""
    row = connection.execute(select(_models).where(_models.c.id == model_id)).one_or_none()
    return None if row is None else completed(connection, [row])[0]


def several(connection: Reading, model_ids: Collection[str]) -> list[LoggedModel]:
    """Those of the models that exist and are not deleted, with all that belongs to them."""
    query = select(_models).where(_models.c.id.in_(model_ids), ~_models.c.is_deleted).order_by(_models.c.id)
    return completed(connection, connection.execute(query).all())


def of_runs(connection: Reading, run_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Model → run and project, of those that these runs made and that are not deleted."""
    query = select(_models.c.id, _models.c.source_run_id, _models.c.project_id)
    query = query.where(_models.c.source_run_id.in_(run_ids), ~_models.c.is_deleted).order_by(_models.c.id)
    return {row.id: (row.source_run_id, row.project_id) for row in connection.execute(query)}


def users_of(connection: Reading, model_ids: Collection[str]) -> list[tuple[str, str]]:
    """Models and the runs that used them."""
    query = select(_links.c.model_id, _links.c.run_id).distinct()
    query = query.where(_links.c.model_id.in_(model_ids), _links.c.direction == Direction.INPUT)
    return [(row.model_id, row.run_id) for row in connection.execute(query.order_by(_links.c.run_id))]


def find_at(connection: Reading, artifact_location: str) -> LoggedModel | None:
    """The model whose files are at this place, deleted or not: no two share one."""
    row = connection.execute(select(_models).where(_models.c.artifact_location == artifact_location)).one_or_none()
    return None if row is None else completed(connection, [row])[0]


def projects_of(connection: Reading, model_ids: Collection[str]) -> dict[str, str]:
    """Model → project, of those that exist and are not deleted."""
    query = select(_models.c.id, _models.c.project_id).where(_models.c.id.in_(model_ids), ~_models.c.is_deleted)
    return {row.id: row.project_id for row in connection.execute(query)}


def completed(connection: Reading, rows: Sequence[Row[Any]]) -> list[LoggedModel]:
    """Models from their rows, with what belongs to them: three queries, however many they are."""
    ids = [row.id for row in rows]
    tags, params = (_pairs(connection, table, ids) for table in (tables.logged_model_tags, tables.logged_model_params))
    metrics: dict[str, list[Metric]] = defaultdict(list)
    query = select(_metrics).where(_metrics.c.model_id.in_(ids))
    for row in connection.execute(query.order_by(_metrics.c.key, _metrics.c.timestamp, _metrics.c.step)):
        metrics[row.model_id].append(_metric(row))
    return [
        LoggedModel(
            id=row.id,
            project_id=row.project_id,
            experiment_id=row.experiment_id,
            name=row.name,
            artifact_location=row.artifact_location,
            created_at=row.created_at,
            updated_at=row.updated_at,
            status=Status(row.status),
            is_deleted=row.is_deleted,
            model_type=row.model_type,
            source_run_id=row.source_run_id,
            tags=tags[row.id],
            params=params[row.id],
            metrics=metrics[row.id],
        )
        for row in rows
    ]


def change(connection: Writing, model_id: str, changes: Mapping[str, Any]) -> None:
    connection.execute(update(_models).where(_models.c.id == model_id).values(**changes))


def set_tags(connection: Writing, model_id: str, tags: Mapping[str, str]) -> None:
    """Set tags, in place of those of the same key."""
    if not tags:
        return
    statement = statements.insert(connection, tables.logged_model_tags)
    replaced = statement.on_conflict_do_update(
        index_elements=["model_id", "key"], set_={"value": statement.excluded.value}
    )
    connection.execute(replaced, [{"model_id": model_id, "key": key, "value": value} for key, value in tags.items()])


def delete_tag(connection: Writing, model_id: str, key: str) -> bool:
    """Delete a tag; whether it was there."""
    table = tables.logged_model_tags
    return connection.execute(delete(table).where(table.c.model_id == model_id, table.c.key == key)).rowcount == 1


def add_params(connection: Writing, model_id: str, params: Mapping[str, str]) -> None:
    """Add parameters that are not there yet."""
    rows = [{"model_id": model_id, "key": key, "value": value} for key, value in params.items()]
    if rows:
        connection.execute(insert(tables.logged_model_params), rows)


def add_metrics(connection: Writing, metrics: Iterable[Metric]) -> None:
    """Add values; one that is there already, at its time and step, stays as it is."""
    rows = [metric._asdict() | {"value": None if math.isnan(metric.value) else metric.value} for metric in metrics]
    if rows:
        connection.execute(statements.insert(connection, _metrics).on_conflict_do_nothing(), rows)


def link(connection: Writing, project_id: str, run_id: str, direction: Direction, links: Sequence[Link]) -> None:
    """Note models that a run used or made, in this order."""
    rows = [
        {"id": new_id(), "project_id": project_id, "run_id": run_id, "direction": direction} | each._asdict()
        for each in links
    ]
    if rows:
        connection.execute(insert(_links), rows)


def links_of(connection: Reading, run_ids: Collection[str]) -> Links:
    """The models that runs used and made, in the order in which they were noted: one query."""
    found: dict[str, dict[str, list[Link]]] = {direction: defaultdict(list) for direction in Direction}
    for run_id, direction, *link in statements.fetched(connection, _LINKS_OF, {"run_ids": list(run_ids)}):
        found[direction][run_id].append(Link(*link))
    return Links(used=found[Direction.INPUT], made=found[Direction.OUTPUT])


def forget_project(connection: Writing, project_id: str) -> None:
    """Remove a project's models with all that belongs to them."""
    for table in (_links, _models):
        connection.execute(delete(table).where(table.c.project_id == project_id))


def _pairs(connection: Reading, table: Table, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(select(table).where(table.c.model_id.in_(ids)).order_by(table.c.key)):
        found[row.model_id][row.key] = row.value
    return found


def _metric(row: Row[Any]) -> Metric:
    return Metric(
        model_id=row.model_id,
        run_id=row.run_id,
        key=row.key,
        value=math.nan if row.value is None else row.value,
        timestamp=row.timestamp,
        step=row.step,
        dataset_name=row.dataset_name,
        dataset_digest=row.dataset_digest,
    )
