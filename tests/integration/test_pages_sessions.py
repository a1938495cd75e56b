"""The pages of sessions, and the transcript that the Workbench follows, over HTTP."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest
from tests.conftest import Running, wait_for
from tests.integration import people

from cuvee.runtimes.values import Environment

HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def project(platform: Running) -> dict:
    with platform.client() as client:
        return client.post("/api/v2/projects", json={"name": f"wb-{uuid4().hex[:8]}"}).json()


@pytest.fixture(scope="module")
def session(platform: Running, project: dict, base: Environment) -> Iterator[str]:
    """A session that was started with the form; its path in API v2."""
    with platform.client() as client:
        form = {"name": "By form", "editor": "Workbench", "kernel": _kernel(client), "environment": "A=b=c"}
        reply = client.post(f"/projects/{project['name']}/sessions", data=form)
        assert reply.status_code == 303, reply.text
        path = f"/api/v2/projects/{project['id']}{reply.headers['location']}"
        wait_for(lambda: client.get(path).json()["status"] == "running", 120)
        yield path
        client.post(f"{path}:stop")


@pytest.fixture
def page(session: str) -> str:
    return "/sessions/" + session.rsplit("/", 1)[1]


def _kernel(client: httpx.Client) -> str:
    return client.get("/api/v2/runtimes").json()["runtimes"][0]["kernel"]


def run(client: httpx.Client, session: str, code: str) -> str:
    asked = client.post(f"{session}:run", json={"code": code}).json()["id"]
    wait_for(lambda: client.get(f"{session}/executions/{asked}").json()["finished_at"])
    return asked


def told(
    client: httpx.Client, session: str, until: Callable[[str, dict], bool], after: str = ""
) -> list[tuple[str, dict]]:
    """What the stream tells until something holds."""
    pieces = []
    head = {"accept": "text/event-stream"}
    with client.stream("GET", f"{session}/transcript", params={"after": after}, headers=head) as reply:
        name = ""
        for line in reply.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                pieces.append((name, json.loads(line.removeprefix("data: "))))
                if until(*pieces[-1]):
                    break
    return pieces


def ended(execution: str) -> Callable[[str, dict], bool]:
    return lambda name, told: name == "output" and told["execution"] == execution and told["type"] == "end"


def test_a_session_that_the_form_starts_has_what_was_chosen(client: httpx.Client, session: str):
    made = client.get(session).json()

    assert made["name"] == "By form"
    assert json.loads(made["environment"]) == {"A": "b=c"}


def test_the_lists_show_a_session_and_where_it_is(client: httpx.Client, session: str, project: dict):
    for url in ("/sessions", f"/projects/{project['name']}/sessions"):
        assert "By form" in client.get(url, headers=HTML).text


def test_the_form_comes_back_with_what_was_written_and_what_is_wrong(client: httpx.Client, project: dict):
    wrong = {"name": "keep me", "editor": "Workbench", "kernel": _kernel(client), "environment": "no equals sign"}
    reply = client.post(f"/projects/{project['name']}/sessions", data=wrong, headers=HTML)

    assert reply.status_code == 400
    assert "NAME=value" in reply.text
    assert 'value="keep me"' in reply.text


@pytest.mark.parametrize(
    "wrong", [{"kernel": "Python 2.7"}, {"profile": "900/1"}, {"profile": "a/b"}, {"idle_minutes": "soon"}]
)
def test_a_wish_that_cannot_be_met_is_refused(client: httpx.Client, project: dict, wrong: dict):
    form = {"editor": "Workbench", "kernel": _kernel(client), **wrong}

    assert client.post(f"/projects/{project['name']}/sessions", data=form, headers=HTML).status_code == 400


def test_a_stranger_finds_neither_the_page_nor_the_transcript(platform: Running, session: str, page: str):
    with platform.client("") as stranger:
        assert stranger.get(page).status_code in {302, 303, 401}
        assert stranger.get(f"{session}/transcript").status_code == 401


def test_the_transcript_tells_what_was_run_and_what_it_said(client: httpx.Client, session: str):
    asked = run(client, session, "print('told')")
    pieces = told(client, session, ended(asked))

    assert [name for name, _ in pieces][:2] == ["beginning", "session"]
    said = [piece["text"] for _, piece in pieces if piece.get("execution") == asked and "text" in piece]
    assert "".join(said) == "told\n"


def test_a_follower_that_comes_back_is_told_what_it_missed_and_no_more(client: httpx.Client, session: str):
    first, second = run(client, session, "print(1, end='')"), run(client, session, "print(2, end='')")
    pieces = told(client, session, ended(second), after=f"{first}:1")
    texts = [piece["text"] for name, piece in pieces if name == "output" and piece["type"] == "stream"]

    assert texts == ["2"]


def test_two_followers_hear_the_same_as_it_happens(client: httpx.Client, session: str):
    def listen() -> tuple[str, dict]:
        return told(client, session, lambda _name, piece: piece.get("text") == "both")[-1]

    with ThreadPoolExecutor() as pool:
        listeners = [pool.submit(listen) for _ in range(2)]
        run(client, session, "print('both', end='')")  # a kernel may send a line's end by itself
    heard = [each.result() for each in listeners]

    assert heard[0] == heard[1]


def test_of_long_output_a_page_is_sent_the_end(client: httpx.Client, session: str):
    asked = run(client, session, "for i in range(40):\n    print('x' * 100_000, flush=True)")
    pieces = told(client, session, ended(asked))
    numbers = [piece["n"] for name, piece in pieces if name == "output" and piece["execution"] == asked]

    assert numbers[0] > 1
    assert numbers == list(range(numbers[0], numbers[-1] + 1))


def test_what_is_said_fast_is_kept_whole(client: httpx.Client, session: str):
    asked = run(client, session, "for i in range(100_000):\n    print('x' * 99)")

    assert len(client.get(f"{session}/executions/{asked}/text").text) == 100 * 100_000


def test_who_may_see_the_project_follows_a_session_but_runs_nothing(
    platform: Running, client: httpx.Client, session: str, page: str, unique: Callable[[str], str]
):
    asked = run(client, session, "print('for all')")
    project, name = session.split("/")[4], unique("anna")
    with people.user(platform, name) as anna:
        collaborator = f"/api/v2/projects/{project}/collaborators/{name}"
        assert client.put(collaborator, json={"permission": "read"}).status_code == 200

        assert told(anna, session, ended(asked))
        assert "Only" in anna.get(page, headers=HTML).text
        assert anna.post(f"{session}:run", json={"code": "1"}).status_code == 403
        assert anna.post(f"{session}:complete", json={"code": "1", "cursor_pos": 1}).status_code == 403
        assert anna.post(f"{page}/-/stop").status_code == 403


def test_the_whole_transcript_is_there_as_text(client: httpx.Client, session: str):
    run(client, session, "def f():\n    return 'whole'\nprint(f())")

    assert ">>> def f():\n...     return 'whole'\n... print(f())\nwhole\n" in client.get(f"{session}/transcript").text


def test_the_kernel_completes_and_explains_names(client: httpx.Client, session: str):
    run(client, session, "some_long_name = 1")
    found = client.post(f"{session}:complete", json={"code": "some_lo", "cursor_pos": 7}).json()
    help_on = client.post(f"{session}:inspect", json={"code": "print", "cursor_pos": 5}).json()

    assert "some_long_name" in found["matches"]
    assert (found["cursor_start"], found["cursor_end"]) == (0, 7)
    assert help_on["found"]
    assert "sep" in help_on["text"]


def test_a_busy_kernel_says_so_instead_of_keeping_one_waiting(client: httpx.Client, session: str):
    asked = client.post(f"{session}:run", json={"code": "import time; time.sleep(30)"}).json()["id"]
    wait_for(lambda: client.get(f"{session}/executions/{asked}").json()["running_at"])
    refused = client.post(f"{session}:complete", json={"code": "pri", "cursor_pos": 3})
    client.post(f"{session}:interrupt")

    assert refused.status_code == 409
    assert "busy" in refused.json()["message"]


def test_a_folder_is_made_by_its_type(client: httpx.Client, project: dict):
    url = f"/api/v2/projects/{project['id']}/files"
    made = client.put(f"{url}/a/b", headers={"content-type": "inode/directory"})

    assert made.status_code == 200
    assert client.get(f"{url}/a").json()["files"][0] == {**made.json()["files"][0], "path": "a/b", "is_dir": True}


@pytest.mark.usefixtures("base")
def test_a_session_that_has_ended_starts_again_with_the_same_settings(client: httpx.Client, project: dict):
    form = {"name": "again", "editor": "Workbench", "kernel": _kernel(client), "idle_minutes": "7"}
    first = client.post(f"/projects/{project['name']}/sessions", data=form).headers["location"]
    client.post(f"{first}/-/stop")
    wait_for(lambda: client.get(f"/api/v2/projects/{project['id']}{first}").json()["status"] == "stopped", 120)
    second = client.post(f"{first}/-/start-again").headers["location"]
    made = client.get(f"/api/v2/projects/{project['id']}{second}").json()
    client.post(f"{second}/-/stop")

    assert (made["name"], made["idle_minutes"]) == ("again", 7)
    assert second != first
