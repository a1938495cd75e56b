import json
import os
import mlflow

# Two files to attach to the run: some data as JSON, and a line of text.
os.makedirs("data", exist_ok=True)

states = {"grape": "Alvarinho", "measurements": 11, "scored": True}
with open("data/json.json", "w") as file:
    json.dump(states, file, indent=4)

features = "alcohol, chlorides, citric acid, density"
with open("data/features.txt", "w") as file:
    file.write(features)

tags = {
    "engineering": "ML Platform",
    "release.candidate": "RC1",
    "release.version": "2.2.0",
}

with mlflow.start_run():
    # The run belongs to the experiment that was set last: example-experiment.
    mlflow.set_tags(tags)

    # Everything in the folder goes to the run's artifacts, under "states".
    mlflow.log_artifacts("data", artifact_path="states")
