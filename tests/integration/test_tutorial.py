"""`cuvee tutorial`: every step of the tutorial, as a person on a bare machine runs it."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.conftest import ENVIRONMENTS, running, wait_for
from tests.integration.test_up import CUVEE, cuvee, first_line, up

from cuvee.cli.client import Client
from cuvee.cli.tutorial import STEPS, iceberg
from cuvee.cli.tutorial.journey import Journey
from cuvee.cli.tutorial.report import Report, step
from cuvee.core import shipped
from cuvee.core.settings import Settings
from cuvee.runtimes.values import Environment

ROOT = Path(__file__).parents[2]
#: A table of real wines, where there is one; else the scripts fetch it, or make one up and say so.
REAL = [Path(os.environ.get("CUVEE_TUTORIAL_DATA", "/nowhere")), ROOT.parent / "shared" / "data" / "wine-quality.csv"]


def tutorial(*arguments: object) -> subprocess.CompletedProcess[str]:
    return cuvee("tutorial", *arguments, CUVEE_ENVIRONMENTS=str(ENVIRONMENTS))


@pytest.mark.timeout(1_200)
def test_every_step_succeeds_and_a_wine_is_scored(tmp_path: Path):
    report, home = tmp_path / "report.json", tmp_path / "home"
    data = [argument for path in REAL if path.is_file() for argument in ("--data", path)][:2]

    result = tutorial(*data, "--home", home, "--json", report)

    told = json.loads(report.read_text())
    assert result.returncode == 0, result.stdout + result.stderr
    assert {step["status"] for step in told["steps"]} == {"ok"}
    assert len(told["steps"]) == len(STEPS) + 1
    assert 3 < told["prediction"] < 9
    assert told["url"] in result.stdout
    assert not (home / "connection.json").exists()


def test_without_the_jar_the_steps_with_spark_are_skipped_and_say_why(tmp_path: Path):
    (tmp_path / "jars").mkdir()
    settings = Settings(home=tmp_path, port=0, shared_environments=ENVIRONMENTS, jars=tmp_path / "jars")
    report = Report()
    with running(settings) as platform, platform.client() as client:
        made = client.post("/api/v2/projects", json={"name": "DEV"}).json()
        wait_for(lambda: client.get(f"/api/v2/projects/{made['id']}").json()["creation_status"] == "success")
        journey = Journey(
            client=Client(url=platform.url, api_key=platform.api_key), home=tmp_path, data=None, dev=made["id"]
        )
        for name, run in iceberg.STEPS:
            with step(report, name, 1, 4) as say:
                run(journey, say)
        addons = client.get("/api/v2/runtimeaddons", params={"search_filter": '{"status": "UNAVAILABLE"}'}).json()

    assert {done.status for done in report.steps} == {"skipped"}
    assert {"is not in the folder CUVEE_JARS" in done.detail for done in report.steps} == {True}
    assert [(each["identifier"], each["reason"]) for each in addons["runtime_addons"]] == [
        ("spark-4.0", report.steps[0].detail)
    ]


def test_a_table_that_is_not_there_is_one_sentence(tmp_path: Path):
    result = tutorial("--data", tmp_path / "none.csv", "--home", tmp_path)

    assert result.returncode == 2
    assert result.stderr.strip() == f"cuvee: There is no table at {tmp_path / 'none.csv'}."


def test_the_first_step_that_fails_is_named_and_the_exit_code_says_so(tmp_path: Path):
    report = tmp_path / "report.json"
    with up(tmp_path) as process:
        first_line(process)
        result = tutorial("--home", tmp_path, "--json", report)

    steps = json.loads(report.read_text())["steps"]
    assert result.returncode == 1
    assert [step["status"] for step in steps] == ["failed"]
    assert "Another platform" in steps[0]["detail"]


def test_without_a_table_and_a_network_the_table_is_made_up_and_says_so(tmp_path: Path, base: Environment):
    result = subprocess.run(
        [base.python, "-c", "import wine; table, source = wine.load(); print(source, *table.shape)"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(shipped.template("tutorial")), "https_proxy": "http://127.0.0.1:9"},
    )  # fmt: skip

    assert "SYNTHETIC" in result.stdout
    assert result.stdout.splitlines()[-1] == "synthetic 1600 12"


def test_the_command_is_there_as_a_module_too():
    assert subprocess.run([*CUVEE, "tutorial", "--help"], capture_output=True, check=False).returncode == 0
