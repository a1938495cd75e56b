import os
import mlflow
client = mlflow.tracking.MlflowClient()

# Paste the id of your experiment here; without one, the experiment of the first steps is taken.
experiment_id = os.environ.get("EXPERIMENT_ID") or client.get_experiment_by_name("example-experiment").experiment_id
experiment = client.get_experiment(experiment_id)

print("Name: {}".format(experiment.name))
print("Experiment id: {}".format(experiment.experiment_id))
print("Artifact location: {}".format(experiment.artifact_location))
print("Tags: {}".format(experiment.tags))
print("Lifecycle stage: {}".format(experiment.lifecycle_stage))
