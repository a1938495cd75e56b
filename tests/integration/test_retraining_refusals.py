"""What stands in the way of making a run again is told before anything starts."""

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.conftest import Running, wait_for
from tests.integration import people
from tests.integration.lineages import Cellar, cellar
from tests.integration.runs import Run

from cuvee.runtimes.values import Environment

SOURCE = "mlflow.source.name"
DIGEST = "cuvee.source.digest"
COMMIT = "mlflow.source.git.commit"
#: A model as a client of MLflow 2 leaves it, of an older version of a package than the base environment has.
MODEL = {
    "MLmodel": "flavors:\n  python_function:\n    python_version: {python}\n",
    "requirements.txt": "six==1.15.0\n",
}


@pytest.fixture
def wines(platform: Running, client: httpx.Client) -> Cellar:
    return cellar(platform, client)


@pytest.fixture
def folder(platform: Running, wines: Cellar) -> Path:
    """The project's folder."""
    return platform.home / "projects" / wines.project_id


@pytest.fixture
def made(wines: Cellar, client: httpx.Client) -> Callable[..., Run]:
    """Makes a run with tags."""

    def make(tags: dict[str, str]) -> Run:
        run = wines.run()
        for key, value in tags.items():
            set_ = client.post("/api/2.0/mlflow/runs/set-tag", json={"run_id": run.id, "key": key, "value": value})
            assert set_.status_code == 200
        return run

    return make


def address(run: Run) -> str:
    return f"/api/v2/projects/{run.project_id}/experiments/{run.experiment_id}/runs/{run.id}"


def sessions(client: httpx.Client, run: Run) -> list[dict]:
    return client.get(f"/api/v2/projects/{run.project_id}/sessions").json()["sessions"]


def keep(folder: Path, files: dict[str, str]) -> str:
    """Keep code as a run does; the manifest's digest."""
    place = folder / ".experiments" / ".sources"
    place.mkdir(parents=True, exist_ok=True)

    def put(text: str) -> str:
        digest = hashlib.sha256(text.encode()).hexdigest()
        (place / digest).write_text(text)
        return digest

    return put(json.dumps({"script": next(iter(files)), "files": {name: put(text) for name, text in files.items()}}))


