"""An example input held against a model's signature, column by column, as a replica would hold it.

The replica's own reading is in the runtime, on arrays; here it is only said what it would refuse, so that somebody who
types an example sees it before anything is built.
"""

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from cuvee.logged_models.mlmodel import Column, Signature

#: Characters of an example that are looked at.
MOST: Final = 1_000_000
_SPLIT: Final = frozenset({"columns", "data", "index", "params"})
_FORMS: Final = ("dataframe_split", "dataframe_records", "instances", "inputs")
_RANGES: Final = {"long": 2**63, "integer": 2**31}
_SHORT: Final = 40

#: Column → its values, from the first row on.
Values = dict[str, list[Any]]


class State(StrEnum):
    """What is to be said about a column."""

    OK = "ok"
    MISSING = "missing"
    OPTIONAL = "optional"  #: not given, and need not be
    WRONG = "wrong"
    UNKNOWN = "unknown"  #: given, and not in the signature: the model does not see it


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One column of the signature or of the example."""

    name: str
    #: The type for people; empty for a column that the model does not know.
    type: str
    state: State
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a model with this signature would say to an example."""

    #: Why the example cannot be read at all; empty when it can.
    problem: str = ""
    #: What is not checked, and why; empty when everything is.
    remark: str = ""
    columns: tuple[Checked, ...] = ()
    rows: int = 0

    @property
    def is_good(self) -> bool:
        return not self.problem and all(each.state in {State.OK, State.OPTIONAL} for each in self.columns)

    @property
    def would_fail(self) -> bool:
        return bool(self.problem) or any(each.state in {State.MISSING, State.WRONG} for each in self.columns)


class _Unreadable(Exception):
    """The example has no layout that is known."""


def check(text: str, signature: Signature | None) -> Verdict:
    """Hold an example against a signature."""
    if not text.strip():
        return Verdict()
    if len(text) > MOST:
        return Verdict(remark="The example is too long to be checked here.")
    try:
        request = _read(text)
        if remark := _unchecked(signature):
            return Verdict(remark=remark)
        return _held(_values(request, signature or Signature()), signature or Signature())
    except _Unreadable as error:
        return Verdict(problem=str(error))


def _read(text: str) -> dict[str, Any]:
    try:
        request = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise _Unreadable(f"This is not JSON: {error}.") from None
    except RecursionError:
        raise _Unreadable("This JSON is nested too deeply.") from None
    if not isinstance(request, dict):
        raise _Unreadable(f"An example is a JSON object, such as {{…}}, not {_word(request)}.")
    return request


def _unchecked(signature: Signature | None) -> str:
    """Why columns cannot be checked; empty when they can."""
    if signature is None or not signature.inputs:
        return "The model has no signature: whether it takes this is seen when it is called."
    if not all(column.name for column in signature.inputs):
        return "The signature has no named columns: whether the shape fits is seen when it is called."
    return ""


def _held(values: Values, signature: Signature) -> Verdict:
    known = {column.name: column for column in signature.inputs}
    checked = [_checked(column, values.get(column.name)) for column in signature.inputs]
    unknown = [name for name in values if name not in known]
    checked += [
        Checked(name=name, type="", state=State.UNKNOWN, message="the model does not know it") for name in unknown
    ]
    rows = max((len(each) for each in values.values()), default=0)
    return Verdict(columns=tuple(checked), rows=rows)


def _checked(column: Column, values: list[Any] | None) -> Checked:
    def said(state: State, message: str = "") -> Checked:
        return Checked(name=column.name, type=column.shown, state=state, message=message)

    if values is None:
        return said(State.MISSING, "is missing") if column.is_required else said(State.OPTIONAL, "is not given")
    read = _READERS.get(column.type)
    if read is None:
        return said(State.OK)
    for row, value in enumerate(values):
        if complaint := read(value):
            where = f"row {row + 1}: " if len(values) > 1 else ""
            return said(State.WRONG, f"{where}{complaint}")
    return said(State.OK)


def _values(request: dict[str, Any], signature: Signature) -> Values:
    """The columns in a request, whichever of the layouts it has."""
    required = [column.name for column in signature.inputs if column.is_required]
    if required and all(name in request for name in required):
        return _named(request)
    if "data" in request and request.keys() <= _SPLIT:
        return _split(request, signature)
    given = [name for name in _FORMS if name in request]
    if not given:
        return _named(request)
    if len(given) > 1:
        raise _Unreadable(f"Only one of {', '.join(given)} can be given.")
    return _of_mlflow(given[0], request[given[0]], signature)


