"""The process that reads first rows for the platform: what it opens, and how it writes values."""

import datetime as dt
import json
import os
import subprocess
import sys

import pyarrow as pa
import pytest
from pyiceberg.catalog.memory import InMemoryCatalog

from cuvee_runtime.iceberg import preview

ROWS = pa.table(
    {
        "number": [1, None, 3],
        "yes": [True, None, False],
        "parts": [{"a": [1]}, None, {"a": []}],
        "day": [dt.date(2024, 2, 29), None, None],
        "raw": [b"\x00\xff", None, b""],
    }
)


@pytest.mark.parametrize(
    "place", ["/etc/passwd", "file:///etc/passwd", "file://{root}/../x", "file://{root}", "{root}/", "file://{root}/link",
              "file://{root}/folder/x", "file://{root}/pipe", "file://{root}/%2e%2e/x", "s3://bucket/x", "file://host{root}/x"],
)  # fmt: skip
def test_a_preview_opens_files_of_its_project_alone(tmp_path, place):
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "x").write_bytes(b"secret")
    (root / "x").write_bytes(b"own")
    (root / "link").symlink_to(tmp_path / "x")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")

    with pytest.raises((ValueError, OSError)):
        preview.open_below(str(root), place.format(root=root))
    with preview.open_below(str(root), f"file://{root}/x") as stream:
        assert stream.read() == b"own"


def test_a_preview_shows_the_first_rows_as_text(tmp_path):
    catalog = InMemoryCatalog("test", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("default")
    table = catalog.create_table("default.parts", schema=ROWS.schema)
    table.append(ROWS)
    found = preview.first_rows(str(tmp_path), table.metadata_location, table.current_snapshot().snapshot_id, 2)

    assert [column["name"] for column in found["columns"]] == ROWS.column_names
    assert found["rows"] == [["1", "true", '{"a": [1]}', "2024-02-29", "00ff"], [None, None, None, None, None]]


def test_a_preview_cuts_what_is_long():
    assert preview.written("x" * 1_000) == "x" * preview.LONGEST_VALUE + "…"
    assert preview.written(b"\x00" * 10**6) == "00" * (preview.LONGEST_VALUE // 2) + "…"


@pytest.mark.parametrize(
    "asked",
    [{}, {"root": "/", "metadata": "/etc/passwd", "snapshot_id": 1, "rows": 5},
     {"root": "/tmp", "metadata": "file:///tmp/nothing.json", "snapshot_id": "x", "rows": None}],
)  # fmt: skip
def test_the_process_answers_nonsense_in_a_sentence(asked):
    command = [sys.executable, "-I", "-m", "cuvee_runtime.iceberg.preview"]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=100, check=True)

    assert json.loads(done.stdout)["error"]
