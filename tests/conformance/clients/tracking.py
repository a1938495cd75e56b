"""Everything a tracking client does, with a stock MLflow client, against the platform that the environment names."""

import math
import sys
import time

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

stem = sys.argv[1]
client = MlflowClient()


def refused(call, *arguments, code: str, **named) -> None:
    try:
        call(*arguments, **named)
    except MlflowException as error:
        assert error.error_code == code, error
    else:
        raise AssertionError(f"{call} was not refused")


# Experiments, fluent and by client.
assert mlflow.set_experiment(f"{stem}-fluent").name == f"{stem}-fluent"
made = mlflow.create_experiment(f"{stem}-made", tags={"team": "red"})
assert mlflow.get_experiment(made).tags["team"] == "red"
assert mlflow.get_experiment_by_name(f"{stem}-made").experiment_id == made
assert mlflow.get_experiment_by_name(f"{stem}-never") is None
refused(mlflow.create_experiment, f"{stem}-made", code="RESOURCE_ALREADY_EXISTS")
client.rename_experiment(made, f"{stem}-renamed")
client.set_experiment_tag(made, "mlflow.note.content", "a *note*")
mlflow.delete_experiment(made)
assert mlflow.get_experiment(made).lifecycle_stage == "deleted"
client.restore_experiment(made)
names = [each.name for each in mlflow.search_experiments(filter_string=f"name LIKE '{stem}%'", order_by=["name"])]
assert names == [f"{stem}-fluent", f"{stem}-renamed"], names

# A run, with everything logged to it.
with mlflow.start_run(run_name="first", tags={"stage": "test"}, description="what it is") as run:
    assert mlflow.active_run().info.run_id == run.info.run_id
    mlflow.log_param("alpha", 0.6)
    mlflow.log_params({"l1_ratio": 0.6, "note": "x" * 500})
    mlflow.log_param("alpha", 0.6)
    refused(mlflow.log_param, "alpha", 0.7, code="INVALID_PARAMETER_VALUE")
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"rmse": 0.5, "nan": math.nan, "inf": math.inf}, step=3)
    mlflow.set_tag("kept", "yes")
    mlflow.set_tags({"gone": "soon", "also": 5})
    mlflow.delete_tag("gone")
    assert mlflow.get_artifact_uri().endswith(f"{run.info.run_id}/artifacts")
    with mlflow.start_run(nested=True, run_name="child"):
        mlflow.log_metric("loss", 0.1)

got = mlflow.get_run(run.info.run_id)
assert got.info.status == "FINISHED" and got.info.end_time >= got.info.start_time
assert got.data.params["alpha"] == "0.6" and got.data.params["note"] == "x" * 500
assert got.data.metrics["loss"] == 0.2 and math.isnan(got.data.metrics["nan"]) and got.data.metrics["inf"] > 1e308
assert got.data.tags["also"] == "5" and "gone" not in got.data.tags
assert [point.step for point in client.get_metric_history(run.info.run_id, "loss")] == list(range(5))
children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{run.info.run_id}'")
assert list(children["tags.mlflow.runName"]) == ["child"]

# A run that fails, and one by the client.
try:
    with mlflow.start_run(run_name="fails") as failed:
        raise ZeroDivisionError
except ZeroDivisionError:
    pass
assert mlflow.get_run(failed.info.run_id).info.status == "FAILED"
own = client.create_run(made, run_name="own", tags={"t": "v"}, start_time=1234)
now = int(time.time() * 1000)
client.log_batch(
    own.info.run_id,
    metrics=[Metric("m", value, now + value, value) for value in range(1000)],
    params=[],
    tags=[],
)
client.log_batch(own.info.run_id, params=[Param(f"p{n}", str(n)) for n in range(100)], tags=[RunTag("a", "b")])
client.update_run(own.info.run_id, status="FINISHED", name="renamed")
client.set_terminated(own.info.run_id, "KILLED", end_time=99_999)
info = client.get_run(own.info.run_id)
assert (info.info.status, info.info.end_time, info.info.run_name) == ("KILLED", 99_999, "renamed")
assert len(client.get_metric_history(own.info.run_id, "m")) == 1000
assert len(info.data.params) == 100
client.delete_run(own.info.run_id)
refused(client.set_tag, own.info.run_id, "a", "b", code="INVALID_PARAMETER_VALUE")
assert [each.info.run_id for each in client.search_runs([made], run_view_type=ViewType.DELETED_ONLY)] == [
    own.info.run_id
]
client.restore_run(own.info.run_id)
refused(client.get_run, "nothing", code="RESOURCE_DOES_NOT_EXIST")

# Search, to pandas and in pages.
table = mlflow.search_runs(experiment_names=[f"{stem}-fluent"], order_by=["metrics.loss DESC"])
assert isinstance(table, pd.DataFrame) and table["tags.mlflow.runName"][0] == "first", table
best = mlflow.search_runs(
    experiment_names=[f"{stem}-fluent"],
    filter_string="metrics.loss < 0.15 AND params.alpha IS NULL",
    output_format="list",
)
assert [each.info.run_name for each in best] == ["child"]
refused(mlflow.search_runs, filter_string="metrics.loss < 'a'", code="INVALID_PARAMETER_VALUE")
for number in range(5):
    client.create_run(made, start_time=number)
page = client.search_runs([made], max_results=4)
rest = client.search_runs([made], max_results=4, page_token=page.token)
assert len(page) == 4 and len(rest) == 2 and not rest.token
assert len({each.info.run_id for each in [*page, *rest]}) == 6

# What is logged in the background arrives, in order.
with mlflow.start_run(experiment_id=made) as background:
    for step in range(50):
        mlflow.log_metric("later", step, step=step, synchronous=False)
mlflow.flush_async_logging()
assert len(client.get_metric_history(background.info.run_id, "later")) == 50

# Without an experiment, runs go to Default.
assert client.get_experiment("0").name == "Default"
print("done")
