"""Points of one metric on their way in, as columns: a thousand of them are a few lists, and no object each."""

from collections.abc import Iterable, Sequence
from math import nan

from cuvee.tracking import errors, limits
from cuvee.tracking.values import Arrival, Point


def of_points(points: Iterable[Point]) -> Arrival:
    """Points as columns."""
    return Arrival(*zip(*points, strict=True))


def joined(several: Sequence[Arrival]) -> Arrival:
    """What several requests brought, one after the other."""
    if len(several) == 1:
        return several[0]
    return of_points(point for arrival in several for point in arrival.points)


def grouped(
    keys: list[str], steps: Sequence[int], timestamps: Sequence[int], values: Sequence[float]
) -> dict[str, Arrival]:
    """The columns of many metrics, taken apart by metric, checked.

    Raises:
        Invalid: in MLflow's words, naming the first that cannot be.

    """
    if not keys:
        return {}
    names = list(dict.fromkeys(keys))
    _check(names, keys, timestamps, values)
    total = sum(values)
    if total != total:  # noqa: PLR0124 - what is not a number differs from itself, and hides in no sum
        values = [value if value == value else nan for value in values]  # noqa: PLR0124
    width = len(names)
    if len(keys) % width == 0 and names * (len(keys) // width) == keys:
        # Step after step with the same metrics, as loops log: the columns are taken apart as they are.
        return {
            name: Arrival(steps[at::width], timestamps[at::width], values[at::width]) for at, name in enumerate(names)
        }
    return _one_by_one(names, keys, Arrival(steps, timestamps, values))


def _one_by_one(names: list[str], keys: list[str], whole: Arrival) -> dict[str, Arrival]:
    places: dict[str, list[int]] = {name: [] for name in names}
    for at, key in enumerate(keys):
        places[key].append(at)
    return {name: _picked(whole, some) for name, some in places.items()}


def _picked(whole: Arrival, places: list[int]) -> Arrival:
    steps, timestamps, values = whole
    return Arrival([steps[at] for at in places], [timestamps[at] for at in places], [values[at] for at in places])


def _check(names: list[str], keys: list[str], timestamps: Sequence[int], values: Sequence[float]) -> None:
    early = _first_early(timestamps)
    for name in names if early is None else dict.fromkeys(keys[: early + 1]):
        limits.metric_name(name, f"metrics[{keys.index(name)}].")
    if early is not None:
        raise errors.BadTimestamp(f"metrics[{early}].timestamp", timestamps[early], keys[early], values[early])


def _first_early(timestamps: Sequence[int]) -> int | None:
    """The place of the first time before the epoch."""
    return next(at for at, timestamp in enumerate(timestamps) if timestamp < 0) if min(timestamps) < 0 else None
