"""A model of runs, filters and orders that has no database: what a search has to find, said in plain Python."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import inf, isnan, nan
from typing import Any

from hypothesis import strategies as st

VALUES = (-inf, -2.5, -0.0, 0.0, 1.0, 3.0, 1e300, inf, nan)
LONG = "x" * 64
TEXTS = ("", "a", "B", "b", "0.1", "10", "\u00e9", "\U0001f600", "it's", LONG, LONG + "b", LONG + "a")
METRICS = ("loss", "acc", "loss.min")
KEYS = ("lr", "a b")
AGGREGATES = ("last", "min", "max", "mean", "count")


@dataclass(frozen=True, kw_only=True)
class Model:
    """A run."""

    start: int
    end: int | None
    name: str
    status: str
    #: Metric -> its values, step by step.
    metrics: dict[str, list[float]] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


#: A run's value: None where there is none, NaN where it is no number.
Look = Callable[[Model], Any]
#: A name as it is written, and what it stands for among all runs.
Name = tuple[str, Callable[[list[Model]], Look]]
#: A filter as it is written, and whether a run, among all, fits.
Asked = tuple[str, Callable[[list[Model], Model], bool]]

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "IN": lambda one, several: one in several,
    "NOT IN": lambda one, several: one not in several,
    "LIKE": lambda one, pattern: pattern[1:-1] in one,
    "ILIKE": lambda one, pattern: pattern[1:-1].lower() in one.lower(),
}
ON_NUMBERS = ("=", "!=", "<", "<=", ">", ">=", "IN", "NOT IN")
ON_TEXTS = ("=", "!=", "IN", "NOT IN", "LIKE", "ILIKE")


def aggregate(values: list[float], wanted: str) -> float:
    numbers = [value for value in values if not isnan(value)]
    if wanted in {"last", "count"}:
        return values[-1] if wanted == "last" else len(values)
    if not numbers:
        return nan
    return {"min": min(numbers), "max": max(numbers), "mean": sum(numbers) / len(numbers)}[wanted]


def metric(key: str, wanted: str) -> Look:
    return lambda run: aggregate(run.metrics[key], wanted) if key in run.metrics else None


def unquoted(key: str, wanted: str, everything: list[Model]) -> Look:
    whole = f"{key}.{wanted}"
    return metric(whole, "last") if any(whole in run.metrics for run in everything) else metric(key, wanted)


@st.composite
def runs(draw: st.DrawFn) -> list[Model]:
    texts = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(TEXTS), max_size=2)
    names = st.sampled_from(METRICS if draw(st.booleans()) else METRICS[:2])
    values = st.lists(st.sampled_from(VALUES), min_size=1, max_size=3)
    one = st.builds(
        Model,
        start=st.integers(0, 3),
        end=st.none() | st.integers(0, 3),
        name=st.sampled_from(TEXTS[1:]),
        status=st.sampled_from(["FINISHED", "FAILED"]),
        metrics=st.dictionaries(names, values, max_size=3),
        params=texts,
        tags=texts,
    )
    return draw(st.lists(one, max_size=9))


@st.composite
def numbers(draw: st.DrawFn) -> Name:
    key, wanted = draw(st.sampled_from(METRICS)), draw(st.sampled_from(AGGREGATES))
    return draw(
        st.sampled_from(
            [
                (f"metrics.{key}.{wanted}", partial(unquoted, key, wanted)),
                (f"metrics.`{key}`.{wanted}", lambda _all: metric(key, wanted)),
                (f"metrics.`{key}`", lambda _all: metric(key, "last")),
                ("metrics.acc", lambda _all: metric("acc", "last")),
                ("start_time", lambda _all: lambda run: run.start),
                ("attributes.end_time", lambda _all: lambda run: run.end),
                ("duration", lambda _all: lambda run: None if run.end is None else run.end - run.start),
            ]
        )
    )


@st.composite
def texts(draw: st.DrawFn) -> Name:
    key = draw(st.sampled_from(KEYS))
    return draw(
        st.sampled_from(
            [
                (f"params.`{key}`", lambda _all: lambda run: run.params.get(key)),
                (f'tags."{key}"', lambda _all: lambda run: run.tags.get(key)),
                ("run_name", lambda _all: lambda run: run.name),
                ("status", lambda _all: lambda run: run.status),
            ]
        )
    )


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@st.composite
def comparisons(draw: st.DrawFn) -> Asked:
    is_number = draw(st.booleans())
    name, look = draw(numbers() if is_number else texts())
    operator = draw(st.sampled_from(ON_NUMBERS if is_number else ON_TEXTS))
    given = st.sampled_from([-2.5, 0, 1, 1.5, 2, 3.0, 1e300]) if is_number else st.sampled_from(TEXTS)
    write: Callable[[Any], str] = repr if is_number else quoted
    value: Any = draw(given)
    written = write(value)
    if operator.endswith(" IN") or operator == "IN":
        value = draw(st.lists(given, min_size=1, max_size=3))
        written = f"({', '.join(map(write, value))})"
    elif operator.endswith("LIKE"):
        value = f"%{value}%"
        written = write(value)

    def fits(everything: list[Model], run: Model) -> bool:
        found = look(everything)(run)
        return found is not None and COMPARED[operator](found, value)

    return f"{name} {operator} {written}", fits


@st.composite
def absences(draw: st.DrawFn) -> Asked:
    kind, key, is_there = draw(st.sampled_from(["params", "tags"])), draw(st.sampled_from(KEYS)), draw(st.booleans())
    return f"{kind}.`{key}` IS {'NOT ' * is_there}NULL", lambda _all, run: (key in getattr(run, kind)) is is_there


def _not(one: Asked) -> Asked:
    return f"NOT ({one[0]})", lambda every, run: not one[1](every, run)


def _and(one: Asked, other: Asked) -> Asked:
    return f"({one[0]}) AND {other[0]}", lambda every, run: one[1](every, run) and other[1](every, run)


def _or(one: Asked, other: Asked) -> Asked:
    return f"({one[0]} OR ({other[0]}))", lambda every, run: one[1](every, run) or other[1](every, run)


def _combined(inner: st.SearchStrategy[Asked]) -> st.SearchStrategy[Asked]:
    inverted = st.builds(_not, inner)
    return st.one_of(inverted, st.builds(_and, inner, inverted), st.builds(_or, inner, inner))


_leaves: st.SearchStrategy[Asked] = st.one_of(comparisons(), comparisons(), absences())
filters: st.SearchStrategy[Asked] = st.recursive(_leaves, _combined, max_leaves=6)
orders: st.SearchStrategy[list[tuple[Name, bool]]] = st.lists(
    st.tuples(st.one_of(numbers(), numbers(), texts()), st.booleans()), max_size=3, unique_by=lambda order: order[0][0]
)


def in_order(found: dict[str, Model], everything: list[Model], wanted: list[tuple[Name, bool]]) -> list[str]:
    """The ids, sorted: what has a value first, what is no number behind it, what has none last."""
    ids = sorted(found)
    if all(name != "start_time" for (name, _look), _falls in wanted):
        ids.sort(key=lambda each: found[each].start, reverse=True)
    for (_name, look), falls in reversed(wanted):
        values = {each: look(everything)(found[each]) for each in ids}
        lacking = [each for each in ids if values[each] is None]
        odd = [each for each in ids if isinstance(values[each], float) and isnan(values[each])]
        there = [each for each in ids if each not in {*lacking, *odd}]
        ids = [*sorted(there, key=values.__getitem__, reverse=falls), *odd, *lacking]
    return ids
