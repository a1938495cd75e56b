"""What a kill of the platform leaves of a catalog, and programs that write at once. Real processes throughout."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyiceberg.catalog import load_catalog
from tests.integration.test_survival import Platform

WRITER = """
import sys
import pyarrow as pa
from pyiceberg.catalog import load_catalog

url, key, name, count = sys.argv[1:]
table = load_catalog("c", type="rest", uri=f"{url}/iceberg", token=key).load_table("default.wines")
for number in range(int(count)):
    try:
        table.append(pa.table({"who": [name], "number": [number]}))
        print(number, flush=True)
    except Exception:
        sys.exit(1)
"""


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    platform = Platform(tmp_path)
    yield platform
    platform.end(signal.SIGKILL)


def connection(platform: Platform) -> tuple[str, str]:
    found = json.loads((platform.home / "connection.json").read_text())
    return found["url"], found["api_key"]


def connect(platform: Platform):
    url, key = connection(platform)
    return load_catalog("c", type="rest", uri=f"{url}/iceberg", token=key)


def writer(platform: Platform, name: str, count: int) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITER, *connection(platform), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def make_table(platform: Platform) -> None:
    import pyarrow as pa  # noqa: PLC0415 - the platform's own process does not know it

    schema = pa.schema([("who", pa.string()), ("number", pa.int64())])
    connect(platform).create_table("default.wines", schema=schema, properties={"commit.retry.num-retries": "50"})


def rows(platform: Platform) -> list[tuple[str, int]]:
    found = connect(platform).load_table("default.wines").scan().to_arrow()
    return sorted(zip(found["who"].to_pylist(), found["number"].to_pylist(), strict=True))


def test_programs_that_write_at_once_lose_nothing(platform: Platform):
    platform.start()
    make_table(platform)
    writers = [writer(platform, name, 4) for name in ("a", "b")]
    for each in writers:
        each.communicate(timeout=120)

    assert rows(platform) == [(name, number) for name in ("a", "b") for number in range(4)]


def test_what_was_acknowledged_survives_a_kill(platform: Platform):
    platform.start()
    make_table(platform)
    begun = writer(platform, "a", 1_000)
    acknowledged = [int(begun.stdout.readline()) for _ in range(5)]
    platform.end(signal.SIGKILL)
    acknowledged += [int(line) for line in begun.communicate(timeout=120)[0].split()]
    platform.start()

    kept = [number for _, number in rows(platform)]
    # The one on its way at the moment of the kill may be there too.
    assert kept in (acknowledged, [*acknowledged, len(acknowledged)])
    connect(platform).load_table("default.wines").append(
        connect(platform).load_table("default.wines").scan().to_arrow()
    )
    assert len(rows(platform)) == 2 * len(kept)
