"""The commands, as processes, against a running platform."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Running

Cuvee = Callable[..., subprocess.CompletedProcess[str]]


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CUVEE", "CDSW"))}
    return subprocess.run(
        [sys.executable, "-m", "cuvee", *map(str, arguments)],
        capture_output=True, text=True, env=clean | environment, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture
def cuvee(platform: Running) -> Cuvee:
    return lambda *arguments: run(*arguments, CUVEE_URL=platform.url, CUVEE_API_KEY=platform.api_key)


@pytest.fixture
def project(cuvee: Cuvee, unique: Callable[[str], str]) -> str:
    name = unique("cli")
    assert cuvee("project", "create", name).returncode == 0
    return name


def read(result: subprocess.CompletedProcess[str]) -> object:
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_project_is_created_shown_changed_and_deleted(cuvee: Cuvee, unique: Callable[[str], str]):
    name = unique("Wine Quality")
    made = read(cuvee("project", "create", name, "--template", "tutorial", "--env", "A=b=c", "--json"))
    shown = read(cuvee("project", "show", name, "--json"))

    assert shown == made
    assert json.loads(shown["environment"]) == {"A": "b=c"}
    assert "success" in cuvee("project", "show", made["id"]).stdout
    assert cuvee("project", "update", name, "--description", "about wine").returncode == 0
    assert "about wine" in cuvee("project", "show", name).stdout
    assert cuvee("project", "delete", name, "--yes").stdout == f"Deleted {name}.\n"
    assert cuvee("project", "show", name).returncode == 1


def test_projects_are_listed_as_a_table_or_as_json(cuvee: Cuvee, project: str):
    table = cuvee("project", "list", "--search", project).stdout.splitlines()

    assert table[0].split()[:2] == ["Name", "Id"]
    assert table[1].split()[0] == project
    assert [one["name"] for one in read(cuvee("project", "list", "--search", project, "--json"))] == [project]


def test_a_folder_is_uploaded_listed_moved_and_downloaded(cuvee: Cuvee, project: str, tmp_path: Path):
    folder = tmp_path / "code"
    (folder / "inner").mkdir(parents=True)
    (folder / "train.py").write_text("print(1)")
    (folder / "inner" / "ü b.txt").write_text("ü")
    (folder / "link").symlink_to("/etc/passwd")

    assert cuvee("project", "files", "upload", project, folder, "--to", "src").stdout == "Uploaded 2 files.\n"
    listed = read(cuvee("project", "files", "list", project, "src/code", "--json"))
    assert [file["path"] for file in listed] == ["src/code/inner", "src/code/train.py"]
    assert cuvee("project", "files", "move", project, "src/code/train.py", "run.py").returncode == 0
    assert cuvee("project", "files", "download", project, "src", "--to", tmp_path / "back").returncode == 0
    assert (tmp_path / "back" / "code" / "inner" / "ü b.txt").read_text() == "ü"
    assert cuvee("project", "files", "download", project, "run.py", "--to", tmp_path / "run.py").returncode == 0
    assert (tmp_path / "run.py").read_text() == "print(1)"
    assert cuvee("project", "files", "download", project, "run.py", "--to", tmp_path / "run.py").returncode == 1
    assert cuvee("project", "files", "delete", project, "src", "--yes").returncode == 0


def test_people_are_added_invited_and_closed(cuvee: Cuvee, platform: Running, project: str, unique):
    name = unique("bob")
    key = read(cuvee("user", "add", name, "--json"))["api_key"]
    assert cuvee("project", "collaborators", "add", project, name, "--role", "contributor").returncode == 0
    people = read(cuvee("project", "collaborators", "list", project, "--json"))
    assert {"user": {"username": name, "name": name, "email": ""}, "permission": "write"} in people
    theirs = run("project", "list", CUVEE_URL=platform.url, CDSW_APIV2_KEY=key)
    assert project in theirs.stdout
    assert name in cuvee("user", "list").stdout
    assert cuvee("project", "collaborators", "remove", project, name).returncode == 0
    assert cuvee("user", "close", name, "--yes").returncode == 0
    assert run("project", "list", CUVEE_URL=platform.url, CUVEE_API_KEY=key).returncode == 1


def test_a_key_is_created_listed_and_deleted(cuvee: Cuvee, project: str):
    made = read(cuvee("key", "create", "--comment", "for ci", "--project", project, "--json"))

    assert made["key_id"] in cuvee("key", "list").stdout
    assert cuvee("key", "delete", made["key_id"]).returncode == 0
    assert made["key_id"] not in cuvee("key", "list").stdout


def test_a_clone_that_fails_says_why(cuvee: Cuvee, unique, tmp_path: Path):
    result = cuvee("project", "create", unique("x"), "--git", tmp_path)

    assert result.returncode == 1
    assert "does not exist" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["project", "show", "no-such-project"], 1, "No project"),
        (["project", "create", "a/b"], 1, "name"),
        (["project", "create"], 2, "Missing argument"),
        (["project", "create", "x", "--env", "A"], 2, "NAME=VALUE"),
        (["project", "fly"], 2, "No such command"),
        (["fly"], 2, "No such command"),
        (["project", "files", "upload", "default", "/no/such"], 2, "does not exist"),
        (["user", "add", "../x"], 1, "user name"),
    ],
)
def test_a_refusal_is_a_sentence_and_an_exit_code(cuvee: Cuvee, arguments: list[str], code: int, word: str):
    result = cuvee(*arguments)

    assert result.returncode == code
    assert word in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "environment",
    [{}, {"CUVEE_URL": "http://127.0.0.1:9"}, {"CUVEE_URL": "nonsense"}, {"CUVEE_URL": "http://no.such.host.invalid"}],
)
def test_without_a_platform_one_sentence_says_how_to_start_one(tmp_path: Path, environment: dict[str, str]):
    result = run("project", "list", "--home", tmp_path, **environment)

    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert "cuvee up" in result.stderr or "CUVEE_URL" in result.stderr


def test_a_note_of_a_platform_that_was_killed_leads_nowhere_politely(tmp_path: Path):
    note = {"url": "http://127.0.0.1:9", "api_key": "x", "pid": 1}
    (tmp_path / "connection.json").write_text(json.dumps(note))
    result = run("project", "list", "--home", tmp_path)

    assert (result.returncode, len(result.stderr.strip().splitlines())) == (2, 1)


HEAVY = ("litestar", "sqlalchemy", "uvicorn", "alembic", "msgspec", "rich", "aiohttp")


@pytest.mark.parametrize("arguments", [["--help"], ["project", "list"], ["project", "files", "list", "default"]])
def test_commands_start_without_the_platforms_own_libraries(platform: Running, arguments: list[str]):
    program = f"""
