"""`cuvee deployment`, as processes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from tests.conftest import Running

from .conftest import Project

Cuvee = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cuvee(house: Running, project: Project) -> Cuvee:
    """`cuvee deployment …` in the project."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"CUVEE_URL": house.url, "CUVEE_API_KEY": house.api_key}
        command = [sys.executable, "-m", "cuvee", "deployment", *arguments, "--project", project.name]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=300)

    return run


CODE = ("--file", "predict.py", "--function", "double")


def test_a_model_is_deployed_called_looked_at_stopped_and_deleted(cuvee: Cuvee):
    made = cuvee("create", "--name", "twice", *CODE, "--env", "MOOD=good")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("twice is deployed. Its access key is m")
    assert json.loads(cuvee("call", "twice", '{"x": 4}').stdout)["mood"] == "good"
    assert json.loads(cuvee("show", "twice", "--json").stdout)["deployment"]["ready_replicas"] == 1
    assert "Copying" in cuvee("logs", "twice", "--build").stdout
    assert "ready, restarts: 0" in cuvee("logs", "twice").stdout
    assert cuvee("list").stdout.splitlines()[1].split()[0] == "twice"
    assert cuvee("stop", "twice").returncode == 0
    assert "No replica" in cuvee("call", "twice", '{"x": 4}').stderr
    assert cuvee("delete", "twice", "--yes").stdout == "Deleted twice.\n"


def test_creating_it_again_replaces_what_is_there(cuvee: Cuvee, project: Project):
    first = json.loads(cuvee("create", "--name", "twice", *CODE, "--json").stdout)
    code = project.folder / "predict.py"
    code.write_text(code.read_text().replace("VERSION = 1", "VERSION = 2"))
    second = json.loads(cuvee("create", "--name", "twice", *CODE, "--replicas", "2", "--json").stdout)

    assert (second["id"], second["build"]["number"]) == (first["id"], 2)
    assert json.loads(cuvee("call", "twice", '{"x": 4}').stdout)["version"] == 2


def test_what_cannot_be_is_one_sentence_and_an_exit_code(cuvee: Cuvee):
    refused = [
        cuvee("create", "--name", "twice", "--file", "nowhere.py", "--function", "double"),
        cuvee("create", "--model", "no-such-model"),
        cuvee("show", "no-such-deployment"),
        cuvee("create", "--name", "x"),
    ]
    assert [one.returncode for one in refused] == [1, 1, 1, 1]
    assert "nowhere.py" in refused[0].stderr
    assert all(len(one.stderr.strip().splitlines()) == 1 for one in refused)
