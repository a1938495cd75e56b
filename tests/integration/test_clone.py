"""Cloning: from a folder, over HTTP, and everything that may go wrong."""

import base64
import functools
import http.server
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.conftest import Running, wait_for

from cuvee.core.settings import Settings
from cuvee.projects import errors, git, sources

PROJECTS = "/api/v2/projects"
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n"


def run_git(folder: Path, *words: str) -> str:
    environment = os.environ | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    return subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True, env=environment
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits on `main`, a branch `other`, a tag, a hook, a submodule, and a link that leads out."""
    place = tmp_path / "repository"
    place.mkdir()
    run_git(place, "init", "-q", "-b", "main")
    (place / "one.py").write_text("1")
    (place / "out").symlink_to("/etc")
    run_git(place, "add", ".")
    run_git(place, "commit", "-q", "-m", "one")
    run_git(place, "tag", "v1")
    run_git(place, "branch", "other")
    (place / "two.py").write_text("2")
    run_git(place, "add", ".")
    run_git(place, "commit", "-q", "-m", "two")
    return place


@pytest.fixture
def clone(client: httpx.Client, unique: Callable[[str], str]) -> Callable[..., dict]:
    """Creates a project from a repository and waits for the end."""

    def create(**wishes: object) -> dict:
        reply = client.post(PROJECTS, json={"name": unique("clone")} | wishes)
        assert reply.status_code == 200, reply.text
        address = f"{PROJECTS}/{reply.json()['id']}"
        wait_for(lambda: client.get(address).json()["creation_status"] != "creating")
        return client.get(address).json()

    return create


def test_a_repository_is_cloned_with_its_history(platform: Running, clone: Callable[..., dict], repository: Path):
    project = clone(git_url=str(repository))
    folder = platform.home / "projects" / project["id"]

    assert project["creation_status"] == "success", project["creation_message"]
    assert project["creation_percent"] == 100
    assert run_git(folder, "log", "--format=%s") == "two\none"
    assert run_git(folder, "status", "--porcelain") == ""
    assert project["git_url"] == str(repository)


@pytest.mark.parametrize("ref", ["other", "v1", "HEAD~1"])
def test_a_branch_a_tag_or_a_commit_is_checked_out(platform: Running, clone, repository: Path, ref: str):
    wanted = run_git(repository, "rev-parse", ref)
    project = clone(git_url=str(repository), git_ref=wanted if "~" in ref else ref)
    folder = platform.home / "projects" / project["id"]

    assert run_git(folder, "rev-parse", "HEAD") == wanted
    assert not (folder / "two.py").exists()


def test_a_ref_that_is_not_there_fails_with_gits_words(platform: Running, clone, repository: Path):
    project = clone(git_url=str(repository), git_ref="no-such")

    assert project["creation_status"] == "failure"
    assert "no-such" in project["creation_message"]
    assert not (platform.home / "projects" / project["id"]).exists()


def test_a_failed_project_has_no_files_and_can_be_deleted(
    client: httpx.Client, platform: Running, clone, tmp_path: Path
):
    project = clone(git_url=str(tmp_path))

    assert project["creation_status"] == "failure"
    assert "does not exist" in project["creation_message"]
    assert str(platform.home) not in project["creation_message"]
    assert client.get(f"{PROJECTS}/{project['id']}/files").status_code == 409
    assert client.delete(f"{PROJECTS}/{project['id']}").status_code == 200
    assert os.listdir(platform.home / "projects" / ".incoming") == []


def test_nothing_of_the_repository_runs(clone, repository: Path, tmp_path: Path):
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    (repository / ".gitattributes").write_text("*.py filter=evil\n")
    run_git(repository, "config", "filter.evil.smudge", f"touch {tmp_path}/ran")
    run_git(repository, "config", "uploadpack.packObjectsHook", f"touch {tmp_path}/ran")
    run_git(repository, "add", ".")
    run_git(repository, "commit", "-q", "-m", "evil")

    assert clone(git_url=str(repository))["creation_status"] == "success"
    assert not (tmp_path / "ran").exists()


def test_submodules_are_not_fetched(platform: Running, clone, repository: Path, tmp_path: Path):
    (repository / ".gitmodules").write_text(f'[submodule "s"]\n\tpath = s\n\turl = {tmp_path}/repository\n')
    head = run_git(repository, "rev-parse", "HEAD")
    run_git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},s")
    run_git(repository, "add", ".gitmodules")
    run_git(repository, "commit", "-q", "-m", "submodule")
    project = clone(git_url=str(repository))

    assert os.listdir(platform.home / "projects" / project["id"] / "s") == []


def test_links_in_a_repository_lead_nowhere(client: httpx.Client, clone, repository: Path):
    project = clone(git_url=str(repository))

    assert client.post(f"{PROJECTS}/{project['id']}/files/out/passwd:download").status_code == 400


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a", "https://127.1/a", "https://2130706433/a", "https://0x7f000001/a", "https://localhost./a",
        "https://169.254.169.254/latest", "https://[::ffff:169.254.169.254]/a", "https://0.0.0.0/a", "https://[::1]/a",
        "ssh://git@127.0.0.1/a", "git@localhost:a", "https://ada:secret@127.0.0.1/a",
    ],
)  # fmt: skip
def test_private_addresses_are_not_cloned_from(clone, url: str):
    project = clone(git_url=url)

    assert project["creation_status"] == "failure"
    assert "private" in project["creation_message"] or "found" in project["creation_message"]
    assert "secret" not in str(project)


@pytest.mark.parametrize("url", ["ext::sh -c true", "-x", "file:///etc", "http://example.org/a", "git@-x:a"])
def test_addresses_of_other_kinds_are_refused_at_once(client: httpx.Client, unique, url: str):
    assert client.post(PROJECTS, json={"name": unique("x"), "git_url": url}).status_code == 400


def test_a_project_that_is_being_cloned_can_be_deleted(client: httpx.Client, platform: Running, unique, tmp_path: Path):
    fifo = tmp_path / "stuck" / "HEAD"
    fifo.parent.mkdir()
    os.mkfifo(fifo)  # git waits here until it is killed
    for name in ("objects", "refs"):
        (fifo.parent / name).mkdir()
    project = client.post(PROJECTS, json={"name": unique("x"), "git_url": str(fifo.parent)}).json()

    assert project["creation_status"] == "creating"
    assert client.delete(f"{PROJECTS}/{project['id']}").status_code == 200
    assert os.listdir(platform.home / "projects" / ".incoming") == []


class Web(http.server.SimpleHTTPRequestHandler):
    """Serves a repository's files as they are: git's oldest protocol over HTTP."""

    seen: list[dict[str, str]]
    moved_to = ""

    def do_GET(self) -> None:
        type(self).seen.append(dict(self.headers))
        if self.moved_to:
            self.send_response(302)
            self.send_header("location", self.moved_to + self.path)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""


@contextmanager
def served(folder: Path, moved_to: str = "") -> Iterator[tuple[str, list[dict[str, str]]]]:
    seen: list[dict[str, str]] = []
    handler = type("Handler", (Web,), {"seen": seen, "moved_to": moved_to})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, git_http=True, git_private=True, git_timeout=30)


async def test_a_token_in_the_address_is_sent_and_kept_nowhere(settings: Settings, repository: Path, tmp_path: Path):
    run_git(repository, "update-server-info")
    with served(repository) as (url, seen):
        address = url.replace("://", "://ada:s3cret@") + "/.git"
        source = sources.repository(address, http=True)
        await git.clone(source, tmp_path / "clone", settings, lambda _phase, _percent: None)

    assert (tmp_path / "clone" / "two.py").read_text() == "2"
    assert seen[0]["Authorization"] == "Basic " + base64.b64encode(b"ada:s3cret").decode()
    assert "s3cret" not in (tmp_path / "clone" / ".git" / "config").read_text()
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".git-")]


async def test_redirects_are_not_followed(settings: Settings, repository: Path, tmp_path: Path):
    run_git(repository, "update-server-info")
    with served(repository) as (target, reached), served(repository, moved_to=target) as (url, _seen):
        source = sources.repository(f"{url}/.git", http=True)
        with pytest.raises(errors.CloneFailed):
            await git.clone(source, tmp_path / "clone", settings, print)

        assert reached == []


async def test_a_clone_that_takes_too_long_is_stopped(repository: Path, tmp_path: Path):
    with served(repository) as (url, _seen):
        hurried = Settings(home=tmp_path, git_http=True, git_private=True, git_timeout=0)
        with pytest.raises(errors.CloneFailed, match="longer than"):
            await git.clone(sources.repository(f"{url}/.git", http=True), tmp_path / "clone", hurried, print)


async def test_an_ssh_key_is_a_private_file_while_it_is_used(settings: Settings, tmp_path: Path, monkeypatch):
    """A stand-in for ssh notes its words and the key's mode, and refuses."""
    (tmp_path / "bin").mkdir()
    ssh = tmp_path / "bin" / "ssh"
    ssh.write_text(f"""#!/bin/sh
for word in "$@"; do echo "$word" >> {tmp_path}/words; case "$word" in -oIdentityFile=*)
  file=$(echo "$word" | cut -d= -f2 | tr -d '"'); stat -c %a "$file" > {tmp_path}/mode; cat "$file" > {tmp_path}/key;;
esac; done
echo 'Permission denied (publickey).' >&2
exit 255
""")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    source = sources.repository("git@example.org:a/b", ssh_key=KEY)
    with pytest.raises(errors.CloneFailed) as refused:
        await git.clone(source, tmp_path / "clone", settings, print)

    assert (tmp_path / "mode").read_text().strip() == "600"
    assert (tmp_path / "key").read_text() == KEY
    words = (tmp_path / "words").read_text()
    assert "c2VjcmV0" not in words
    assert "c2VjcmV0" not in refused.value.message
    assert "StrictHostKeyChecking=accept-new" in words
    assert f'UserKnownHostsFile="{tmp_path}/known_hosts"' in words
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".git-")]
