"""Queries about experiments and their tags."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update

from cuvee.db.session import Reading, Writing
from cuvee.tracking import tables
from cuvee.tracking.values import Experiment, Stage, Tag

_experiments, _tags = tables.experiments, tables.experiment_tags


def add(connection: Writing, experiment: Experiment, *, default_of: str | None = None) -> None:
    connection.execute(
        insert(_experiments).values(
            id=experiment.id,
            project_id=experiment.project_id,
            name=experiment.name,
            creator_id=experiment.creator_id,
            stage=experiment.stage,
            created_at=experiment.created_at,
            updated_at=experiment.updated_at,
            default_of=default_of,
        )
    )
    for key, value in experiment.tags.items():
        connection.execute(insert(_tags).values(experiment_id=experiment.id, key=key, value=value))


def get(connection: Reading, experiment_id: str) -> Experiment | None:
    return _one(connection, select(_experiments).where(_experiments.c.id == experiment_id))


def several(connection: Reading, ids: Iterable[str]) -> dict[str, Experiment]:
    """By id; those that do not exist are left out."""
    rows = connection.execute(select(_experiments).where(_experiments.c.id.in_(list(ids)))).all()
    return {experiment.id: experiment for experiment in shown(connection, rows)}


def find(connection: Reading, project_id: str, name: str) -> Experiment | None:
    """By name, deleted ones included."""
    query = select(_experiments).where(_experiments.c.project_id == project_id, _experiments.c.name == name)
    return _one(connection, query)


def find_default(connection: Reading, project_id: str) -> str | None:
    """The id of the project's experiment `Default`, whatever its name and stage are now."""
    return connection.execute(
        select(_experiments.c.id).where(_experiments.c.default_of == project_id)
    ).scalar_one_or_none()


def projects_of(connection: Reading, ids: Iterable[str]) -> dict[str, str]:
    """Experiment id → project id; those that do not exist are left out."""
    query = select(_experiments.c.id, _experiments.c.project_id).where(_experiments.c.id.in_(list(ids)))
    return {row.id: row.project_id for row in connection.execute(query)}


def change(connection: Writing, experiment_id: str, changes: Mapping[str, Any]) -> None:
    connection.execute(update(_experiments).where(_experiments.c.id == experiment_id).values(**changes))


def set_tag(connection: Writing, experiment_id: str, tag: Tag) -> None:
    same = (_tags.c.experiment_id == experiment_id, _tags.c.key == tag.key)
    if connection.execute(update(_tags).where(*same).values(value=tag.value)).rowcount == 0:
        connection.execute(insert(_tags).values(experiment_id=experiment_id, key=tag.key, value=tag.value))


def delete_tag(connection: Writing, experiment_id: str, key: str) -> bool:
    """Whether there was such a tag."""
    query = delete(_tags).where(_tags.c.experiment_id == experiment_id, _tags.c.key == key)
    return connection.execute(query).rowcount > 0


def delete_all(connection: Writing, project_id: str) -> None:
    """Every experiment of a project, and with them their runs and all that was logged."""
    connection.execute(delete(_experiments).where(_experiments.c.project_id == project_id))


def shown(connection: Reading, rows: Sequence[Row[Any]]) -> list[Experiment]:
    """Rows as experiments, with their tags, in the rows' order."""
    tags: dict[str, dict[str, str]] = {row.id: {} for row in rows}
    query = select(_tags).where(_tags.c.experiment_id.in_(list(tags))).order_by(_tags.c.key)
    for tag in connection.execute(query):
        tags[tag.experiment_id][tag.key] = tag.value
    return [
        Experiment(
            id=row.id,
            project_id=row.project_id,
            name=row.name,
            creator_id=row.creator_id,
            stage=Stage(row.stage),
            created_at=row.created_at,
            updated_at=row.updated_at,
            tags=tags[row.id],
        )
        for row in rows
    ]


def _one(connection: Reading, query: Select[Any]) -> Experiment | None:
    found = shown(connection, connection.execute(query).all())
    return found[0] if found else None
