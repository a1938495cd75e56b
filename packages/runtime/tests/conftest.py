import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import settings
from wine import COLUMNS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # MLflow warns while it is imported
    from cuvee_runtime.scoring import command, pyfunc
    from cuvee_runtime.scoring.values import Settings

# A test that a busy machine makes slow has not failed, and what a run says depends on the code alone: `just fuzz` looks
# where no run has looked yet.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, max_examples=3_000)
settings.load_profile("steady")

HERE = Path(__file__).parent
MODELS = ["wine", "unsigned", "tensor", "boosted", "failing", "powers", "mirror", "totals", "hinted"]
MODELS += ["labels", "shares", "trusted"]
WINE = {
    "columns": COLUMNS,
    "data": [[12.8, 0.029, 0.48, 0.98, 6.2, 29, 3.33, 1.2, 0.39, 75, 0.66]],
}


def pytest_configure(config):
    # MLflow and the libraries of models warn on import and on load; that is not about this code.
    for module in ("mlflow", "sklearn", "pandas", "google", "pydantic"):
        config.addinivalue_line("filterwarnings", f"ignore:::{module}")
        config.addinivalue_line("filterwarnings", f"ignore:::{module}[.].*")


def wait_for(condition, seconds=120):
    """Until the condition gives something true, and that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        threading.Event().wait(0.01)
    raise TimeoutError


def make_models(python, folder, names):
    subprocess.run([python, HERE / "make_models.py", folder, *names], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder with a model of each kind, saved by the MLflow of this environment."""
    return make_models(sys.executable, tmp_path_factory.mktemp("models"), MODELS)


@pytest.fixture(scope="session")
def serve(models):
    """Serve a saved model in this process, over real HTTP; a client of it. Each is started once."""
    with ExitStack() as stack:
        clients = {}

        def client(name, **settings):
            key = (name, *settings.items())
            if key not in clients:
                clients[key] = stack.enter_context(serving(pyfunc.load(str(models / name)), name=name, **settings))
            return clients[key]

        yield client


@contextmanager
def serving(servable, **settings):
    """A servable behind a server of its own thread."""
    logging.getLogger("cuvee_runtime.scoring").setLevel(logging.INFO)
    settings = Settings(**{"name": "model", "replica": "replica-1", "drain": 5} | settings)
    server = command.server(servable, settings)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as client:
        yield client
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


class Replica:
    """A scoring server in a process of its own, as the platform starts it."""

    def __init__(self, folder, *arguments, python=sys.executable, token=None):
        self.port_file = folder / "port.json"
        self.log = folder / "stderr.txt"
        environment = {**os.environ, **({"CUVEE_REPLICA_TOKEN": token} if token is not None else {})}
        command = [python, "-m", "cuvee_runtime.scoring", "--name", "m", "--replica", "r-1", *map(str, arguments)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--port-file", str(self.port_file)], env=environment, stderr=log, cwd=folder
            )

    def client(self):
        wait_for(lambda: self.port_file.exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text()
        written = json.loads(self.port_file.read_text())
        assert written["pid"] == self.process.pid
        return httpx.Client(base_url=f"http://127.0.0.1:{written['port']}", timeout=30)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def replica(tmp_path):
    """Start a replica; it is ended with the test."""
    started = []

    def start(*arguments, **options):
        started.append(Replica(tmp_path, *arguments, **options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
