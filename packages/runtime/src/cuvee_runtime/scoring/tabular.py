"""Models whose inputs are named columns of plain types, which is what most models have.

The signature is checked here (see tables.py), once and without a frame being rebuilt column by column; rows of several
requests are joined before anything is asked of the model.
"""

from collections.abc import Callable, Sequence
from typing import Any

from cuvee_runtime.scoring import columns, tables
from cuvee_runtime.scoring.values import Field, Form, Prepared

#: The types of columns that are read here.
TYPES = columns.TYPES
#: Loaders whose models answer row by row, so that rows of several requests may be predicted together. A Python
#: function of somebody's own may look at all its rows, and then one caller's rows would change another's answer.
ROW_BY_ROW = frozenset({"mlflow.sklearn", "mlflow.xgboost", "mlflow.lightgbm", "mlflow.catboost"})


def are_plain(fields: Sequence[Field]) -> bool:
    """Whether every field is a named column of a type that is read here."""
    return bool(fields) and all(field.name and field.type in TYPES for field in fields)


class Tabular:
    """From a form to the answer of a model that takes plain columns."""

    def __init__(
        self,
        inputs: Sequence[Field],
        *,
        loader: str,
        call: Callable[[Any, dict[str, Any] | None], Any],
        call_with_array: Callable[[Any], Any] | None = None,
    ) -> None:
        self._reader = tables.Reader(inputs)
        self._width = len(inputs)
        self._row_by_row = loader in ROW_BY_ROW
        #: Takes a frame and the parameters.
        self._call = call
        #: Takes all columns as one array, where the model gives the same answer to that.
        self._call_with_array = call_with_array

    def prepare(self, form: Form, params: dict[str, Any] | None) -> Prepared:
        """The checked table. Raises InputRefused."""
        table = self._reader.read(form)
        key = (table.names, table.matrix is not None) if self._row_by_row and not params else None
        return Prepared(value=table, rows=table.rows, params=params, key=key)

    def predict(self, prepared: Prepared) -> Any:
        """The model's answer to a table."""
        table = prepared.value
        if self._call_with_array is not None and table.matrix is not None and len(table.names) == self._width:
            return self._call_with_array(table.matrix)
        return self._call(table.frame(), prepared.params)

    def join(self, waiting: Sequence[Prepared]) -> Prepared:
        """One table out of several with the same key, in order."""
        table = tables.join([one.value for one in waiting])
        return Prepared(value=table, rows=table.rows, params=waiting[0].params)
