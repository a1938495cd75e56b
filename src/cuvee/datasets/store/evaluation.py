"""Datasets to evaluate on, and their records."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, insert, or_, select, update

from cuvee.core.filters import Comparison
from cuvee.datasets import tables
from cuvee.datasets.values import EvaluationDataset, Record
from cuvee.db import statements
from cuvee.db.session import Reading, Writing

_datasets, _tags = tables.evaluation_datasets, tables.evaluation_dataset_tags
_records, _experiments = tables.evaluation_dataset_records, tables.evaluation_dataset_experiments

#: MLflow's names of attributes → ours.
ATTRIBUTES: Final = {
    "name": "name",
    "created_time": "created_at",
    "last_update_time": "updated_at",
    "created_by": "created_by",
    "last_updated_by": "updated_by",
}


def add(connection: Writing, dataset: EvaluationDataset) -> None:
    """Add a dataset, without its tags."""
    columns = ("id", "project_id", "name", "digest", "schema", "profile", "created_at", "updated_at")
    row = {column: getattr(dataset, column) for column in (*columns, "created_by", "updated_by")}
    connection.execute(insert(_datasets).values(row))


def find(connection: Reading, dataset_id: str) -> EvaluationDataset | None:
    row = connection.execute(select(_datasets).where(_datasets.c.id == dataset_id)).one_or_none()
    return None if row is None else _completed(connection, [row])[0]


def page(
    connection: Reading,
    *,
    experiment_ids: Collection[str],
    project_ids: Collection[str] | None,
    comparisons: Sequence[Comparison],
    order: Sequence[tuple[str, bool]],
    offset: int,
    limit: int,
) -> list[EvaluationDataset]:
    """Datasets in order, with their tags: two queries. No experiments stand for all."""
    query = select(_datasets).where(*(_condition(comparison) for comparison in comparisons))
    if experiment_ids:
        query = query.where(
            exists().where(
                _experiments.c.dataset_id == _datasets.c.id, _experiments.c.experiment_id.in_(experiment_ids)
            )
        )
    if project_ids is not None:
        query = query.where(_datasets.c.project_id.in_(project_ids))
    for attribute, is_ascending in order:
        column = _datasets.c[ATTRIBUTES[attribute]]
        query = query.order_by(column.asc() if is_ascending else column.desc())
    query = query.order_by(_datasets.c.id.desc()).offset(offset).limit(limit)
    return _completed(connection, connection.execute(query).all())


def change(connection: Writing, dataset_id: str, changes: Mapping[str, Any]) -> None:
    connection.execute(update(_datasets).where(_datasets.c.id == dataset_id).values(**changes))


def remove(connection: Writing, dataset_id: str) -> None:
    connection.execute(delete(_datasets).where(_datasets.c.id == dataset_id))


def set_tags(connection: Writing, dataset_id: str, tags: Mapping[str, str]) -> None:
    """Set tags, in place of those of the same key."""
    rows = [{"dataset_id": dataset_id, "key": key, "value": value} for key, value in tags.items()]
    if rows:
        statement = statements.insert(connection, _tags)
        value = {"value": statement.excluded.value}
        connection.execute(statement.on_conflict_do_update(index_elements=["dataset_id", "key"], set_=value), rows)


def delete_tag(connection: Writing, dataset_id: str, key: str) -> None:
    connection.execute(delete(_tags).where(_tags.c.dataset_id == dataset_id, _tags.c.key == key))


def experiments_of(connection: Reading, dataset_id: str) -> list[str]:
    query = select(_experiments.c.experiment_id).where(_experiments.c.dataset_id == dataset_id)
    return list(connection.execute(query.order_by(_experiments.c.experiment_id)).scalars())


def add_experiments(connection: Writing, dataset_id: str, experiment_ids: Sequence[str]) -> None:
    rows = [{"dataset_id": dataset_id, "experiment_id": each} for each in dict.fromkeys(experiment_ids)]
    if rows:
        connection.execute(statements.insert(connection, _experiments).on_conflict_do_nothing(), rows)


def remove_experiments(connection: Writing, dataset_id: str, experiment_ids: Sequence[str]) -> int:
    """Take a dataset from experiments; from how many."""
    of = (_experiments.c.dataset_id == dataset_id, _experiments.c.experiment_id.in_(experiment_ids))
    return connection.execute(delete(_experiments).where(*of)).rowcount


def records_by_hash(connection: Reading, dataset_id: str, hashes: Collection[str]) -> dict[str, Record]:
    """Hash of the inputs → the record that has them."""
    query = select(_records).where(_records.c.dataset_id == dataset_id, _records.c.input_hash.in_(hashes))
    return {row.input_hash: _record(row) for row in connection.execute(query)}


def save_records(connection: Writing, records: Mapping[str, Record]) -> None:
    """Add or replace records, by the hash of their inputs."""
    rows = [_record_row(each) | {"input_hash": digest} for digest, each in records.items()]
    if not rows:
        return
    statement = statements.insert(connection, _records)
    changed = ("outputs", "expectations", "tags", "updated_at", "updated_by")
    values = {column: statement.excluded[column] for column in changed}
    connection.execute(statement.on_conflict_do_update(index_elements=["dataset_id", "input_hash"], set_=values), rows)


def records(connection: Reading, dataset_id: str, after: tuple[int, str] | None, limit: int) -> list[Record]:
    """Records in the order in which they came, from behind a position."""
    query = select(_records).where(_records.c.dataset_id == dataset_id)
    if after is not None:
        later = and_(_records.c.created_at == after[0], _records.c.id > after[1])
        query = query.where(or_(_records.c.created_at > after[0], later))
    query = query.order_by(_records.c.created_at, _records.c.id).limit(limit)
    return [_record(row) for row in connection.execute(query)]


def count_records(connection: Reading, dataset_id: str) -> int:
    query = select(func.count()).select_from(_records).where(_records.c.dataset_id == dataset_id)
    return connection.execute(query).scalar_one()


def delete_records(connection: Writing, dataset_id: str, record_ids: Collection[str]) -> int:
    """Delete records; how many were there."""
    of = (_records.c.dataset_id == dataset_id, _records.c.id.in_(record_ids))
    return connection.execute(delete(_records).where(*of)).rowcount


def _condition(comparison: Comparison) -> ColumnElement[bool]:
    if comparison.entity == "tags":
        fits = statements.compared(_tags.c.value, comparison.operator, comparison.value)
        return exists().where(_tags.c.dataset_id == _datasets.c.id, _tags.c.key == comparison.key, fits)
    column = ATTRIBUTES[comparison.key]
    is_number = column in {"created_at", "updated_at"}
    value = int(comparison.number) if is_number else comparison.value
    return statements.compared(_datasets.c[column], comparison.operator, value)


def _completed(connection: Reading, rows: Sequence[Row[Any]]) -> list[EvaluationDataset]:
    tags: dict[str, dict[str, str]] = defaultdict(dict)
    ids = [row.id for row in rows]
    for tag in connection.execute(select(_tags).where(_tags.c.dataset_id.in_(ids)).order_by(_tags.c.key)):
        tags[tag.dataset_id][tag.key] = tag.value
    return [EvaluationDataset(**row._asdict(), tags=tags[row.id]) for row in rows]


def _record_row(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "dataset_id": record.dataset_id,
        "inputs": _json(record.inputs),
        "outputs": None if record.outputs is None else _json(record.outputs),
        "expectations": None if record.expectations is None else _json(record.expectations),
        "tags": _json(record.tags),
        "source": None if record.source is None else _json(record.source),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "created_by": record.created_by,
        "updated_by": record.updated_by,
    }


def _record(row: Row[Any]) -> Record:
    values = row._asdict()
    del values["input_hash"]
    for column in ("inputs", "outputs", "expectations", "tags", "source"):
        values[column] = None if values[column] is None else msgspec.json.decode(values[column])
    return Record(**values)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
