"""Models, as a user of the stock client logs and loads them. The argument is the projects' folder."""

import os
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import xgboost
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.linear_model import ElasticNet

PROJECTS = Path(sys.argv[1])
NEW = int(mlflow.__version__.split(".")[0]) >= 3
client = MlflowClient()
data = pd.DataFrame(np.random.default_rng(7).random((50, 3)), columns=["a", "b", "c"])
target = data["a"] * 2 + data["b"]
experiment = mlflow.set_experiment(f"models-{os.urandom(4).hex()}")


def log(flavor, model, name: str):
    """`name` is what the new client calls it; the old one knows a path."""
    where = {"name": name} if NEW else {"artifact_path": name}
    given = {"signature": infer_signature(data, model.predict(data)), "pip_requirements": ["scikit-learn"]}
    return flavor.log_model(model, **where, **given)


elastic = ElasticNet(alpha=0.01).fit(data, target)
boosted = xgboost.XGBRegressor(n_estimators=3).fit(data, target)

with mlflow.start_run() as run:
    dataset = mlflow.data.from_pandas(data, name="wine", targets=None)
    mlflow.log_input(dataset, context="training")
    first = log(mlflow.sklearn, elastic, "model")
    log(mlflow.xgboost, boosted, "boosted")
    if NEW:
        second = log(mlflow.sklearn, elastic, "model")
        mlflow.log_metric("rmse", 0.5, model_id=first.model_id, dataset=dataset)
        mlflow.log_model_params({"alpha": "0.01"}, model_id=first.model_id)
        mlflow.set_logged_model_tags(first.model_id, {"stage": "champion"})
run_id = run.info.run_id
expected = elastic.predict(data)

(place,) = PROJECTS.glob(f"*/.experiments/{experiment.experiment_id}/{run_id}/artifacts")
assert (place / "model" / "MLmodel").is_file(), list(place.iterdir())
for uri in (str(place / "model"), f"runs:/{run_id}/model", first.model_uri):
    assert np.allclose(mlflow.pyfunc.load_model(uri).predict(data), expected), uri
assert np.allclose(mlflow.sklearn.load_model(f"runs:/{run_id}/model").predict(data), expected)
assert np.allclose(mlflow.xgboost.load_model(f"runs:/{run_id}/boosted").predict(data), boosted.predict(data))
assert "MLmodel" in {Path(file.path).name for file in client.list_artifacts(run_id, "model")}

found = client.get_run(run_id)
(used,) = found.inputs.dataset_inputs
assert (used.dataset.name, used.tags[0].value) == ("wine", "training")
assert mlflow.data.get_source(used) is not None

if NEW:
    assert (place / "model-2" / "MLmodel").is_file()
    assert first.model_id.startswith("m-")
    assert np.allclose(mlflow.pyfunc.load_model(f"models:/{first.model_id}").predict(data), expected)
    assert np.allclose(mlflow.sklearn.load_model(f"models:/{second.model_id}").predict(data), expected)
    made = mlflow.get_logged_model(first.model_id)
    assert str(made.status) == "READY", made.status
    assert (made.params["alpha"], made.tags["stage"]) == ("0.01", "champion")
    assert [(metric.key, metric.value, metric.dataset_name) for metric in made.metrics] == [("rmse", 0.5, "wine")]
    outputs = {output.model_id for output in found.outputs.model_outputs}
    assert {first.model_id, second.model_id} <= outputs
    listed = mlflow.search_logged_models(
        experiment_ids=[experiment.experiment_id],
        filter_string="metrics.rmse < 1 AND tags.stage = 'champion'",
        datasets=[{"dataset_name": dataset.name, "dataset_digest": dataset.digest}],
        order_by=[{"field_name": "metrics.rmse", "ascending": True}],
        output_format="list",
    )
    assert [model.model_id for model in listed] == [first.model_id]
    assert len(mlflow.search_logged_models(experiment_ids=[experiment.experiment_id])) == 3
    bare = mlflow.initialize_logged_model(name="bare")
    mlflow.finalize_logged_model(bare.model_id, "FAILED")
    client.delete_logged_model_tag(first.model_id, "stage")
    client.delete_logged_model(second.model_id)
    try:
        client.get_logged_model(second.model_id)
    except mlflow.exceptions.MlflowException as error:
        assert "not found" in str(error), error
    else:
        raise AssertionError("a deleted model was found")
print("models: ok")
