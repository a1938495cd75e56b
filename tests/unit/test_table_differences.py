"""What is different between two snapshots of a table."""

from hypothesis import given
from hypothesis import strategies as st

from cuvee.data import differences
from cuvee.data.details import Column, Past
from cuvee.data.differences import Change, Relation

TYPES = st.sampled_from(["int", "long", "string", "double"])


@st.composite
def schemas(draw: st.DrawFn) -> list[Column]:
    """Columns with ids and names of their own."""
    ids = draw(st.lists(st.integers(1, 12), unique=True, max_size=8))
    return [
        Column(id=each, path=f"c{draw(st.integers(1, 3))}_{each}", name=f"c{draw(st.integers(1, 3))}_{each}",
               type=draw(TYPES), is_required=draw(st.booleans()))
        for each in ids
    ]  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> dict[int, int | None]:
    """Snapshot → its parent, which was there before; some have none."""
    count = draw(st.integers(1, 12))
    return {each: draw(st.sampled_from([None, *range(each)])) for each in range(count)}


def applied(before: list[Column], changes: list[differences.ColumnChange]) -> dict[int, Column]:
    """A schema after changes were made to it."""
    found = {each.id: each for each in before}
    for each in changes:
        found.pop(each.id, None)
        if each.after is not None:
            found[each.id] = each.after
    return found


def seen(columns: list[Column]) -> dict[int, tuple[str, str, bool]]:
    return {each.id: (each.name, each.type, each.is_required) for each in columns}


@given(schemas(), schemas())
def test_the_changes_make_one_schema_of_the_other(before: list[Column], after: list[Column]):
    changes = differences.columns(before, after)

    assert seen(list(applied(before, changes).values())) == seen(after)


@given(schemas(), schemas())
def test_the_other_way_round_what_was_added_is_removed(before: list[Column], after: list[Column]):
    there = {each.id: each.change for each in differences.columns(before, after)}
    back = {each.id: each.change for each in differences.columns(after, before)}
    swapped = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED, Change.CHANGED: Change.CHANGED}

    assert {key: swapped[change] for key, change in there.items()} == back


@given(schemas())
def test_a_schema_does_not_differ_from_itself(columns: list[Column]):
    assert differences.columns(columns, columns) == []


def test_a_renamed_column_is_the_same_one():
    before = [Column(id=1, path="a", name="a", type="int", is_required=False)]
    after = [Column(id=1, path="b", name="b", type="long", is_required=False)]
    (change,) = differences.columns(before, after)

    assert change.is_renamed
    assert change.is_retyped
    assert not change.is_required_anew


@given(histories(), st.data())
def test_a_way_leads_from_one_to_the_other(parents: dict[int, int | None], data: st.DataObject):
    ends = st.sampled_from(sorted(parents))
    before, after = data.draw(ends), data.draw(ends)
    way = differences.way(parents, before, after)

    at: int | None = before
    for each in way.undone:
        assert at == each
        at = parents[each]
    if way.relation is not Relation.UNKNOWN:
        assert at == way.common_id
        for each in way.done:
            assert parents[each] == at
            at = each
        assert at == after


@given(histories(), st.data())
def test_the_way_back_is_the_way_turned_round(parents: dict[int, int | None], data: st.DataObject):
    ends = st.sampled_from(sorted(parents))
    before, after = data.draw(ends), data.draw(ends)
    there, back = differences.way(parents, before, after), differences.way(parents, after, before)

    assert tuple(there.undone) == tuple(back.done)[::-1]
    assert tuple(there.done) == tuple(back.undone)[::-1]
    assert {there.relation, back.relation} in (
        {Relation.SAME}, {Relation.AHEAD, Relation.BEHIND}, {Relation.APART}, {Relation.UNKNOWN},
    )  # fmt: skip


def test_a_circle_in_the_history_ends():
    assert differences.way({1: 2, 2: 1}, 1, 3).relation is Relation.UNKNOWN


def past(snapshot_id: int, operation: str = "append", **summary: int) -> Past:
    said = {key.replace("_", "-"): str(value) for key, value in summary.items()}
    return Past(
        id=snapshot_id, parent_id=None, committed_at=0, operation=operation, schema_id=0, summary=said
    )  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8), st.data())
def test_rows_that_come_and_go_add_up(steps: list[tuple[int, int]], data: st.DataObject):
    pasts = {
        number: past(number, added_records=plus, deleted_records=minus) for number, (plus, minus) in enumerate(steps)
    }
    parents = {number: number - 1 if number else None for number in pasts}
    total = {number: sum(plus - minus for plus, minus in steps[: number + 1]) for number in pasts}
    before, after = (data.draw(st.sampled_from(sorted(pasts))) for _ in range(2))
    rows = differences.rows(
        pasts, differences.way(parents, before, after), before=total[before], after=total[after]
    )  # fmt: skip

    assert rows.added - rows.removed == total[after] - total[before]


def test_what_an_expired_snapshot_changed_is_not_known():
    way = differences.way({1: None, 2: 1, 3: 2}, 1, 3)
    rows = differences.rows({1: past(1), 3: past(3, added_records=1)}, way, before=1, after=3)

    assert (rows.before, rows.after, rows.added, rows.removed) == (1, 3, None, None)


def test_a_compaction_changes_no_rows():
    pasts = {1: past(1, added_records=9), 2: past(2, "replace", added_records=9, deleted_records=9)}
    rows = differences.rows(pasts, differences.way({1: None, 2: 1}, 1, 2), before=9, after=9)

    assert (rows.added, rows.removed) == (0, 0)


def test_rows_deleted_by_position_went_and_by_equality_nobody_knows():
    parents = {1: None, 2: 1}
    by_position = {2: past(2, "delete", added_position_deletes=3)}
    by_equality = {2: past(2, "delete", added_equality_deletes=1)}

    assert differences.rows(by_position, differences.way(parents, 1, 2), before=9, after=9).removed == 3
    assert differences.rows(by_equality, differences.way(parents, 1, 2), before=9, after=9).is_inexact
