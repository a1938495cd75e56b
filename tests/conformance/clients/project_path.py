"""A tracking URI that ends in `/projects/<name>`: experiments and runs land in that project."""

import sys

import mlflow

name = f"{sys.argv[1]}-path"
mlflow.set_experiment(name)
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 0.5)
assert mlflow.get_run(run.info.run_id).data.metrics == {"loss": 0.5}
assert [each.name for each in mlflow.search_experiments(filter_string=f"name = '{name}'")] == [name]
print("done")
