"""From `search_filter` and `sort` to MLflow's filter grammar, which the search of runs and experiments reads."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from cuvee.api import listing
from cuvee.cml_api import errors
from cuvee.tracking.values import Status

_PREFIX: Final = "EXPERIMENT_RUN_"
#: In the order of the enumeration's numbers, from 1.
_STATUSES: Final = (Status.RUNNING, Status.SCHEDULED, Status.FINISHED, Status.FAILED, Status.KILLED)
#: Keys of API v2 → attributes of a run. Runs know their user by name alone.
_TEXTS: Final = {
    "name": "run_name",
    "creator.username": "user_id",
    "creator.name": "user_id",
    "creator.email": "user_id",
}
_SORTS: Final = {**_TEXTS, "created_at": "start_time", "start_time": "start_time", "end_time": "end_time"}
_EXPERIMENT_SORTS: Final = {"name": "name", "created_at": "creation_time", "updated_at": "last_update_time"}
_DYNAMIC: Final = ("metrics", "params", "tags")
_COMPARED: Final = re.compile(r"\s*(?P<operator><=|>=|!=|=|<|>)?\s*(?P<number>[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*")


def filter_of_runs(text: str) -> str:
    """A filter on runs. Texts match as a part; a metric's value as a number, or as a comparison such as `<0.5`.

    Raises:
        BadFilter: when it is no JSON object, or has a key that runs do not have.

    """
    conditions = []
    for key, wanted in _read(text).items():
        entity, name = _dynamic(key)
        if key == "status":
            conditions.append(f"attributes.status = '{status(wanted)}'")
        elif key in _TEXTS:
            conditions.append(f"attributes.{_TEXTS[key]} LIKE {_part(wanted)}")
        elif entity == "metrics":
            conditions.append(f"metrics.`{name}` {_comparison(wanted)}")
        elif entity:
            conditions.append(f"{entity}.`{name}` LIKE {_part(wanted)}")
        else:
            known = ", ".join([*_TEXTS, "status", *(f"{each}.<key>" for each in _DYNAMIC)])
            raise listing.BadFilter(f"This list cannot be filtered by {key[:64]!r}, only by: {known}.")
    return " AND ".join(conditions)


def order_of_runs(text: str) -> list[str]:
    """An order of runs: by name, user, times, or by a metric, parameter or tag."""
    return [_ordered(key, falls, _SORTS) for key, falls in _sorted(text)]


def filter_of_experiments(text: str) -> str:
    """A filter on experiments: by a part of their name."""
    wanted = listing.parse_filter(text, ("name",))
    return f"name LIKE {_part(wanted['name'])}" if "name" in wanted else ""


def order_of_experiments(text: str) -> list[str]:
    """An order of experiments: by name and times."""
    order = listing.parse_sort(text, _EXPERIMENT_SORTS)
    return [f"{_EXPERIMENT_SORTS[key]} {'DESC' if falls else 'ASC'}" for key, falls in order]


def status(given: str | int) -> Status:
    """A status by API v2's word, MLflow's, in any case, or its number.

    Raises:
        BadStatus: when it is none.

    """
    word = str(given).upper().removeprefix(_PREFIX)
    if word in Status.__members__:
        return Status(word)
    if word.isascii() and word.isdigit() and len(word) == 1 and 1 <= int(word) <= len(_STATUSES):
        return _STATUSES[int(word) - 1]
    raise errors.BadStatus


def written(found: Status) -> str:
    """A status as API v2 writes it."""
    return f"{_PREFIX}{found}"


def _read(text: str) -> Mapping[str, str]:
    """A filter with all its keys: those of metrics, parameters and tags are whatever was logged."""
    if not text:
        return {}
    try:
        given = msgspec.json.decode(text, type=dict[str, str | int | float | dict[str, str | int | float]])
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise listing.BadFilter from None
    flat: dict[str, str] = {}
    for key, value in given.items():
        if isinstance(value, dict):  # {"metrics": {"rmse": "<1"}} as well as {"metrics.rmse": "<1"}
            flat |= {f"{key}.{inner}": str(wanted) for inner, wanted in value.items()}
        else:
            flat[key] = str(value)
    return flat


def _sorted(text: str) -> list[tuple[str, bool]]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [(part.lstrip("+-"), part.startswith("-")) for part in parts]


def _ordered(key: str, falls: bool, known: Mapping[str, str]) -> str:
    entity, name = _dynamic(key)
    way = "DESC" if falls else "ASC"
    if entity:
        return f"{entity}.`{name}` {way}"
    if key not in known:
        raise listing.BadSort(f"This list cannot be sorted by {key[:64]!r}, only by: {', '.join(known)}.")
    return f"attributes.{known[key]} {way}"


def _dynamic(key: str) -> tuple[str, str]:
    entity, dot, name = key.partition(".")
    if not dot or entity not in _DYNAMIC:
        return "", ""
    if "`" in name or not name:
        raise errors.BadKey
    return entity, name


def _part(wanted: str) -> str:
    quoted = wanted.replace("'", "''")
    return f"'%{quoted}%'"


def _comparison(wanted: str) -> str:
    match = _COMPARED.fullmatch(wanted)
    if match is None:
        raise listing.BadFilter("A metric is filtered by a number, or by a comparison such as '<0.5'.")
    try:
        return f"{match['operator'] or '='} {float(match['number'])!r}"
    except ValueError:
        raise listing.BadFilter("A metric is filtered by a number, or by a comparison such as '<0.5'.") from None
