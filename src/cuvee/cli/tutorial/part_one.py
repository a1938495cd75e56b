"""Part 1: from an empty project to a prediction."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cuvee.cli.tutorial.journey import Journey, expect, expect_files, pairs, the_one, until
from cuvee.cli.tutorial.report import StepFailed

Say = Callable[[str], None]

EXPERIMENT: Final = "wine-quality-test"
#: How a build ends.
ENDS: Final = {"built", "build failed", "timedout"}
METRICS: Final = {"rmse", "r2", "mae"}

#: One wine, as the tutorial's text has it.
EXAMPLE_INPUT: Final[dict[str, Any]] = {
    "columns": [
        "alcohol", "chlorides", "citric acid", "density", "fixed acidity", "free sulfur dioxide", "pH",
        "residual sugar", "sulphates", "total sulfur dioxide", "volatile acidity",
    ],
    "data": [[12.8, 0.029, 0.48, 0.98, 6.2, 29, 3.33, 1.2, 0.39, 75, 0.66]],
}  # fmt: skip


def create_dev(journey: Journey, say: Say) -> None:
    project = journey.post("/projects", {"name": "DEV", "template": "tutorial", "description": "The tutorial"})
    journey.dev = created(journey, project)
    say(journey.dev)


def bring_data(journey: Journey, say: Say) -> None:
    if journey.data is None:
        say("no table given: the scripts fetch the public one, or make one up and say so")
        return
    journey.upload("wine-quality.csv", journey.data)
    say(f"{journey.data.name} ({journey.data.stat().st_size:,} bytes)")


def open_session(journey: Journey, say: Say) -> None:
    session = journey.start_session({"name": "tutorial", "cpu": 1, "memory": 2})
    journey.session = session["id"]
    if session["status"] != "running":
        raise StepFailed(f"the session is {session['status']}: {session['status_reason']}")
    say(f"{session['runtime_identifier']}, {session['cpu']:g} vCPU / {session['memory']:g} GiB")


def install_requirements(journey: Journey, say: Say) -> None:
    printed = journey.run_code({"code": "!pip3 install -r requirements.txt"})
    if "ERROR" in printed:
        raise StepFailed(printed.strip().splitlines()[-1])
    satisfied = printed.count("already satisfied")
    say(f"{satisfied} packages were there already")


def create_experiment(journey: Journey, say: Say) -> None:
    experiment = journey.post(f"/projects/{journey.dev}/experiments", {"name": EXPERIMENT})
    journey.experiment = experiment["id"]
    say(journey.experiment)


def first_run(journey: Journey, say: Say) -> None:
    journey.run_script("01_Experiment.py")
    run = the_one(journey.runs(journey.experiment), "a run")
    metrics = checked(run, {"alpha": "0.5", "l1_ratio": "0.5"})
    expect("artifacts of a run that logged no model", list(journey.artifacts(run).glob("*")), [])
    say(f"rmse {metrics['rmse']:.3f}, data from {pairs(run['data']['tags'])['data.source']}")


def run_with_model(journey: Journey, say: Say) -> None:
    journey.run_script("02_Experiment_log_model.py")
    runs = journey.runs(journey.experiment)
    expect("runs in the experiment", len(runs), 2)
    run = runs[0]
    metrics = checked(run, {"alpha": "0.6", "l1_ratio": "0.6"})
    folder = journey.artifacts(run) / "model"
    expect_files(folder, "MLmodel", "requirements.txt", "python_env.yaml")
    # MLflow chooses how it writes the estimator: as a pickle, or by skops.
    the_one(folder.glob("model.*"), f"the estimator in {folder}")
    journey.model_run = run["id"]
    say(f"rmse {metrics['rmse']:.3f}, model in .experiments/{journey.experiment}/{run['id']}/artifacts/model")


def create_prd(journey: Journey, say: Say) -> None:
    journey.prd = created(journey, journey.post("/projects", {"name": "PRD"}))
    say(journey.prd)


def register(journey: Journey, say: Say) -> None:
    body = {
        "project_id": journey.dev,
        "experiment_id": journey.experiment,
        "run_id": journey.model_run,
        "model_path": "model",
        "model_name": "Classifier",
    }
    journey.registered_model = journey.post("/registry/models", body)["model_id"]
    say("Classifier")


def look_into_registry(journey: Journey, say: Say) -> None:
    model = journey.get(f"/registry/models/{journey.registered_model}")
    version = the_one(model["model_versions"], "a version")
    expect("the model's name", model["name"], "Classifier")
    expect("the version's number", version["number"], 1)
    source = version["model_version_metadata"]["mlflow_metadata"]["run_id"]
    expect("the run that the version comes from", source, journey.model_run)
    journey.version = version["model_version_id"]
    say(f"{version['version_name']}, id {journey.version}")


def deploy(journey: Journey, say: Say) -> None:
    body = {
        "name": "wine-classifier",
        "description": "Scores a wine",
        "disable_authentication": True,
        "registered_model_id": journey.registered_model,
        "example_input": json.dumps(EXAMPLE_INPUT),
        "auto_build_model": True,
        "auto_build_config": {"registered_model_version_id": journey.version, "comment": "by the tutorial"},
        "auto_deploy_model": True,
        "auto_deployment_config": {"cpu": 1, "memory": 2, "replicas": 1},
    }
    endpoint = journey.post(f"/projects/{journey.prd}/models", body)
    journey.endpoint, journey.access_key = endpoint["id"], endpoint["access_key"]
    builds = f"/projects/{journey.prd}/models/{journey.endpoint}/builds"
    build = until(
        lambda: journey.get(builds)["model_builds"][0],
        lambda found: found["status"] in {"built", "build failed", "timedout"},
    )
    if build["status"] != "built":
        raise StepFailed(f"the build is {build['status']}: {build.get('status_reason')}")
    deployments = f"{builds}/{build['id']}/deployments"
    deployment = until(
        lambda: the_one(journey.get(deployments)["model_deployments"], "a deployment"),
        lambda found: found["status"] in {"deployed", "failed", "stopped"},
    )
    if deployment["status"] != "deployed":
        raise StepFailed(f"the deployment is {deployment['status']}: {deployment.get('status_reason')}")
    say("Deployed")


def call_endpoint(journey: Journey, say: Say) -> None:
    reply = journey.client.post("/model", {"accessKey": journey.access_key, "request": EXAMPLE_INPUT})
    if not reply.get("success"):
        raise StepFailed(f"the endpoint answered {reply}")
    journey.prediction = first_number(reply["response"])
    if not 0 < journey.prediction < 10:  # noqa: PLR2004 - scores of wines are between 0 and 10
        raise StepFailed(f"{journey.prediction} is no score of a wine")
    say(f"quality {journey.prediction:.3f}")


def created(journey: Journey, project: Any) -> str:
    """Wait until a project's files are there; its id."""
    found = until(
        lambda: journey.get(f"/projects/{project['id']}"), lambda found: found["creation_status"] != "creating"
    )
    if found["creation_status"] != "success":
        raise StepFailed(f"{found['name']} was not created: {found.get('creation_message')}")
    project_id: str = found["id"]
    return project_id


