"""Autologging of a grid search: a parent run with its best parameters, and a child run for each candidate."""

import sys

import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import ElasticNet
from sklearn.model_selection import GridSearchCV

mlflow.set_experiment(f"{sys.argv[1]}-grid")
# Models are the business of another script: their files would make this one slow.
mlflow.sklearn.autolog(max_tuning_runs=None, log_models=False, log_datasets=True)
features, target = load_iris(return_X_y=True)
with mlflow.start_run() as parent:
    GridSearchCV(ElasticNet(), {"alpha": [0.1, 0.6], "l1_ratio": [0.2, 0.6, 1.0]}, cv=2).fit(features, target)

got = mlflow.get_run(parent.info.run_id)
assert "best_alpha" in got.data.params and "best_cv_score" in got.data.metrics, got.data
assert got.inputs.dataset_inputs, "the training data was not noted"
children = mlflow.search_runs(
    filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.mean_test_score DESC"]
)
assert len(children) == 6
assert children["metrics.mean_test_score"].is_monotonic_decreasing
assert children["metrics.mean_test_score"][0] == got.data.metrics["best_cv_score"]
print("done")
