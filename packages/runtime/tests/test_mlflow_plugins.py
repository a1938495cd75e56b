"""The tags of runs started in a workload."""

import subprocess

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
