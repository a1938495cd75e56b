"""Several server processes of one platform: whoever answers, it is the same platform."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from tests.conftest import wait_for
from tests.integration.test_up import first_line, up

CLIENTS = 12
STEPS = 30
LOG = "/api/2.0/mlflow/runs/log-metric"
BATCH = "/api/2.0/mlflow/runs/log-batch"


class Several:
    """A platform of three processes."""

    def __init__(self, home: Path, pid: int) -> None:
        connection = json.loads((home / "connection.json").read_text())
        self.url: str = connection["url"]
        self.headers = {"authorization": f"Bearer {connection['api_key']}"}
        self.first = psutil.Process(pid)

    @property
    def workers(self) -> list[psutil.Process]:
        """Those that answer, because they listen."""
        return [each for each in self.first.children() if _listens(each)]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=60)

    def new_run(self) -> str:
        with self.client() as client:
            made = client.post("/api/2.0/mlflow/runs/create", json={"experiment_id": "0"}).json()
            return made["run"]["info"]["run_id"]

    def answering(self, client: httpx.Client) -> int:
        """The process at the other end of the client's connection."""
        client.get("/health")
        [stream] = list(client._transport._pool.connections)
        port = stream._connection._network_stream.get_extra_info("client_addr")[1]
        ours = [self.first, *self.workers]
        held = {c.raddr.port: each.pid for each in ours for c in each.net_connections() if c.raddr}
        return held[port]


def _listens(process: psutil.Process) -> bool:
    try:
        connections = process.net_connections() if "cuvee.workers" in process.cmdline() else []
    except psutil.NoSuchProcess:
        return False
    return any(connection.status == psutil.CONN_LISTEN for connection in connections)


@pytest.fixture(scope="module")
def several(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Several]:
    home = tmp_path_factory.mktemp("several")
    with up(home, "--workers", "3", CUVEE_DATABASE_URL=postgres()) as process:
        first_line(process)
        several = Several(home, process.pid)
        wait_for(lambda: len(several.workers) == 2)
        yield several
        process.terminate()
        process.communicate(timeout=60)


def test_what_many_log_to_one_run_through_all_of_them_is_right(several: Several):
    run_id = several.new_run()

    def log(number: int) -> int:
        with several.client() as client:
            for step in range(STEPS):
                point = {"key": "loss", "value": step + number / 100, "timestamp": number, "step": step}
                client.post(LOG, json={"run_id": run_id, **point}).raise_for_status()
                same = {"run_id": run_id, "metrics": [point, {**point, "key": f"own-{number}"}]}
                client.post(BATCH, json=same).raise_for_status()
            return several.answering(client)

    with ThreadPoolExecutor(CLIENTS) as clients:
        answered = Counter(clients.map(log, range(CLIENTS)))

    with several.client() as client:
        run = client.get("/api/2.0/mlflow/runs/get", params={"run_id": run_id}).json()["run"]["data"]
        asked = {"run_id": run_id, "metric_key": "loss", "max_results": 25_000}
        points = client.get("/api/2.0/mlflow/metrics/get-history", params=asked).json()["metrics"]
    last = {metric["key"]: metric["value"] for metric in run["metrics"]}
    assert len(points) == CLIENTS * STEPS
    assert last["loss"] == STEPS - 1 + (CLIENTS - 1) / 100
    assert len(last) == 1 + CLIENTS
    assert len(answered) > 1


def test_what_a_worker_does_not_answer_itself_is_answered_all_the_same(several: Several):
    def asked(number: int) -> tuple[int, int, str]:
        with several.client() as client:
            made = client.post("/api/v2/projects", json={"name": f"made-{number}"}).json()
            found = client.get(f"/api/v2/projects/{made['id']}").json()["name"]
            missing = client.get("/no-such-page", headers={"accept": "application/json"}).status_code
            return several.answering(client), missing, found

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(asked, range(CLIENTS)))

    assert [found for _pid, _missing, found in answers] == [f"made-{number}" for number in range(CLIENTS)]
    assert {missing for _pid, missing, _found in answers} == {404}
    assert len({pid for pid, _missing, _found in answers}) > 1


def test_a_strangers_host_name_is_refused_by_each(several: Several):
    for _ in range(CLIENTS):
        with several.client() as client:
            assert client.get("/health", headers={"host": "evil.example"}).status_code == 403


def test_open_pages_hear_of_what_any_of_them_wrote(several: Several):
    run_id = several.new_run()
    with (
        several.client() as listener,
        listener.stream("GET", "/events", params={"topics": f"run:{run_id}"}) as events,
        ThreadPoolExecutor(1) as logging,
    ):
        lines = events.iter_lines()
        next(lines)
        for worker in [each.pid for each in several.workers]:
            logging.submit(through(several, worker, run_id)).result()
            assert any(f"run:{run_id}" in line for line in lines)


def through(several: Several, worker: int, run_id: str) -> Callable[[], None]:
    """Log a metric by a connection to this worker."""

    def log() -> None:
        while True:
            with several.client() as client:
                if several.answering(client) == worker:
                    point = {"run_id": run_id, "key": "m", "value": worker, "timestamp": 1, "step": worker}
                    client.post(LOG, json=point).raise_for_status()
                    return

    return log


def test_a_worker_that_is_killed_is_replaced(several: Several):
    lost = several.workers[0].pid
    os.kill(lost, signal.SIGKILL)

    wait_for(lambda: len(several.workers) == 2 and lost not in {each.pid for each in several.workers})
    run_id = several.new_run()
    for step in range(CLIENTS):
        with several.client() as client:
            client.post(LOG, json={"run_id": run_id, "key": "m", "value": 1, "timestamp": 1, "step": step})
    with several.client() as client:
        asked = {"run_id": run_id, "metric_key": "m"}
        assert len(client.get("/api/2.0/mlflow/metrics/get-history", params=asked).json()["metrics"]) == CLIENTS


def test_workers_end_with_a_first_process_that_was_killed(postgres: Callable[[], str], tmp_path: Path):
    with up(tmp_path, "--workers", "2", CUVEE_DATABASE_URL=postgres()) as process:
        first_line(process)
        several = Several(tmp_path, process.pid)
        wait_for(lambda: several.workers)
        [worker] = several.workers
        process.kill()

        wait_for(lambda: not _listens(worker))
