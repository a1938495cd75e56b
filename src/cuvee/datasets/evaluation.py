"""What one may do with datasets to evaluate on: MLflow's rules for them and their records."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from cuvee.api.callers import Caller
from cuvee.core import clock, filters
from cuvee.core.errors import NotFound
from cuvee.core.filters import BadFilter, Comparison
from cuvee.core.ids import PATTERN, new_id
from cuvee.datasets import errors
from cuvee.datasets.service import READ, WRITE, kept
from cuvee.datasets.store import evaluation as store
from cuvee.datasets.values import USER_TAG, EvaluationDataset, Record, RecordPage
from cuvee.db.session import Reading, Writing

DEFAULT_RESULTS: Final = 1_000
MAX_RESULTS: Final = 1_000
MAX_RECORDS: Final = 1_000
MAX_NAME: Final = 255
MAX_TAG: Final = 20_000

_ID: Final = re.compile(rf"d-(?:{PATTERN.pattern}|[0-9a-f]{{32}})")
_NUMBERS: Final = frozenset({"created_time", "last_update_time"})
_SORTED_BY: Final = frozenset({"name", "created_time", "last_update_time"})
_TEXT_OPERATORS: Final = frozenset({"=", "!=", "LIKE", "ILIKE"})
_NUMBER_OPERATORS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
#: Kinds of values as a dataset's schema names them; a boolean is an int to Python, so it comes first.
_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (type(None), "null"),
    (bool, "boolean"),
    (int, "integer"),
    (float, "float"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the datasets that were found."""

    datasets: Sequence[EvaluationDataset]
    #: Where the next page begins; None when there is none.
    next_offset: int | None = None


def create(
    connection: Writing, project_id: str, name: str, *, tags: Mapping[str, str], experiment_ids: Sequence[str]
) -> EvaluationDataset:
    """A new dataset without records. The caller has checked that the project and experiments may be written.

    Raises:
        BadDatasetName, TooLong, BadText: when a text cannot be kept.

    """
    if not name:
        raise errors.BadDatasetName
    now, user = clock.now_ms(), _user(tags, None)
    dataset = EvaluationDataset(
        id=f"d-{new_id()}",
        project_id=project_id,
        name=kept("name", name, MAX_NAME),
        digest=_digest(name, now),
        created_at=now,
        updated_at=now,
        created_by=user,
        updated_by=user,
        tags=_tags(tags),
    )
    store.add(connection, dataset)
    store.set_tags(connection, dataset.id, dataset.tags)
    store.add_experiments(connection, dataset.id, experiment_ids)
    return dataset


def get(
    connection: Reading,
    caller: Caller,
    dataset_id: str,
    scope: str = READ,
    missing: type[errors.DatasetNotFound] = errors.DatasetNotFound,
) -> EvaluationDataset:
    """A dataset, for a caller who holds the scope in its project; `missing` is said when there is none for them.

    Raises:
        DatasetNotFound: when there is none, or the caller has no part in its project.
        Denied: when the caller's role there is too low.

    """
    dataset = store.find(connection, dataset_id) if _ID.fullmatch(dataset_id) else None
    if dataset is None:
        raise missing(dataset_id)
    try:
        caller.require(scope, dataset.project_id)
    except NotFound:
        raise missing(dataset_id) from None
    return dataset


def delete(connection: Writing, caller: Caller, dataset_id: str) -> None:
    """Delete a dataset with its records; nothing when it is not there, as with MLflow."""
    try:
        dataset = get(connection, caller, dataset_id, WRITE)
    except errors.DatasetNotFound:
        return
    store.remove(connection, dataset.id)


def search(
    connection: Reading,
    caller: Caller,
    *,
    experiment_ids: Sequence[str] = (),
    filter_text: str = "",
    order_by: Sequence[str] = (),
    offset: int = 0,
    limit: int = DEFAULT_RESULTS,
) -> Page:
    """Datasets that the caller may see, the newest first when no order is given.

    Raises:
        BadFilter, BadOrder: when the filter or the order cannot be read.

    """
    limit = min(limit, MAX_RESULTS)
    found = store.page(
        connection,
        experiment_ids=experiment_ids,
        project_ids=caller.projects(READ),
        comparisons=[_checked(comparison) for comparison in filters.comparisons(filter_text)],
        order=[_order(text) for text in order_by or ["created_time DESC"]],
        offset=offset,
        limit=limit + 1,
    )
    return Page(datasets=found[:limit], next_offset=offset + limit if len(found) > limit else None)


