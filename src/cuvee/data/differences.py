"""What is different between two snapshots of a table: its columns, its rows, and how one came from the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cuvee.data.details import Column, Past
from cuvee.data.statistics import Statistics, Values

#: Changes that leave the rows as they are, such as a compaction.
_REPLACE: Final = "replace"


class Change(StrEnum):
    """What became of a column."""

    ADDED = "added"
    REMOVED = "removed"
    #: It has another name, type, or need of a value.
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChange:
    """A column that is not in both as it is. A column is known by its id, whatever its name."""

    id: int
    change: Change
    before: Column | None
    after: Column | None

    @property
    def is_renamed(self) -> bool:
        return self.before is not None and self.after is not None and self.before.name != self.after.name

    @property
    def is_retyped(self) -> bool:
        return self.before is not None and self.after is not None and self.before.type != self.after.type

    @property
    def is_required_anew(self) -> bool:
        """Whether it may be empty in one and not in the other."""
        return self.before is not None and self.after is not None and self.before.is_required != self.after.is_required


class Relation(StrEnum):
    """How two snapshots stand to each other in the history."""

    SAME = "same"
    #: The other came from the first.
    AHEAD = "ahead"
    #: The first came from the other: going there takes changes back.
    BEHIND = "behind"
    #: Both came from a third: the table was rolled back in between, or has branches.
    APART = "apart"
    #: What is remembered of the history does not connect them.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one comes from a snapshot to another."""

    relation: Relation
    #: The snapshot that both came from.
    common_id: int | None = None
    #: Snapshots whose changes are taken back, and those whose changes are made, in this order.
    undone: Sequence[int] = ()
    done: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows that come and go, as those who wrote the snapshots on the way say."""

    before: int | None
    after: int | None
    #: Nones when a snapshot on the way is expired, or its writer did not say.
    added: int | None = None
    removed: int | None = None
    #: Whether rows were deleted by equality on the way: how many is known to nobody.
    is_inexact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A column's values in both; None where there is no such column."""

    column: Column
    before: Values | None
    after: Values | None

    @property
    def differs(self) -> bool:
        return self.before != self.after


def columns(before: Sequence[Column], after: Sequence[Column]) -> list[ColumnChange]:
    """The columns that differ: those of `after` in its order, then those that it does not have."""
    old, new = {each.id: each for each in before}, {each.id: each for each in after}
    changes = []
    for column_id, column in new.items():
        was = old.get(column_id)
        if was is None:
            changes.append(ColumnChange(id=column_id, change=Change.ADDED, before=None, after=column))
        elif (was.name, was.type, was.is_required) != (column.name, column.type, column.is_required):
            changes.append(ColumnChange(id=column_id, change=Change.CHANGED, before=was, after=column))
    gone = [each for column_id, each in old.items() if column_id not in new]
    return changes + [ColumnChange(id=each.id, change=Change.REMOVED, before=each, after=None) for each in gone]


def way(parents: Mapping[int, int | None], before: int, after: int) -> Way:
    """How one comes from `before` to `after`; `parents` has all snapshots that are remembered."""
    up, down = list(_line(parents, before)), list(_line(parents, after))
    shared = set(down)
    common = next((each for each in up if each in shared), None)
    if common is None:
        return Way(relation=Relation.UNKNOWN)
    undone, done = up[: up.index(common)], down[: down.index(common)][::-1]
    if before == after:
        relation = Relation.SAME
    elif not undone:
        relation = Relation.AHEAD
    elif not done:
        relation = Relation.BEHIND
    else:
        relation = Relation.APART
    return Way(relation=relation, common_id=common, undone=tuple(undone), done=tuple(done))


def rows(past: Mapping[int, Past], found: Way, *, before: int | None, after: int | None) -> Rows:
    """The rows that come and go on a way; `before` and `after` are how many there are in all."""
    steps = [(past.get(each), True) for each in found.undone] + [(past.get(each), False) for each in found.done]
    if found.relation is Relation.UNKNOWN or any(each is None for each, _ in steps):
        return Rows(before=before, after=after)
    known = [(each, is_undone) for each, is_undone in steps if each is not None and each.operation != _REPLACE]
    added: int | None = 0
    removed: int | None = 0
    for each, is_undone in known:
        plus, minus = _came(each), _went(each)
        if is_undone:
            plus, minus = minus, plus
        added, removed = _plus(added, plus), _plus(removed, minus)
    is_inexact = any(each.number("added-equality-deletes") for each, _ in known)
    return Rows(before=before, after=after, added=added, removed=removed, is_inexact=is_inexact)


def beside(before: Sequence[Column], after: Sequence[Column], old: Statistics, new: Statistics) -> list[Beside]:
    """The columns that hold values, those of `after` first, with what is known of both."""
    latest = {each.id: each for each in (*after, *before, *after) if each.is_plain}
    return [
        Beside(column=each, before=old.columns.get(each.id), after=new.columns.get(each.id)) for each in latest.values()
    ]


def _line(parents: Mapping[int, int | None], start: int) -> Iterator[int]:
    """A snapshot, its parent, and so on as far as is remembered; a circle, which no table has, ends it."""
    seen: set[int] = set()
    each: int | None = start
    while each is not None and each not in seen:
        seen.add(each)
        yield each
        each = parents.get(each)


def _came(past: Past) -> int | None:
    return past.number("added-records") or _nothing(past)


def _went(past: Past) -> int | None:
    """Rows in files that were taken away, and rows of files that stay; a row is not counted for both."""
    gone = past.number("deleted-records") or _nothing(past)
    if gone is None:
        return None
    newly = (past.number("added-position-deletes") or 0) - (past.number("removed-position-deletes") or 0)
    return max(0, gone + newly)


def _nothing(past: Past) -> int | None:
    """Writers leave counts out that are nothing; who gives none at all did not say."""
    return 0 if any(key.startswith(("added-", "deleted-", "total-")) for key in past.summary) else None


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
