"""What a search asks for, read from its texts and settled against what was logged.

`metrics.loss.min` is the metric of that name where the experiments have one, as MLflow reads it; else the least value
of `metrics.loss`. With quotes there is no doubt: metrics.`loss.min` is the metric, metrics.`loss`.min the least value.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from cuvee.db.session import Reading
from cuvee.tracking import filters, vocabulary
from cuvee.tracking.conditions import Aggregate, Compared, Condition, Every, Exists, Not, Order, Some
from cuvee.tracking.store import series

T = TypeVar("T", Compared, Order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which runs are wanted, and in which order."""

    condition: Condition | None
    orders: Sequence[Order]
    #: Names that were in doubt and are those of metrics.
    names: frozenset[str]


def about_runs(
    connection: Reading,
    experiment_ids: Sequence[str],
    filter_text: str = "",
    order_by: Sequence[str] = (),
    *,
    names: Collection[str] | None = None,
) -> Question:
    """The question about runs of these experiments. `names`: those of an earlier page, which stay what they were.

    Raises:
        BadFilter, BadOrder: when the filter or the order cannot be read.

    """
    condition = filters.parse(filter_text, vocabulary.RUNS)
    orders = filters.orders(order_by, vocabulary.RUNS)
    asked: list[Compared | Order] = [*_compared(condition), *orders]
    doubtful = {_whole(each) for each in asked if each.is_doubtful}
    if doubtful and names is None:
        names = series.known(connection, experiment_ids, doubtful)
    settled = frozenset(names or ())
    return Question(
        condition=condition and _settled(condition, settled),
        orders=[_certain(order, settled) for order in orders],
        names=settled,
    )


def _whole(each: Compared | Order) -> str:
    return f"{each.key}.{each.aggregate}"


def _compared(condition: Condition | None) -> Iterator[Compared]:
    match condition:
        case Compared():
            yield condition
        case Not(inner):
            yield from _compared(inner)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from _compared(part)


def _settled(condition: Condition, names: Collection[str]) -> Condition:
    match condition:
        case Compared():
            return _certain(condition, names)
        case Exists():
            return condition
        case Not(inner):
            return Not(_settled(inner, names))
        case Every(parts):
            return Every(tuple(_settled(part, names) for part in parts))
        case Some(parts):
            return Some(tuple(_settled(part, names) for part in parts))


def _certain(each: T, names: Collection[str]) -> T:
    if not each.is_doubtful:
        return each
    if _whole(each) in names:
        return replace(each, key=_whole(each), aggregate=Aggregate.LAST, is_doubtful=False)
    return replace(each, is_doubtful=False)