def set_tags(connection: Writing, caller: Caller, dataset_id: str, tags: Mapping[str, str]) -> None:
    """Set tags, in place of those of the same key."""
    dataset = get(connection, caller, dataset_id, WRITE, errors.TaggedDatasetNotFound)
    store.set_tags(connection, dataset.id, _tags(tags))


def delete_tag(connection: Writing, caller: Caller, dataset_id: str, key: str) -> None:
    """Delete a tag; nothing when it, or the dataset, is not there, as with MLflow."""
    try:
        store.delete_tag(connection, get(connection, caller, dataset_id, WRITE).id, key)
    except errors.DatasetNotFound:
        return


def experiments_of(connection: Reading, caller: Caller, dataset_id: str) -> list[str]:
    """The experiments that a dataset belongs to; none when it is not there, as with MLflow."""
    try:
        return store.experiments_of(connection, get(connection, caller, dataset_id).id)
    except errors.DatasetNotFound:
        return []


def add_experiments(
    connection: Writing, caller: Caller, dataset_id: str, experiment_ids: Sequence[str]
) -> EvaluationDataset:
    """Put a dataset into experiments, which the caller has checked to be there."""
    dataset = get(connection, caller, dataset_id, WRITE, errors.MovedDatasetNotFound)
    store.add_experiments(connection, dataset.id, experiment_ids)
    return _touched(connection, dataset)


def remove_experiments(
    connection: Writing, caller: Caller, dataset_id: str, experiment_ids: Sequence[str]
) -> EvaluationDataset:
    """Take a dataset out of experiments; those that it is not in do not matter."""
    dataset = get(connection, caller, dataset_id, WRITE, errors.MovedDatasetNotFound)
    if store.remove_experiments(connection, dataset.id, experiment_ids):
        return _touched(connection, dataset)
    return dataset


def upsert_records(
    connection: Writing, caller: Caller, dataset_id: str, given: Sequence[Mapping[str, Any]]
) -> tuple[int, int]:
    """Add records, or merge them into those with the same inputs; how many were new and how many were there.

    Raises:
        BadJson: when a record is not of the documented shape.

    """
    dataset = get(connection, caller, dataset_id, WRITE)
    now = clock.now_ms()
    digests = [_hash(record) for record in given]
    known = store.records_by_hash(connection, dataset.id, set(digests))
    inserted, saved, user = 0, dict[str, Record](), None
    for digest, record in zip(digests, given, strict=True):
        old = saved.get(digest) or known.get(digest)
        inserted += old is None
        saved[digest] = _new(dataset.id, record, now) if old is None else _merged(old, record, now)
        user = _user(record.get("tags") or {}, user)
    store.save_records(connection, saved)
    changes = {
        "updated_at": now,
        "updated_by": user,
        "digest": _digest(dataset.name, now),
        "schema": _schema(dataset.schema, given),
        "profile": _profile(store.count_records(connection, dataset.id)),
    }
    store.change(connection, dataset.id, changes)
    return inserted, len(given) - inserted


def records(
    connection: Reading,
    caller: Caller,
    dataset_id: str,
    *,
    after: tuple[int, str] | None = None,
    limit: int = MAX_RECORDS,
) -> RecordPage:
    """Records in the order in which they came, from behind a position."""
    dataset = get(connection, caller, dataset_id)
    limit = min(limit, MAX_RECORDS)
    found = store.records(connection, dataset.id, after, limit + 1)
    shown = found[:limit]
    return RecordPage(records=shown, position=(shown[-1].created_at, shown[-1].id) if len(found) > limit else None)


def delete_records(connection: Writing, caller: Caller, dataset_id: str, record_ids: Sequence[str]) -> int:
    """Delete records; how many were there."""
    dataset = get(connection, caller, dataset_id, WRITE)
    count = store.delete_records(connection, dataset.id, record_ids)
    if count:
        left = store.count_records(connection, dataset.id)
        store.change(connection, dataset.id, {"profile": _profile(left) or "null"})
    return count


