"""A real MLflow server beside ours, and interpreters with stock clients."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import pytest
from tests.conformance import environments
from tests.conformance.pair import Pair, Side
from tests.conftest import Running, running, wait_for

from cuvee.core.settings import Settings

RELEASES = ("3.17.2", "2.22.5")
_ONE_BY_ONE = """
import runpy, sys
scripts, sys.argv = sys.argv[1].split(), sys.argv[1:]
for script in scripts:
    runpy.run_path(script, run_name="__main__")
"""


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of MLflow's own server on SQLite, with one worker."""
    folder = tmp_path_factory.mktemp("mlflow-server")
    memory = Path("/dev/shm")  # MLflow's store syncs often; what it answers does not depend on the disk
    database = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else folder))
    python = environments.python_with(RELEASES[0])
    port = _free_port()
    log = (folder / "log").open("w")
    server = subprocess.Popen(
        [
            str(python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{database}/mlflow.db", "--artifacts-destination", f"{folder}/artifacts",
        ],
        cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"},
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: server.poll() is not None or _answers(url), 120)
        assert server.poll() is None, (folder / "log").read_text()
        _count_from(database / "mlflow.db", 900_000_000)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
        log.close()
        shutil.rmtree(database)


@pytest.fixture(scope="session")
def platforms(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    """One of ours on each database, at the same time: MLflow, which is slow, is asked only once."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(running(Settings(home=tmp_path_factory.mktemp("home"), port=0, database_url=url)))
            for url in ("", postgres())
        ]


@pytest.fixture(scope="session")
def shared_experiment(mlflow_server: str, platforms: list[Running]) -> list[dict[str, str]]:
    """What an experiment of each server is called: most tests need one, few change it."""
    with opened(mlflow_server, platforms) as pair:
        pair.experiment()
        return [side.names for side in pair.sides()]


@pytest.fixture
def both(mlflow_server: str, platforms: list[Running], shared_experiment: list[dict[str, str]]) -> Iterator[Pair]:
    """The same call to MLflow and to us, with an experiment `$exp` that is there already: see pair.py."""
    with opened(mlflow_server, platforms) as pair:
        for side, names in zip(pair.sides(), shared_experiment, strict=True):
            side.names.update(names)
        yield pair


@pytest.fixture(scope="module")
def open_pair(mlflow_server: str, platforms: list[Running]) -> Iterator[Pair]:
    """`both`, for what several tests look at and none changes."""
    with opened(mlflow_server, platforms) as pair:
        yield pair


@contextmanager
def opened(mlflow_server: str, platforms: list[Running]) -> Iterator[Pair]:
    with ExitStack() as stack:
        theirs = stack.enter_context(httpx.Client(base_url=mlflow_server, timeout=60))
        yield Pair(Side(theirs), [Side(stack.enter_context(ours.client())) for ours in platforms])


@pytest.fixture(scope="session", params=RELEASES)
def client_python(request: pytest.FixtureRequest) -> Path:
    """An interpreter with a stock client of each release."""
    return environments.python_with(request.param)


@pytest.fixture
def run_client(client_python: Path, platform: Running, tmp_path: Path) -> Callable[..., str]:
    """Runs scripts of `clients/` in a stock client's environment against our platform; gives what they printed."""

    def run(scripts: str, *arguments: str, workspace_path: str = "") -> str:
        """Scripts of one call, with spaces between, share a process: importing MLflow takes most of the time."""
        paths = [str(Path(__file__).parent / "clients" / name) for name in scripts.split()]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
        done = subprocess.run(
            [str(client_python), "-c", _ONE_BY_ONE, " ".join(paths), *arguments],
            cwd=tmp_path, capture_output=True, text=True, timeout=280, check=False,
            env={
                **environment,
                "MLFLOW_TRACKING_URI": platform.url + workspace_path,
                "MLFLOW_TRACKING_TOKEN": platform.api_key,
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "MPLBACKEND": "agg",
                "HOME": str(tmp_path),
                "GIT_PYTHON_REFRESH": "quiet",
            },
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def _count_from(path: Path, number: int) -> None:
    """Have MLflow number its experiments so that no id is a number that means something else."""
    with closing(sqlite3.connect(path)) as database, database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("SELECT * FROM experiments WHERE experiment_id = 0").fetchone())
        row.update(experiment_id=number, name="where the numbers begin", lifecycle_stage="deleted")
        marks = ", ".join("?" for _ in row)
        database.execute(f"INSERT INTO experiments ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def _free_port() -> int:

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
