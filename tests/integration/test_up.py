"""`cuvee up`, as a process of its own."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

CUVEE = [sys.executable, "-m", "cuvee"]


@contextmanager
def up(home: Path, *options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*CUVEE, "up", "--home", str(home), "--port", "0", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def cuvee(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CUVEE, *map(str, arguments)], capture_output=True, text=True, env=os.environ | environment, check=False
    )


def test_it_says_where_it_is_and_leaves_a_note_for_scripts(tmp_path: Path):
    with up(tmp_path) as process:
        line = first_line(process)
        note = tmp_path / "connection.json"
        connection = json.loads(note.read_text())

        assert line == f"Cuvée is ready at {connection['url']}"
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        assert connection["pid"] == process.pid
        headers = {"authorization": f"Bearer {connection['api_key']}"}
        assert httpx.post(f"{connection['url']}/api/v2/auth/validate_key", json={}, headers=headers).json()["valid"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(tmp_path: Path, how: signal.Signals):
    with up(tmp_path) as process:
        first_line(process)
        process.send_signal(how)
        _out, err = process.communicate(timeout=30)

        assert "Traceback" not in err
        assert not (tmp_path / "connection.json").exists()


def test_the_key_and_the_port_stay_the_same_after_a_kill(tmp_path: Path):
    with up(tmp_path) as process:
        first_line(process)
        before = json.loads((tmp_path / "connection.json").read_text())
    with up(tmp_path) as process:
        first_line(process)
        after = json.loads((tmp_path / "connection.json").read_text())

    assert (after["url"], after["api_key"]) == (before["url"], before["api_key"])


def test_a_second_platform_on_one_home_is_refused_with_a_reason(tmp_path: Path):
    with up(tmp_path) as process:
        first_line(process)
        second = cuvee("up", "--home", tmp_path, "--port", "0")

        assert second.returncode == 2
        assert str(process.pid) in second.stderr
        assert len(second.stderr.strip().splitlines()) == 1


def refusals() -> dict[str, tuple[list[str], dict[str, str]]]:
    return {
        "authentication off in public": (["--auth", "none", "--host", "0.0.0.0"], {}),
        "a home below a file": (["--home", "/dev/null/home"], {}),
        "a port of somebody else": (["--port", "taken"], {}),
        "another kind of database": ([], {"CUVEE_DATABASE_URL": "mysql://localhost/x"}),
        "a database that is not there": ([], {"CUVEE_DATABASE_URL": "postgresql://127.0.0.1:1/x"}),
        "several writers on SQLite": (["--workers", "2"], {}),
        "a number that is none": ([], {"CUVEE_READERS": "many"}),
        "a log level that is none": ([], {"CUVEE_LOG_LEVEL": "loud"}),
        "a lineage receiver with a key in its address": (
            [],
            {"CUVEE_OPENLINEAGE_URL": "https://me:secret@example.com"},
        ),
        "a lineage receiver that is no address": ([], {"CUVEE_OPENLINEAGE_URL": "http://[::1/lineage"}),
        "a key of two lines": ([], {"CUVEE_OPENLINEAGE_API_KEY": "secret\nof two lines"}),
        "a namespace that is none": ([], {"CUVEE_OPENLINEAGE_NAMESPACE": "a winery"}),
        "a host that is not ours": (["--host", "203.0.113.1"], {}),
    }


@pytest.mark.parametrize("why", refusals())
def test_what_cannot_be_is_one_sentence_and_an_exit_code(why: str, tmp_path: Path):
    arguments, environment = refusals()[why]
    import socket  # noqa: PLC0415 - one case needs it

    with socket.create_server(("127.0.0.1", 0)) as taken:
        given = [str(taken.getsockname()[1]) if word == "taken" else word for word in arguments]
        result = cuvee("up", "--home", tmp_path, "--port", "0", *given, **environment)

    assert result.returncode == 2
    assert result.stderr.startswith("cuvee: ")
    assert "secret" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_database_can_be_backed_up_while_it_runs_and_restored(tmp_path: Path):
    home, copy = tmp_path / "home", tmp_path / "copy.db"
    with up(home) as process:
        first_line(process)
        assert cuvee("db", "backup", "--home", home, copy).returncode == 0
    assert cuvee("db", "restore", "--home", home, "--yes", copy).returncode == 0
    assert cuvee("db", "check", "--home", home).returncode == 0
    assert cuvee("db", "restore", "--home", home, "--yes", __file__).returncode == 2


def test_the_doctor_finds_what_a_platform_needs(tmp_path: Path):
    result = cuvee("doctor", "--home", tmp_path)

    assert result.returncode == 0, result.stdout
    assert "git" in result.stdout


def test_the_doctor_says_what_spark_would_use_and_needs_nothing_of_it(tmp_path: Path):
    jar = "iceberg-spark-runtime-4.0_2.13-1.10.2.jar"
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / jar).touch()
    result = cuvee("doctor", "--home", tmp_path / "home", CUVEE_JARS=str(tmp_path / "jars"))
    lines = [line.split(None, 1) for line in result.stdout.splitlines()]

    assert result.returncode == 0, result.stdout
    assert any("Java for Spark" in line for line in result.stdout.splitlines())
    assert ["ok", f"jar for Spark 4.0: {jar}"] in lines
    assert f"put it into CUVEE_JARS ({tmp_path / 'jars'})" in result.stdout
