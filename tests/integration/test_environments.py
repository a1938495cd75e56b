"""Environments, made by the real uv."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import uvloop
from tests.conftest import wait_for

from cuvee.runtimes import errors, interpreters, layered
from cuvee.runtimes.environments import Environments
from cuvee.runtimes.values import Environment, Progress

SMALL = "six==1.16.0\n"
OWN = interpreters.own()


def output(environment: Environment, *command: object, **variables: str) -> str:
    """What a command of the environment prints."""
    path = f"{environment.scripts}:{os.environ['PATH']}"
    done = subprocess.run(
        [str(word) for word in command], env=os.environ | {"PATH": path} | variables, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
async def environments(tmp_path: Path) -> AsyncIterator[Environments]:
    opened = Environments(tmp_path)
    yield opened
    await opened.close()


async def test_a_model_gets_its_own_pinned_packages(environments: Environments):
    made = await environments.ensure_model_environment(SMALL, OWN)

    assert output(made, made.python, "-c", "import six, cuvee_runtime; print(six.__version__)") == "1.16.0\n"
    assert "six==1.16.0" in environments.log(environments.model_recipe(SMALL, OWN)).read_text()


async def test_the_same_recipe_is_made_once_for_all_who_ask(environments: Environments):
    first, second = await asyncio.gather(*(environments.ensure_model_environment(SMALL, OWN) for _ in range(2)))
    stamp = (first.path / "pyvenv.cfg").stat().st_mtime_ns
    third = await Environments(first.path.parents[1]).ensure_model_environment(f"# again\n{SMALL}", OWN)

    assert first == second == third
    assert (third.path / "pyvenv.cfg").stat().st_mtime_ns == stamp


async def test_one_who_gives_up_does_not_end_it_for_the_others(environments: Environments):
    impatient = asyncio.create_task(environments.ensure_model_environment(SMALL, OWN))
    patient = asyncio.create_task(environments.ensure_model_environment(SMALL, OWN))
    await asyncio.sleep(0)
    impatient.cancel()

    assert (await patient).python.exists()


async def test_it_ends_when_nobody_waits_any_more(environments: Environments):
    recipe = environments.model_recipe(SMALL, OWN)
    task = asyncio.create_task(environments.ensure(recipe))
    while not environments.path(recipe).exists():
        await asyncio.sleep(0.001)
    task.cancel()
    while environments.progress(recipe)[0] is Progress.BUILDING:
        await asyncio.sleep(0.001)

    assert environments.find(recipe) is None
    assert (await environments.ensure(recipe)).python.exists()


async def test_a_kill_in_the_middle_leaves_nothing_that_is_taken_for_whole(environments: Environments, tmp_path: Path):
    recipe = environments.model_recipe(SMALL, OWN)
    code = (
        "import asyncio, pathlib\nfrom cuvee.runtimes import interpreters\n"
        "from cuvee.runtimes.environments import Environments\n"
        f"made = Environments(pathlib.Path({str(tmp_path)!r}))\n"
        f"asyncio.run(made.ensure_model_environment({SMALL!r}, interpreters.own()))"
    )
    builder = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    await asyncio.to_thread(wait_for, environments.path(recipe).exists)
    builder.send_signal(signal.SIGKILL)
    await builder.wait()

    assert environments.find(recipe) is None
    made = await environments.ensure(recipe)
    assert output(made, made.python, "-c", "import six, cuvee_runtime") == ""


async def test_what_does_not_exist_fails_with_the_reason(environments: Environments):
    recipe = environments.model_recipe("six==99.99", OWN)
    with pytest.raises(errors.EnvironmentFailed, match="six==99"):
        await environments.ensure(recipe)

    assert environments.progress(recipe)[0] is Progress.FAILED
    assert "six==99.99" in environments.progress(recipe)[1]


async def test_without_a_network_it_says_so(
    environments: Environments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(errors.IndexUnreachable, match="could not be reached"):
        await environments.ensure_model_environment(SMALL, OWN)


async def test_a_project_has_its_base_and_changes_only_itself(base: Environment, tmp_path: Path):
    one, other = [await layered.ensure(tmp_path, name, OWN, base) for name in ("one", "other")]
    said = output(one, "pip3", "install", "numpy", "six==1.15.0")

    assert "Requirement already satisfied: numpy" in said
    show = "import six, mlflow, numpy; print(six.__version__)"
    assert output(one, one.python, "-c", show) == "1.15.0\n"
    assert output(other, other.python, "-c", show) != "1.15.0\n"
    assert output(base, base.python, "-c", show) != "1.15.0\n"


async def test_commands_of_the_base_see_the_projects_packages(base: Environment, tmp_path: Path):
    layer = await layered.ensure(tmp_path, "p", OWN, base)

    assert f"(python {OWN.minor})" in output(layer, "pip3", "--version")
    assert output(layer, "pip3", "--version").split(" from ")[1].startswith(str(base.path))
    assert layer.path.as_posix() in (layer.scripts / "mlflow").read_text()


async def test_a_layer_keeps_its_packages_on_a_new_base(base: Environment, tmp_path: Path):
    layer = await layered.ensure(tmp_path, "p", OWN, base)
    (layer.packages / "mine.py").touch()
    moved = Environment(path=tmp_path / "moved")
    moved.path.symlink_to(base.path)
    layer = await layered.ensure(tmp_path, "p", OWN, moved)

    assert output(layer, layer.python, "-c", "import mine, numpy; print(numpy.__file__)").startswith(str(moved.path))


def test_a_search_for_pythons_ends_with_who_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    slow, note = tmp_path / "uv", tmp_path / "pid"
    slow.write_text(f"#!/bin/sh\necho $$ > {note}.draft\nmv {note}.draft {note}\nexec sleep 60\n")
    slow.chmod(0o700)
    monkeypatch.setattr(interpreters, "find_uv_bin", lambda: str(slow))

    async def give_up() -> None:
        search = asyncio.create_task(interpreters.find())
        await asyncio.to_thread(wait_for, note.exists)
        search.cancel()
        await asyncio.gather(search, return_exceptions=True)
        assert not psutil.pid_exists(int(note.read_text()))

    # The platform's own kind of loop, which cannot be closed while a program of its holds a pipe.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(give_up())


async def test_the_machines_pythons_are_found_and_our_own_among_them():
    found = await interpreters.find()

    assert OWN in found
    assert all(interpreter.order >= (3, 11) for interpreter in found)


def compiled(environment: Environment) -> list[Path]:
    """What is compiled of the one small package."""
    return list((environment.packages / "__pycache__").glob("six.*.pyc"))


async def test_what_was_compiled_once_is_there_in_the_next_environment(environments: Environments):
    first = await environments.ensure_model_environment(SMALL, OWN)
    await environments.bytecode.learned()
    second = await environments.ensure_model_environment(f"{SMALL}idna==3.7\n", OWN)

    [mine], [lent] = compiled(first), compiled(second)
    before = lent.stat().st_ino
    output(second, second.python, "-c", "import six")
    assert before == mine.stat().st_ino == lent.stat().st_ino


async def test_a_source_that_was_changed_is_compiled_anew(environments: Environments):
    first = await environments.ensure_model_environment(SMALL, OWN)
    await environments.bytecode.learned()
    source = first.packages / "six.py"
    changed = source.read_text() + "\nprint('changed')\n"
    source.unlink()
    source.write_text(changed)

    assert output(first, first.python, "-c", "import six") == "changed\n"


async def test_compiling_ends_with_the_platform_and_keeps_nothing_that_is_half_done(environments: Environments):
    await environments.ensure_model_environment(SMALL, OWN)
    await environments.close()

    again = Environments(environments.bytecode.root.parent)
    second = await again.ensure_model_environment(f"{SMALL}idna==3.7\n", OWN)
    await again.bytecode.learned()
    assert compiled(second)
