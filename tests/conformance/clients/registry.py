"""What a stock client does with the registry: register, find, load, move, copy, rename, delete."""

import sys

import mlflow
import numpy as np
from mlflow import MlflowClient
from sklearn.linear_model import LinearRegression

name = sys.argv[1]
client = MlflowClient()
data, truth = np.array([[1.0], [2.0], [3.0]]), np.array([2.0, 4.0, 6.0])
old = mlflow.__version__.startswith("2.")
mlflow.set_experiment(name)


def log(registered: str | None = None) -> str:
    """A run with a model; its id."""
    with mlflow.start_run() as run:
        where = {"artifact_path": "model"} if old else {"name": "model"}
        mlflow.sklearn.log_model(LinearRegression().fit(data, truth), registered_model_name=registered, **where)
    return run.info.run_id


def predicts(uri: str) -> None:
    """The model at this address predicts what it learned."""
    assert abs(mlflow.pyfunc.load_model(uri).predict(np.array([[4.0]]))[0] - 8.0) < 1e-6, uri


first = log(registered=name)
second = log()
version = mlflow.register_model(f"runs:/{second}/model", name, tags={"how": "by address"})
assert (version.version, version.status) in {("2", "READY"), (2, "READY")}, version
assert client.get_model_version(name, "1").run_id == first
predicts(f"models:/{name}/1")
predicts(f"models:/{name}/2")
predicts(f"runs:/{second}/model")

client.set_registered_model_alias(name, "champion", "1")
predicts(f"models:/{name}@champion")
client.set_registered_model_alias(name, "champion", "2")
assert client.get_model_version_by_alias(name, "champion").version in {"2", 2}
assert client.get_registered_model(name).aliases == {"champion": "2"} or old

client.set_registered_model_tag(name, "team", "a")
client.set_model_version_tag(name, "1", "checked", "yes")
client.update_registered_model(name, description="of wine")
client.update_model_version(name, "1", description="the first")
assert client.get_registered_model(name).tags["team"] == "a"
assert client.get_model_version(name, "1").tags["checked"] == "yes"
assert [found.name for found in client.search_registered_models(f"name = '{name}' and tags.team = 'a'")] == [name]
assert [
    int(found.version) for found in client.search_model_versions(f"name = '{name}'", order_by=["version_number ASC"])
] == [1, 2]
assert len(client.search_model_versions(f"run_id = '{first}'")) == 1
assert [found.name for found in mlflow.search_registered_models(filter_string=f"name LIKE '{name}%'")] == [name]

client.transition_model_version_stage(name, "1", "Production")
client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
assert client.get_model_version(name, "1").current_stage == "Archived"
assert [int(found.version) for found in client.get_latest_versions(name, ["Production"])] == [2]
predicts(f"models:/{name}/Production")

copied = client.copy_model_version(f"models:/{name}@champion", f"{name}-copy")
assert client.get_model_version_download_uri(copied.name, copied.version) == client.get_model_version_download_uri(
    name, "2"
)
predicts(f"models:/{name}-copy/1")

client.rename_registered_model(f"{name}-copy", f"{name}-renamed")
predicts(f"models:/{name}-renamed/1")
client.delete_registered_model_alias(name, "champion")
client.delete_model_version_tag(name, "1", "checked")
client.delete_registered_model_tag(name, "team")
client.delete_model_version(name, "1")
assert int(mlflow.register_model(f"runs:/{second}/model", name).version) == 3
client.delete_registered_model(f"{name}-renamed")
client.delete_registered_model(name)
assert client.search_registered_models(f"name = '{name}'") == []

if not old:
    from mlflow.exceptions import MlflowException

    mlflow.genai.register_prompt(name=f"{name}-prompt", template="Hello {{who}}")
    assert mlflow.genai.load_prompt(f"prompts:/{name}-prompt/1").format(who="you") == "Hello you"
    assert [found.name for found in mlflow.genai.search_prompts(f"name = '{name}-prompt'")] == [f"{name}-prompt"]
    assert client.search_registered_models(f"name = '{name}-prompt'") == []
    try:
        mlflow.register_model("file:///etc/passwd", f"{name}-bad")
    except MlflowException as error:
        assert "Invalid model version source" in str(error), error
    else:
        raise AssertionError
print("done")