def _new(dataset_id: str, given: Mapping[str, Any], now: int) -> Record:
    tags = given.get("tags") or {}
    return Record(
        id=f"dr-{new_id()}",
        dataset_id=dataset_id,
        created_at=now,
        updated_at=now,
        created_by=_user(tags, None),
        updated_by=_user(tags, None),
        inputs=given.get("inputs", {}),
        outputs=given.get("outputs", {}),
        expectations=given.get("expectations"),
        tags=tags,
        source=given.get("source"),
    )


def _merged(old: Record, given: Mapping[str, Any], now: int) -> Record:
    """New outputs take the place of the old; expectations and tags are added to."""
    tags = given.get("tags") or {}
    expectations = given.get("expectations")
    return replace(
        old,
        outputs=given.get("outputs", old.outputs),
        expectations={**(old.expectations or {}), **expectations} if expectations else old.expectations,
        tags={**old.tags, **tags},
        updated_at=now,
        updated_by=_user(tags, old.updated_by),
    )


def _user(tags: Mapping[str, Any], otherwise: str | None) -> str | None:
    """Who did it, if the tags say so."""
    return kept(USER_TAG, str(tags[USER_TAG]), MAX_NAME) if USER_TAG in tags else otherwise


def _hash(record: Mapping[str, Any]) -> str:
    parts = (record.get("inputs", {}), record.get("expectations") or {}, record.get("tags") or {})
    source = record.get("source") or {}
    if not all(isinstance(part, dict) for part in parts) or not isinstance(source, dict):
        raise errors.BadJson("records")
    if not isinstance(source.get("source_data") or {}, dict) or not isinstance(source.get("source_type", ""), str):
        raise errors.BadJson("records")
    return hashlib.sha256(json.dumps(parts[0], sort_keys=True).encode()).hexdigest()


def _schema(known: str | None, given: Sequence[Mapping[str, Any]]) -> str | None:
    """Which fields the records have, the first kind of value that was seen for each."""
    if known is None and not given:
        return None
    schema: dict[str, Any] = (
        json.loads(known) if known else {"inputs": {}, "outputs": {}, "expectations": {}, "version": "1.0"}
    )
    for record in given:
        for part in ("inputs", "outputs", "expectations"):
            values = record.get(part)
            if isinstance(values, dict) and isinstance(schema[part], dict):
                for key, value in values.items():
                    schema[part].setdefault(key, _kind(value))
            elif part == "outputs" and values is not None and not schema[part]:
                schema[part] = _kind(values)
    return json.dumps(schema)


def _kind(value: Any) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "unknown")


def _profile(count: int) -> str | None:
    return json.dumps({"num_records": count}) if count else None


def _digest(name: str, moment: int) -> str:
    return hashlib.sha256(f"{name}:{moment}".encode()).hexdigest()[:8]


def _touched(connection: Writing, dataset: EvaluationDataset) -> EvaluationDataset:
    changed = replace(dataset, updated_at=clock.now_ms())
    store.change(connection, dataset.id, {"updated_at": changed.updated_at})
    return changed


def _tags(tags: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        kept("key", key, MAX_NAME): kept("value", str(value), MAX_TAG)
        for key, value in tags.items()
        if value is not None
    }


def _checked(comparison: Comparison) -> Comparison:
    if comparison.entity not in {"", "tags"}:
        raise BadFilter(f"Invalid identifier token '{comparison.entity}' specified")
    if comparison.entity == "" and comparison.key not in store.ATTRIBUTES:
        raise BadFilter(
            f"Invalid attribute key '{comparison.key}' specified. Valid keys are: {sorted(store.ATTRIBUTES)}"
        )
    is_number = comparison.entity == "" and comparison.key in _NUMBERS
    allowed = _NUMBER_OPERATORS if is_number else _TEXT_OPERATORS
    if comparison.operator in allowed or (str(comparison) == "name" and comparison.operator == "IN"):
        return comparison
    of = "tag" if comparison.entity else f"{'numeric' if is_number else 'string'} attribute"
    raise BadFilter(f"Invalid comparator for {of}: {comparison.operator}")


def _order(text: str) -> tuple[str, bool]:
    name, _, direction = text.strip().partition(" ")
    if name not in _SORTED_BY or direction.strip().upper() not in {"", "ASC", "DESC"}:
        raise errors.BadOrder
    return name, direction.strip().upper() != "DESC"
