"""Receivers that are away, slow, or answer with nonsense, and platforms that are killed: no run waits for them."""

import asyncio
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.conftest import ENVIRONMENTS, Running, running, wait_for
from tests.integration.lineage_receivers import Receiver, receiving, require_valid
from tests.integration.test_up import cuvee, first_line, up

from cuvee.core.ids import new_id
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.lineage.openlineage import store
from cuvee.lineage.openlineage.sender import Sender
from cuvee.lineage.openlineage.values import Receiver as Address
from cuvee.lineage.openlineage.values import Waiting

KEY = "key-of-the-receiver"
RUNS = "/api/2.0/mlflow/runs"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def own_database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue("postgres")() if database_kind == "postgresql" else ""


@pytest.fixture
def telling(own_database_url: str, tmp_path: Path) -> Callable[[str], Running]:
    """Starts a platform that tells whoever listens at an address."""

    @contextmanager
    def start(url: str, home: str = "home") -> Iterator[Running]:
        settings = Settings(
            home=tmp_path / home,
            port=0,
            database_url=own_database_url,
            shared_environments=ENVIRONMENTS,
            openlineage_url=url,
            openlineage_key=KEY,
        )
        with running(settings) as platform:
            yield platform

    return start


def new_run(client: httpx.Client, name: str = "") -> str:
    """A run that began and ended."""
    made = client.post(f"{RUNS}/create", json={"experiment_id": "0", "run_name": name or uuid4().hex})
    assert made.status_code == 200, made.text
    run_id = made.json()["run"]["info"]["run_id"]
    assert client.post(f"{RUNS}/update", json={"run_id": run_id, "status": "FINISHED"}).status_code == 200
    return run_id


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_receiver_that_was_away_is_told_when_it_is_there_in_the_order_of_events(telling):
    port = free_port()
    with telling(f"http://127.0.0.1:{port}/lineage") as platform, platform.client() as client:
        ran = [new_run(client) for _ in range(3)]
        with receiving(port) as receiver:
            wait_for(lambda: len(receiver.came) == 6)

    assert [event["run"]["facets"]["cuvee_run"]["runId"] for event in receiver.events] == [
        run_id for run_id in ran for _ in range(2)
    ]
    assert [event["eventType"] for event in receiver.events] == ["START", "COMPLETE"] * 3
    for event in receiver.events:
        require_valid(event)


def test_no_run_waits_for_a_receiver_that_does_not_answer(telling, receiver: Receiver):
    go_on = threading.Event()
    receiver.before = go_on.wait
    with telling(receiver.url) as platform, platform.client() as client:
        ran = [new_run(client) for _ in range(3)]
        wait_for(lambda: receiver.at_once == 1)
        assert receiver.came == []
        go_on.set()
        wait_for(lambda: len(receiver.came) == 6)

    assert [receiver.kinds(run_id) for run_id in ran] == [["START", "COMPLETE"]] * 3
    assert receiver.most_at_once == 1


@pytest.mark.parametrize("status", [307, 401, 404, 429, 503])
def test_what_is_not_taken_is_sent_again_to_the_same_address(telling, receiver: Receiver, status: int):
    receiver.answers = [status]
    with telling(f"{receiver.url}/lineage") as platform, platform.client() as client:
        new_run(client)
        wait_for(lambda: len(receiver.came) == 3)

    first, again, _ = receiver.ids
    assert first == again
    assert receiver.came[0].event == receiver.came[1].event
    assert {delivery.path for delivery in receiver.came} == {"/lineage"}


def test_an_event_that_is_refused_again_and_again_does_not_hold_up_the_others(telling, receiver: Receiver, caplog):
    receiver.answers = [422, 422, 422]
    with telling(receiver.url) as platform, platform.client() as client:
        run_id = new_run(client)
        wait_for(lambda: "COMPLETE" in receiver.kinds(run_id))

    assert receiver.kinds(run_id) == ["START", "START", "START", "COMPLETE"]
    assert "was dropped" in caplog.text


