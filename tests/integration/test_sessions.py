"""Sessions over HTTP, with real environments, servers and kernels."""

import json
from collections.abc import Callable, Iterator
from uuid import uuid4

import httpx
import pytest
from tests.conftest import Running, wait_for

from cuvee.runtimes.values import Environment

END = {"succeeded", "failed", "interrupted", "lost"}


class Session:
    """A session as a script drives it."""

    def __init__(self, client: httpx.Client, project: str, **asked: object) -> None:
        self.client = client
        self.project = f"/api/v2/projects/{project}"
        made = client.post(f"{self.project}/sessions", json=asked)
        assert made.status_code == 200, made.text
        self.id = made.json()["id"]
        self.path = f"{self.project}/sessions/{self.id}"

    @classmethod
    def known(cls, client: httpx.Client, shown: dict) -> "Session":
        """A session that was started in another way."""
        session = cls.__new__(cls)
        session.client, session.id = client, shown["id"]
        session.project = f"/api/v2/projects/{shown['project_id']}"
        session.path = f"{session.project}/sessions/{session.id}"
        return session

    @property
    def now(self) -> dict:
        return self.client.get(self.path).json()

    def reach(self, *states: str) -> dict:
        wait_for(lambda: self.now["status"] in {*states, "failed", "stopped"}, 240)
        assert self.now["status"] in states, self.now["status_reason"]
        return self.now

    def ask(self, **what: object) -> dict:
        asked = self.client.post(f"{self.path}:run", json=what)
        assert asked.status_code == 200, asked.text
        return asked.json()

    def execution(self, asked: dict) -> dict:
        return self.client.get(f"{self.path}/executions/{asked['id']}").json()

    def finished(self, asked: dict) -> dict:
        wait_for(lambda: self.execution(asked)["status"] in END, 120)
        return self.execution(asked)

    def run(self, code: str) -> str:
        return self.text(self.finished(self.ask(code=code)))

    def events(self, asked: dict, after: int = 0) -> list[dict]:
        path = f"{self.path}/executions/{asked['id']}/events"
        return self.client.get(path, params={"after": after}).json()["events"]

    def text(self, asked: dict) -> str:
        return "".join(event["text"] for event in self.events(asked) if event["type"] == "stream")

    def stop(self) -> dict:
        self.client.post(f"{self.path}:stop")
        wait_for(lambda: self.now["status"] in {"stopped", "failed"})
        return self.now


@pytest.fixture(scope="module")
def project(platform: Running) -> str:
    with platform.client() as client:
        made = client.post(
            "/api/v2/projects", json={"name": f"sessions-{uuid4().hex[:8]}", "environment": {"A": "p", "B": "p"}}
        )
        wait_for(lambda: client.get(f"/api/v2/projects/{made.json()['id']}").json()["creation_status"] == "success")
        return made.json()["id"]


@pytest.fixture(scope="module")
def session(platform: Running, project: str, base: Environment) -> Iterator[Session]:
    """One session for all tests of this module: what one defines, another may see."""
    with platform.client() as client:
        session = Session(client, project, name="shared", environment={"B": "s"}, idle_minutes=0)
        session.reach("running")
        yield session
        session.stop()


@pytest.fixture
def write(client: httpx.Client, project: str) -> Callable[[str, str], None]:
    """Puts a file into the project."""

    def put(path: str, text: str) -> None:
        reply = client.put(f"/api/v2/projects/{project}/files/{path}", content=text.encode())
        assert reply.status_code == 200, reply.text

    return put


def test_code_of_one_session_shares_its_variables(session: Session):
    session.run("x = 41")

    assert session.run("print(x + 1)") == "42\n"


def test_a_whole_file_runs_with_ipython_syntax(session: Session, write):
    write(
        "code/one.py", "import os, sys\n!echo from the shell\ny = 7\nprint(os.path.basename(__file__), sys.argv[1:])\n"
    )
    done = session.finished(session.ask(file="code/one.py", arguments=["a b"]))

    assert done["status"] == "succeeded"
    assert session.text(done).splitlines() == ["from the shell", "one.py ['a b']"]
    assert session.run("print(y)") == "7\n"


def test_values_and_pictures_are_events_of_their_own(session: Session):
    done = session.finished(session.ask(code="import matplotlib.pyplot as p; p.plot([1]); p.show()\n1 + 1"))
    events = {event["type"]: event for event in session.events(done)}

    assert events["result"]["data"]["text/plain"] == "2"
    assert "image/png" in events["display"]["data"]
    assert [event["n"] for event in session.events(done)] == list(range(1, len(session.events(done)) + 1))


