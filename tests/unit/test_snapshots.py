"""A build's copy of files: what is in it, and that it is noticed when it changes."""

import os
from pathlib import Path

import pytest

from cuvee.serving import errors, requirements, snapshot


@pytest.fixture
def code(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    (source / "lib").mkdir(parents=True)
    (source / "main.py").write_text("x = 1\n")
    (source / "lib" / "more.py").write_text("y = 2\n")
    return source


def test_a_copy_has_the_code_and_no_links_hidden_files_or_packages(code: Path, tmp_path: Path):
    (code / ".git").mkdir()
    (code / ".git" / "config").write_text("secret")
    (code / "__pycache__").mkdir()
    (code / "passwd").symlink_to("/etc/passwd")
    (code / "root").symlink_to("/")
    os.mkfifo(code / "pipe")
    snapshot.of_code(code, tmp_path / "copy", "main.py")

    assert sorted(path.name for path in (tmp_path / "copy").rglob("*")) == ["lib", "main.py", "more.py"]


@pytest.mark.parametrize("change", ["content", "name", "added", "removed"])
def test_every_change_of_a_copy_is_noticed(code: Path, tmp_path: Path, change: str):
    copy = tmp_path / "copy"
    digest = snapshot.of_code(code, copy, "main.py")
    snapshot.verify(copy, digest)
    (copy / "lib").chmod(0o700)
    file = copy / "lib" / "more.py"
    file.chmod(0o600)
    match change:
        case "content":
            file.write_text("y = 3\n")
        case "name":
            file.rename(copy / "lib" / "other.py")
        case "added":
            (copy / "lib" / "new.py").write_text("")
        case "removed":
            file.unlink()

    with pytest.raises(snapshot.Changed):
        snapshot.verify(copy, digest)


def test_what_python_compiles_beside_the_files_is_no_change(code: Path, tmp_path: Path):
    digest = snapshot.of_code(code, tmp_path / "copy", "main.py")
    (tmp_path / "copy" / "lib").chmod(0o700)
    (tmp_path / "copy" / "lib" / "__pycache__").mkdir()
    (tmp_path / "copy" / "lib" / "__pycache__" / "more.pyc").write_bytes(b"x")

    snapshot.verify(tmp_path / "copy", digest)


def test_a_copy_is_read_only_and_can_be_removed_and_made_anew(code: Path, tmp_path: Path):
    first = snapshot.of_code(code, tmp_path / "copy", "main.py")
    assert (tmp_path / "copy" / "main.py").stat().st_mode & 0o222 == 0
    assert snapshot.of_code(code, tmp_path / "copy", "main.py") == first
    snapshot.remove(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_build_without_its_file_fails_and_leaves_nothing(code: Path, tmp_path: Path):
    with pytest.raises(errors.BuildFailed, match=r"missing\.py"):
        snapshot.of_code(code, tmp_path / "copy", "missing.py")
    assert list(tmp_path.iterdir()) == [code]


def test_wheels_of_the_model_are_set_apart_from_what_is_fetched(tmp_path: Path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "own-1-py3-none-any.whl").touch()
    (tmp_path / "requirements.txt").write_text("numpy==2.1  # pinned\ncode/own-1-py3-none-any.whl\n")
    (tmp_path / "python_env.yaml").write_text("python: 3.11.7\nbuild_dependencies: []\n")
    needs = requirements.read(tmp_path)

    assert [wheel.name for wheel in needs.wheels] == ["own-1-py3-none-any.whl"]
    assert "own" not in (needs.requirements or "")
    assert needs.python == "3.11"


@pytest.mark.parametrize("line", ["../x.whl", "/tmp/x.whl", "code/missing.whl", "~/x.whl", "a/../../x.whl"])
def test_a_wheel_that_is_not_in_the_model_is_refused(tmp_path: Path, line: str):
    (tmp_path / "requirements.txt").write_text(f"{line}\n")
    with pytest.raises(errors.BuildFailed):
        requirements.read(tmp_path)
