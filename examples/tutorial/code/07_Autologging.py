# With autologging there is nothing to log by hand: parameters, metrics, the model and its signature
# are logged as the framework trains. A grid search becomes one run with a child run for each candidate.

import warnings

from sklearn.linear_model import ElasticNet
from sklearn.model_selection import GridSearchCV, train_test_split

import mlflow
import wine

warnings.filterwarnings("ignore", message=".*Integer columns.*")

mlflow.set_experiment("wine-quality-autolog")
mlflow.sklearn.autolog(max_tuning_runs=None)

table, source = wine.load()
train, test = train_test_split(table, random_state=40)
measurements, score = train.drop(columns=["quality"]), train["quality"]

with mlflow.start_run(run_name="grid-search"):
    mlflow.set_tag("data.source", source)
    search = GridSearchCV(ElasticNet(random_state=42), {"alpha": [0.1, 0.6], "l1_ratio": [0.2, 0.6]}, cv=3)
    search.fit(measurements, score)
    print(f"best of {len(search.cv_results_['params'])}: {search.best_params_}")

mlflow.sklearn.autolog(disable=True)
