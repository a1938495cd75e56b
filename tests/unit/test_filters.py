"""Filters as MLflow writes them, split into comparisons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuvee.core.filters import BadFilter, Comparison, comparisons


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  ", []),
        ("name = 'a'", [("", "name", "=", "a")]),
        ("name='a b'", [("", "name", "=", "a b")]),
        ("metrics.loss<0.5", [("metrics", "loss", "<", "0.5")]),
        ("metrics.loss < -1e-3", [("metrics", "loss", "<", "-1e-3")]),
        ("metrics.`a b` >= 1", [("metrics", "a b", ">=", "1")]),
        ('metrics."a b" != 1', [("metrics", "a b", "!=", "1")]),
        ("metrics.a <> 1", [("metrics", "a", "!=", "1")]),
        ("params.lr = 0.01", [("params", "lr", "=", "0.01")]),
        ("tags.a.b like '%x'", [("tags", "a.b", "LIKE", "%x")]),
        ("name IN ('a', \"b\")", [("", "name", "IN", ("a", "b"))]),
        ("name not in ('a')", [("", "name", "NOT IN", ("a",))]),
        ("a = '1' AND b.c ILIKE 'x'", [("", "a", "=", "1"), ("b", "c", "ILIKE", "x")]),
    ],
)
def test_a_filter_is_split(text: str, expected: list[tuple]):
    assert [(each.entity, each.key, each.operator, each.value) for each in comparisons(text)] == expected


@pytest.mark.parametrize(
    "text",
    ["a", "a =", "= 'a'", "a = 'b", "a = 'b' OR c = 'd'", "a = 'b' c = 'd'", "a = 'b' AND", "a IN 'b'", "a IN ()",
     "a IN ('b'", "(a = 'b')", "a = 'b'; DROP TABLE runs", "a = 'b' --", "a NOT 'b'", "x" * 30_000,
     "a = 1 AND " * 200 + "a = 1"],
)  # fmt: skip
def test_what_is_no_filter_is_refused(text: str):
    with pytest.raises(BadFilter):
        comparisons(text)


def test_a_text_is_no_number():
    assert Comparison(entity="metrics", key="a", operator="=", value="1_000").number == 1000
    for value in ("x", ("1", "2")):
        with pytest.raises(BadFilter):
            _ = Comparison(entity="metrics", key="a", operator="=", value=value).number


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str):
    try:
        comparisons(text)
    except BadFilter:
        return
