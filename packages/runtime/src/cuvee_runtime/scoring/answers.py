"""From what a model returns to JSON.

NaN and the infinities have no JSON: they become null. Times are ISO 8601, bytes are base64, frames are lists of
records. Neither numpy nor pandas is imported: if a value is theirs, they are loaded already.
"""

import dataclasses
import sys
from collections.abc import Mapping
from typing import Any

import msgspec

_PLAIN = frozenset({str, int, float, bool, type(None)})


def encode(value: Any) -> bytes:
    """The JSON of an answer.

    Raises TypeError, ValueError, OverflowError or RecursionError for what JSON cannot hold.
    """
    return msgspec.json.encode(plain(value), enc_hook=_refuse)


def plain(value: Any) -> Any:
    """The same answer in lists, dicts and scalars."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list:
        return value if all(type(item) in _PLAIN for item in value) else [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return _foreign(value)


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str(key)
    if isinstance(key, tuple):  # the columns of a frame with several levels
        return ", ".join(_key(part) for part in key)
    return str(plain(key))


def _foreign(value: Any) -> Any:
    """What is not JSON's own: numpy's and pandas' values, pydantic models, dataclasses, sparse matrices."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic):
        return _array(value, numpy)
    if pandas is not None and type(value).__module__.partition(".")[0] == "pandas":
        return _from_pandas(value, pandas)
    for method in ("model_dump", "toarray"):
        if hasattr(value, method):
            return plain(getattr(value, method)())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    return value  # times, UUIDs, decimals, enums and bytes are msgspec's to write


def _from_pandas(value: Any, pandas: Any) -> Any:
    if isinstance(value, pandas.DataFrame):
        return plain(value.to_dict(orient="records"))
    if value is pandas.NaT or value is pandas.NA:
        return None
    if isinstance(value, pandas.Timestamp | pandas.Timedelta):
        return value.isoformat()
    if isinstance(value, pandas.Period | pandas.Interval):
        return str(value)
    return plain(list(value))  # a series, an index, an extension array


def _array(value: Any, numpy: Any) -> Any:
    if value.dtype.kind in "mM":  # tolist() would give nanoseconds
        return _times(value, numpy)
    items = value.tolist()
    return items if value.dtype.kind in "biufU" else plain(items)


def _times(value: Any, numpy: Any) -> Any:
    if value.ndim:
        return [_times(item, numpy) for item in value]
    if numpy.isnat(value):
        return None
    if value.dtype.kind == "m":
        return value.astype("timedelta64[us]").item()
    return str(numpy.datetime_as_string(value))


def _refuse(value: Any) -> Any:
    message = f"{type(value).__module__}.{type(value).__qualname__} has no JSON"
    raise TypeError(message)