def _of_mlflow(form: str, value: Any, signature: Signature) -> Values:
    """MLflow's own forms."""
    if form == "dataframe_split":
        if not isinstance(value, dict):
            raise _Unreadable(f"dataframe_split is an object with columns and data, not {_word(value)}.")
        return _split(value, signature)
    if isinstance(value, dict):
        return _named(value)
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return {name: [each.get(name) for each in value] for name in {key: None for each in value for key in each}}
    if isinstance(value, list):
        return _rows([column.name for column in signature.inputs], value)
    raise _Unreadable(f"{form} is a list of rows or an object, not {_word(value)}.")


def _named(record: Mapping[str, Any]) -> Values:
    """A value for each name is one row; a list for each is as many."""
    is_lists = bool(record) and all(isinstance(value, list) for value in record.values())
    values = {name: value if is_lists else [value] for name, value in record.items()}
    if len({len(each) for each in values.values()}) > 1:
        raise _Unreadable("The columns must have the same number of values.")
    return values


def _split(value: Mapping[str, Any], signature: Signature) -> Values:
    names = value.get("columns", [column.name for column in signature.inputs])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _Unreadable("columns is a list of names.")
    if len(set(names)) != len(names):
        raise _Unreadable("A column is named twice.")
    data = value.get("data")
    if not isinstance(data, list):
        raise _Unreadable(f"data is a list of rows, not {_word(data)}.")
    return _rows(names, data)


def _rows(names: list[str], rows: list[Any]) -> Values:
    if not rows:
        raise _Unreadable("There are no rows in it.")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list):
            raise _Unreadable(f"Row {number} is a list of values in brackets, not {_word(row)}.")
        if len(row) != len(names):
            raise _Unreadable(f"Row {number} has {len(row)} values for {len(names)} columns.")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _number(value: Any) -> str:
    if value is None:
        return ""
    try:
        return "" if not isinstance(value, list | dict) and float(value) is not None else _cannot(value, "a number")
    except (ValueError, OverflowError):
        return _cannot(value, "a number")


def _whole(limit: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value is None:
            return "a whole number cannot be null"
        try:
            number = float("nan") if isinstance(value, list | dict) else float(value)
        except (ValueError, OverflowError):
            return _cannot(value, "a whole number")
        if not math.isfinite(number) or int(number) != number:
            return _cannot(value, "a whole number")
        return "" if -limit <= int(number) < limit else f"{_short(value)} is out of range"

    return read


def _boolean(value: Any) -> str:
    is_word = isinstance(value, str) and value.lower() in {"true", "false"}
    is_digit = isinstance(value, int | float) and value in (0, 1)
    return "" if is_word or is_digit else _cannot(value, "true or false")


def _string(value: Any) -> str:
    return "" if value is None or isinstance(value, str) else _cannot(value, "a text in quotes")


def _binary(value: Any) -> str:
    if value is None:
        return ""
    try:
        base64.b64decode("".join(str(value).split()) if isinstance(value, str) else "?", validate=True)
    except (binascii.Error, ValueError):
        return _cannot(value, "base64")
    return ""


def _moment(value: Any) -> str:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return ""
    try:
        datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return _cannot(value, "a time such as 2026-05-28T10:00:00")
    return ""


_READERS: Final[dict[str, Callable[[Any], str]]] = {
    "double": _number,
    "float": _number,
    "long": _whole(_RANGES["long"]),
    "integer": _whole(_RANGES["integer"]),
    "boolean": _boolean,
    "string": _string,
    "binary": _binary,
    "datetime": _moment,
}


def _cannot(value: Any, wanted: str) -> str:
    return f"{_short(value)} is not {wanted}"


def _short(value: Any) -> str:
    if isinstance(value, list | dict) or value is None:
        return _word(value)
    shown = msgspec.json.encode(value).decode()
    return shown if len(shown) <= _SHORT else shown[: _SHORT - 1] + "…"


def _word(value: Any) -> str:
    if value is None:
        return "null"
    words = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return words.get(type(value), "this")