@pytest.mark.parametrize(
    ("code", "status"),
    [("import sys; sys.exit(0)", "succeeded"), ("import sys; sys.exit()", "succeeded"), ("pass", "succeeded"),
     ("import sys; sys.exit(3)", "failed"), ("1/0", "failed"), ("def (", "failed")],
)  # fmt: skip
def test_how_it_ended_is_how_it_ended(session: Session, code: str, status: str):
    assert session.finished(session.ask(code=code))["status"] == status


def test_output_is_also_there_as_a_terminal_shows_it(session: Session):
    done = session.finished(session.ask(code="print('a')\n1 + 1"))

    assert session.client.get(f"{session.path}/executions/{done['id']}/text").text == "a\n2\n"
    assert session.now["kernel"].startswith("Python 3.")


def test_a_run_knows_the_session_that_made_it_and_what_was_printed(session: Session):
    code = """
import mlflow
mlflow.set_experiment("console")
with mlflow.start_run() as run:
    print("\\x1b[31mtraining with care\\x1b[0m")
print(run.info.experiment_id, run.info.run_id)
"""
    printed = session.run(code).splitlines()[-1]
    experiment_id, run_id = printed.split()

    page = session.client.get(f"/experiments/{experiment_id}/runs/{run_id}").text

    assert "training with care" in page
    assert "\x1b" not in page
    assert f'href="/sessions/{session.id}"' in page


def test_a_failure_comes_with_its_traceback(session: Session):
    done = session.finished(session.ask(code="1/0"))
    error = next(event for event in session.events(done) if event["type"] == "error")

    assert done["status_reason"] == "ZeroDivisionError: division by zero"
    assert error["ename"] == "ZeroDivisionError"
    assert error["traceback"]


def test_an_interrupt_ends_what_runs(session: Session):
    asked = session.ask(code="import time\nprint('on', flush=True)\nwhile True: time.sleep(0.01)")
    wait_for(lambda: session.text(asked))
    waiting = session.ask(code="print('next')")
    session.client.post(f"{session.path}:interrupt")

    assert session.finished(asked)["status"] == "interrupted"
    assert session.text(session.finished(waiting)) == "next\n"


def test_output_is_a_stream_that_can_be_taken_up_again(session: Session):
    asked = session.ask(code="for i in range(3): print(i, flush=True)")
    session.finished(asked)
    path = f"{session.path}/executions/{asked['id']}/events"
    whole = session.client.get(path, headers={"accept": "text/event-stream"}).text
    rest = session.client.get(path, headers={"accept": "text/event-stream", "last-event-id": "1"}).text

    assert whole.startswith("id: 1\nevent: stream\ndata: {")
    assert whole.rstrip().split("event: ")[-1].startswith("end\n")
    assert rest == whole.split("\n\n", 1)[1]


def test_output_is_streamed_while_it_is_made(session: Session):
    asked = session.ask(code="import time\nprint('first', flush=True)\nwhile True: time.sleep(0.01)")
    path = f"{session.path}/executions/{asked['id']}/events"
    with session.client.stream("GET", path, headers={"accept": "text/event-stream"}) as stream:
        lines = stream.iter_lines()
        data = next(line for line in lines if line.startswith("data: "))
        session.client.post(f"{session.path}:interrupt")
        last = [line for line in lines if line.startswith("data: ")][-1]

    assert json.loads(data[6:])["text"].startswith("first")
    assert json.loads(last[6:])["state"] == "interrupted"


def test_its_environment_speaks_cmls_language(session: Session, platform: Running, project: str):
    seen = json.loads(session.run("import os, json; print(json.dumps(dict(os.environ)))"))

    assert (seen["A"], seen["B"]) == ("p", "s")
    assert seen["CDSW_PROJECT_ID"] == project
    assert seen["CDSW_ENGINE_ID"] == seen["CUVEE_SESSION_ID"] == session.id
    assert seen["MLFLOW_TRACKING_URI"] == platform.url
    assert (seen["CDSW_CPU_MILLICORES"], seen["CDSW_MEMORY_MB"], seen["OMP_NUM_THREADS"]) == ("1000", "2048", "1")
    assert seen["HOME"] == str(platform.home / "projects" / project)
    assert "CUVEE_HOME" not in seen


def test_its_key_opens_its_project_alone(session: Session, platform: Running, client: httpx.Client, project: str):
    key = session.run("import os; print(os.environ['CDSW_APIV2_KEY'])").strip()
    other = client.post("/api/v2/projects", json={"name": f"other-{uuid4().hex[:8]}"}).json()["id"]
    with platform.client(key) as inside:
        assert inside.get(f"/api/v2/projects/{project}").status_code == 200
        assert inside.get(f"/api/v2/projects/{other}").status_code == 404


