"""Quick find: what somebody types, and where it leads."""

from collections.abc import Callable

import httpx
import pytest
from tests.conftest import Running
from tests.integration.people import user

HTML = {"accept": "text/html"}


@pytest.fixture
def experiment(client: httpx.Client, unique: Callable[[str], str]) -> tuple[str, str]:
    """An experiment's id and name."""
    name = unique("<b>wine</b>")
    reply = client.post("/api/2.0/mlflow/experiments/create", json={"name": name})
    return reply.json()["experiment_id"], name


def test_a_part_of_a_name_leads_to_an_experiment(client: httpx.Client, experiment: tuple[str, str]):
    id_, name = experiment

    found = client.get("/find", params={"text": name[3:].upper()}, headers=HTML).text

    assert f'href="/experiments/{id_}"' in found


def test_a_runs_id_leads_to_the_run(client: httpx.Client, experiment: tuple[str, str]):
    id_, _name = experiment
    made = client.post("/api/2.0/mlflow/runs/create", json={"experiment_id": id_, "run_name": "first"})
    run_id = made.json()["run"]["info"]["run_id"]

    found = client.get("/find", params={"text": run_id}, headers=HTML).text

    assert f'href="/experiments/{id_}/runs/{run_id}"' in found


def test_a_name_is_only_text(client: httpx.Client, experiment: tuple[str, str]):
    found = client.get("/find", params={"text": experiment[1]}, headers=HTML).text

    assert "<b>" not in found
    assert "&lt;b&gt;wine" in found


@pytest.mark.parametrize("text", ["", " ", "\0", "x" * 10_000, "%' OR 1=1 --", "zzz nothing zzz"])
def test_what_finds_nothing_says_so_at_the_most(client: httpx.Client, text: str):
    reply = client.get("/find", params={"text": text}, headers=HTML)

    assert reply.status_code == 200
    assert "<a" not in reply.text


def test_a_stranger_finds_nothing_of_others(
    platform: Running, unique: Callable[[str], str], experiment: tuple[str, str]
):
    with user(platform, unique("stranger")) as stranger:
        found = stranger.get("/find", params={"text": experiment[1]}, headers=HTML).text

    assert "<a" not in found
