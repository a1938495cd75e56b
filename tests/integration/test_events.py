"""Open pages hear of what is committed, and only of what they may see."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import Running, wait_for
from tests.integration import people, runs
from tests.integration.test_up import first_line, up

from cuvee.web.pages import events as page

TRACKING = "/api/2.0/mlflow"
REGISTRY = f"{TRACKING}/registered-models"
#: The jobs' scheduler listens as long as the platform is there.
OURS = 1


class Ear:
    """What an open page hears."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()
        assert next(self._lines) == "event: hello"
        assert next(self._lines) == "data: {}"

    def until(self, wanted: str) -> set[str]:
        """All that is heard until this topic is."""
        heard, deadline = set[str](), time.monotonic() + 10
        while wanted not in heard:
            line = next(self._lines)
            assert time.monotonic() < deadline, f"only {heard} was heard"
            if line.startswith("data: "):
                heard |= set(json.loads(line.removeprefix("data: "))["topics"])
        return heard


@contextmanager
def listening(client: httpx.Client, *topics: str) -> Iterator[Ear]:
    with client.stream("GET", "/events", params={"topics": list(topics)}, timeout=20) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Ear(response)


@pytest.fixture
def run(platform: Running, client: httpx.Client, unique: people.Unique) -> runs.Run:
    return runs.new_run(platform, client, unique)


def ok(reply: httpx.Response) -> Any:
    assert reply.status_code == 200, reply.text
    return reply.json()


