"""A form held against a signature of plain columns, and the frame that comes of it.

MLflow checks a signature by rebuilding the frame column by column. Here the values become arrays of the right type
first (one array for the whole input when every column is a float), arrays of waiting requests are joined, and the
frame is built once.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from cuvee_runtime.scoring import columns
from cuvee_runtime.scoring.errors import InputRefused, SchemaRefused
from cuvee_runtime.scoring.forms import word
from cuvee_runtime.scoring.values import Field, Form, Kind

#: What pandas reads as "no value" in a CSV file.
_MISSING = frozenset(
    {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"}
    | {"NULL", "NaN", "None", "n/a", "nan", "null"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Converted columns. Either one matrix of floats, or a column for each name."""

    names: tuple[str, ...]
    rows: int
    matrix: np.ndarray[Any, Any] | None = None
    parts: tuple[columns.Column, ...] = ()

    def frame(self) -> pd.DataFrame:
        if self.matrix is not None:
            return pd.DataFrame(self.matrix, columns=_index(self.names), copy=False)
        return pd.DataFrame(dict(zip(self.names, self.parts, strict=True)))


@lru_cache(maxsize=64)
def _index(names: tuple[str, ...]) -> Any:
    """Making an index costs more than making the frame."""
    return pd.Index(names)


def join(tables: Sequence[Table]) -> Table:
    """One table under the other. All have the same names and the same kind."""
    first, rows = tables[0], sum(table.rows for table in tables)
    if first.matrix is not None:
        return Table(names=first.names, rows=rows, matrix=np.concatenate([table.matrix for table in tables]))
    joined = tuple(_join_column(column) for column in zip(*(table.parts for table in tables), strict=True))
    return Table(names=first.names, rows=rows, parts=joined)


def _join_column(parts: Sequence[columns.Column]) -> columns.Column:
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return [value for part in parts for value in part]


