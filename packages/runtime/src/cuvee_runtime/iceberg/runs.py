"""The run that goes on in this thread."""

import sys


def active() -> str:
    """Its id; empty when none goes on. Nobody who did not import MLflow has one."""
    mlflow = sys.modules.get("mlflow")
    run = mlflow.active_run() if mlflow is not None else None
    return run.info.run_id if run is not None else ""
