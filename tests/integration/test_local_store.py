"""The local store on a disk that somebody else writes to as well, that fills up, and whose process dies."""

import asyncio
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cuvee.artifacts import errors
from cuvee.artifacts.local import AREA, LocalStore
from cuvee.artifacts.values import Limits
from cuvee.core.errors import StorageFull
from cuvee.core.paths import BadPath, RelativePath
from cuvee.testing.artifacts import chunks, content, names

FILE = RelativePath.parse("run/artifacts/file")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "run" / "artifacts").mkdir(parents=True)
    return root


@pytest.fixture
def store(root: Path) -> LocalStore:
    return LocalStore(root)


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder beside the root; whatever a test does, its canary sings on."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "canary").write_text("alive")
    before = sorted(outside.rglob("*"))
    yield outside
    assert sorted(outside.rglob("*")) == before
    assert (outside / "canary").read_text() == "alive"


def parse(text: str) -> RelativePath:
    return RelativePath.parse(text)


@pytest.mark.parametrize("link", ["run/artifacts/link", "run/link"])
async def test_a_link_to_a_folder_leads_nowhere(store: LocalStore, root: Path, outside: Path, link: str):
    (root / link).symlink_to(outside)
    for work in (
        store.put(parse(f"{link}/canary"), chunks(b"dead")),
        store.put(parse(f"{link}/new"), chunks(b"x")),
        store.delete(parse(f"{link}/canary")),
        content(store, parse(f"{link}/canary")),
        content(store, parse(link)),
        names(store, parse(link)),
    ):
        with pytest.raises((BadPath, errors.NotAFile)):
            await work


async def test_a_link_to_a_file_is_neither_read_nor_written(store: LocalStore, root: Path, outside: Path):
    (root / "run/artifacts/file").symlink_to(outside / "canary")

    with pytest.raises(BadPath):
        await content(store, FILE)
    with pytest.raises(errors.NotAFile):
        await store.put(FILE, chunks(b"dead"))


async def test_an_upload_in_parts_does_not_follow_a_link_that_came_meanwhile(
    store: LocalStore, root: Path, outside: Path
):
    upload = await store.create(FILE)
    part = await store.part(upload, 1, chunks(b"dead"))
    (root / "run/artifacts").rmdir()
    (root / "run/artifacts").symlink_to(outside)

    with pytest.raises(BadPath):
        await store.complete(upload, FILE, [part])


async def test_deleting_a_folder_removes_the_links_in_it_and_not_what_they_name(
    store: LocalStore, root: Path, outside: Path
):
    (root / "run/artifacts/link").symlink_to(outside)
    (root / "run/artifacts/file").symlink_to(outside / "canary")
    await store.delete(parse("run"))

    assert not (root / "run").exists()


async def test_a_hard_link_is_replaced_and_not_written_through(store: LocalStore, root: Path, outside: Path):
    (root / "run/artifacts/file").hardlink_to(outside / "canary")
    await store.put(FILE, chunks(b"new"))

    assert await content(store, FILE) == b"new"


async def test_a_pipe_is_no_file(store: LocalStore, root: Path):
    os.mkfifo(root / "run/artifacts/file")

    with pytest.raises(errors.NotAFile):
        await content(store, FILE)
    with pytest.raises(errors.NotAFile):
        await store.put(FILE, chunks(b"x"))
    assert await names(store, FILE.parent) == []


async def test_names_that_no_path_can_have_are_not_listed(store: LocalStore, root: Path):
    for name in (b"\xff\xfe", b"back\\slash", b"new\nline", b"plain"):
        os.close(os.open(os.fsencode(root) + b"/run/artifacts/" + name, os.O_CREAT))

    assert [name for name, _, _ in await names(store, FILE.parent)] == ["plain"]


