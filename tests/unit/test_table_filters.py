"""A scan's filter, in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuvee.data import filters

A = {"type": "eq", "term": "a", "value": 1}
B = {"type": "not-eq", "term": "b", "value": "x"}


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (True, "true"),
        (A, "a = 1"),
        ({"type": "and", "left": A, "right": B}, "a = 1 and b != 'x'"),
        ({"type": "and", "left": A, "right": {"type": "or", "left": A, "right": B}}, "a = 1 and (a = 1 or b != 'x')"),
        ({"type": "not", "child": A}, "not (a = 1)"),
        ({"type": "in", "term": "a", "values": [1, "x"]}, "a in (1, 'x')"),
        ({"type": "is-null", "term": {"type": "reference", "term": "a"}}, "a is null"),
        ({"type": "lt", "term": {"type": "transform", "transform": "day", "term": "t"}, "value": 1}, "day(t) < 1"),
        ({"type": "gt", "term": "a", "value": "(1-digit-int)"}, "a > (1-digit-int)"),
        ({"type": "in", "term": "a", "values": ["(hash-0a1b2c3d)", "(time)"]}, "a in ((hash-0a1b2c3d), (time))"),
        ({"type": "strange"}, "…"),
    ],
)
def test_a_filter_is_said_in_words(expression: Any, words: str):
    assert filters.in_words(expression) == words


def test_all_rows_have_no_filter():
    assert filters.of_scan(True) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "left", "right", "child", "term"]), inner),
)


@given(json_values)
def test_whatever_is_sent_becomes_a_text(expression: Any):
    assert isinstance(filters.in_words(expression), str)
