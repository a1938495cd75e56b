"""Bad days: killed while writing, no room on the disk. What was acknowledged is there afterwards."""

import json
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from tests.conftest import wait_for
from tests.integration.test_up import first_line, up

MLFLOW = "/api/2.0/mlflow"


@contextmanager
def owner_of(home: Path) -> Iterator[httpx.Client]:
    connection = json.loads((home / "connection.json").read_text())
    headers = {"authorization": f"Bearer {connection['api_key']}"}
    with httpx.Client(base_url=connection["url"], headers=headers, timeout=30) as client:
        yield client


def new_run(client: httpx.Client) -> str:
    body = {"experiment_id": "0", "start_time": 1, "tags": []}
    return client.post(f"{MLFLOW}/runs/create", json=body).json()["run"]["info"]["run_id"]


def log(client: httpx.Client, run_id: str, step: int) -> int:
    body = {"run_id": run_id, "key": "loss", "value": step / 2, "timestamp": 1, "step": step}
    return client.post(f"{MLFLOW}/runs/log-metric", json=body).status_code


def history(client: httpx.Client, run_id: str) -> set[int]:
    query = {"run_id": run_id, "metric_key": "loss", "max_results": 25_000}
    reply = client.get(f"{MLFLOW}/metrics/get-history", params=query).json()
    return {int(metric.get("step", 0)) for metric in reply["metrics"]}


def test_everything_acknowledged_survives_a_kill_while_many_write(tmp_path: Path):
    acknowledged: list[int] = []

    def keep_logging(client: httpx.Client, run_id: str, first: int) -> None:
        for step in range(first, first + 10_000):
            try:
                if log(client, run_id, step) != 200:
                    return
            except httpx.HTTPError:
                return
            acknowledged.append(step)

    with up(tmp_path) as process, owner_of_started(process, tmp_path) as client:
        run_id = new_run(client)
        writers = [threading.Thread(target=keep_logging, args=(client, run_id, n * 10_000)) for n in range(8)]
        for writer in writers:
            writer.start()
        wait_for(lambda: len(acknowledged) > 300)
        process.send_signal(signal.SIGKILL)
        for writer in writers:
            writer.join()
    with up(tmp_path) as process, owner_of_started(process, tmp_path) as client:
        assert set(acknowledged) <= history(client, run_id)


def test_a_full_disk_is_a_clear_error_and_the_platform_goes_on_when_there_is_room(tmp_path: Path):
    with up(tmp_path) as process, owner_of_started(process, tmp_path) as client:
        run_id = new_run(client)
        assert log(client, run_id, 1) == 200
        refuse_to_grow(process.pid, tmp_path)
        reply, acknowledged, refused = log_until_refused(client, run_id)
        allow_to_grow(process.pid)
        after = log(client, run_id, 1_000_000)
        kept = history(client, run_id)

    assert reply.status_code == 507
    assert reply.json()["error_code"] == "RESOURCE_EXHAUSTED"
    assert "Traceback" not in reply.text
    assert after == 200
    assert kept == {1, 1_000_000} | acknowledged
    assert refused not in kept


def log_until_refused(client: httpx.Client, run_id: str) -> tuple[httpx.Response, set[int], int]:
    """Log until the platform refuses: the refusal, the acknowledged steps of `loss`, and the refused one."""
    acknowledged: set[int] = set()
    for step in range(2, 300):
        points = [{"key": f"k{n}", "value": n / 3, "timestamp": 1, "step": step} for n in range(900)]
        points.append({"key": "loss", "value": 1, "timestamp": 1, "step": step})
        reply = client.post(f"{MLFLOW}/runs/log-batch", json={"run_id": run_id, "metrics": points})
        if reply.status_code != 200:
            return reply, acknowledged, step
        acknowledged.add(step)
    pytest.fail("the disk never became full")


def refuse_to_grow(pid: int, home: Path) -> None:
    """No file of the process may grow beyond what the write-ahead log is now: what a full disk looks like."""
    largest = max(path.stat().st_size for path in home.glob("cuvee.db*"))
    psutil.Process(pid).rlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))


def allow_to_grow(pid: int) -> None:
    psutil.Process(pid).rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextmanager
def owner_of_started(process: object, home: Path) -> Iterator[httpx.Client]:
    first_line(process)  # type: ignore[arg-type]
    with owner_of(home) as client:
        yield client
