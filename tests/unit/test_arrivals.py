"""Metrics of one request, taken apart into columns: as fast as loops log them, and right however they come."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuvee.tracking import arrivals, errors, ingest
from cuvee.tracking.values import Point

metrics = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(-3, 3), st.integers(0, 3), st.sampled_from([0.0, 1.5, math.inf]))
)


@given(metrics, st.integers(1, 3))
def test_each_metric_gets_its_points_in_their_order(logged: list[tuple[str, int, int, float]], times: int):
    logged = logged * times
    expected = {key: [Point(*point) for other, *point in logged if other == key] for key, *_ in logged}

    assert {key: arrival.points for key, arrival in ingest.grouped(logged).items()} == expected


def test_what_is_no_number_is_the_one_nan():
    grouped = ingest.grouped([("a", 0, 1, float("nan")), ("a", 1, 1, 0.5)])

    assert set(grouped["a"].values) == {math.nan, 0.5}  # a set looks at the object first


def test_the_first_thing_that_cannot_be_is_named():
    with pytest.raises(errors.BadTimestamp, match=r"metrics\[1\]"):
        arrivals.grouped(["a", "a", "b*"], [0, 1, 2], [0, -1, 0], [0.0, 0.0, 0.0])
    with pytest.raises(errors.BadCharacters):
        arrivals.grouped(["a", "b*", "a"], [0, 1, 2], [0, 0, -1], [0.0, 0.0, 0.0])
