"""Runs that are made again, in real sessions with real kernels: on what is there now, and on what was there then."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from pyiceberg.exceptions import ForbiddenError
from tests.conftest import Running, wait_for
from tests.integration.browsers import signed_in
from tests.integration.catalogs import connect
from tests.integration.retrainings import Known, Studio, rows, studio, trained

from cuvee.runtimes.values import Environment

pytestmark = pytest.mark.timeout(900)  # every test starts a session or two


@pytest.fixture(scope="module")
def wines(platform: Running, base: Environment) -> Iterator[Studio]:
    with platform.client() as client:
        yield studio(platform, client, f"again-{uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def run(wines: Studio) -> Known:
    """A run on three wines; since then a fourth was written, and the code changed."""
    run = trained(wines)
    wines.table().append(rows((4.0, 2)))
    wines.write("helper.py", "FACTOR = 100\n")
    return run


def test_a_rebuild_has_the_code_the_rows_and_the_packages_of_then(wines: Studio, run: Known):
    assert wines.report(run) == {
        "is_same": True, "code": "same", "data": "same", "packages": "same", "python": "same",
        "script": "code/fit.py", "arguments": ["0.3", "a b"],
    }  # fmt: skip
    made = wines.again(run, "rebuild")

    assert made.metrics == run.metrics
    assert (made.params, made.digests, made.snapshots) == (run.params, run.digests, run.snapshots)
    assert wines.requirements(made) == wines.requirements(run)
    for tag in ("cuvee.source.digest", "cuvee.source.arguments", "mlflow.source.name"):
        assert made.tags[tag] == run.tags[tag]
    assert made.tags["cuvee.rebuilt_from"] == run.id
    assert made.info["experiment_id"] == run.info["experiment_id"]


def test_training_again_has_the_code_and_the_rows_of_now(wines: Studio, run: Known):
    made = wines.again(run, "retrain")

    assert (run.metrics["rows"], made.metrics["rows"]) == (3, 4)
    assert made.metrics["guess"] > 50
    assert made.params == run.params
    assert made.snapshots == [wines.table().current_snapshot().snapshot_id]
    assert made.tags["cuvee.retrained_from"] == run.id
    assert made.tags["cuvee.source.digest"] != run.tags["cuvee.source.digest"]


def test_a_rebuilding_session_sees_the_past_and_leaves_it_alone(wines: Studio, run: Known):
    session_id = wines.client.post(f"{wines.address(run)}:rebuild").json()["id"]
    past = connect(wines.platform, wines.project_id, x_cuvee_session=session_id).load_table("default.wines")

    assert past.scan().to_arrow().num_rows == 3 < wines.table().scan().to_arrow().num_rows
    assert len(past.history()) == len(past.snapshots()) == 1
    with pytest.raises(ForbiddenError, match="seen as it was"):
        past.append(rows((9.0, 9)))
    address = f"/iceberg/v1/{wines.project_id}/namespaces/default/tables/wines"
    header = {"x-cuvee-session": session_id}
    assert wines.client.delete(address, headers=header).status_code == 403
    wines.client.post(f"{wines.path}/sessions/{session_id}:stop")


def test_a_session_with_a_script_runs_nothing_else_and_tells_how_it_ended(wines: Studio, run: Known):
    wines.write("helper.py", "import time\ntime.sleep(3)\n1/0\n")
    started = wines.client.post(f"{wines.address(run)}:retrain")
    path = f"{wines.path}/sessions/{started.json()['id']}"
    refused = wines.client.post(f"{path}:run", json={"code": "print(1)"})
    session = wines.ended(started)
    wines.write("helper.py", "FACTOR = 100\n")

    assert (refused.status_code, refused.json()["message"][:29]) == (409, "This session runs one script ")
    assert session["script"] == "code/fit.py"
    assert session["status_reason"] == "the script code/fit.py failed: ZeroDivisionError: division by zero"


def test_the_command_line_tells_what_would_be_the_same_and_trains_again(wines: Studio, run: Known):
    environment = os.environ | {"CUVEE_URL": wines.platform.url, "CUVEE_API_KEY": wines.platform.api_key}

    def cuvee(*words: str) -> subprocess.CompletedProcess[str]:
        named = [run.info["experiment_id"], run.id, "--project", wines.project_id]
        command = [sys.executable, "-m", "cuvee", "run", words[0], *named, *words[1:]]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    assert json.loads(cuvee("rebuild", "--dry", "--json").stdout)["is_same"]
    done = cuvee("retrain")
    assert (done.returncode, done.stdout) == (0, "The script code/fit.py ran to its end.\n"), done.stderr


def test_pages_tell_what_would_be_the_same_and_lead_to_the_session(wines: Studio, run: Known):
    page = f"/experiments/{run.info['experiment_id']}/runs/{run.id}"
    with signed_in(wines.platform) as browser:
        assert "Rebuild exactly" in browser.get(page).text
        asked = browser.get(f"{page}/-/again?how=rebuild").text
        assert asked.count("the same</span>") == 4
        assert "anyway" not in asked
        part = browser.get(f"{page}/-/again?how=retrain", headers={"hx-request": "true"}).text
        assert "<html" not in part
        assert "code/fit.py 0.3 a b" in part
        led = browser.post(f"{page}/-/rebuild", data={})
        assert led.status_code == 303
        assert browser.get(led.headers["location"]).status_code == 200
        session_id = led.headers["location"].rpartition("/")[2]
        browser.post(f"{led.headers['location']}/-/stop")
        assert browser.get(f"{page}/-/again?how=elsehow").status_code == 404
    wait_for(lambda: wines.session(session_id)["status"] in {"stopped", "failed"})
