"""API v2's lists: `search_filter`, `sort` and pages, the same for every list that fits into memory.

A list of projects, models or jobs is short enough to be filtered here, after one query. Lists that can be long (runs)
do the same in their query.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any, Final, Generic, TypeVar

import msgspec
from litestar.params import FromQuery

from cuvee.api.callers import Caller
from cuvee.api.pages import BadPageToken, Sealer
from cuvee.core import errors

T = TypeVar("T")

DEFAULT_SIZE: Final = 100
LARGEST_SIZE: Final = 100_000


class BadFilter(errors.Invalid):
    """A search filter is a JSON object of texts, such as {"name": "wine"}, with keys that this list knows."""


class BadSort(errors.Invalid):
    """A sort is a list of keys with commas between, `-` in front for descending, such as `-updated_at,name`."""


class BadPageSize(errors.Invalid):
    """A page size is a whole number that is not negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request says about the list it wants, as it came."""

    search_filter: str = ""
    sort: str = ""
    page_size: int = 0
    page_token: str = ""


def provide_asked(
    search_filter: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    page_size: FromQuery[int] = 0,
    page_token: FromQuery[str] = "",
) -> Asked:
    """`asked`, for handlers of lists."""
    return Asked(search_filter=search_filter, sort=sort, page_size=page_size, page_token=page_token)


@dataclass(frozen=True, kw_only=True)  # a generic class with slots cannot be frozen on Python 3.11
class Columns(Generic[T]):
    """What a list can be filtered and sorted by."""

    filters: Mapping[str, Callable[[T], str]]
    #: Values of one key must compare with each other and be writable as JSON.
    sorts: Mapping[str, Callable[[T], Any]]
    #: What tells two items apart when they sort alike; the order when none is asked for.
    id: Callable[[T], str]


def page(
    items: Iterable[T], asked: Asked, columns: Columns[T], *, sealer: Sealer, name: str, caller: Caller
) -> tuple[list[T], str]:
    """The page that is asked for, and the token of the next one; an empty token at the end.

    A token holds the last item's place in the order, so items that come and go between two pages neither repeat nor
    hide others. It opens only for the same list, caller, filter and sort.

    Raises:
        BadFilter: when the filter is no JSON object of texts, or has a key that the list does not know.
        BadSort: likewise for the sort.
        BadPageSize: when the page size is negative.
        BadPageToken: when the token is not one of this list.

    """
    size = _size(asked.page_size)
    filters, order = parse_filter(asked.search_filter, columns.filters), parse_sort(asked.sort, columns.sorts)
    purpose = f"{name}\0{caller.user_id}\0{asked.search_filter}\0{asked.sort}"
    fitting = [item for item in items if all(text in columns.filters[key](item) for key, text in filters.items())]
    placed = [(_place(item, order, columns), item) for item in fitting]
    in_order = cmp_to_key(lambda one, other: _compare(one, other, order))
    placed.sort(key=lambda entry: in_order(entry[0]))
    if asked.page_token:
        last = sealer.open(asked.page_token, purpose)
        if not isinstance(last, list) or len(last) != len(order) + 1:
            raise BadPageToken
        placed = [(place, item) for place, item in placed if _compare(place, last, order) > 0]
    token = sealer.seal(placed[size - 1][0], purpose) if len(placed) > size else ""
    return [item for _place_, item in placed[:size]], token


def parse_filter(text: str, known: Iterable[str]) -> dict[str, str]:
    """`search_filter` as key → text that the value must contain.

    Raises:
        BadFilter: when it is something else, or has a key that is not known.

    """
    if not text:
        return {}
    try:
        read = msgspec.json.decode(text, type=dict[str, str | int | float | bool])
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise BadFilter from None
    for key in read:
        if key not in known:
            raise BadFilter(f"This list cannot be filtered by {key[:64]!r}, only by: {', '.join(known)}.")
    return {key: _written(value) for key, value in read.items()}


def parse_sort(text: str, known: Iterable[str]) -> list[tuple[str, bool]]:
    """`sort` as keys, each with whether it is descending.

    Raises:
        BadSort: when a key is not known.

    """
    order = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        key = part.lstrip("+-")
        if key not in known:
            raise BadSort(f"This list cannot be sorted by {key[:64]!r}, only by: {', '.join(known)}.")
        order.append((key, part.startswith("-")))
    return order


def _size(asked: int) -> int:
    if asked < 0:
        raise BadPageSize
    return min(asked or DEFAULT_SIZE, LARGEST_SIZE)


def _written(value: str | float | bool) -> str:
    """Booleans are filtered as CML's examples write them: `t` and `f`."""
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


def _place(item: T, order: list[tuple[str, bool]], columns: Columns[T]) -> list[Any]:
    return [*(columns.sorts[key](item) for key, _descending in order), columns.id(item)]


def _compare(one: Any, other: Any, order: list[tuple[str, bool]]) -> int:
    for (left, right), (_key, descending) in zip(zip(one, other, strict=True), [*order, ("id", False)], strict=True):
        if left != right:
            return -1 if (left < right) != descending else 1
    return 0
