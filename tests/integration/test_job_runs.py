"""Runs of jobs, with real environments, servers and kernels."""

import pytest
from tests.conftest import Running, wait_for
from tests.integration.scheduled import Work

from cuvee.runtimes.values import Environment

SCRIPT = """
import os, sys
import mlflow
mlflow.set_experiment("nightly")
with mlflow.start_run():
    mlflow.log_metric("m", 1)
print(sys.argv[1:], os.environ["JOB_ARGUMENTS"], os.environ["CDSW_ENGINE_TYPE"], os.environ["WHO"])
"""


@pytest.fixture(scope="module")
def work(platform: Running, base: Environment):
    with platform.client() as client:
        yield Work(client)


def test_a_job_runs_its_script_and_the_one_after_it_follows(work: Work):
    parent = work.job(name="fit", script=work.script("fit.py", SCRIPT), arguments="a", environment={"WHO": "job"})
    child = work.job(name="report", script=work.script("report.py"), parent_id=parent["id"])
    done = work.ended(work.start(parent, arguments="x 'y z'", environment={"WHO": "run"}))

    assert (done["status"], done["exit_code"], done["status_reason"]) == ("ENGINE_SUCCEEDED", 0, ""), work.logs(done)
    assert work.logs(done)["output"].splitlines()[-1] == "['x', 'y z'] x 'y z' job run"
    made = work.client.post(
        "/api/2.0/mlflow/runs/search",
        json={"filter": f"tags.`cuvee.job.run_id` = '{done['id']}'", "experiment_ids": experiments(work)},
    ).json()["runs"]
    assert [run["data"]["metrics"][0]["key"] for run in made] == ["m"]
    wait_for(lambda: work.runs(child))
    after = work.ended(work.runs(child)[0])
    assert (after["status"], after["trigger"], after["parent_run_id"]) == ("ENGINE_SUCCEEDED", "dependent", done["id"])


def experiments(work: Work) -> list[str]:
    found = work.client.get(f"/api/v2/projects/{work.project}/experiments").json()["experiments"]
    return [each["id"] for each in found]
