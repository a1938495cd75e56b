"""The wine-quality table that the tutorial learns from: eleven measurements of a wine and the score it got.

P. Cortez, A. Cerdeira, F. Almeida, T. Matos and J. Reis, "Modeling wine preferences by data mining from
physicochemical properties", Decision Support Systems 47(4), 2009.
"""

import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd

FILE = Path("wine-quality.csv")
ADDRESS = "https://raw.githubusercontent.com/mlflow/mlflow/master/tests/datasets/winequality-white.csv"
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


def load():
    """The table with its columns in alphabetical order and the score last, and where it came from.

    The project's own file comes first, then the public address; without either the table is made up, and says so.
    """
    if FILE.is_file():
        source = str(FILE)
    elif fetched():
        source = ADDRESS
    else:
        print("There is no wine-quality.csv and no way to fetch it: this table is SYNTHETIC.")
        return made_up(), "synthetic"
    table = pd.read_csv(FILE, sep=separator(FILE))
    return table[[*COLUMNS, "quality"]].astype("float64"), source


def fetched():
    try:
        with urllib.request.urlopen(ADDRESS, timeout=10) as reply:
            content = reply.read()
    except (urllib.error.URLError, TimeoutError, OSError):
        return False
    FILE.write_bytes(content)
    return True


def separator(file):
    with file.open() as lines:
        return ";" if ";" in lines.readline() else ","


def made_up(rows=1_600, seed=40):
    """A table of the same shape: measurements around those of real wines, a score that depends on some of them."""
    random = np.random.default_rng(seed)
    means = [10.5, 0.05, 0.33, 0.994, 6.9, 35.0, 3.19, 6.4, 0.49, 138.0, 0.28]
    spreads = [1.2, 0.02, 0.12, 0.003, 0.85, 17.0, 0.15, 5.0, 0.11, 42.0, 0.1]
    table = pd.DataFrame(np.abs(random.normal(means, spreads, size=(rows, len(COLUMNS)))), columns=COLUMNS)
    score = 5.9 + 0.35 * (table["alcohol"] - 10.5) - 1.9 * (table["volatile acidity"] - 0.28)
    table["quality"] = (score + random.normal(0, 0.7, rows)).round().clip(3, 9)
    return table
