"""Runs of jobs, with real environments, servers and kernels."""

import pytest
from tests.conftest import Running, wait_for
from tests.integration import people
from tests.integration.scheduled import Work
from tests.integration.test_command_line import run

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
    info = made[0]["info"]
    page = work.client.get(f"/experiments/{info['experiment_id']}/runs/{info['run_id']}").text
    assert f"/jobs/{parent['id']}/runs/{done['id']}" in page
    wait_for(lambda: work.runs(child))
    after = work.ended(work.runs(child)[0])
    assert (after["status"], after["trigger"], after["parent_run_id"]) == ("ENGINE_SUCCEEDED", "dependent", done["id"])

    graph = work.client.get(f"/api/v2/lineage?node=job:{parent['id']}").json()
    made_of = [f"run:{run['info']['run_id']}" for run in made]
    assert [(edge["target"], edge["how"]) for edge in graph["edges"]] == [(each, "made") for each in made_of]
    back = work.client.get(f"/api/v2/lineage?node={made_of[0]}&direction=up").json()
    assert [node["node"] for node in back["nodes"]] == [made_of[0], f"job:{parent['id']}"]
    assert claimed(work, done["id"]) == []
    assert work.client.get(f"/api/v2/lineage?node=job:{parent['id']}").json()["edges"] == graph["edges"]


def claimed(work: Work, run_id: str) -> list[dict]:
    """What a run of another project comes from that says that a job's run made it."""
    other = Work(work.client)
    here = {"x-mlflow-workspace": other.name}
    made = work.client.post("/api/2.0/mlflow/experiments/create", json={"name": "e"}, headers=here).json()
    tags = [{"key": "engineID", "value": run_id}]
    asked = {"experiment_id": made["experiment_id"], "tags": tags}
    run = work.client.post("/api/2.0/mlflow/runs/create", json=asked, headers=here).json()["run"]["info"]["run_id"]
    return work.client.get(f"/api/v2/lineage?node=run:{run}").json()["edges"]


def test_how_a_run_failed_is_told_and_its_session_is_no_session_of_people(work: Work):
    job = work.job(name="bad", script=work.script("bad.py", "import sys\nprint('a')\nsys.exit(7)\n"))
    done = work.ended(work.start(job))

    assert (done["status"], done["exit_code"]) == ("ENGINE_FAILED", 7)
    assert done["status_reason"] == "ScriptFailed: bad.py ended with exit code 7."
    assert work.logs(done)["output"].startswith("a\n")
    sessions = f"/api/v2/projects/{work.project}/sessions"
    assert work.client.get(sessions).json()["sessions"] == []
    assert work.client.get(f"{sessions}/{done['id']}").json()["environment"] == "{}"
    assert work.client.delete(f"{sessions}/{done['id']}").status_code == 409
    assert f"/jobs/{job['id']}/runs/{done['id']}" in work.client.get(f"/sessions/{done['id']}").text
    assert work.client.post(f"/sessions/{done['id']}/-/start-again").status_code == 409


def test_a_run_ends_when_its_time_is_up_or_it_is_stopped(platform: Running, work: Work):
    script = work.script("long.py", "import time\nprint('here', flush=True)\ntime.sleep(300)\n")
    late, stopped = work.job(name="late", script=script, timeout=1), work.job(name="stopped", script=script)
    runs = [work.start(late), work.start(stopped)]
    assert work.ask("POST", f"/{stopped['id']}/runs").status_code == 409
    wait_for(lambda: "here" in work.logs(runs[1])["output"], 120)
    assert work.ask("POST", f"/{stopped['id']}/runs/{runs[1]['id']}:stop").json()["status"] == "ENGINE_STOPPING"

    assert [work.ended(run)["status"] for run in runs] == ["ENGINE_TIMEDOUT", "ENGINE_STOPPED"]
    assert (platform.home / "workloads" / runs[0]["id"]).exists()
    assert work.ask("DELETE", f"/{late['id']}").json() == {}
    assert not (platform.home / "workloads" / runs[0]["id"]).exists()


def test_an_operator_starts_a_job_as_its_owner_and_is_told_why_it_failed(platform: Running, work: Work, unique):
    job = work.job(name="gone", script=work.script("gone.py"))
    work.client.delete(f"/api/v2/projects/{work.project}/files/gone.py").raise_for_status()
    name = unique("operator")
    with people.user(platform, name) as operator:
        role = f"/api/v2/projects/{work.project}/collaborators/{name}"
        work.client.put(role, json={"permission": "operator"}).raise_for_status()
        started = work.ask("POST", f"/{job['id']}/runs", operator).json()
        done = work.ended(started)

    assert started["creator"] == job["owner"]
    assert done["status"] == "ENGINE_FAILED"
    assert "gone.py" in done["status_reason"]


def test_the_command_makes_runs_and_deletes_a_job(platform: Running, work: Work):
    def cuvee(*words: str):
        return run("job", *words, CUVEE_URL=platform.url, CUVEE_API_KEY=platform.api_key)

    work.script("said.py", "import os, sys\nprint(sys.argv[1], os.environ['WHO'])\n")
    made = cuvee("create", work.name, "said", "said.py", "--schedule", "0 2 * * *", "--env", "WHO=me")
    assert (made.returncode, "At 02:00 every day" in made.stdout) == (0, True), made.stderr
    ran = cuvee("run", work.name, "said", "--arguments", "hello")
    assert (ran.returncode, ran.stdout) == (0, "hello me\n"), ran.stderr
    assert "ENGINE_SUCCEEDED" in cuvee("runs", work.name, "said").stdout
    assert cuvee("logs", work.name, "said").stdout == "hello me\n\n"
    assert "said.py" in cuvee("list", work.name).stdout
    changed = cuvee("change", work.name, "said", "--pause", "--schedule", "0 3 * * *", "--env", "WHO=you").stdout
    assert "At 03:00 every day" in changed
    assert changed.endswith("Paused     yes\n")
    assert cuvee("run", work.name, "said", "--arguments", "hello").stdout == "hello you\n"
    assert cuvee("change", work.name, "said", "--resume", "--name", "told").stdout.endswith("Paused     no\n")
    assert cuvee("change", work.name, "told", "--name", "said", "--after", "said").returncode == 1
    assert cuvee("change", work.name, "told", "--name", "said").returncode == 0
    assert cuvee("stop", work.name, "said").stdout == "The run is ENGINE_SUCCEEDED.\n"
    assert cuvee("delete", work.name, "said", "--yes").stdout == "Deleted said.\n"
    assert cuvee("run", work.name, "said").returncode == 1


def experiments(work: Work) -> list[str]:
    found = work.client.get(f"/api/v2/projects/{work.project}/experiments").json()["experiments"]
    return [each["id"] for each in found]
