"""Whatever a model returns becomes valid JSON."""

import dataclasses
import datetime as dt
import decimal
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from cuvee_runtime.scoring import answers


@dataclasses.dataclass
class Point:
    x: float


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        (np.array([1.5, np.nan, np.inf, -np.inf]), [1.5, None, None, None]),
        (np.array([[1, 2], [3, 4]], dtype="int8"), [[1, 2], [3, 4]]),
        (np.float32(0.5), 0.5),
        ({"a": np.int64(3), "b": [np.bool_(True), float("nan")]}, {"a": 3, "b": [True, None]}),
        (np.array(["2024-05-01T00:00:00", "NaT"], dtype="datetime64[s]"), ["2024-05-01T00:00:00", None]),
        (np.array(["a", None, b"wine"], dtype=object), ["a", None, "d2luZQ=="]),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        (pd.Series([1.0, np.nan], name="q"), [1.0, None]),
        (pd.Series(pd.to_datetime(["2024-05-01", None])), ["2024-05-01T00:00:00", None]),
        (pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
        (pd.array([1, None], dtype="Int64"), [1, None]),
        (pd.Timestamp("2024-05-01", tz="UTC"), "2024-05-01T00:00:00+00:00"),
        ((dt.date(2024, 5, 1), decimal.Decimal("1.20")), ["2024-05-01", "1.20"]),
        ({1: "a", np.int64(2): "b", ("c", "d"): "e", None: "f"}, {"1": "a", "2": "b", "c, d": "e", "None": "f"}),
        (Point(x=float("inf")), {"x": None}),
        (10**30, 10**30),
        (None, None),
    ],
)
def test_answers_of_every_kind_are_written(answer, written):
    assert json.loads(answers.encode(answer)) == written


@pytest.mark.parametrize("answer", [object(), 1 + 2j, lambda: 0, "\ud800", {"a": {"b": object()}}])
def test_what_json_cannot_hold_is_said_to_be_so(answer):
    with pytest.raises((TypeError, ValueError)):
        answers.encode(answer)


_VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text() | some.binary() | some.datetimes(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
)


@given(_VALUES)
def test_any_nesting_of_plain_values_is_valid_json(value):
    def refuse(constant):
        raise AssertionError(constant)

    json.loads(answers.encode(value), parse_constant=refuse)