def log(client: httpx.Client, run: runs.Run) -> None:
    metric = {"run_id": run.id, "key": "loss", "value": 0.5, "timestamp": time.time_ns() // 1_000_000, "step": 1}
    ok(client.post(f"{TRACKING}/runs/log-metric", json=metric))


def test_a_page_hears_of_a_run_that_is_logged_to(client: httpx.Client, run: runs.Run):
    with listening(client, f"run:{run.id}", f"experiment:{run.experiment_id}", "projects") as ear:
        log(client, run)

        assert ear.until(f"run:{run.id}") == {f"run:{run.id}", f"experiment:{run.experiment_id}"}


def post(path: str, **body: str) -> Callable[[httpx.Client, dict[str, str]], httpx.Response]:
    """A request whose body names things as `{run}`."""
    return lambda client, names: client.post(path, json={key: text.format(**names) for key, text in body.items()})


#: What is done → the topics that say so.
CHANGES = {
    "a run is tagged": (post(f"{TRACKING}/runs/set-tag", run_id="{run}", key="k", value="v"), "run:{run}"),
    "a run is deleted": (post(f"{TRACKING}/runs/delete", run_id="{run}"), "experiment:{experiment} project:{project}"),
    "a run ends": (post(f"{TRACKING}/runs/update", run_id="{run}", status="FINISHED"), "run:{run} experiments"),
    "a run begins": (post(f"{TRACKING}/runs/create", experiment_id="{experiment}"), "experiment:{experiment}"),
    "an experiment gets a tag": (
        post(f"{TRACKING}/experiments/set-experiment-tag", experiment_id="{experiment}", key="k", value="v"),
        "experiment:{experiment} experiments",
    ),
    "an experiment is deleted": (post(f"{TRACKING}/experiments/delete", experiment_id="{experiment}"), "experiments"),
    "a run logs a model": (
        post(f"{TRACKING}/logged-models", experiment_id="{experiment}", name="m", source_run_id="{run}"),
        "run:{run}",
    ),
    "a model is registered": (post(f"{REGISTRY}/create", name="{new}"), "models project:{project}"),
    "a model is tagged": (post(f"{REGISTRY}/set-tag", name="{model}", key="k", value="v"), "model:{model}"),
    "a model is renamed": (
        lambda client, names: client.post(
            f"{REGISTRY}/rename", json={"name": names["model"], "new_name": names["new"]}
        ),
        "model:{model} models",
    ),
    "a version is made": (
        post(f"{TRACKING}/model-versions/create", name="{model}", source="{source}", run_id="{run}"),
        "model:{model} run:{run}",
    ),
    "a project is changed": (
        lambda client, names: client.patch(f"/api/v2/projects/{names['project']}", json={"description": names["new"]}),
        "projects project:{project}",
    ),
    "an endpoint is made": (
        lambda client, names: client.post(
            f"/api/v2/projects/{names['project']}/models", json={"name": names["new"], "description": ""}
        ),
        "deployments project:{project}",
    ),
    "a key is made": (
        lambda client, names: client.post(f"/api/v2/users/{names['me']}/v2_keys", json={"comments": "x"}),
        "user:{my_id}",
    ),
}


@pytest.fixture
def names(platform: Running, client: httpx.Client, run: runs.Run, unique: people.Unique) -> dict[str, str]:
    me = ok(client.post("/api/v2/auth/validate_key", json={}))["username"]
    model = unique("model")
    ok(client.post(f"{REGISTRY}/create", json={"name": model}))
    users = ok(client.get("/api/v2/users", params={"page_size": 1000}))["users"]
    return {
        "run": run.id, "experiment": run.experiment_id, "project": run.project_id, "source": run.model(),
        "model": model, "new": unique("new"), "me": me,
        "my_id": next(user["id"] for user in users if user["username"] == me),
    }  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_is_told_under_its_topics(client: httpx.Client, names: dict[str, str], what: str):
    change, expected = CHANGES[what]
    topics = set(expected.format(**names).split())
    with listening(client, *topics) as ear:
        ok(change(client, names))

        assert ear.until(min(topics)) == topics


def test_a_stranger_hears_nothing_of_a_private_project(platform: Running, client: httpx.Client, unique: people.Unique):
    project = ok(client.post("/api/v2/projects", json={"name": unique("private")}))
    run = runs.new_run(platform, client, unique, project["name"])
    private = [f"run:{run.id}", f"experiment:{run.experiment_id}", f"project:{project['id']}"]
    with people.user(platform, unique("stranger")) as stranger, listening(stranger, *private, "experiments") as ear:
        log(client, run)
        ok(client.post(f"{TRACKING}/runs/delete", json={"run_id": run.id}))

        assert ear.until("experiments") == {"experiments"}


def test_a_removed_collaborator_hears_no_more(
    platform: Running, client: httpx.Client, unique: people.Unique, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(page, "_CHECKED", 0.05)
    project, name = ok(client.post("/api/v2/projects", json={"name": unique("private")})), unique("guest")
    run = runs.new_run(platform, client, unique, project["name"])
    seat = f"/api/v2/projects/{project['id']}/collaborators/{name}"
    with people.user(platform, name) as guest:
        ok(client.put(seat, json={"permission": "read"}))
        with listening(guest, f"run:{run.id}", "projects", "models") as ear:
            log(client, run)
            ear.until(f"run:{run.id}")
            ok(client.delete(seat))
            ear.until("projects")
            time.sleep(0.2)  # the next look at the rights is a matter of time
            log(client, run)
            ok(client.post(f"{REGISTRY}/create", json={"name": unique("model")}))

            assert ear.until("models") == {"models"}


def test_nothing_is_left_of_pages_that_were_closed(platform: Running, client: httpx.Client):
    wait_for(lambda: platform.events.count == OURS)
    with ExitStack() as open_pages:
        ears = [open_pages.enter_context(listening(client, "projects", "experiments")) for _ in range(20)]
        assert (len(ears), platform.events.count) == (20, 20 + OURS)

    wait_for(lambda: platform.events.count == OURS)


@pytest.mark.parametrize("topics", [[], [f"run:{number}" for number in range(51)]], ids=["none", "too many"])
def test_who_asks_for_none_or_too_many_is_told(client: httpx.Client, topics: list[str]):
    assert client.get("/events", params={"topics": topics}).status_code == 400


@pytest.mark.parametrize(
    "odd", ["", "cheese:1", "run:\0", "build:\0", "deployment:..", "model:\0", "user:\0", "project:'"]
)
def test_topics_of_nothing_are_silent(client: httpx.Client, unique: people.Unique, odd: str):
    with listening(client, odd, "models") as ear:
        ok(client.post(f"{REGISTRY}/create", json={"name": unique("model")}))

        assert ear.until("models") == {"models"}


def test_the_platform_ends_at_once_however_many_pages_are_open(tmp_path: Path):
    with up(tmp_path) as process, ExitStack() as open_pages:
        first_line(process)
        connection = json.loads((tmp_path / "connection.json").read_text())
        headers = {"authorization": f"Bearer {connection['api_key']}"}
        client = open_pages.enter_context(httpx.Client(base_url=connection["url"], headers=headers))
        ears = [open_pages.enter_context(listening(client, "projects")) for _ in range(5)]
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=30) == 0
        # The server waits ten seconds for what is open.
        assert time.monotonic() - begun < 9, f"{len(ears)} pages held it up"
