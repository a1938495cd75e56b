"""Artifacts of every kind, as a user of the stock client logs and reads them. The argument is the projects' folder."""

import json
import os
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.store.artifact.mlflow_artifacts_repo import MlflowArtifactsRepository
from PIL import Image

PROJECTS = Path(sys.argv[1])
#: MLflow 2 writes `…%step%25%…` and then decodes what it lists, so that it asks for a file that is not there.
STEPS = (0, 25) if mlflow.__version__.startswith("3") else (0, 1)
work = Path(tempfile.mkdtemp())
client = MlflowClient()
mlflow.set_experiment(f"artifacts-{os.urandom(4).hex()}")

with mlflow.start_run() as run:
    (work / "states").mkdir()
    (work / "states" / "nested").mkdir()
    (work / "states" / "VIC.txt").write_text("Victoria")
    (work / "states" / "nested" / "naïve name.json").write_text("{}")
    (work / "one.bin").write_bytes(bytes(range(256)) * 4096)
    mlflow.log_artifact(str(work / "one.bin"))
    mlflow.log_artifact(str(work / "one.bin"), artifact_path="deep/er")
    mlflow.log_artifacts(str(work / "states"), artifact_path="states")
    mlflow.log_text("text\n", "notes/a.txt")
    mlflow.log_dict({"a": [1, None]}, "notes/a.json")
    mlflow.log_dict({"a": [1, None]}, "notes/a.yaml")
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    mlflow.log_figure(figure, "plots/figure.png")
    image = np.random.default_rng(7).integers(0, 255, (16, 16, 3), dtype=np.uint8)
    mlflow.log_image(image, "plots/image.png")
    for step in STEPS:
        mlflow.log_image(image, key="dogs", step=step)
    table = {"input": ["a", "b"], "score": [0.1, 0.2]}
    mlflow.log_table(table, artifact_file="tables/scores.json")
    mlflow.log_table(pd.DataFrame(table), artifact_file="tables/scores.json")
    uri = mlflow.get_artifact_uri("notes")
run_id = run.info.run_id

top = [(file.path, file.is_dir) for file in client.list_artifacts(run_id)]
assert ("one.bin", False) in top, top
assert ("states", True) in top, top
assert [file.path for file in client.list_artifacts(run_id, "states")] == ["states/VIC.txt", "states/nested"]
assert client.list_artifacts(run_id, "one.bin") == []
sizes = {file.path: file.file_size for file in client.list_artifacts(run_id)}
assert sizes["one.bin"] == 1 << 20

assert mlflow.artifacts.load_text(f"{uri}/a.txt") == "text\n"
assert mlflow.artifacts.load_dict(f"{uri}/a.json") == {"a": [1, None]}
assert mlflow.artifacts.load_image(f"runs:/{run_id}/plots/image.png").size == (16, 16)
assert len(mlflow.load_table("tables/scores.json", run_ids=[run_id])) == 4
whole = Path(mlflow.artifacts.download_artifacts(run_id=run_id, dst_path=str(work / "got")))
assert (whole / "states/nested/naïve name.json").read_text() == "{}"
assert (whole / "one.bin").read_bytes() == (work / "one.bin").read_bytes()
steps = [file.path for file in client.list_artifacts(run_id, "images") if file.path.endswith(".png")]
assert len(steps) == 2, steps
for path in steps:
    Image.open(client.download_artifacts(run_id, path, str(work)))

try:
    client.download_artifacts(run_id, "nothing")
except mlflow.exceptions.MlflowException as error:
    assert "nothing" in str(error) or "404" in str(error), error
else:
    raise AssertionError("a missing artifact was downloaded")

# The whole of it lies in the project's folder, as plain files.
(place,) = PROJECTS.glob(f"*/.experiments/{run.info.experiment_id}/{run_id}/artifacts")
assert (place / "states/VIC.txt").read_text() == "Victoria"
assert json.loads((place / "notes/a.json").read_text()) == {"a": [1, None]}

# In parts: 60 MB in pieces of 5 MiB, and back.
os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = str(6 << 20)
os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = str(5 << 20)
completed = []
complete = MlflowArtifactsRepository.complete_multipart_upload
MlflowArtifactsRepository.complete_multipart_upload = lambda *given: (completed.append(given[3]), complete(*given))[1]
big = work / "big.bin"
big.write_bytes(os.urandom(1 << 20) * 60)
staging = place.parents[2] / ".cuvee-staging"
staged = set(staging.iterdir())
client.log_artifact(run_id, str(big), "parts")
assert (place / "parts/big.bin").read_bytes() == big.read_bytes()
assert [len(parts) for parts in completed] == [12], completed
assert set(staging.iterdir()) == staged, set(staging.iterdir()) - staged

repository = mlflow.store.artifact.artifact_repository_registry.get_artifact_repository(run.info.artifact_uri)
repository.delete_artifacts("states")
assert not (place / "states").exists()
print("artifacts: ok")
