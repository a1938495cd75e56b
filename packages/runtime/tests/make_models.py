"""Real models, saved by whichever MLflow runs this. `python make_models.py FOLDER [NAME ...]`."""

# ruff: noqa: PLC0415 - not every environment has every library
# Requirements are given as none: to find them out, MLflow starts another process for each model.
import sys
from pathlib import Path

import mlflow
import numpy as np
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import TensorSpec
from sklearn.linear_model import ElasticNet
from wine import COLUMNS, wines


class Failing(mlflow.pyfunc.PythonModel):
    """Raises when the first row says so."""

    def predict(self, context, model_input, params=None):
        if (model_input["x"] < 0).any():
            message = "a secret of the model"
            raise RuntimeError(message)
        return model_input["x"].to_numpy() * 2


class Powers(mlflow.pyfunc.PythonModel):
    """Has a parameter."""

    def predict(self, context, model_input, params=None):
        return model_input["x"].to_numpy() ** params["power"]


class Mirror(mlflow.pyfunc.PythonModel):
    """Answers what it was given, and with which types."""

    def predict(self, context, model_input, params=None):
        types = {name: str(dtype) for name, dtype in model_input.dtypes.items()}
        return {"rows": model_input, "types": types}


class Totals(mlflow.pyfunc.PythonModel):
    """A list in a column, which is not a plain type."""

    def predict(self, context, model_input, params=None):
        return [float(np.sum(values)) for values in model_input["values"]]


class Hinted(mlflow.pyfunc.PythonModel):
    """Says what it takes by a type hint, which is its signature."""

    def predict(self, model_input: list[dict[str, float]], params=None) -> list[float]:
        return [row["x"] * 2 for row in model_input]


def make_hinted(path):
    mlflow.pyfunc.save_model(path, python_model=Hinted(), pip_requirements=[])


def make_wine(path):
    frame, quality = wines()
    model = ElasticNet(alpha=0.001).fit(frame, quality)
    mlflow.sklearn.save_model(
        model, path, signature=infer_signature(frame, quality), serialization_format="cloudpickle"
    )


def labelled():
    """Columns of several types, one of them optional, and a label."""
    frame, quality = wines()
    frame = frame[["pH", "alcohol"]].assign(
        grape=np.where(frame["density"] > frame["density"].median(), "white", "red"),
        year=np.arange(len(frame)) % 7 + 2000,
    )
    columns = [ColSpec("double", "pH"), ColSpec("double", "alcohol", required=False), ColSpec("string", "grape")]
    return frame, np.where(quality > np.median(quality), "good", "fair"), [*columns, ColSpec("long", "year")]


def make_labels(path):
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    frame, label, columns = labelled()
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="error"), ["grape"]), (SimpleImputer(), ["pH", "year"]), remainder="drop"
    )
    model = make_pipeline(encode, LogisticRegression()).fit(frame, label)
    signature = ModelSignature(inputs=Schema(columns), outputs=Schema([ColSpec("string")]))
    mlflow.sklearn.save_model(model, path, signature=signature, serialization_format="pickle", pip_requirements=[])


def make_shares(path):
    from sklearn.tree import DecisionTreeClassifier

    frame, _ = wines()
    _, label, _ = labelled()
    mlflow.sklearn.save_model(
        DecisionTreeClassifier(max_depth=3).fit(frame, label),
        path,
        signature=ModelSignature(inputs=Schema([ColSpec("double", name) for name in COLUMNS])),
        serialization_format="cloudpickle",
        pyfunc_predict_fn="predict_proba",
        pip_requirements=[],
    )


def make_trusted(path):
    frame, quality = wines()
    mlflow.sklearn.save_model(
        ElasticNet(alpha=0.001).fit(frame, quality),
        path,
        signature=infer_signature(frame, quality),
        serialization_format="skops",
        pip_requirements=[],
    )


def make_unsigned(path):
    frame, quality = wines()
    model = ElasticNet(alpha=0.001).fit(frame.to_numpy(), quality)
    mlflow.sklearn.save_model(model, path, serialization_format="cloudpickle", pip_requirements=[])


def make_tensor(path):
    frame, quality = wines()
    model = ElasticNet(alpha=0.001).fit(frame.to_numpy(), quality)
    signature = ModelSignature(inputs=Schema([TensorSpec(np.dtype("float64"), (-1, len(COLUMNS)))]))
    mlflow.sklearn.save_model(model, path, signature=signature, serialization_format="cloudpickle", pip_requirements=[])


def make_boosted(path):
    import xgboost

    frame, quality = wines()
    model = xgboost.XGBRegressor(n_estimators=5).fit(frame, quality)
    mlflow.xgboost.save_model(model, path, signature=infer_signature(frame, quality), pip_requirements=[])


def python_model(path, model, columns, params=None):
    signature = ModelSignature(inputs=Schema(columns), params=params)
    mlflow.pyfunc.save_model(path, python_model=model, signature=signature, pip_requirements=[])


def make_failing(path):
    python_model(path, Failing(), [ColSpec("double", "x")])


def make_powers(path):
    params = ParamSchema([ParamSpec("power", "long", 2)])
    python_model(path, Powers(), [ColSpec("double", "x")], params)


def make_mirror(path):
    types = ["double", "float", "long", "integer", "boolean", "string", "datetime", "binary"]
    columns = [ColSpec(name, f"a {name}") for name in types]
    python_model(path, Mirror(), [*columns, ColSpec("double", "maybe", required=False)])


def make_totals(path):
    from mlflow.types.schema import Array

    python_model(path, Totals(), [ColSpec(Array("double"), "values")])


if __name__ == "__main__":
    folder, *names = sys.argv[1:]
    for name in names:
        globals()[f"make_{name}"](str(Path(folder) / name))