class Reader:
    """Reads forms for one signature, whose fields are all named and of plain types."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = {field.name: field for field in fields}
        self._names = tuple(self._fields)
        self._required = tuple(field.name for field in fields if field.required)
        floats = {columns.FLOATS.get(field.type) for field in fields}
        #: The one float type of all columns, or None.
        self._float = floats.pop() if len(floats) == 1 else None

    def read(self, form: Form) -> Table:
        """The table in a form. Raises InputRefused."""
        value = form.value
        if form.kind is Kind.SPLIT:
            return self._split(value)
        if form.kind is Kind.CSV:
            return self._csv(value)
        if form.kind is Kind.RECORDS and not isinstance(value, list):
            raise InputRefused(f"dataframe_records must be a list of records, not {word(value)}.")
        if isinstance(value, dict):
            return self._named(value)
        if isinstance(value, list):
            return self._list(form.kind, value)
        if len(self._names) == 1:  # a single value for a single column
            return self._columns({self._names[0]: [value]})
        raise InputRefused(f"{form.kind} must be a list or an object, not {word(value)}.")

    def _list(self, kind: Kind, value: list[Any]) -> Table:
        if not value:
            raise InputRefused("The input has no rows.")
        if all(isinstance(item, dict) for item in value):
            return self._records(value)
        if kind is Kind.RECORDS:
            raise InputRefused("dataframe_records must be a list of objects.")
        if all(isinstance(item, list) for item in value):
            return self._rows(self._names, value)
        if len(self._names) == 1:
            return self._columns({self._names[0]: value})
        raise InputRefused(f"{kind} must be a list of rows (lists) or of records (objects), all of one kind.")

    def _split(self, value: Any) -> Table:
        if not isinstance(value, dict):
            raise InputRefused(f"dataframe_split must be an object, not {word(value)}.")
        if "data" not in value or value.keys() - {"columns", "data", "index"}:
            raise InputRefused(
                "dataframe_split must have 'data' and may have 'columns' and 'index' "
                f"and nothing else. Got {sorted(value)}."
            )
        rows, names = value["data"], value.get("columns")
        if not isinstance(rows, list):
            raise InputRefused(f"'data' must be a list of rows, not {word(rows)}.")
        index = value.get("index")
        if index is not None and (not isinstance(index, list) or len(index) != len(rows)):
            raise InputRefused("'index' must be a list with one entry for each row.")
        return self._rows(self._names if names is None else _names(names), rows)

    def _csv(self, text: str) -> Table:
        try:
            header, *rows = [line for line in csv.reader(io.StringIO(text), strict=True) if line]
        except (csv.Error, ValueError) as error:
            reason = error if isinstance(error, csv.Error) else "there is no header"
            raise InputRefused(f"The body is not valid CSV: {reason}.") from None
        values: list[list[Any]] = [[None if cell in _MISSING else cell for cell in row] for row in rows]
        return self._rows(_names(header), values)

    def _rows(self, names: tuple[str, ...], rows: list[Any]) -> Table:
        self._check_names(names)
        if not rows:
            raise InputRefused("The input has no rows.")
        table = self._matrix(names, rows)
        if table is not None:
            return table
        for number, row in enumerate(rows):
            if not isinstance(row, list):
                raise InputRefused(f"Row {number} must be a list, not {word(row)}.")
            if len(row) != len(names):
                raise InputRefused(f"Row {number} has {len(row)} values for {len(names)} columns.")
        return self._columns(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))

    def _matrix(self, names: tuple[str, ...], rows: list[Any]) -> Table | None:
        """The quick way: every column is a float, so all of them are one array. None if anything is unusual."""
        if self._float is None:
            return None
        matrix = columns.floats(rows, self._float)
        if matrix is None or matrix.shape != (len(rows), len(names)):
            return None
        if names != self._names:
            place = {name: number for number, name in enumerate(names)}
            kept = tuple(name for name in self._names if name in place)
            return Table(names=kept, rows=len(rows), matrix=matrix[:, [place[name] for name in kept]])
        return Table(names=names, rows=len(rows), matrix=matrix)

    def _records(self, records: list[dict[str, Any]]) -> Table:
        """As pandas reads them: what one record lacks and another has is null."""
        given = set().union(*records)
        return self._columns(
            {name: [record.get(name) for record in records] for name in self._names if name in given},
            extra=given - self._fields.keys(),
        )

    def _named(self, value: dict[str, Any]) -> Table:
        """A value for each name (one row), or a list for each name."""
        known = {name: value[name] for name in self._names if name in value}
        lists = sum(isinstance(item, list) for item in known.values())
        if lists == 0:
            known = {name: [item] for name, item in known.items()}
        elif lists != len(known):
            raise InputRefused("The columns must be all lists or all single values.")
        return self._columns(known, extra=value.keys() - self._fields.keys())

    def _columns(self, given: dict[str, list[Any]], *, extra: Sequence[str] | set[str] = ()) -> Table:
        self._check_names((*given, *extra))
        kept = {name: given[name] for name in self._names if name in given}
        lengths = {len(values) for values in kept.values()}
        if len(lengths) > 1:
            counted = ", ".join(f"{name!r} has {len(values)}" for name, values in kept.items())
            raise InputRefused(f"The columns must have the same number of values: {_short(counted)}.")
        if not lengths or not (rows := lengths.pop()):
            raise InputRefused("The input has no rows.")
        converted = tuple(columns.convert(self._fields[name], values) for name, values in kept.items())
        if self._float is not None:  # so that it joins what came as rows
            return Table(names=tuple(kept), rows=rows, matrix=np.column_stack(converted))
        return Table(names=tuple(kept), rows=rows, parts=converted)

    def _check_names(self, names: tuple[str, ...]) -> None:
        if names == self._names:
            return
        given = set(names)
        if len(given) != len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise InputRefused(f"These columns are given twice: {_short(', '.join(map(repr, twice)))}.")
        missing = [name for name in self._required if name not in given]
        if missing:
            message = f"The input lacks columns that the model needs: {', '.join(map(repr, missing))}."
            extra = sorted(given - self._fields.keys())
            if extra:
                message += f" It has columns that the model does not know: {_short(', '.join(map(repr, extra)))}."
            raise SchemaRefused(message)


def read_csv(text: str) -> pd.DataFrame:
    """A table with nothing known about its columns. Raises ValueError for what is no CSV."""
    return pd.read_csv(io.StringIO(text))


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise InputRefused("'columns' must be a list of names.")
    return tuple(value)


def _short(text: str) -> str:
    return text if len(text) <= 500 else text[:497] + "..."  # noqa: PLR2004 - a screenful
