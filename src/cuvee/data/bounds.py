"""The least and greatest values that manifests note of a column, in Iceberg's single-value form (its specification)."""

import struct
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Characters of a value that are shown.
_LONGEST: Final = 200
_NANO: Final = 1_000


def value(content: bytes, kind: str) -> Any:
    """The value of a primitive type such as `long` or `decimal(9, 2)`; values of a type compare with each other.

    None when the bytes are no such value, or nothing is known of the type.
    """
    read = _READERS.get(_family(kind))
    try:
        return None if read is None else read(content, kind)
    except (ValueError, struct.error, ArithmeticError):
        return None


def text(found: Any, kind: str) -> str:
    """A value as people read it."""
    if found is None:
        return ""
    write = _WRITERS.get(_family(kind), str)
    try:
        return _shortened(write(found))
    except OverflowError:
        return _shortened(str(found))


def _family(kind: str) -> str:
    """A type without its measures."""
    return kind.partition("(")[0].partition("[")[0]


def _shortened(written: str) -> str:
    return written if len(written) <= _LONGEST else written[:_LONGEST] + "…"


def _whole(content: bytes, _kind: str) -> int:
    """Of 4 bytes also when the type has 8: the column was wider after the file was written."""
    if len(content) not in {4, 8}:
        raise ValueError
    return int.from_bytes(content, "little", signed=True)


def _floating(content: bytes, _kind: str) -> float | None:
    found = struct.unpack("<f" if len(content) == 4 else "<d", content)[0]  # noqa: PLR2004 - as above
    return None if found != found else float(found)  # noqa: PLR0124 - a NaN is no bound


def _decimal(content: bytes, kind: str) -> Decimal:
    scale = int(kind.rpartition(",")[2].rstrip(") ") or 0)
    return Decimal(int.from_bytes(content, "big", signed=True)).scaleb(-scale)


_READERS: Final[Mapping[str, Callable[[bytes, str], Any]]] = {
    "boolean": lambda content, _kind: struct.unpack("?", content)[0],
    **dict.fromkeys(
        ("int", "long", "date", "time", "timestamp", "timestamptz", "timestamp_ns", "timestamptz_ns"), _whole
    ),
    "float": _floating,
    "double": _floating,
    "decimal": _decimal,
    "string": lambda content, _kind: content.decode(),
    "uuid": lambda content, _kind: UUID(bytes=content),
    "fixed": lambda content, _kind: content,
    "binary": lambda content, _kind: content,
}


def _moment(microseconds: int) -> str:
    return (_EPOCH + timedelta(microseconds=microseconds)).replace(tzinfo=None).isoformat(" ")


_WRITERS: Final[Mapping[str, Callable[[Any], str]]] = {
    "boolean": lambda found: "true" if found else "false",
    "date": lambda found: (date(1970, 1, 1) + timedelta(days=found)).isoformat(),
    "time": lambda found: (datetime.combine(date.min, time()) + timedelta(microseconds=found)).time().isoformat(),
    "timestamp": _moment,
    "timestamptz": lambda found: f"{_moment(found)} UTC",
    "timestamp_ns": lambda found: _moment(found // _NANO),
    "timestamptz_ns": lambda found: f"{_moment(found // _NANO)} UTC",
    "binary": lambda found: found.hex(),
    "fixed": lambda found: found.hex(),
    "float": repr,
    "double": repr,
}
