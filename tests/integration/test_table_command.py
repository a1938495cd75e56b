"""`cuvee table`: tables from the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest
from pyiceberg.types import LongType
from tests.conftest import Running
from tests.integration.catalogs import WINES, connect, new_project
from tests.integration.people import Unique


@pytest.fixture
def table(platform: Running) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `cuvee table …` against the platform."""
    environment = os.environ | {"CUVEE_URL": platform.url, "CUVEE_API_KEY": platform.api_key}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cuvee", "table", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    return call


def test_a_table_is_looked_at_and_rolled_back_from_the_command_line(
    platform: Running, client: httpx.Client, unique: Unique, table: Callable[..., subprocess.CompletedProcess[str]]
):
    project = unique("cellar")
    wines = connect(platform, new_project(client, project)).create_table("default.wines", schema=WINES.schema)
    assert "quality" in table("show", project, "wines").stdout
    wines.append(WINES)
    with wines.update_schema() as change:
        change.add_column("year", LongType())
    wines.append(WINES)
    listed = json.loads(table("snapshots", project, "wines", "--json").stdout)
    new, old = (each["id"] for each in listed)

    assert "default.wines  6" in table("list", project, "--search", "win").stdout
    assert [each["greatest"] for each in json.loads(table("show", project, "default.wines", "--json").stdout)] == [
        "7", "c", "",
    ]  # fmt: skip
    compared = table("compare", project, "wines", old, new).stdout
    assert "The second came from the first: 3 rows added, 0 rows removed." in compared
    assert "Column year: added." in compared
    assert table("rollback", project, "wines", old, "--yes").returncode == 0
    assert str(wines.refresh().current_snapshot().snapshot_id) == old
    assert json.loads(table("compare", project, "wines", old, new, "--json").stdout)["relation"] == "ahead"


@pytest.mark.parametrize(
    "arguments", [("show", "nothing"), ("rollback", "wines", "17", "--yes"), ("compare", "wines", "x", "y")]
)
def test_what_is_not_there_is_said_in_a_line(
    platform: Running, client: httpx.Client, unique: Unique,
    table: Callable[..., subprocess.CompletedProcess[str]], arguments: tuple[str, ...],
):  # fmt: skip
    project = unique("cellar")
    connect(platform, new_project(client, project)).create_table("default.wines", schema=WINES.schema)
    refused = table(arguments[0], project, *arguments[1:])

    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
