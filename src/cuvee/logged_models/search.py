"""Which models a search may ask for, and how: MLflow's rules for filters and orders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cuvee.api.callers import Caller
from cuvee.core import filters
from cuvee.core.filters import BadFilter, Comparison
from cuvee.db.session import Reading
from cuvee.logged_models import errors
from cuvee.logged_models.service import READ
from cuvee.logged_models.store import search as store
from cuvee.logged_models.values import ATTRIBUTES, DatasetFilter, LoggedModel, Order, Status

DEFAULT_RESULTS: Final = 100
MAX_RESULTS: Final = 1_000
_ENTITIES: Final = ("attributes", "metrics", "params", "tags")
_NUMBERS: Final = frozenset({"created_at", "updated_at"})
_NUMBER_OPERATORS: Final = ("<", "<=", ">", ">=", "=", "!=")
_TEXT_OPERATORS: Final = ("=", "!=", "LIKE", "ILIKE", "IN", "NOT IN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the models that were found."""

    models: Sequence[LoggedModel]
    #: Where the next page begins; None when there is none.
    next_offset: int | None = None


def search(
    connection: Reading,
    caller: Caller,
    *,
    experiment_ids: Sequence[str],
    filter_text: str = "",
    datasets: Sequence[DatasetFilter] = (),
    order: Sequence[Order] = (),
    offset: int = 0,
    limit: int = DEFAULT_RESULTS,
) -> Page:
    """Models of the experiments that the caller may see, the newest first when no order is given.

    Raises:
        BadFilter: when the filter cannot be read, or compares what cannot be compared.
        BadOrder: when models are not sorted by that.
        DatasetWithoutName: when a dataset has no name.

    """
    if not all(dataset.name for dataset in datasets):
        raise errors.DatasetWithoutName
    limit = min(limit, MAX_RESULTS)
    found = store.page(
        connection,
        experiment_ids=experiment_ids,
        project_ids=caller.projects(READ),
        comparisons=[_checked(comparison) for comparison in filters.comparisons(filter_text)],
        datasets=datasets,
        order=order,
        offset=offset,
        limit=limit + 1,
    )
    return Page(models=found[:limit], next_offset=offset + limit if len(found) > limit else None)


def order(name: str, *, is_ascending: bool = True, dataset: DatasetFilter | None = None) -> Order:
    """One thing to sort by, by its name: an attribute, or `metrics.` and a metric.

    Raises:
        BadOrder: when models are not sorted by that.

    """
    entity, dot, key = name.partition(".")
    if not dot:
        if name not in ATTRIBUTES:
            raise errors.BadOrder(name)
        return Order(attribute=ATTRIBUTES[name], is_ascending=is_ascending)
    if entity != "metrics":
        raise errors.BadOrder(name, ". Only metrics are supported.")
    return Order(metric=key, is_ascending=is_ascending, dataset=dataset)


def _checked(comparison: Comparison) -> Comparison:
    entity = comparison.entity or "attributes"
    if entity not in _ENTITIES:
        raise BadFilter(f"Invalid entity type: {entity!r}. Expected one of {list(_ENTITIES)}.")
    attribute = ATTRIBUTES.get(comparison.key) if entity == "attributes" else None
    if entity == "attributes" and attribute is None:
        raise BadFilter(f"Invalid attribute key: {comparison.key!r}. Expected one of {sorted(ATTRIBUTES)}.")
    is_number = entity == "metrics" or attribute in _NUMBERS
    allowed = _NUMBER_OPERATORS if is_number else _TEXT_OPERATORS
    if comparison.operator not in allowed:
        name = f"{entity}.{comparison.key}"
        raise BadFilter(f"Invalid comparison operator for {name}: {comparison.operator!r}. Expected one of {allowed}.")
    return _with_status_number(comparison) if attribute == "status" else comparison


def _with_status_number(comparison: Comparison) -> Comparison:
    """Statuses are kept as numbers; a filter may name them."""
    if comparison.operator not in {"=", "!="} or not isinstance(comparison.value, str):
        raise BadFilter("A status is compared by = and !=.")
    named = Status.__members__.get(comparison.value)
    return comparison if named is None else replace(comparison, value=str(int(named)))