def checked(run: Any, params: dict[str, str]) -> dict[str, float]:
    """A finished run with these parameters and the three metrics; gives the metrics."""
    expect("the run's status", run["status"], "EXPERIMENT_RUN_FINISHED")
    expect("the run's parameters", pairs(run["data"]["params"]), params)
    metrics = pairs(run["data"]["metrics"])
    expect("the run's metrics", set(metrics), METRICS)
    return metrics


def first_number(value: Any) -> float:
    """The first number in an answer, however it is wrapped."""
    while isinstance(value, dict | list) and value:
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
    if not isinstance(value, int | float):
        raise StepFailed(f"there is no number in the answer {value!r}")
    return float(value)


def look_at_disk(journey: Journey, say: Say) -> None:
    place = Path(".experiments") / journey.experiment / journey.model_run
    printed = journey.run_code({"code": f"!ls .experiments {place} {place}/artifacts/model"})
    for name in (journey.experiment, "artifacts", "MLmodel"):
        if name not in printed:
            raise StepFailed(f"ls does not show {name}: {printed}")
    say(f"ls {place}")


STEPS: Final[list[tuple[str, Callable[[Journey, Say], None]]]] = [
    ("Create project DEV from the template", create_dev),
    ("Bring the table of wines", bring_data),
    ("Open a session", open_session),
    ("Install the requirements in it", install_requirements),
    (f"Create experiment {EXPERIMENT}", create_experiment),
    ("Run 01_Experiment.py", first_run),
    ("Run 02_Experiment_log_model.py", run_with_model),
    ("Create project PRD", create_prd),
    ("Register the model as Classifier", register),
    ("See it in the model registry", look_into_registry),
    ("Deploy it in PRD, authentication off", deploy),
    ("Send the example input", call_endpoint),
]
