"""The commit that a folder is at, read from Git's own files: no process is started, and nothing needs caching."""

import re
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def commit_of(folder: Path) -> str | None:
    """The full hash of HEAD, or None outside of a repository, before its first commit, or when it cannot be read."""
    try:
        git = _git_folder(folder)
        return _resolve(git, "HEAD") if git is not None else None
    except (OSError, UnicodeDecodeError):
        return None


def _git_folder(folder: Path) -> Path | None:
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        if git.is_dir():
            return git
        if git.is_file():  # a worktree or a submodule
            return parent / git.read_text().removeprefix("gitdir:").strip()
    return None


def _resolve(git: Path, name: str) -> str | None:
    shared = git / "commondir"
    folders = [git, git / shared.read_text().strip()] if shared.is_file() else [git]
    for folder in folders:
        if (folder / name).is_file():
            value = (folder / name).read_text().strip()
            if not value.startswith("ref:"):
                return value if _COMMIT.fullmatch(value) else None
            reference = value.removeprefix("ref:").strip()
            return _resolve(git, reference) if reference.startswith("refs/") and ".." not in reference else None
    return next((commit for folder in folders if (commit := _packed(folder, name))), None)


def _packed(folder: Path, name: str) -> str | None:
    packed = folder / "packed-refs"
    if not packed.is_file():
        return None
    for line in packed.read_text().splitlines():
        commit, _, reference = line.partition(" ")
        if reference == name and _COMMIT.fullmatch(commit):
            return commit
    return None
