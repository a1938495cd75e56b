"""The model of the scoring rows: an ElasticNet on eleven measurements of a wine. Runs in a model's environment.

`python wine.py save FOLDER` writes it in MLflow's format.

`python wine.py register FOLDER` uploads it to a run and registers it as `wine`, at the server that MLflow's environment
variables name.

`python wine.py predict FOLDER SECONDS WINE` measures the bare `predict` of one wine (a JSON list), as an array and as a
DataFrame, and prints both medians in milliseconds and the score as JSON.
"""

import json
import pickle
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import ElasticNet

PACKAGES = ["mlflow-skinny", "scikit-learn", "numpy", "pandas", "cloudpickle"]
COLUMNS = [
    "fixed acidity",
    "volatile acidity",
    "citric acid",
    "residual sugar",
    "chlorides",
    "free sulfur dioxide",
    "total sulfur dioxide",
    "density",
    "pH",
    "sulphates",
    "alcohol",
]


def wines() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(7)
    frame = pd.DataFrame(random.random((1_000, len(COLUMNS))), columns=COLUMNS)
    return frame, frame.to_numpy() @ np.arange(1, len(COLUMNS) + 1)


def save(folder: str) -> None:
    import mlflow  # noqa: PLC0415 - the bare predict does without it

    frame, quality = wines()
    model = ElasticNet(alpha=0.001).fit(frame, quality)
    mlflow.sklearn.save_model(
        model,
        folder,
        signature=mlflow.models.infer_signature(frame, quality),
        serialization_format="cloudpickle",
        pip_requirements=[f"{name}=={version(name)}" for name in PACKAGES],
    )


def register(folder: str) -> None:
    import mlflow  # noqa: PLC0415 - likewise

    client = mlflow.MlflowClient()
    run = client.create_run("0").info
    client.log_artifacts(run.run_id, folder, "wine")
    client.create_registered_model("wine")
    client.create_model_version("wine", f"{run.artifact_uri}/wine", run.run_id)


def predict(folder: str, seconds: float, wine: list[float]) -> None:
    model = pickle.loads((Path(folder) / "model.pkl").read_bytes())
    row = pd.DataFrame([wine], columns=COLUMNS)
    # Bare means bare: no names to check on the array's side, as a server that checked them itself may call it.
    nameless = ElasticNet()
    nameless.__dict__.update({name: value for name, value in vars(model).items() if name != "feature_names_in_"})
    array = row.to_numpy()
    found = {
        "array": _middle(nameless.predict, array, seconds),
        "frame": _middle(model.predict, row, seconds),
        "score": float(model.predict(row)[0]),
    }
    print(json.dumps(found))


def _middle(work: Callable[[object], object], given: object, seconds: float) -> float:
    took = []
    until = time.perf_counter() + seconds / 2
    while time.perf_counter() < until:
        began = time.perf_counter()
        work(given)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["save", folder]:
            save(folder)
        case ["register", folder]:
            register(folder)
        case ["predict", folder, seconds, wine]:
            predict(folder, float(seconds), json.loads(wine))
