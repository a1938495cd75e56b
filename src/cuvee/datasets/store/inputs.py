"""Datasets that runs used."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Row, Select, delete, select

from cuvee.core.ids import new_id
from cuvee.datasets import references, tables
from cuvee.datasets.values import RECORDED_TAG, Dataset, Input, Summary, Use
from cuvee.db import statements
from cuvee.db.session import Reading, Writing

_datasets, _inputs = tables.datasets, tables.dataset_inputs
#: In the tags of an input that the platform noted by itself.
_RECORDED: Final = f'"{RECORDED_TAG}":'
#: Built once: it is asked with every run that is shown.
_INPUTS_OF: Final = (
    select(_inputs.c.run_id, _inputs.c.tags, _datasets)
    .join(_datasets)
    .where(statements.among(_inputs.c.run_id, "run_ids"))
    .order_by(_inputs.c.id)
)


def add(connection: Writing, project_id: str, experiment_id: str, run_id: str, inputs: Sequence[Input]) -> None:
    """Note what a run used. A dataset that the experiment knows is not added again, nor is a known input."""
    rows = [
        {"id": new_id(), "project_id": project_id, "experiment_id": experiment_id, **_row(each.dataset)}
        for each in inputs
    ]
    known = ["experiment_id", "name", "digest"]
    connection.execute(statements.insert(connection, _datasets).on_conflict_do_nothing(index_elements=known), rows)
    ids = _ids(connection, experiment_id, {each.dataset.name for each in inputs})
    used = [
        {
            "id": new_id(),
            "run_id": run_id,
            "dataset_id": ids[each.dataset.name, each.dataset.digest],
            "context": each.context,
            "is_output": each.is_output,
            "tags": msgspec.json.encode(each.tags).decode(),
        }
        for each in inputs
    ]
    adding = statements.insert(connection, _inputs)
    said = adding.on_conflict_do_update(
        index_elements=["run_id", "dataset_id", "is_output"],
        set_={"context": adding.excluded.context, "tags": adding.excluded.tags},
        # What somebody says of an input counts for more than that it was noticed.
        where=_inputs.c.tags.contains(_RECORDED) & ~adding.excluded.tags.contains(_RECORDED),
    )
    connection.execute(said, used)


def inputs_of(connection: Reading, run_ids: Collection[str]) -> dict[str, list[Input]]:
    """Run → what it used, in the order in which it was noted: one query."""
    found: dict[str, list[Input]] = defaultdict(list)
    for row in connection.execute(_INPUTS_OF, {"run_ids": list(run_ids)}):
        tags = msgspec.json.decode(row.tags, type=dict[str, str])
        found[row.run_id].append(Input(dataset=_dataset(row), tags=tags))
    return found


def summaries(
    connection: Reading, experiment_ids: Collection[str], project_ids: Collection[str] | None, limit: int
) -> list[Summary]:
    """The datasets that runs of the experiments used, once for each context."""
    columns = (_datasets.c.experiment_id, _datasets.c.name, _datasets.c.digest, _inputs.c.context)
    query = select(*columns).distinct().join_from(_datasets, _inputs)
    query = query.where(_datasets.c.experiment_id.in_(experiment_ids)).order_by(*columns).limit(limit)
    if project_ids is not None:
        query = query.where(_datasets.c.project_id.in_(project_ids))
    return [
        Summary(experiment_id=row.experiment_id, name=row.name, digest=row.digest, context=row.context)
        for row in connection.execute(query)
    ]


def runs_using(field: str) -> tuple[Select[Any], ColumnElement[Any]]:
    """The runs that used datasets, and the column to compare: for the search of runs, which is a room above this one.

    `field` is `name`, `digest` or `context`.
    """
    column = {"name": _datasets.c.name, "digest": _datasets.c.digest, "context": _inputs.c.context}[field]
    return select(_inputs.c.run_id).join(_datasets), column


def uses_by(connection: Reading, run_ids: Collection[str]) -> list[Use]:
    """The snapshots of tables that these runs used and made, in the order in which they were noted."""
    return _uses(connection, _inputs.c.run_id.in_(run_ids) & _datasets.c.reference.is_not(None))


def uses_of(connection: Reading, wanted: Collection[str], most: int) -> list[Use]:
    """Which runs used and made these snapshots: the newest uses, at most so many, the oldest of them first."""
    return _uses(connection, _datasets.c.reference.in_(wanted), most)


def told_of(
    connection: Reading, wanted: Collection[str], project_ids: Collection[str] | None
) -> dict[str, tuple[Dataset, str]]:
    """Reference → what the newest dataset of these projects says of it, and its project."""
    query = select(_datasets).where(_datasets.c.reference.in_(wanted)).order_by(_datasets.c.id)
    if project_ids is not None:
        query = query.where(_datasets.c.project_id.in_(project_ids))
    return {row.reference: (_dataset(row), row.project_id) for row in connection.execute(query)}


def _uses(connection: Reading, condition: ColumnElement[bool], most: int | None = None) -> list[Use]:
    columns = (_inputs.c.run_id, _inputs.c.context, _inputs.c.is_output, _inputs.c.tags, _datasets.c.reference)
    query = select(*columns).join(_datasets).where(condition).order_by(_inputs.c.id.desc()).limit(most)
    return [
        Use(
            run_id=row.run_id,
            reference=row.reference,
            snapshot=references.split(row.reference),
            context=row.context or "",
            is_recorded=_RECORDED in row.tags,
            is_output=row.is_output,
        )
        for row in reversed(connection.execute(query).all())
    ]


def forget_project(connection: Writing, project_id: str) -> None:
    for table in (_datasets, tables.evaluation_datasets):
        connection.execute(delete(table).where(table.c.project_id == project_id))


def _ids(connection: Reading, experiment_id: str, names: Collection[str]) -> dict[tuple[str, str], str]:
    query = select(_datasets.c.id, _datasets.c.name, _datasets.c.digest)
    query = query.where(_datasets.c.experiment_id == experiment_id, _datasets.c.name.in_(names))
    return {(row.name, row.digest): row.id for row in connection.execute(query)}


def _row(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "digest": dataset.digest,
        "source_type": dataset.source_type,
        "source": dataset.source,
        "schema": dataset.schema,
        "profile": dataset.profile,
        "reference": references.of(dataset.source_type, dataset.source),
    }


def _dataset(row: Row[Any]) -> Dataset:
    return Dataset(
        name=row.name,
        digest=row.digest,
        source_type=row.source_type,
        source=row.source,
        schema=row.schema,
        profile=row.profile,
    )
