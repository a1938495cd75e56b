"""Values of JSON to columns with the types of a signature, checked once and named when wrong.

The rules are MLflow's, apart from where MLflow changes a value without a word: 29.5 for a `long`, "false" for a
`boolean` and 1 for a `string` are refused here.
"""

import base64
import binascii
import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cuvee_runtime.scoring.errors import SchemaRefused
from cuvee_runtime.scoring.forms import word
from cuvee_runtime.scoring.values import Field

#: A column as the model gets it: an array, or a list where pandas shall choose the type, as it does for text.
Column = Any

#: The types read here. A signature with any other is left to MLflow.
TYPES = frozenset({"double", "float", "long", "integer", "boolean", "string", "binary", "datetime"})
FLOATS = {"double": np.dtype("float64"), "float": np.dtype("float32")}

_INTEGERS = {"long": np.dtype("int64"), "integer": np.dtype("int32")}
_WORDS = {"true": True, "false": False}
_UNREADABLE = (TypeError, ValueError, OverflowError, ArithmeticError, RecursionError)


def convert(field: Field, values: Sequence[Any]) -> Column:
    """The values as the field's type. Raises SchemaRefused, which names the column, the row and the reason."""
    if field.type in FLOATS:
        dtype = FLOATS[field.type]
        column = floats(values, dtype)
        if column is not None and column.ndim == 1:
            return column
        return np.array(_each(field, values, _float_of(dtype)), dtype=dtype)
    if field.type in _INTEGERS:
        dtype = _INTEGERS[field.type]
        return np.array(_each(field, values, _integer_of(dtype)), dtype=dtype)
    if field.type == "boolean":
        return np.array(_each(field, values, _boolean), dtype=bool)
    if field.type == "datetime":
        return np.array(_each(field, values, _time), dtype="datetime64[ns]")
    return _each(field, values, _text if field.type == "string" else _bytes)


def floats(values: Sequence[Any], dtype: Any) -> Any:
    """The quick way for numbers: an array of whatever shape, or None if there is anything to complain about."""
    try:
        with np.errstate(over="raise"):
            return np.array(values, dtype=dtype)
    except _UNREADABLE:
        return None


def _each(field: Field, values: Sequence[Any], read: Callable[[Any], Any]) -> list[Any]:
    column = []
    for row, value in enumerate(values):
        try:
            column.append(read(value))
        except _UNREADABLE as error:
            reason = _reason(field, value, error)
            raise SchemaRefused(f"Column {field.name!r}, row {row}: {reason}.") from None
    return column


def _reason(field: Field, value: Any, error: BaseException) -> str:
    if isinstance(value, list | dict):
        return f"it is of type {field.type}, not {word(value)}"
    if value is None:
        return f"it is of type {field.type}, which cannot be null"
    shown = repr(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."  # noqa: PLR2004 - enough to find it
    hint = f" ({error})" if isinstance(error, _HintError) else ""
    return f"{shown} cannot be converted to {field.type}{hint}"


class _HintError(ValueError):
    """A reason that is worth telling."""


def _float_of(dtype: np.dtype[Any]) -> Callable[[Any], float]:
    largest = float(np.finfo(dtype).max)

    def read(value: Any) -> float:
        if value is None:
            return math.nan
        if isinstance(value, list | dict):
            raise TypeError
        number = float(value)
        if math.isfinite(number) and abs(number) > largest:
            raise _HintError("out of range")
        return number

    return read


def _integer_of(dtype: np.dtype[Any]) -> Callable[[Any], int]:
    limits = np.iinfo(dtype)
    low, high = int(limits.min), int(limits.max)

    def read(value: Any) -> int:
        if isinstance(value, list | dict):
            raise TypeError
        number = int(value)
        if isinstance(value, float) and number != value:
            raise _HintError("it would lose its fraction")
        if not low <= number <= high:
            raise _HintError("out of range")
        return number

    return read


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        value = _WORDS.get(value.lower(), value)
    if value is True or value is False:
        return bool(value)
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise ValueError


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError


def _bytes(value: Any) -> bytes | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except binascii.Error as error:
        raise _HintError("not base64") from error


def _time(value: Any) -> np.datetime64:
    """A moment without a zone; one that names its zone is taken to UTC. Numbers are nanoseconds, as in MLflow."""
    if value is None:
        return np.datetime64("NaT", "ns")
    if isinstance(value, bool | list | dict):
        raise TypeError
    moment = _iso(value)
    if moment is None:
        moment = pd.Timestamp(value)
    if moment is pd.NaT:
        return np.datetime64("NaT", "ns")
    if moment.tzinfo is not None:
        moment = moment.tz_convert("UTC").tz_localize(None)
    return moment.as_unit("ns").to_datetime64()


def _iso(value: Any) -> pd.Timestamp | None:
    """What the standard library can read, without pandas' guesses."""
    if not isinstance(value, str):
        return None
    try:
        return pd.Timestamp(dt.datetime.fromisoformat(value))
    except ValueError:
        return None
