"""The tags of runs started in a workload."""

import json
import subprocess
import sys

import pytest
from mlflow.tracking.context.registry import resolve_tags

from cuvee_runtime.mlflow_plugins import git


@pytest.fixture
def repository(tmp_path):
    """A repository with one commit, and a function that runs Git in it."""

    def run(*arguments):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
        done = subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    run("init")
    run("commit", "--allow-empty", "-m", "first")
    return run


def test_outside_of_a_workload_nothing_is_said(monkeypatch):
    monkeypatch.delenv("CDSW_ENGINE_ID", raising=False)

    assert not {"engineID", "cuvee.session.id"} & resolve_tags().keys()


def test_in_a_workload_a_run_names_its_session_and_commit(monkeypatch, repository, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CDSW_ENGINE_ID", "abc")
    monkeypatch.setenv("CUVEE_SESSION_ID", "s-1")

    tags = resolve_tags()

    assert (tags["engineID"], tags["cuvee.session.id"]) == ("abc", "s-1")
    assert tags["mlflow.source.git.commit"] == repository("rev-parse", "HEAD")


@pytest.mark.parametrize("change", [[], ["pack-refs", "--all"], ["checkout", "--detach"], ["checkout", "-b", "a/b"]])
def test_the_commit_is_found_however_git_keeps_it(repository, tmp_path, change):
    if change:
        repository(*change)
    (tmp_path / "deep" / "er").mkdir(parents=True)

    assert git.commit_of(tmp_path / "deep" / "er") == repository("rev-parse", "HEAD")


def test_the_commit_of_a_worktree_is_its_own(repository, tmp_path):
    repository("worktree", "add", "tree")
    repository("commit", "--allow-empty", "-m", "second")

    assert git.commit_of(tmp_path / "tree") == repository("rev-parse", "tree")


def test_a_folder_that_is_no_repository_has_no_commit(tmp_path):
    (tmp_path / ".git").mkdir()
    assert git.commit_of(tmp_path) is None

    (tmp_path / ".git" / "HEAD").write_text("ref: ../../../etc/passwd")
    assert git.commit_of(tmp_path) is None


@pytest.fixture
def project(monkeypatch, tmp_path):
    """A project whose script runs in a session; gives its folder."""
    (tmp_path / "code").mkdir()
    script = tmp_path / "code" / "fit.py"
    script.write_text("import wine.features\ndef late():\n    from wine import scales\n")
    (tmp_path / "wine").mkdir()
    for name in ("__init__", "features", "scales", "unused"):
        (tmp_path / "wine" / f"{name}.py").write_text(f"NAME = {name!r}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CDSW_ENGINE_ID", "abc")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(script), raising=False)
    monkeypatch.setattr(sys, "argv", [str(script), "0.3", "a b"])
    return tmp_path


def kept(project, tags):
    """What a run's manifest leads to, by path."""
    folder = project / ".experiments" / ".sources"
    manifest = json.loads((folder / tags["cuvee.source.digest"]).read_text())
    return manifest["script"], {path: (folder / digest).read_text() for path, digest in manifest["files"].items()}


def test_a_run_keeps_its_script_and_the_modules_that_it_uses_now_or_later(project):
    tags = resolve_tags()
    script, files = kept(project, tags)

    assert script == tags["mlflow.source.name"] == "code/fit.py"
    assert set(files) == {"code/fit.py", "wine/__init__.py", "wine/features.py", "wine/scales.py"}
    assert json.loads(tags["cuvee.source.arguments"]) == ["0.3", "a b"]
    assert all((project / path).read_text() == content for path, content in files.items())


def test_code_that_did_not_change_has_one_digest_and_code_that_did_another(project):
    first = resolve_tags()["cuvee.source.digest"]
    assert resolve_tags()["cuvee.source.digest"] == first

    (project / "wine" / "scales.py").write_text("NAME = 'other scales'\n")
    tags = resolve_tags()
    assert tags["cuvee.source.digest"] != first
    assert "other" in kept(project, tags)[1]["wine/scales.py"]
    assert "other" not in kept(project, {"cuvee.source.digest": first})[1]["wine/scales.py"]


def test_code_that_cannot_be_kept_whole_is_not_kept_and_the_run_goes_on(project):
    (project / "wine" / "scales.py").write_text("#" * (17 * 1024 * 1024))
    assert resolve_tags().keys() & {"engineID", "cuvee.source.digest"} == {"engineID"}

    (project / "wine" / "scales.py").write_text("")
    (project / ".experiments").write_text("in the way")
    assert resolve_tags().keys() & {"engineID", "cuvee.source.digest"} == {"engineID"}


def test_nothing_of_installed_packages_or_hidden_folders_is_kept(project):
    for folder in ("venv/lib/site-packages", ".secret"):
        (project / folder).mkdir(parents=True)
        (project / folder / "hidden.py").write_text("")
    (project / "code" / "fit.py").write_text(
        "import sys\nsys.path[:0] = ['venv/lib/site-packages', '.secret']\nimport hidden\n"
    )

    assert set(kept(project, resolve_tags())[1]) == {"code/fit.py"}


@pytest.mark.parametrize("line", ["from . import near", "from .near import x", "import near", "from .. import top"])
def test_imports_are_followed_however_they_are_written(project, line):
    (project / "code" / "near.py").write_text("")
    (project / "top.py").write_text("")
    (project / "code" / "fit.py").write_text(f"if True:\n    {line}\n")

    assert set(kept(project, resolve_tags())[1]) == {"code/fit.py", "top.py" if "top" in line else "code/near.py"}