def test_mlflow_logs_into_the_project_without_being_told(session: Session, write):
    write("log.py", "import mlflow\nmlflow.set_experiment('from-a-session')\nmlflow.log_metric('m', 1)\n")
    done = session.finished(session.ask(file="log.py"))
    found = session.client.get(f"{session.project}/experiments").json()

    assert done["status"] == "succeeded", session.events(done)
    assert session.run("print(mlflow.search_runs()['metrics.m'][0])") == "1.0\n"
    assert "from-a-session" in [experiment["name"] for experiment in found["experiments"]]


def test_its_jupyter_server_answers_through_the_proxy(session: Session, platform: Running):
    path = session.now["proxy_path"]
    kernels = session.client.get(f"{path}api/kernels").json()

    assert [kernel["id"] for kernel in kernels] == [session.now["kernel_id"]]
    assert httpx.get(f"{platform.url}{path}api/kernels").status_code == 401


@pytest.mark.parametrize(
    "body",
    [{}, {"file": "a.py", "code": "1"}, {"file": "../x.py"}, {"file": "/etc/passwd"}, {"file": "no.py"}, {"code": 5}],
)
def test_what_cannot_be_run_is_refused(session: Session, body: dict):
    assert session.client.post(f"{session.path}:run", json=body).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"cpu": -1},
        {"memory": 1e9},
        {"name": "a\nb"},
        {"environment": {"1A": "x"}},
        {"idle_minutes": -1},
        {"name": "x" * 200},
        {"runtime_addon_identifiers": ["spark-9"]},
        {"runtime_addon_identifiers": ["spark-4.0", "spark-3.5"]},
    ],
)
def test_a_session_that_cannot_be_is_refused(client: httpx.Client, project: str, body: dict):
    assert client.post(f"/api/v2/projects/{project}/sessions", json=body).status_code == 400


def test_an_unknown_runtime_or_session_is_not_found(client: httpx.Client, project: str):
    path = f"/api/v2/projects/{project}/sessions"

    assert client.post(path, json={"runtime_identifier": "no/such"}).status_code == 404
    assert client.get(f"{path}/aaaa-aaaa-aaaa-aaaa").status_code == 404
    assert client.get("/sessions/aaaa-aaaa-aaaa-aaaa/proxy/api").status_code == 409
    assert client.get("/session-proxy/aaaa-aaaa-aaaa-aaaa").status_code in {404, 409}


def test_a_stopped_session_gives_its_key_back_and_keeps_its_output(
    client: httpx.Client, platform: Running, project: str
):
    session = Session(client, project)
    session.reach("running")
    key = session.run("import os; print(os.environ['CDSW_APIV2_KEY'])").strip()
    running = session.ask(code="import time\nwhile True: time.sleep(0.01)")

    assert session.stop()["status"] == "stopped"
    assert session.execution(running)["status"] in {"failed", "interrupted"}
    assert session.events(running)[-1]["type"] == "end"
    with platform.client(key) as inside:
        assert inside.get(f"/api/v2/projects/{project}").status_code == 401
    assert session.client.post(f"{session.path}:run", json={"code": "1"}).status_code == 409


def test_a_restarted_kernel_has_forgotten(client: httpx.Client, project: str):
    session = Session(client, project)
    session.reach("running")
    session.run("z = 1")
    session.client.post(f"{session.path}:restart")

    assert session.finished(session.ask(code="z"))["status_reason"].startswith("NameError")
    session.stop()


def test_a_session_takes_code_as_soon_as_it_is_said_to_run(client: httpx.Client, project: str):
    session = Session(client, project)
    with client.stream("GET", f"{session.path}/transcript", headers={"accept": "text/event-stream"}) as told:
        next(line for line in told.iter_lines() if '"status":"running"' in line)
        reply = client.post(f"{session.path}:run", json={"code": "1"})

    assert reply.status_code == 200, reply.text
    session.stop()


def test_an_idle_session_is_stopped_and_says_why(client: httpx.Client, project: str):
    session = Session(client, project, idle_minutes=0.02)
    wait_for(lambda: session.now["status"] == "stopped", 240)

    assert session.now["status_reason"] == "idle for 0.02 minutes"


def test_a_session_stopped_while_it_starts_ends(client: httpx.Client, project: str):
    assert Session(client, project).stop()["status"] == "stopped"


def test_a_server_that_dies_is_a_failure_with_a_reason(client: httpx.Client, project: str):
    session = Session(client, project)
    session.reach("running")
    session.client.post(
        f"{session.path}:run", json={"code": "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"}
    )
    wait_for(lambda: session.now["status"] == "failed")

    assert session.now["status_reason"] == "ended by SIGKILL"