def test_an_answer_without_an_end_is_not_read(telling, receiver: Receiver):
    receiver.is_endless = True
    with telling(receiver.url) as platform, platform.client() as client:
        run_id = new_run(client)
        wait_for(lambda: receiver.kinds(run_id) == ["START", "COMPLETE"])
        receiver.is_endless = False


def test_a_receiver_that_has_no_address_is_told_of_once_and_without_the_key(telling, caplog):
    with telling("http://receiver.invalid/lineage") as platform, platform.client() as client:
        new_run(client)
        wait_for(lambda: "receiver.invalid" in caplog.text)
        new_run(client)

    said = [record.getMessage() for record in caplog.records if "OpenLineage" in record.getMessage()]
    assert len(said) == 1
    assert KEY not in caplog.text


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True, scope="session")
def test_several_platforms_on_one_database_send_each_event_once_and_one_at_a_time(telling, receiver: Receiver):
    with telling(receiver.url, "one") as one, telling(receiver.url, "other") as other:
        with one.client() as first, other.client() as second, ThreadPoolExecutor(4) as pool:
            ran = [new_run(first), *pool.map(new_run, [first, second] * 12)]
        wait_for(lambda: len(receiver.came) >= 50)

    assert len(set(receiver.ids)) == len(receiver.ids) == 50
    assert receiver.most_at_once == 1
    assert [receiver.kinds(run_id) for run_id in ran] == [["START", "COMPLETE"]] * 25


async def test_when_too_many_wait_the_oldest_are_dropped_and_counted(
    database: Database, receiver: Receiver, tmp_path: Path, caplog
):
    event = {"inputs": [], "outputs": []}
    several = [Waiting(id=new_id(), body=json.dumps(event | {"number": number})) for number in range(12)]
    for waiting in several:
        database.write_now(lambda connection, waiting=waiting: store.add(connection, waiting))
    sender = Sender(database, Address(url=receiver.url), tmp_path, holder="here", most=5)
    await sender.open()
    while len(receiver.came) < 5 or await database.read(store.count):
        await asyncio.sleep(0.01)
    await sender.close()

    assert [event["number"] for event in receiver.events] == [7, 8, 9, 10, 11]
    assert "7 OpenLineage events were dropped" in caplog.text


def test_a_killed_platform_sends_what_it_had_not_sent(own_database_url: str, receiver: Receiver, tmp_path: Path):
    told = {
        "CUVEE_OPENLINEAGE_URL": receiver.url,
        "CUVEE_OPENLINEAGE_API_KEY": KEY,
        "CUVEE_DATABASE_URL": own_database_url,
    }
    go_on = threading.Event()
    receiver.before = go_on.wait
    with up(tmp_path, **told) as process:
        first_line(process)
        found = json.loads((tmp_path / "connection.json").read_text())
        headers = {"authorization": f"Bearer {found['api_key']}"}
        with httpx.Client(base_url=found["url"], headers=headers, timeout=60) as client:
            run_id = new_run(client)
        wait_for(lambda: receiver.at_once == 1)
        process.kill()
        process.communicate()
    doctor = cuvee("doctor", "--home", tmp_path, **told)
    assert f"{receiver.url}/api/v1/lineage (2 events wait)" in doctor.stdout
    assert KEY not in doctor.stdout + doctor.stderr

    go_on.set()
    with up(tmp_path, **told) as process:
        first_line(process)
        wait_for(lambda: receiver.kinds(run_id)[-1:] == ["COMPLETE"])

    # The one that was on its way came twice, and can be told by its id.
    assert receiver.kinds(run_id) == ["START", "START", "COMPLETE"]
    assert len(set(receiver.ids)) == 2


def test_a_platform_that_tells_nobody_writes_nothing_down(own_database_url: str, telling, tmp_path: Path):
    with telling("") as platform, platform.client() as client:
        new_run(client)
    database = Database(Settings(home=tmp_path / "home", database_url=own_database_url).database)
    assert database.read_now(store.count) == 0
    database.close()
    assert "OpenLineage" not in cuvee("doctor", "--home", tmp_path, **os.environ).stdout
