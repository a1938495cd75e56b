"""What the documentation shows is what happens: every page is run against a platform of its own."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ENVIRONMENTS, Running, running
from tests.docs import pages

from cuvee.core.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(page for folder in ("tutorials", "how-to") for page in (DOCS / folder).glob("*.md"))
RUN = [page for page in PAGES if pages.is_run(page)]


@pytest.fixture
def platform_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A platform that `cuvee` finds as it does on a reader's machine, and an empty folder to work in."""
    work = tmp_path / "work"
    work.mkdir()
    settings = Settings(home=tmp_path / "home", port=0, shared_environments=ENVIRONMENTS, stop_workloads=True)
    with running(settings) as platform:
        for name in [name for name in os.environ if name.startswith(("CUVEE", "CDSW", "MLFLOW"))]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("CUVEE_URL", platform.url)
        monkeypatch.setenv("CUVEE_API_KEY", platform.api_key)
        monkeypatch.setenv("HOME", str(work))
        monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        monkeypatch.chdir(work)
        yield platform


@pytest.mark.timeout(900)  # a page may be the first that asks for Spark
@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
@pytest.mark.usefixtures("platform_of_the_page")
def test_a_page_does_what_it_shows(page: Path):
    names: dict[str, object] = {"__name__": "__page__"}
    printed = ""
    for block in pages.blocks(page):
        where = f"{page.name}:{block.line}"
        match block.kind:
            case "file":
                place = Path(block.name)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(block.text)
            case "python":
                printed = run_python(block.text, where, names)
            case "text" if printed:
                assert pages.matches(block.text, printed), f"{where}:\n{printed}"
            case "console":
                for command in pages.commands(block):
                    run_command(command, where)


def run_python(text: str, where: str, names: dict[str, object]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(text, where, "exec"), names)
    return out.getvalue()


def run_command(command: pages.Command, where: str) -> None:
    done = subprocess.run(
        ["bash", "-c", command.line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        timeout=600, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == command.exit_code, f"{where}: {command.line}\n{done.stdout}"
    if command.printed is not None:
        assert pages.matches(command.printed, done.stdout), f"{where}: {command.line}\n{done.stdout}"


def test_there_is_something_to_run():
    assert RUN


def test_a_page_that_shows_something_else_is_found_out():
    assert pages.matches("Created wine (...).", "Created wine (06h0-hrj7).\n")
    assert not pages.matches("Created wine (...).", "Created beer (06h0-hrj7).\n")
    assert not pages.matches("one", "one\ntwo")


def test_a_console_block_is_read_as_commands(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("```console\n$ one \\\n> two\nprinted\n$ three  # exits with 1\n```\n")
    one, three = pages.commands(pages.blocks(page)[0])

    assert (one.line, one.printed, one.exit_code) == ("one two", "printed", 0)
    assert (three.line, three.printed, three.exit_code) == ("three", None, 1)
