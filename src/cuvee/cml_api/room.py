"""How API v2's experiments and runs join the house."""

from cuvee.api.builder import Room
from cuvee.cml_api import experiments, runs


def install() -> Room:
    """The operations on experiments and runs."""
    return Room(
        routes=[
            experiments.list_all_experiments,
            experiments.list_experiments,
            experiments.create_experiment,
            experiments.get_experiment,
            experiments.update_experiment,
            experiments.delete_experiment,
            runs.list_experiment_runs,
            runs.create_experiment_run,
            runs.get_experiment_run,
            runs.update_experiment_run,
            runs.delete_experiment_run,
            runs.get_experiment_run_metrics,
            runs.log_experiment_run_batch,
            runs.delete_experiment_run_batch,
        ]
    )
