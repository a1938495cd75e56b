"""scikit-learn models in MLflow's format, loaded without MLflow, whose import takes longer than all the rest.

What MLflow's loader does for such a model is to unpickle it. That is done here when the MLmodel says nothing else: a
signature of plain columns, no parameters, no code beside the model, no settings. A model that says more is left to
`mlflow.pyfunc` (see pyfunc.py), which then does it all.
"""

import os
import pickle
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from cuvee_runtime.scoring import sklearn_arrays, tabular
from cuvee_runtime.scoring.errors import InputRefused
from cuvee_runtime.scoring.tabular import Tabular
from cuvee_runtime.scoring.values import Field, Form, Prepared

LOADER = "mlflow.sklearn"

#: Where this is set, MLflow decides whether a pickle is opened at all.
_PERMISSION = "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"
_FUNCTIONS = frozenset({"predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba"})
_PYFUNC_KEYS = frozenset({"env", "loader_module", "model_path", "predict_fn", "python_version"})
_UNREADABLE = (OSError, msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError)


class SklearnServable:
    """A scikit-learn model with a signature of plain columns."""

    platform = "mlflow_sklearn"

    def __init__(self, estimator: Any, name: str, inputs: Sequence[Field], outputs: Sequence[Field]) -> None:
        self.inputs = inputs
        self.outputs = outputs
        function = getattr(estimator, name)
        self._tabular = Tabular(
            inputs,
            loader=LOADER,
            call=lambda frame, _params: function(frame),
            call_with_array=sklearn_arrays.predict_function(estimator, name, [field.name for field in inputs]),
        )

    def prepare(self, form: Form) -> Prepared:
        if form.params is not None and not isinstance(form.params, dict):
            raise InputRefused("'params' must be an object.")
        return self._tabular.prepare(form, None)  # the model has none: those given are ignored, as MLflow does

    def predict(self, prepared: Prepared) -> Any:
        return self._tabular.predict(prepared)

    def join(self, waiting: Sequence[Prepared]) -> Prepared:
        return self._tabular.join(waiting)


def load(path: str) -> SklearnServable | None:
    """The model in a directory, or None when MLflow has to load it. What unpickling raises is raised."""
    folder = Path(path).absolute()
    try:
        described = msgspec.yaml.decode((folder / "MLmodel").read_bytes())
        if not _is_plain(described):
            return None
        signature = described["signature"]
        inputs, outputs = _fields(signature["inputs"]), _fields(signature.get("outputs"))
        conf, flavor = described["flavors"]["python_function"], described["flavors"]["sklearn"]
        file = folder / conf["model_path"]
        name = conf.get("predict_fn", "predict")
    except _UNREADABLE:
        return None  # MLflow has the words for what is wrong with it
    if not tabular.are_plain(inputs) or name not in _FUNCTIONS or not file.is_file():
        return None
    estimator = _opened(file, flavor)
    return (
        None if estimator is None or not hasattr(estimator, name) else SklearnServable(estimator, name, inputs, outputs)
    )


def _is_plain(described: Mapping[str, Any]) -> bool:
    """Whether the MLmodel says nothing but which pickle to open, and which columns it takes."""
    conf = described["flavors"]["python_function"]
    hints = described.get("is_signature_from_type_hint") or described.get("type_hint_from_example")
    own_words = any(str(key).startswith("mlflow") for key in described.get("metadata") or {})
    return (
        _PERMISSION not in os.environ
        and conf["loader_module"] == LOADER
        and all(key in _PYFUNC_KEYS or value is None for key, value in conf.items())
        and not described["flavors"]["sklearn"].get("code")
        and not hints
        and not own_words
        and described["signature"].get("params") in (None, "", "[]")
    )


def _fields(text: str | None) -> list[Field]:
    """A signature's side. Raises KeyError or TypeError for what is no column and no tensor of a plain type."""
    return [] if not text else [_field(spec) for spec in msgspec.json.decode(text)]


def _field(spec: Mapping[str, Any]) -> Field:
    if spec["type"] == "tensor":
        tensor = spec["tensor-spec"]
        return Field(
            name=spec.get("name") or "", type=np.dtype(tensor["dtype"]).name, shape=tuple(map(int, tensor["shape"]))
        )
    kind = spec["type"]
    if kind not in tabular.TYPES:
        raise KeyError(kind)
    # MLflow before 2.9 wrote "optional"; both may be missing.
    required = spec.get("required", not spec.get("optional", False))
    return Field(name=spec.get("name") or "", type=kind, required=bool(required))


def _opened(file: Path, flavor: Mapping[str, Any]) -> Any:
    """The estimator, or None for a format that is not known here."""
    match flavor.get("serialization_format", "pickle"):
        case "cloudpickle" | "pickle":
            # cloudpickle writes pickles that name it where they need it: plain pickle finds it then.
            with file.open("rb") as stream:
                return pickle.load(stream)  # noqa: S301 - this is what the model is
        case "skops":
            return import_module("skops.io").load(file, trusted=flavor.get("skops_trusted_types"))
        case _:
            return None
