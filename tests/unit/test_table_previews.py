"""The process that reads first rows: it ends with its reader, and its answers are not believed."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import wait_for

from cuvee.data.previews import NoPreview, Previewer, Wanted
from cuvee.data.values import Table
from cuvee.web.pages.table import unless_gone

TABLE = Table(
    uuid="9c12d441-03fe-4693-9a96-a0705ddf69c1", project_id="", namespace=("default",), name="wines", location="",
    metadata_location="", snapshot_id=1, schema_id=0, created_at=0, updated_at=0,
)  # fmt: skip


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Wanted]:
    """A program in place of Python: what it does is given in the shell's words."""

    def made(script: str) -> Wanted:
        file = tmp_path / "python"
        file.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\n{script}\n")
        file.chmod(0o700)
        return Wanted(python=file, root=tmp_path, table=TABLE, snapshot_id=1)

    return made


class Leaving:
    """A request whose reader goes away as soon as the program runs."""

    def __init__(self, pid: Path) -> None:
        self._pid = pid

    async def receive(self) -> dict[str, str]:
        while not (self._pid.exists() and self._pid.read_text().strip()):
            await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_ends_when_its_reader_goes_away(program: Callable[[str], Wanted], tmp_path: Path):
    wanted = program("exec sleep 1000")

    async def read() -> None:
        await unless_gone(Leaving(tmp_path / "pid"), Previewer().read(wanted))  # type: ignore[arg-type]

    with pytest.raises(NoPreview):
        asyncio.run(read())
    pid = int((tmp_path / "pid").read_text())
    wait_for(lambda: not is_running(pid))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 1", "more memory or time"),
        ("kill -SEGV $$", "more memory or time"),
        ("echo nonsense", "more memory or time"),
        ("echo '[]'", "more memory or time"),
        ("echo '{\"columns\": 5}'", "more memory or time"),
        ('echo \'{"error": "no"}\'', "cannot be read: no"),
        ("exec cat /dev/zero", "too long"),
    ],
)
def test_what_it_answers_is_not_believed(program: Callable[[str], Wanted], script: str, said: str):
    wanted = program(script)

    async def read() -> None:
        await Previewer().read(wanted)

    with pytest.raises(NoPreview, match=said):
        asyncio.run(read())


def test_it_gets_no_key_and_nothing_of_the_platforms_environment(
    program: Callable[[str], Wanted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CUVEE_DATABASE_URL", "secret")
    wanted = program(f"env > {tmp_path}/env; echo '{{}}'")

    async def read() -> None:
        await Previewer().read(wanted)

    asyncio.run(read())
    assert "secret" not in (tmp_path / "env").read_text()
