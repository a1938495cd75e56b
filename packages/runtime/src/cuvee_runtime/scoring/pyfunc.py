"""Models in MLflow's format, loaded by `mlflow.pyfunc`.

Two ways lead to the model. If every input is a named column of a plain type, which is what tabular models have,
the signature is checked here (see tables.py) and the implementation is called below `PyFuncModel.predict`, whose
check costs more than a millisecond a call. `_model_impl` is a stable developer API of MLflow, and what is skipped is
the check, which has been done, and the prediction context, which is for traces. Everything else (tensors, arrays,
objects, type hints, no signature) goes MLflow's own way from end to end.
"""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import utils as enforcement
from mlflow.types.schema import DataType
from mlflow.utils import proto_json_utils

from cuvee_runtime.scoring import sklearn_arrays, tables, tabular
from cuvee_runtime.scoring.errors import InputRefused, SchemaRefused
from cuvee_runtime.scoring.tabular import Tabular
from cuvee_runtime.scoring.values import Field, Form, Kind, Prepared

_LONGEST_MESSAGE = 2000
#: How MLflow's own messages begin when the input is to blame, in 2.x and 3.x.
_INPUT_TO_BLAME = (
    "Failed to enforce schema",
    "Failed to enforce model input schema",
    "Failed to validate data against",
)


class PyfuncServable:
    """A model in MLflow's format."""

    def __init__(self, model: Any) -> None:
        metadata = model.metadata
        schema, outputs = metadata.get_input_schema(), metadata.get_output_schema()
        self._model = model
        self._schema = schema
        self._params_schema = metadata.get_params_schema()
        self._type_hints = bool(getattr(metadata, "_is_signature_from_type_hint", bool)())
        self.platform = "mlflow_" + _loader(metadata).removeprefix("mlflow.")
        self.inputs = _fields(schema)
        self.outputs = _fields(outputs)
        self._tabular = self._as_tabular()

    def _as_tabular(self) -> Tabular | None:
        from_example = getattr(self._model.metadata, "_is_type_hint_from_example", bool)()
        is_columns = self._schema is not None and not self._schema.is_tensor_spec()
        if not is_columns or self._type_hints or from_example or not tabular.are_plain(self.inputs):
            return None
        return Tabular(
            self.inputs,
            loader=_loader(self._model.metadata),
            call=_below_enforcement(self._model),
            call_with_array=self._array_function(),
        )

    def _array_function(self) -> Callable[[Any], Any] | None:
        if _loader(self._model.metadata) != "mlflow.sklearn":
            return None
        estimator = getattr(self._model._model_impl, "sklearn_model", None)  # noqa: SLF001 - as below
        return sklearn_arrays.predict_function(
            estimator, _function_name(self._model), [field.name for field in self.inputs]
        )

    def prepare(self, form: Form) -> Prepared:
        params = self._params(form.params)
        if self._tabular is None:
            return Prepared(value=self._read_as_mlflow(form), params=params)
        return self._tabular.prepare(form, params)

    def join(self, waiting: Sequence[Prepared]) -> Prepared:
        return waiting[0] if self._tabular is None else self._tabular.join(waiting)

    def predict(self, prepared: Prepared) -> Any:
        if self._tabular is not None:
            return self._tabular.predict(prepared)
        try:
            return self._model.predict(prepared.value, params=prepared.params)
        except MlflowException as error:
            if error.message.startswith(_INPUT_TO_BLAME):
                raise SchemaRefused(error.message[:_LONGEST_MESSAGE]) from None
            raise

    def _params(self, params: Any) -> dict[str, Any] | None:
        if params is None and self._params_schema is None:
            return None
        if params is not None and not isinstance(params, dict):
            raise InputRefused("'params' must be an object.")
        try:
            checked: dict[str, Any] | None = enforcement._enforce_params_schema(params, self._params_schema)  # noqa: SLF001 - the same in 2.x and 3.x
        except MlflowException as error:
            raise SchemaRefused(error.message[:_LONGEST_MESSAGE]) from None
        return checked or None

    def _read_as_mlflow(self, form: Form) -> Any:
        try:
            data = self._parse(form)
        except InputRefused:
            raise
        except MlflowException as error:
            raise InputRefused(error.message[:_LONGEST_MESSAGE]) from None
        except Exception as error:  # noqa: BLE001 - only the input was touched so far, so the input is to blame
            raise InputRefused(f"The input cannot be read: {error!r}"[:_LONGEST_MESSAGE]) from None
        if not self._type_hints and _is_empty(data):
            raise InputRefused("The input has no rows.")
        return data

    def _parse(self, form: Form) -> Any:
        kind, value = form.kind, form.value
        if kind is Kind.RECORD:
            return self._parse_record(value)
        if self._type_hints and kind is not Kind.INPUTS:
            raise InputRefused("This model has type hints: its input must be given as 'inputs'.")
        if self._type_hints:
            return value
        if kind is Kind.CSV:
            return tables.read_csv(value)
        if kind in (Kind.SPLIT, Kind.RECORDS):
            orient = kind.removeprefix("dataframe_")
            return proto_json_utils.dataframe_from_parsed_json(value, pandas_orient=orient, schema=self._schema)
        return proto_json_utils.parse_tf_serving_input({str(kind): value}, schema=self._schema)

    def _parse_record(self, value: Any) -> Any:
        """One row, given as an object. For tensors, an array for each name."""
        if self._type_hints:
            return [value]
        if self._schema is not None and self._schema.is_tensor_spec():
            return proto_json_utils.parse_tf_serving_input({"inputs": value}, schema=self._schema)
        return proto_json_utils.dataframe_from_parsed_json([value], pandas_orient="records", schema=self._schema)


def load(path: str) -> PyfuncServable:
    """The model in a directory. Whatever goes wrong there is raised."""
    return PyfuncServable(mlflow.pyfunc.load_model(str(Path(path).absolute())))


def _loader(metadata: Any) -> str:
    return str(metadata.flavors.get("python_function", {}).get("loader_module", "python_function"))


def _function_name(model: Any) -> str:
    return str(model.metadata.flavors.get("python_function", {}).get("predict_fn", "predict"))


def _below_enforcement(model: Any) -> Callable[[Any, Any], Any]:
    """The model's own predict function, called with params if it takes them."""
    function = getattr(model._model_impl, _function_name(model))  # noqa: SLF001 - a stable developer API
    params = inspect.signature(function).parameters.get("params")
    if params is None or params.kind is inspect.Parameter.VAR_KEYWORD:
        return lambda data, _params: function(data)
    return lambda data, given: function(data, params=given)


def _fields(schema: Any) -> list[Field]:
    if schema is None:
        return []
    if schema.is_tensor_spec():
        return [Field(name=spec.name or "", type=spec.type.name, shape=tuple(spec.shape)) for spec in schema.inputs]
    return [Field(name=spec.name or "", type=_type(spec.type), required=spec.required) for spec in schema.inputs]


def _type(declared: Any) -> str:
    return declared.name if isinstance(declared, DataType) else type(declared).__name__.lower()


def _is_empty(data: Any) -> bool:
    if isinstance(data, pd.DataFrame):
        return len(data) == 0
    if isinstance(data, np.ndarray):
        return bool(data.size == 0)
    return isinstance(data, list | dict) and not data
