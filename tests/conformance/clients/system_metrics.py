"""System metrics, sampled by the stock client while a run is active."""

import sys
import time

import mlflow

mlflow.set_experiment(f"{sys.argv[1]}-system")
mlflow.set_system_metrics_sampling_interval(0.2)
mlflow.set_system_metrics_samples_before_logging(1)
with mlflow.start_run(log_system_metrics=True) as run:
    until = time.monotonic() + 60
    found: dict[str, float] = {}
    while not any(key.startswith("system/") for key in found) and time.monotonic() < until:
        time.sleep(0.2)
        found = mlflow.get_run(run.info.run_id).data.metrics
assert "system/cpu_utilization_percentage" in mlflow.get_run(run.info.run_id).data.metrics
print("done")
