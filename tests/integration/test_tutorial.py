"""`cuvee tutorial`: every step of the tutorial, as a person on a bare machine runs it."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.conftest import ENVIRONMENTS
from tests.integration.test_up import CUVEE, cuvee, first_line, up

from cuvee.cli.tutorial import STEPS
from cuvee.core import shipped
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
