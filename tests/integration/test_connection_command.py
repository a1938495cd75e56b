"""`cuvee connection`, as a process: secrets are asked for or read from a file, and never an argument or printed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Running
from tests.integration.test_command_line import Cuvee, read, run

SECRET = "s3kr1t-never-to-be-seen"


@pytest.fixture
def cuvee(platform: Running) -> Cuvee:
    return lambda *arguments: run("connection", *arguments, CUVEE_URL=platform.url, CUVEE_API_KEY=platform.api_key)


@pytest.fixture
def project(platform: Running, unique: Callable[[str], str]) -> str:
    with platform.client() as client:
        return client.post("/api/v2/projects", json={"name": unique("cli")}).json()["name"]


@pytest.fixture
def secret(tmp_path: Path) -> str:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    return f"@{tmp_path}/secret"


def handed(platform: Running, project: str, name: str) -> dict[str, str]:
    with platform.client() as client:
        found = client.get(f"/api/v2/projects/{project}").json()["id"]
        return client.get(f"/api/v2/projects/{found}/dataconnections/{name}/properties").json()["properties"]


def test_a_connection_is_made_shown_changed_and_deleted(platform: Running, cuvee: Cuvee, project: str, secret: str):
    of = ("--project", project)
    uri = "uri=postgresql://me@db/x"
    made = cuvee("create", "sales", *of, "--kind", "sql", "--set", uri, "--secret", f"password={secret}")
    assert made.stdout == "The connection sales is there.\n", made.stderr
    assert handed(platform, project, "sales") == {"uri": f"postgresql://me:{SECRET}@db/x"}

    listed = cuvee("list", *of).stdout
    assert [line.split()[0] for line in listed.splitlines()] == ["Name", "default", "sales"]
    changed = cuvee("update", "sales", *of, "--set", "connect.sslmode=require", "--remove", "password", "--json")
    assert read(changed)["secrets"] == []
    shown = read(cuvee("show", "sales", *of, "--json"))
    assert shown["properties"] == {"uri": "postgresql://me@db/x", "connect.sslmode": "require"}
    cuvee("update", "sales", *of, "--remove", "connect.sslmode", "--name", "sold", "--description", "what was sold")
    assert "what was sold" in cuvee("show", "sold", *of).stdout
    assert cuvee("delete", "sold", *of, "--yes").stdout == "The connection sold is gone.\n"
    assert cuvee("show", "sold", *of).returncode == 1


def test_an_administrator_makes_one_for_everybody(cuvee: Cuvee, unique: Callable[[str], str]):
    name = unique("everybodys")
    assert cuvee("create", name, "--kind", "spark").returncode == 0
    assert read(cuvee("show", name, "--json"))["is_shared"]
    assert cuvee("delete", name, "--yes").returncode == 0


def test_a_secret_comes_from_a_pipe_and_is_printed_nowhere(platform: Running, cuvee: Cuvee, project: str):
    made = subprocess.run(
        [sys.executable, "-m", "cuvee", "connection", "create", "lake", "--project", project, "--kind", "iceberg-rest",
         "--set", "uri=https://x.example.org", "--secret", "token=@-", "--json"],
        input=f"{SECRET}\n", capture_output=True, text=True, check=False, timeout=120,
        env={"CUVEE_URL": platform.url, "CUVEE_API_KEY": platform.api_key},
    )  # fmt: skip
    assert json.loads(made.stdout)["secrets"] == ["token"]
    shown = cuvee("show", "lake", "--project", project).stdout
    assert SECRET not in made.stdout + made.stderr + shown
    assert handed(platform, project, "lake")["token"] == SECRET


def test_nonsense_is_refused_in_a_sentence(cuvee: Cuvee, project: str):
    of = ("--project", project, "--kind", "sql")
    for wrong, says in {
        ("--secret", f"password={SECRET}"): "read from a file",
        ("--secret", "password=@/nowhere"): "cannot be read",
        ("--set", "uri"): "NAME=VALUE",
        ("--set", "colour=red"): "no property",
    }.items():
        refused = cuvee("create", "sales", *of, *wrong)
        assert refused.returncode in {1, 2}
        assert says in refused.stderr
        assert SECRET not in refused.stderr


def test_it_is_tried_in_a_session_and_there_is_none(cuvee: Cuvee, project: str):
    tried = cuvee("test", "default", "--project", project)

    assert tried.returncode == 2
    assert "start one first" in tried.stderr
