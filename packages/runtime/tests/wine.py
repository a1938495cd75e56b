"""The wine table of the tests, made up."""

import numpy as np
import pandas as pd

COLUMNS = [
    "alcohol",
    "chlorides",
    "citric acid",
    "density",
    "fixed acidity",
    "free sulfur dioxide",
    "pH",
    "residual sugar",
    "sulphates",
    "total sulfur dioxide",
    "volatile acidity",
]


def wines() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(7)
    frame = pd.DataFrame(random.random((200, len(COLUMNS))), columns=COLUMNS)
    return frame, frame.to_numpy() @ np.arange(1, len(COLUMNS) + 1)
