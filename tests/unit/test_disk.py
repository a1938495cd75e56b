"""What folders take on the disk."""

import os
from pathlib import Path

from cuvee.web import disk

KIB = 1024


def test_folders_are_counted_with_all_that_is_below(tmp_path: Path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(b"x" * 100 * KIB)

    found = disk.taken({"a": [tmp_path / "a"], "file": [tmp_path / "a/b/file"], "nothing": [tmp_path / "none"]})

    assert found["a"] == found["file"]
    assert 100 * KIB <= found["a"].size <= 200 * KIB
    assert found["nothing"] == disk.Taken(size=0)


def test_what_is_shared_counts_once_and_links_do_not_count(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "file").write_bytes(b"x" * 100 * KIB)
    os.link(tmp_path / "one" / "file", tmp_path / "two" / "same")
    (tmp_path / "two" / "link").symlink_to(tmp_path / "one" / "file")
    (tmp_path / "two" / "loop").symlink_to(tmp_path)

    found = disk.taken({"one": [tmp_path / "one"], "two": [tmp_path / "two"]})

    assert found["one"].size >= 100 * KIB
    assert found["two"].size == 0
