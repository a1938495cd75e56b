"""The model of the scoring rows: an ElasticNet on eleven measurements of a wine. Runs in a model's environment.

`python wine.py save FOLDER` writes it in MLflow's format; `python wine.py predict FOLDER SECONDS` measures the bare
`predict` of one row, as an array and as a DataFrame, and prints both medians in milliseconds as JSON.
"""

import json
import pickle
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import ElasticNet

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
    signature = mlflow.models.infer_signature(frame, quality)
    mlflow.sklearn.save_model(model, folder, signature=signature, serialization_format="cloudpickle")


def predict(folder: str, seconds: float) -> None:
    model = pickle.loads((Path(folder) / "model.pkl").read_bytes())
    row = wines()[0].iloc[:1]
    # Bare means bare: no names to check on the array's side, as a server that checked them itself may call it.
    nameless = ElasticNet()
    nameless.__dict__.update({name: value for name, value in vars(model).items() if name != "feature_names_in_"})
    array = row.to_numpy()
    middles = {"array": _middle(nameless.predict, array, seconds), "frame": _middle(model.predict, row, seconds)}
    print(json.dumps(middles))


def _middle(work: Callable[[object], object], given: object, seconds: float) -> float:
    took = []
    until = time.perf_counter() + seconds / 2
    while time.perf_counter() < until:
        began = time.perf_counter()
        work(given)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


if __name__ == "__main__":
    if sys.argv[1] == "save":
        save(sys.argv[2])
    else:
        predict(sys.argv[2], float(sys.argv[3]))
