"""Reducing a series: no peak is lost, the order is kept, and what is no number stays visible."""

import math
from array import array
from bisect import bisect_left
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cuvee.tracking import blocks, buckets
from cuvee.tracking.blocks import Columns
from cuvee.tracking.values import Point

numbers = st.one_of(st.floats(allow_nan=True), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e308, -1e308]))
steps = st.integers(min_value=-(2**40), max_value=2**40)
points = st.lists(st.builds(Point, steps, st.integers(0, 2**40), numbers), min_size=1, max_size=300)
widths = st.integers(min_value=1, max_value=12)


def columns(some: list[Point]) -> Columns:
    return blocks.columns([blocks.pack(some)])


def buckets_of(xs: "array[int]", width: int) -> list[range]:
    """The buckets, by the definition: stretches of equal length from the first step to the last."""
    first, span = xs[0], xs[-1] - xs[0] + 1
    edges = [bisect_left(xs, first + span * place // width) for place in range(width)]
    return [range(*ends) for ends in pairwise([*edges, len(xs)])]


@given(points, widths)
def test_the_ends_and_extremes_of_every_bucket_stay(some: list[Point], width: int):
    whole = buckets.ordered(columns(some), by_time=False)
    places = set(buckets.kept(whole.steps, whole.values, width))
    for bucket in filter(None, buckets_of(whole.steps, width)):
        assert {bucket[0], bucket[-1]} <= places
        finite = [whole.values[place] for place in bucket if math.isfinite(whole.values[place])]
        kept = [whole.values[place] for place in bucket if place in places and math.isfinite(whole.values[place])]
        assert not finite or (min(kept), max(kept)) == (min(finite), max(finite))
        odd = [place for place in bucket if not math.isfinite(whole.values[place])]
        assert not odd or places.intersection(odd)


@given(points, widths, st.booleans())
def test_what_stays_is_in_order_and_was_there(some: list[Point], width: int, by_time: bool):
    drawn = buckets.reduced(columns(some), width, by_time=by_time)
    xs = list(drawn.timestamps if by_time else drawn.steps)
    assert xs == sorted(xs)
    assert len(xs) <= buckets.KEPT * width
    there = {(point.step, point.timestamp, str(point.value)) for point in some}
    assert {(step, time, str(value)) for step, time, value in zip(*drawn, strict=True)} <= there


@given(st.lists(st.builds(Point, steps, st.integers(0, 2**40), st.floats(-1e9, 1e9)), min_size=1), widths)
def test_knowing_that_all_is_finite_changes_nothing(some: list[Point], width: int):
    assert buckets.reduced(columns(some), width, is_finite=True) == buckets.reduced(columns(some), width)


@given(points, widths, steps, steps)
def test_a_part_has_its_points_and_one_on_either_side(some: list[Point], width: int, one: int, other: int):
    first, last = sorted((one, other))
    xs = buckets.ordered(columns(some), by_time=False).steps

    drawn = list(buckets.reduced(columns(some), max(width, len(some)), within=(first, last)).steps)

    before, after = [x for x in xs if x < first][-1:], [x for x in xs if x > last][:1]
    assert drawn == [*before, *(x for x in xs if first <= x <= last), *after]


@given(st.lists(points, min_size=1, max_size=5))
def test_columns_are_what_was_packed(several: list[list[Point]]):
    found = blocks.columns(map(blocks.pack, several))
    expected = [point for some in several for point in some]
    assert [(s, t, str(v)) for s, t, v in zip(*found, strict=True)] == [(s, t, str(v)) for s, t, v in expected]


def test_a_peak_among_a_million_points_is_not_lost():
    values = array("d", bytes(8 * 1_000_000))
    values[654_321] = 1.0
    whole = Columns(array("q", range(1_000_000)), array("q", range(1_000_000)), values)

    drawn = buckets.reduced(whole, 100)

    assert len(drawn.values) < 500
    assert (654_321, 1.0) in zip(drawn.steps, drawn.values, strict=True)
