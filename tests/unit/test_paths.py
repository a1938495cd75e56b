"""Paths from callers: nothing outside the root, whatever the text."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuvee.core.paths import BadPath, RelativePath, open_under

HOSTILE = [
    "../x", "..%2fx", "%2e%2e/x", "..%252fx".replace("%25", "%"), "..\\x", "..%5cx", "/etc/passwd", "//etc/passwd",
    "///etc/passwd", "C:/x", "C:\\x", "\\\\host\\share", "file:///etc/passwd", "file:/etc", "FILE://", " file://",
    "http:///?/../../etc", "http:///#/../..", "a?/../..", "a#/../..", "a;/../..", "dbfs:/../", "mlflow-artifacts:/../",
    "runs:/1/../../", "models:/x/../", "s3://bucket/../other", "a\0b", "a\nb", "..", "a//b", "x" * 5000,
    "\u2024\u2024/x", "\uff0e\uff0e/x", "\udcc0\udcae", "~root", "/proc/self/root/etc/passwd", "a/./b", "a/ /b", " ",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_hostile_paths_are_refused(text: str):
    with pytest.raises(BadPath):
        RelativePath.parse(text)


@pytest.mark.parametrize(
    "text", ["model/MLmodel", "a b.txt", "$HOME", "%SYSTEMROOT%", "…/ü.png", "..hidden", "a?b#c;d"]
)
def test_plain_names_are_taken_as_they_are(text: str):
    assert str(RelativePath.parse(text)) == text


@given(st.text(max_size=60))
def test_no_text_leads_outside_the_root(text: str):
    root = Path("/root/of/everything")
    try:
        place = root.joinpath(*RelativePath.parse(text).names)
    except BadPath:
        return
    assert Path(os.path.normpath(place)).is_relative_to(root)


@pytest.mark.parametrize("path", ["link/passwd", "to-file"])
def test_links_are_not_followed(tmp_path: Path, path: str):
    (tmp_path / "link").symlink_to("/etc")
    (tmp_path / "to-file").symlink_to("/etc/passwd")

    with pytest.raises(BadPath):
        os.close(open_under(tmp_path, RelativePath.parse(path), os.O_RDONLY))
    with pytest.raises(BadPath):
        RelativePath.parse(path).under(tmp_path)


def test_a_file_below_the_root_is_opened(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("content")

    with os.fdopen(open_under(tmp_path, RelativePath.parse("folder/file"), os.O_RDONLY)) as stream:
        assert stream.read() == "content"