import sys
sys.argv = ["cuvee", *{arguments!r}]
from cuvee.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
heavy = [name for name in {HEAVY!r} if name in sys.modules]
assert not heavy, heavy
"""
    environment = os.environ | {"CUVEE_URL": platform.url, "CUVEE_API_KEY": platform.api_key}
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False
    )

    assert result.returncode == 0, result.stderr


def log_run(platform: Running, project: str, experiment: str, name: str, rmse: float) -> None:
    with platform.client() as client:
        project_id = client.get(f"/api/v2/projects/{project}").json()["id"]
        runs = f"/api/v2/projects/{project_id}/experiments/{experiment}/runs"
        run = client.post(runs, json={"run_name": name}).json()["id"]
        batch = {"metrics": [{"key": "rmse", "value": rmse}], "params": [{"key": "alpha", "value": "0.6"}]}
        assert client.post(f"{runs}/{run}:logbatch", json=batch).status_code == 200


def test_experiments_are_created_listed_shown_and_deleted(cuvee: Cuvee, project: str):
    made = read(cuvee("experiment", "create", "wine test", "--project", project, "--json"))

    assert "wine test" in cuvee("experiment", "list", "--project", project).stdout
    for name in ("wine test", made["id"]):
        assert read(cuvee("experiment", "show", name, "--project", project, "--json"))["id"] == made["id"]
    assert cuvee("experiment", "delete", "wine test", "--project", project, "--yes").returncode == 0
    assert "wine test" not in cuvee("experiment", "list", "--project", project).stdout
    assert cuvee("experiment", "show", "nothing", "--project", project).returncode == 1


def test_runs_are_listed_searched_and_shown(cuvee: Cuvee, platform: Running, project: str):
    experiment = read(cuvee("experiment", "create", "wine", "--project", project, "--json"))["id"]
    for name, rmse in [("first", 0.9), ("second", 0.7)]:
        log_run(platform, project, experiment, name, rmse)
    listed = ["run", "list", "wine", "--project", project]

    assert [run["name"] for run in read(cuvee(*listed, "--sort", "metrics.rmse", "--json"))] == ["second", "first"]
    assert [run["name"] for run in read(cuvee(*listed, "--search", "metrics.rmse=<0.8", "--json"))] == ["second"]
    assert len(read(cuvee(*listed, "--limit", "1", "--json"))) == 1
    assert "rmse=0.9" in cuvee(*listed).stdout
    shown = cuvee("run", "show", "wine", "first", "--project", project).stdout
    assert re.search(r"^Parameter alpha +0.6$", shown, re.MULTILINE)
    assert "Running" in shown
    assert cuvee("run", "show", "wine", "nothing", "--project", project).returncode == 1
    assert cuvee(*listed, "--search", "name").returncode == 2


def on_a_terminal(platform: Running, *arguments: object) -> str:
    """What a person sees: the command's output on a terminal of its own."""
    ours, theirs = os.openpty()
    environment = os.environ | {"CUVEE_URL": platform.url, "CUVEE_API_KEY": platform.api_key, "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-m", "cuvee", *map(str, arguments)],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment | {"COLUMNS": "200"},
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 4096):
            seen += part
    except OSError:  # the other end is closed: that is how a terminal ends
        pass
    finally:
        os.close(ours)
    assert process.wait() == 0, seen
    return seen.decode()


def test_a_person_sees_a_table_and_a_bar(platform: Running, project: str, tmp_path: Path):
    (tmp_path / "large").write_bytes(b"x" * 5_000_000)

    assert "Uploading" in on_a_terminal(platform, "project", "files", "upload", project, tmp_path / "large")
    table = on_a_terminal(platform, "project", "list", "--search", project)
    assert "Name" in table
    assert project in table
    made = on_a_terminal(platform, "project", "create", f"{project}-copy", "--from", tmp_path)
    assert f"Created {project}-copy" in made
