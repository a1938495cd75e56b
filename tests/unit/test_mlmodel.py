"""What MLflow writes into an MLmodel file is read back, and nothing else does harm."""

import json
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cuvee.logged_models import mlmodel

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


def written(**signature: object) -> bytes:
    texts = {name: json.dumps(columns) for name, columns in signature.items()}
    tree = {"flavors": {"sklearn": {"code": None}, "python_function": {"python_version": "3.11.7"}}, "signature": texts}
    return yaml.safe_dump(tree, default_flow_style=False).encode()


@given(st.lists(NAMES, min_size=1, max_size=20, unique=True))
def test_columns_come_back_whatever_they_are_called(names: list[str]):
    columns = [{"type": "double", "name": name, "required": True} for name in names]

    read = mlmodel.read(written(inputs=columns))

    assert read.signature is not None
    assert [column.name for column in read.signature.inputs] == names


def test_types_are_told_as_people_say_them():
    columns = [
        {"type": "array", "items": {"type": "long"}, "name": "a", "required": False},
        {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}},
        {"type": "object", "properties": {"x": {}, "y": {}}, "name": "o"},
    ]
    signature = mlmodel.read(written(inputs=columns)).signature

    assert signature is not None
    shown = [(column.shown, column.is_required) for column in signature.inputs]
    assert shown == [("array(long)", False), ("tensor(float64, -1 by 3)", True), ("object(x, y)", True)]


def test_flavors_versions_and_the_example_are_found():
    more = {"saved_input_example_info": {"artifact_path": "input_example.json"}, "mlflow_version": "3.17.2"}
    read = mlmodel.read(written() + yaml.safe_dump(more).encode())

    assert (read.flavors, read.python_version) == (("sklearn", "python_function"), "3.11.7")
    assert (read.example, read.mlflow_version, read.signature) == ("input_example.json", "3.17.2", None)


@given(st.binary(max_size=2_000))
def test_anything_else_is_read_as_far_as_it_goes(content: bytes):
    mlmodel.read(content)


@pytest.mark.parametrize(
    "content",
    [b"a: '" + b"\n x" * 100_000, b"a" + b" " * 1_000_000, b"'" * 1_000_000, b'a: "' + b"\\" * 1_000_000,
     b"".join(b" " * depth + b"a:\n" for depth in range(600)), b"signature:\n  inputs: '" + b"[" * 100_000 + b"'"],
)  # fmt: skip
def test_nothing_makes_it_slow(content: bytes):
    begun = time.process_time()
    mlmodel.read(content)

    assert time.process_time() - begun < 2


def test_a_character_that_is_none_does_not_come_through():
    signature = mlmodel.read(rb"signature: {}" b"\n" rb'mlflow_version: "\uD800x"').mlflow_version

    signature.encode()