@pytest.mark.parametrize("text", [AREA, f"{AREA}/x"])
async def test_the_staging_area_is_out_of_reach(store: LocalStore, text: str):
    await store.put(FILE, chunks(b"x"))
    with pytest.raises(errors.ReservedName):
        await store.put(parse(text), chunks(b"x"))
    with pytest.raises((errors.NotAFile, errors.IsFolder, errors.NoSuchArtifact)):
        await content(store, parse(text))

    assert [name for name, _, _ in await names(store, RelativePath())] == ["run"]


async def test_files_are_for_their_owner_alone(store: LocalStore, root: Path):
    await store.put(parse("new/folder/file"), chunks(b"x"))

    assert stat.S_IMODE((root / "new/folder/file").stat().st_mode) == 0o600
    assert stat.S_IMODE((root / "new/folder").stat().st_mode) == 0o700


async def test_a_full_disk_is_said_so_and_nothing_half_is_left(store: LocalStore, root: Path):
    await store.put(FILE, chunks(b"old"))
    upload = await store.create(FILE)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))  # the kernel refuses to write more, as a full disk
    try:
        with pytest.raises(StorageFull):
            await store.put(FILE, chunks(*[b"x" * 1_000_000] * 3))
        with pytest.raises(StorageFull):
            await store.part(upload, 1, chunks(*[b"x" * 1_000_000] * 3))
        halves = [await store.part(upload, number, chunks(b"x" * 1_500_000)) for number in (1, 2)]
        with pytest.raises(StorageFull):
            await store.complete(upload, FILE, halves)
        assert await content(store, FILE) == b"old"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await store.complete(upload, FILE, halves)  # it goes on when there is room

    assert len(await content(store, FILE)) == 3_000_000
    assert list((root / AREA).iterdir()) == []


async def test_what_was_abandoned_is_swept_away_at_the_next_start(store: LocalStore, root: Path):
    upload = await store.create(FILE)
    (root / AREA / "new-abandoned").touch()
    for path in (root / AREA / upload, root / AREA / "new-abandoned"):
        os.utime(path, (0, 0))
    young = await store.create(FILE)

    await LocalStore(root).put(FILE, chunks(b"x"))

    assert [path.name for path in (root / AREA).iterdir()] == [young]


async def test_an_open_upload_survives_a_restart(store: LocalStore, root: Path):
    upload = await store.create(FILE)
    part = await store.part(upload, 1, chunks(b"x"))
    await LocalStore(root).complete(upload, FILE, [part])

    assert await content(store, FILE) == b"x"


async def test_many_writers_of_one_file_leave_one_of_their_files(store: LocalStore):
    bodies = [bytes([number]) * 300_000 for number in range(16)]
    await asyncio.gather(*(store.put(FILE, chunks(body[:200_000], body[200_000:])) for body in bodies))

    assert await content(store, FILE) in bodies


async def test_a_store_may_be_told_its_limits(root: Path):
    with pytest.raises(errors.FileTooLarge):
        await LocalStore(root, Limits(largest=3)).put(FILE, chunks(b"four"))


WRITER = """
import asyncio, sys
from pathlib import Path
from cuvee.artifacts.local import LocalStore
from cuvee.core.paths import RelativePath

async def body(number):
    for _ in range(40):
        yield bytes([number % 256]) * 50_000

async def main():
    store, number = LocalStore(Path(sys.argv[1])), 0
    while True:
        await store.put(RelativePath.parse(f"run/{number}"), body(number))
        print(number, flush=True)
        number += 1

asyncio.run(main())
"""


def test_a_killed_process_leaves_what_it_acknowledged_and_nothing_half(root: Path):
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(root)], stdout=subprocess.PIPE, text=True)
    with process:
        acknowledged = [int(process.stdout.readline()) for _ in range(5)][-1]
        process.send_signal(signal.SIGKILL)

    files = {path.name: path.read_bytes() for path in (root / "run").iterdir() if path.is_file()}
    assert set(map(str, range(acknowledged + 1))) <= files.keys()
    assert all(body == bytes([int(name) % 256]) * 2_000_000 for name, body in files.items())
