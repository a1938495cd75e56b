"""Whatever is sent, the answer is 200 or a 4xx in the door's own shape: only a model can cause a 500."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

SHAPES = {
    "/model": {"success", "error", "ReplicaID", "Size", "StatusCode"},
    "/invocations": {"error_code", "message"},
    "/v2/models/wine/infer": {"error"},
}
_relaxed = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_columns = some.sampled_from(["a double", "a long", "a string", "a datetime", "a boolean", "a binary", "maybe", "x"])
_scalars = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(max_size=12)
    | some.sampled_from(["1e400", "NaT", "now", "2024-13-01", "9999999-01-01", "1_0", "٣", "Infinity", "\ud7ff"])
)
_values = some.recursive(
    _scalars,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(_columns, inner, max_size=5),
    max_leaves=15,
)
_forms = some.dictionaries(
    some.sampled_from(
        ["dataframe_split", "dataframe_records", "instances", "inputs", "params", "columns", "data", "index", "request"]
    ),
    _values,
    max_size=3,
)
_tensors = some.fixed_dictionaries(
    {
        "name": _columns,
        "shape": some.lists(some.integers(-1, 4), max_size=3),
        "datatype": some.sampled_from(["FP64", "BYTES", "BOOL", "INT8", "?"]),
        "data": some.lists(_values, max_size=4),
    }
)


def check(path, reply):
    assert reply.status_code == 200 or 400 <= reply.status_code < 500, reply.text
    if reply.status_code != 200:
        assert reply.json().keys() == SHAPES[path]


@pytest.mark.parametrize("path", SHAPES)
@_relaxed
@given(body=some.binary(max_size=200), content_type=some.sampled_from(["application/json", "text/csv", "", "x", ";"]))
def test_any_bytes_are_answered(serve, path, body, content_type):
    check(path, serve("wine").post(path, content=body, headers={"content-type": content_type}))


@pytest.mark.parametrize("name", ["wine", "mirror"])
@_relaxed
@given(form=_forms | _values)
def test_any_json_is_answered(serve, name, form):
    check("/invocations", serve(name).post("/invocations", json=form))
    check("/model", serve(name).post("/model", json={"request": form}))


@_relaxed
@given(cells=some.lists(some.lists(_scalars, min_size=8, max_size=8), min_size=1, max_size=3))
def test_any_cells_are_answered(serve, cells):
    names = ["a double", "a float", "a long", "a integer", "a boolean", "a string", "a datetime", "a binary"]
    split = {"columns": names, "data": cells}
    check("/model", serve("mirror").post("/model", json={"request": split}))
    check("/invocations", serve("mirror").post("/invocations", json={"dataframe_split": split}))


@_relaxed
@given(inputs=some.lists(_tensors, max_size=3))
def test_any_tensors_are_answered(serve, inputs):
    path = "/v2/models/wine/infer"
    check(path, serve("wine").post(path, json={"inputs": inputs}))
