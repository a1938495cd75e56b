"""`cuvee model`: the registry from the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest
from tests.conftest import Running
from tests.integration.runs import new_run


@pytest.fixture
def model(platform: Running) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `cuvee model …` against the platform."""
    environment = os.environ | {"CUVEE_URL": platform.url, "CUVEE_API_KEY": platform.api_key}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cuvee", "model", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    return call


def test_a_model_lives_on_the_command_line(platform: Running, client: httpx.Client, unique, model):
    run, name = new_run(platform, client, unique), unique("wine")
    run.model()
    for number in (1, 2):
        made = model("register", name, "--run", run.id, "--path", "model", "--json")
        assert json.loads(made.stdout)["number"] == number, made.stderr

    assert model("alias", name, "champion", "1").returncode == 0
    assert model("alias", name, "champion", "2", "--expected", "2").returncode == 1
    assert json.loads(model("show", name, "--json").stdout)[1]["aliases"] == "champion"
    assert name in model("list", "--search", name).stdout
    assert model("delete", name, "--version", "1", "--yes").returncode == 0
    assert len(json.loads(model("show", name, "--json").stdout)) == 1
    assert model("delete", name, "--yes").returncode == 0
    gone = model("show", name)
    assert (gone.returncode, len(gone.stderr.splitlines())) == (1, 1)
