"""An example held against a signature says of each column what a replica would."""

import pytest

from cuvee.logged_models.mlmodel import Column, Signature
from cuvee.serving import examples
from cuvee.serving.examples import State


def column(name: str, type_: str = "double", *, is_required: bool = True) -> Column:
    return Column(name=name, type=type_, shown=type_, is_required=is_required)


WINE = Signature(inputs=(column("alcohol"), column("bottles", "long"), column("grape", "string", is_required=False)))


def told(text: str, signature: Signature = WINE) -> dict[str, State]:
    return {each.name: each.state for each in examples.check(text, signature).columns}


@pytest.mark.parametrize(
    "text",
    [
        '{"alcohol": 12.8, "bottles": 3}',
        '{"columns": ["bottles", "alcohol"], "data": [[3, 12.8]]}',
        '{"data": [[12.8, 3, "merlot"]]}',
        '{"dataframe_split": {"columns": ["alcohol", "bottles"], "data": [[12.8, 3]]}}',
        '{"dataframe_records": [{"alcohol": "12.8", "bottles": 3}]}',
        '{"instances": [{"alcohol": null, "bottles": 3.0}]}',
        '{"inputs": {"alcohol": [1, 2], "bottles": [1, 2]}}',
        '{"alcohol": [1, 2], "bottles": [1, 2]}',
    ],
)
def test_every_layout_that_a_replica_reads_fits(text: str):
    assert examples.check(text, WINE).is_good


def test_each_column_that_does_not_fit_is_named():
    assert told('{"columns": ["alcohol", "bottles", "colour"], "data": [["much", 2.5, "red"]]}') == {
        "alcohol": State.WRONG, "bottles": State.WRONG, "grape": State.OPTIONAL, "colour": State.UNKNOWN,
    }  # fmt: skip
    assert told('{"alcohol": 1}')["bottles"] is State.MISSING


def test_the_row_and_the_value_are_named():
    verdict = examples.check('{"inputs": {"alcohol": [1, "x"], "bottles": [1, 1]}}', WINE)

    assert verdict.columns[0].message == 'row 2: "x" is not a number'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not JSON"), ("[1]", "JSON object"), ('{"data": []}', "no rows"),
        ('{"data": [[1]]}', "1 values for 3 columns"),
        ('{"data": [1]}', "in brackets"), ('{"columns": ["a", "a"], "data": [[1, 1]]}', "twice"),
        ('{"instances": 1}', "instances is a list"), ('{"inputs": {}, "instances": []}', "Only one"),
        ('{"alcohol": [1], "bottles": [1, 2]}', "same number"), ("[" * 100_000, "nested too deeply"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(text: str, problem: str):
    assert problem in examples.check(text, WINE).problem


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [("boolean", "true", '"yes"'), ("string", '"x"', "1"), ("datetime", '"2026-05-28"', '"soon"'),
     ("binary", '"aGk="', '"???"'), ("integer", "7", "3000000000"), ("long", '"7"', "null"), ("float", "1e300", "[1]")],
)  # fmt: skip
def test_each_type_takes_what_it_takes(type_: str, good: str, bad: str):
    signature = Signature(inputs=(column("x", type_),))

    assert told(f'{{"x": {good}}}', signature) == {"x": State.OK}
    assert told(f'{{"data": [[{bad}]]}}', signature) == {"x": State.WRONG}


@pytest.mark.parametrize("signature", [None, Signature(), Signature(inputs=(column("", "tensor"),))])
def test_without_named_columns_it_is_said_that_nothing_is_checked(signature: Signature | None):
    assert examples.check('{"anything": 1}', signature).remark
