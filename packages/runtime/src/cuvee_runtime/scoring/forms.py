"""From a body to a Form: the layout that the caller used."""

import json
from collections.abc import Collection
from typing import Any

import msgspec

from cuvee_runtime.scoring.errors import InputRefused
from cuvee_runtime.scoring.values import Form, Kind

MLFLOW_KEYS = frozenset({Kind.SPLIT, Kind.RECORDS, Kind.INSTANCES, Kind.INPUTS})
_SPLIT_KEYS = frozenset({"columns", "data", "index", "params"})


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Deep nesting is refused by the decoder's own limit."""
    try:
        decoded = _decode(body)
    except RecursionError:
        raise InputRefused("The JSON is nested too deeply.") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise InputRefused(f"The body is not valid JSON: {error}.") from None
    if not isinstance(decoded, dict):
        raise InputRefused(f"The body must be a JSON object, not {word(decoded)}.")
    return decoded


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        if b"NaN" in body or b"Infinity" in body:  # not JSON, but what Python's clients write
            return json.loads(body)
        raise


def from_mlflow(body: dict[str, Any]) -> Form:
    """MLflow's scoring protocol: exactly one of its four keys, and params."""
    given = [key for key in body if key in MLFLOW_KEYS]
    if len(given) != 1:
        keys = ", ".join(sorted(MLFLOW_KEYS))
        raise InputRefused(
            f"The input must be a JSON dictionary with exactly one of the input fields {keys}. "
            f"Received dictionary with input fields: {sorted(body)}."
        )
    return Form(kind=Kind(given[0]), value=body[given[0]], params=body.get("params"), body=body)


def from_request(request: dict[str, Any], columns: Collection[str]) -> Form:
    """The `request` of a model call: a record, the tutorial's {columns, data}, or any of MLflow's forms.

    `columns` are the names that the model's signature requires: an object that has them all is a record, even if
    one of them is called "data" or "inputs".
    """
    if columns and all(name in request for name in columns):
        return Form(kind=Kind.RECORD, value=request, body=request)
    if "data" in request and request.keys() <= _SPLIT_KEYS:
        split = {key: value for key, value in request.items() if key != "params"}
        return Form(kind=Kind.SPLIT, value=split, params=request.get("params"), body=request)
    if MLFLOW_KEYS & request.keys():
        return from_mlflow(request)
    return Form(kind=Kind.RECORD, value=request, body=request)


def word(value: Any) -> str:
    """What a JSON value is, in JSON's words."""
    if value is None:
        return "null"
    words = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return words.get(type(value), type(value).__name__)
