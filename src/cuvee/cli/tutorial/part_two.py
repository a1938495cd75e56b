"""Part 2: what else the MLflow API does."""

from collections.abc import Callable
from typing import Final

from cuvee.cli.tutorial.journey import Journey, expect, expect_files, pairs, the_one
from cuvee.cli.tutorial.part_one import Say, checked, look_at_disk
from cuvee.cli.tutorial.report import StepFailed

EXPERIMENT: Final = "example-experiment"
TAGS: Final = {"engineering": "ML Platform", "release.candidate": "RC1", "release.version": "2.2.0"}


def active_run(journey: Journey, say: Say) -> None:
    printed = journey.run_script("01_Active_Experiment.py")
    run = the_one(journey.runs(journey.experiment_named(EXPERIMENT)["id"]), "a run")
    expect("the run's status", run["status"], "EXPERIMENT_RUN_FINISHED")
    if f"Active run_id: {run['id']}" not in printed:
        raise StepFailed(f"the script printed {printed!r}, not the id {run['id']}")
    say(f"Active run_id: {run['id']}")


def artifacts_and_tags(journey: Journey, say: Say) -> None:
    journey.run_script("02_Log_Artifacts_Tags.py")
    runs = journey.runs(journey.experiment_named(EXPERIMENT)["id"])
    expect("runs of the experiment that was set last", len(runs), 2)
    tags = pairs(runs[0]["data"]["tags"])
    expect("the run's tags", {key: tags.get(key) for key in TAGS}, TAGS)
    expect_files(journey.artifacts(runs[0]) / "states", "json.json", "features.txt")
    say("3 tags, states/json.json, states/features.txt")


def get_experiment(journey: Journey, say: Say) -> None:
    experiment = journey.experiment_named(EXPERIMENT)
    printed = journey.run_code({"code": f"%env EXPERIMENT_ID={experiment['id']}"})
    printed = journey.run_script("03_Get_Experiment.py")
    for line in (f"Name: {EXPERIMENT}", f"Experiment id: {experiment['id']}", "Lifecycle stage: active"):
        if line not in printed:
            raise StepFailed(f"{line!r} is not in what the script printed: {printed}")
    say(f"Experiment id: {experiment['id']}")


def predict_batch(journey: Journey, say: Say) -> None:
    printed = journey.run_script("04_Predict_Batch.py")
    rows = [line for line in printed.splitlines() if line[:2].strip().isdigit()]
    expect("scored wines", len(rows), 20)
    say(f"{len(rows)} wines scored by the model on disk")


def register_while_logging(journey: Journey, say: Say) -> None:
    journey.run_script("05_Auto_Model_Registration.py")
    run = journey.runs(journey.experiment)[0]
    checked(run, {"alpha": "0.6", "l1_ratio": "0.6"})
    found = journey.get("/registry/models", search_filter='{"model_name":"Auto-Deployed Model"}')["models"]
    model = journey.get(f"/registry/models/{the_one(found, 'a registered model')['model_id']}")
    source = model["model_versions"][0]["model_version_metadata"]["mlflow_metadata"]["run_id"]
    expect("the run that the version comes from", source, run["id"])
    say(f"Auto-Deployed Model, {model['model_versions'][0]['version_name']}")


def autologging(journey: Journey, say: Say) -> None:
    journey.run_script("07_Autologging.py")
    runs = journey.runs(journey.experiment_named("wine-quality-autolog")["id"])
    parents = [run for run in runs if "mlflow.parentRunId" not in pairs(run["data"]["tags"])]
    parent = the_one(parents, "a run of the search")
    children = [run for run in runs if pairs(run["data"]["tags"]).get("mlflow.parentRunId") == parent["id"]]
    expect("child runs of the grid search", len(children), 4)
    expect("children that finished", {run["status"] for run in children}, {"EXPERIMENT_RUN_FINISHED"})
    if not any(key.startswith("best_") for key in pairs(parent["data"]["params"])):
        raise StepFailed("the run of the search lacks the best parameters")
    say("a grid search, 4 child runs, nothing logged by hand")


STEPS: Final[list[tuple[str, Callable[[Journey, Say], None]]]] = [
    ("Run 01_Active_Experiment.py", active_run),
    ("Run 02_Log_Artifacts_Tags.py", artifacts_and_tags),
    ("Run 03_Get_Experiment.py", get_experiment),
    ("List .experiments in the session", look_at_disk),
    ("Run 04_Predict_Batch.py", predict_batch),
    ("Run 05_Auto_Model_Registration.py", register_while_logging),
    ("Run 07_Autologging.py", autologging),
]