def refused(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["message"]


def test_a_snapshot_that_was_expired_is_named_and_nothing_starts(wines: Cellar, client, folder, made):
    run = made({DIGEST: keep(folder, {"fit.py": "print(1)"})})
    wines.write()
    snapshot = wines.read(run.id).partition("/")[2]
    assert client.get(f"{address(run)}:rebuild").json()["data"] == "same"
    wines.write()
    wines.table().maintenance.expire_snapshots().by_id(int(snapshot)).commit()

    report = client.get(f"{address(run)}:rebuild").json()
    assert report["data"] == f"Snapshot {snapshot} of default.wines, which the run read, was expired."
    assert (report["code"], report["is_same"]) == ("same", False)
    status, message = refused(client.post(f"{address(run)}:rebuild"))
    assert (status, report["data"] in message) == (409, True)
    assert sessions(client, run) == []


def test_tables_that_went_or_were_written_to_are_named(wines: Cellar, client, made):
    run = made({})
    for name in ("dropped", "renamed", "written"):
        wines.write(run.id if name == "written" else "", name)
        wines.read(run.id, name)
    wines.catalog().drop_table("default.dropped")
    wines.catalog().rename_table("default.renamed", "default.other")

    data = client.get(f"{address(run)}:rebuild").json()["data"]
    assert "default.dropped, which the run read, was dropped." in data
    assert "default.renamed, which the run read, is called default.other now." in data
    assert "The run wrote to default.written besides: it is seen as it is now." in data


def test_code_that_is_gone_or_was_changed_is_told(client, folder: Path, made):
    digest = keep(folder, {"fit.py": "print('as it was')"})
    run = made({DIGEST: digest})
    assert client.get(f"{address(run)}:rebuild").json()["code"] == "same"

    file = folder / ".experiments" / ".sources" / hashlib.sha256(b"print('as it was')").hexdigest()
    file.write_text("print('smuggled')")
    assert "is not what it was" in client.get(f"{address(run)}:rebuild").json()["code"]
    file.unlink()
    assert "is not kept any more" in client.get(f"{address(run)}:rebuild").json()["code"]
    status, message = refused(client.post(f"{address(run)}:rebuild", json={"anyway": True}))
    assert (status, message[:40]) == (409, "The run was not made by a file of the pr")
    assert sessions(client, run) == []


@pytest.mark.parametrize("manifest", [
    "", "[]", "{", '{"script": "a.py", "files": {}}', '{"script": "../a.py", "files": {"../a.py": "HERE"}}',
    '{"script": "/etc/passwd", "files": {"/etc/passwd": "HERE"}}', '{"script": "a.py", "files": {"a.py": "../../x"}}',
    '{"script": "a.py", "files": {"a.py": 7}}', "[" * 100_000,
])  # fmt: skip
def test_a_manifest_that_is_nonsense_is_no_code(client, folder: Path, made, manifest: str):
    here = keep(folder, {"a.py": ""})
    text = manifest.replace("HERE", here)
    digest = hashlib.sha256(text.encode()).hexdigest()
    (folder / ".experiments" / ".sources" / digest).write_text(text)
    run = made({DIGEST: digest})

    assert client.get(f"{address(run)}:rebuild").json()["code"] != "same"


@pytest.mark.parametrize("digest", ["../../../etc/passwd", "x" * 64, "é" * 64, ""])
def test_a_digest_that_is_none_leads_nowhere(client, made, digest: str):
    assert client.get(f"{address(made({DIGEST: digest}))}:rebuild").json()["code"] != "same"


def test_a_run_of_typed_code_is_not_made_again(client, made):
    run = made({SOURCE: "ipython3"})

    for how in ("retrain", "rebuild"):
        assert client.post(f"{address(run)}:{how}", json={"anyway": True}).status_code == 409
    assert sessions(client, run) == []


def test_a_link_is_not_followed_to_code(client, folder: Path, made, tmp_path: Path):
    (tmp_path / "secret.py").write_text("")
    (folder / "fit.py").symlink_to(tmp_path / "secret.py")

    assert client.post(f"{address(made({SOURCE: 'fit.py'}))}:retrain").status_code == 409


@pytest.fixture
def viewer(platform: Running, client: httpx.Client, wines: Cellar) -> Iterator[httpx.Client]:
    name = f"viewer{uuid4().hex[:8]}"
    with people.user(platform, name) as viewer:
        body = {"permission": "read"}
        reply = client.put(f"/api/v2/projects/{wines.project_id}/collaborators/{name}", json=body)
        assert reply.status_code == 200, reply.text
        yield viewer


def test_who_may_not_run_code_reads_the_report_and_starts_nothing(viewer, client, folder, made):
    run = made({DIGEST: keep(folder, {"fit.py": ""})})

    assert viewer.get(f"{address(run)}:rebuild").status_code == 200
    assert [viewer.post(f"{address(run)}:{how}").status_code for how in ("retrain", "rebuild")] == [403, 403]
    assert sessions(client, run) == []


def test_other_projects_runs_and_deleted_ones_are_refused(platform: Running, client, folder, made):
    run = made({DIGEST: keep(folder, {"fit.py": ""})})
    with people.user(platform, f"stranger{uuid4().hex[:8]}") as stranger:
        assert stranger.post("/api/v2/projects", json={"name": f"theirs{uuid4().hex[:8]}"}).status_code == 200
        assert stranger.get(f"{address(run)}:rebuild").status_code == 404
        assert [stranger.post(f"{address(run)}:{how}").status_code for how in ("retrain", "rebuild")] == [404, 404]
    other = made({})
    assert client.get(f"{address(other).replace(other.experiment_id, run.experiment_id)}:rebuild").status_code == 404
    assert client.post(f"{address(run)}:rebuild", json={"anyway": "yes, please"}).status_code == 400
    client.post("/api/2.0/mlflow/runs/delete", json={"run_id": run.id})
    assert client.post(f"{address(run)}:rebuild", json={"anyway": True}).status_code == 409


def test_a_commit_is_run_with_the_models_packages_when_that_will_do(
    client, base: Environment, folder: Path, made, wines: Cellar
):
    commit = committed(folder, "import mlflow, six, near\nmlflow.start_run()\nmlflow.set_tag('six', six.__version__)\n"
                               "mlflow.set_tag('near', near.HERE)\n")  # fmt: skip
    run = made({COMMIT: commit, SOURCE: "fit.py"})
    for name, text in MODEL.items():
        run.folder.joinpath("model").mkdir(parents=True, exist_ok=True)
        (run.folder / "model" / name).write_text(text.replace("{python}", "3.99.1"))
    history = json.dumps([{"artifact_path": "model", "run_id": run.id, "utc_time_created": "", "flavors": {}}])
    tag = {"run_id": run.id, "key": "mlflow.log-model.history", "value": history}
    client.post("/api/2.0/mlflow/runs/set-tag", json=tag)

    report = client.get(f"{address(run)}:rebuild").json()
    assert (
        report["code"] == f"Of the code only its Git commit {commit[:8]} is known: what was not committed is not in it."
    )
    assert (report["packages"], report["python"][:21]) == ("same", "Python 3.99 is needed")
    assert client.post(f"{address(run)}:rebuild").status_code == 409
    session = client.post(f"{address(run)}:rebuild", json={"anyway": True}).json()
    place = f"/api/v2/projects/{run.project_id}/sessions/{session['id']}"
    wait_for(lambda: client.get(place).json()["status"] in {"stopped", "failed"}, 280)
    assert client.get(place).json()["status_reason"] == "the script fit.py ran to its end"
    found = client.post("/api/2.0/mlflow/runs/search", json={"experiment_ids": [run.experiment_id]}).json()["runs"]
    tags = [{each["key"]: each["value"] for each in one["data"]["tags"]} for one in found]
    again = next(each for each in tags if each.get("cuvee.rebuilt_from") == run.id)
    assert (again["six"], again["near"]) == ("1.15.0", "in the commit")
    assert not (folder / "smudged").exists()


def committed(folder: Path, script: str) -> str:
    """A commit with the script and a module beside it; both are other files afterwards."""

    def git(*words: str) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        done = subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    (folder / "fit.py").write_text(script)
    (folder / "near.py").write_text("HERE = 'in the commit'\n")
    git("init", "-q")
    # What a checkout would run: it must not be run.
    (folder / ".gitattributes").write_text("*.py filter=evil\n")
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    git("config", "filter.evil.smudge", f"touch {folder / 'smudged'}; cat")
    for name in ("fit.py", "near.py"):
        (folder / name).write_text("HERE = 'now'\n")
    return git("rev-parse", "HEAD")


def test_kept_code_is_no_experiment_of_the_artifact_door(client, folder: Path, made):
    run = made({DIGEST: (digest := keep(folder, {"fit.py": ""}))})
    door = "/api/2.0/mlflow-artifacts/artifacts"

    assert client.get(f"{door}/.sources/{digest}").status_code == 404
    assert client.get(door, params={"path": ".sources"}).status_code == 404
    assert client.delete(f"{door}/.sources/{digest}").status_code == 404
    assert client.get(f"{address(run)}:rebuild").json()["code"] == "same"
