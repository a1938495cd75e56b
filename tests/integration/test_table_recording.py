"""What runs read and wrote of tables, noted without a call of theirs."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.table import Table
from tests.conftest import Running
from tests.integration import people
from tests.integration.catalogs import WINES, connect, new_project

RUNS = "/api/2.0/mlflow/runs"


@pytest.fixture
def owner(platform: Running) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


@pytest.fixture
def project(owner: httpx.Client) -> tuple[str, str]:
    """Id and name."""
    name = f"recorded-{uuid4().hex[:8]}"
    return new_project(owner, name), name


@pytest.fixture
def run_id(owner: httpx.Client, project: tuple[str, str]) -> str:
    return start_run(owner, project[1])


@pytest.fixture
def catalog(platform: Running, project: tuple[str, str], run_id: str) -> RestCatalog:
    return connect(platform, project[0], x_cuvee_run=run_id)


@pytest.fixture
def wines(catalog: RestCatalog) -> Table:
    table = catalog.create_table("default.wines", schema=WINES.schema)
    table.append(WINES)
    return table


def start_run(client: httpx.Client, project: str, **tags: str) -> str:
    headers = {"x-mlflow-workspace": project}
    found = client.post("/api/2.0/mlflow/experiments/create", json={"name": uuid4().hex}, headers=headers).json()
    asked = {"experiment_id": found["experiment_id"], "tags": [{"key": k, "value": v} for k, v in tags.items()]}
    return client.post(f"{RUNS}/create", json=asked).json()["run"]["info"]["run_id"]


def inputs(client: httpx.Client, run_id: str) -> list[tuple[str, dict[str, Any]]]:
    """For what, and the source, of each of a run's inputs."""
    run = client.get(f"{RUNS}/get", params={"run_id": run_id}).json()["run"]
    return [
        (context(each), json.loads(each["dataset"]["source"]))
        for each in run.get("inputs", {}).get("dataset_inputs", [])
    ]


def context(each: dict[str, Any]) -> str:
    return next(tag["value"] for tag in each["tags"] if tag["key"] == "mlflow.data.context")


def tags(client: httpx.Client, run_id: str) -> dict[str, str]:
    run = client.get(f"{RUNS}/get", params={"run_id": run_id}).json()["run"]
    return {each["key"]: each["value"] for each in run["data"].get("tags", [])}


def report(client: httpx.Client, table: Table, **more: Any) -> httpx.Response:
    """As clients tell of a scan."""
    said = {
        "report-type": "scan-report",
        "table-name": "default.wines",
        "snapshot-id": table.current_snapshot().snapshot_id,
        "schema-id": 0,
        "filter": True,
        "projected-field-names": ["quality", "name"],
        "metrics": {},
    }
    return client.post(f"{address(table)}/metrics", json=said | more)


def address(table: Table) -> str:
    project_id = table.location().partition("/projects/")[2].partition("/")[0]
    return f"/iceberg/v1/{project_id}/namespaces/default/tables/wines"


def test_a_write_is_an_output_of_its_run(owner: httpx.Client, run_id: str, wines: Table):
    snapshot = wines.current_snapshot()
    [(what, source)] = inputs(owner, run_id)

    assert (what, source["table"], source["table_uuid"]) == ("write", "default.wines", str(wines.metadata.table_uuid))
    assert (source["snapshot_id"], source["row_count"], source["operation"]) == (snapshot.snapshot_id, 3, "append")


def test_the_run_is_tagged_as_people_do_by_hand(owner: httpx.Client, run_id: str, wines: Table):
    found = tags(owner, run_id)

    assert found["iceberg_snapshot_id"] == str(wines.current_snapshot().snapshot_id)
    assert found["row_count"] == "3"
    assert "iceberg_parent_id" not in found
    assert found["iceberg_snapshot_committed_at"].endswith("Z")


def test_what_was_tagged_by_hand_stays(owner: httpx.Client, platform: Running, project: tuple[str, str]):
    mine = start_run(owner, project[1], row_count="by hand")
    connect(platform, project[0], x_cuvee_run=mine).create_table("default.w", schema=WINES.schema).append(WINES)

    assert tags(owner, mine)["row_count"] == "by hand"
    assert "iceberg_snapshot_id" not in tags(owner, mine)


def test_a_later_write_names_what_it_came_from(
    owner: httpx.Client, platform: Running, project: tuple[str, str], wines: Table
):
    first = wines.current_snapshot().snapshot_id
    second = start_run(owner, project[1])
    connect(platform, project[0], x_cuvee_run=second).load_table("default.wines").append(WINES)

    assert tags(owner, second)["iceberg_parent_id"] == str(first)
    assert tags(owner, second)["row_count"] == "6"


def test_a_reported_scan_is_an_input(owner: httpx.Client, project: tuple[str, str], wines: Table):
    reader = start_run(owner, project[1])
    owner.headers["x-cuvee-run"] = reader
    some = {"type": "gt-eq", "term": "quality", "value": 6}

    assert report(owner, wines, filter=some, **{"projected-field-names": ["quality"]}).status_code == 204
    [(what, source)] = inputs(owner, reader)
    assert (what, source["row_filter"], source["columns"]) == ("read", "quality >= 6", ["quality"])


def test_the_same_scan_is_noted_once(owner: httpx.Client, project: tuple[str, str], wines: Table):
    reader = start_run(owner, project[1])
    owner.headers["x-cuvee-run"] = reader
    for _ in range(3):
        report(owner, wines)

    [(_, source)] = inputs(owner, reader)
    assert (source["row_filter"], source["columns"]) == (None, None)


def test_what_a_run_made_and_then_trained_on_is_both(owner: httpx.Client, run_id: str, wines: Table):
    run = owner.get(f"{RUNS}/get", params={"run_id": run_id}).json()["run"]
    [noted] = run["inputs"]["dataset_inputs"]
    by_hand = {"tags": [{"key": "mlflow.data.context", "value": "training"}], "dataset": noted["dataset"]}
    owner.post(f"{RUNS}/log-inputs", json={"run_id": run_id, "datasets": [by_hand]})
    wines.append(WINES)

    assert [what for what, _ in inputs(owner, run_id)] == ["write", "training", "write"]


def test_what_a_user_says_of_a_read_takes_its_place(owner: httpx.Client, project: tuple[str, str], wines: Table):
    reader = start_run(owner, project[1])
    owner.headers["x-cuvee-run"] = reader
    report(owner, wines)
    run = owner.get(f"{RUNS}/get", params={"run_id": reader}).json()["run"]
    [noted] = run["inputs"]["dataset_inputs"]
    by_hand = {"tags": [{"key": "mlflow.data.context", "value": "training"}], "dataset": noted["dataset"]}
    owner.post(f"{RUNS}/log-inputs", json={"run_id": reader, "datasets": [by_hand]})
    report(owner, wines)

    assert [what for what, _ in inputs(owner, reader)] == ["training"]


def test_a_session_means_the_run_that_goes_on_in_it(
    owner: httpx.Client, platform: Running, project: tuple[str, str], wines: Table
):
    session = "0000-0000-0000-0001"
    inside = start_run(owner, project[1], engineID=session)
    owner.headers["x-cuvee-session"] = session
    report(owner, wines)
    owner.post(f"{RUNS}/update", json={"run_id": inside, "status": "FINISHED"})
    report(owner, wines, filter={"type": "is-null", "term": "name"})

    assert [source["row_filter"] for _, source in inputs(owner, inside)] == [None]


def test_a_client_that_notes_by_itself_is_left_to_it(
    owner: httpx.Client, platform: Running, project: tuple[str, str], wines: Table
):
    mine = start_run(owner, project[1])
    told = {"x_cuvee_run": mine, "x_cuvee_notes": "client"}
    connect(platform, project[0], **told).load_table("default.wines").append(WINES)
    owner.headers.update({"x-cuvee-run": mine, "x-cuvee-notes": "client"})

    assert report(owner, wines).status_code == 204
    assert inputs(owner, mine) == []


def test_a_header_that_leads_nowhere_changes_nothing(
    platform: Running, owner: httpx.Client, project: tuple[str, str], wines: Table
):
    for header in ("nobody", "x" * 5_000, "0" * 32):
        connect(platform, project[0], x_cuvee_run=header).load_table("default.wines").append(WINES)
    assert report(owner, wines, **{"snapshot-id": 1}).status_code == 204

    assert len(connect(platform, project[0]).load_table("default.wines").scan().to_arrow()) == 12


def test_nothing_is_noted_on_the_run_of_somebody_else(
    platform: Running, owner: httpx.Client, run_id: str, wines: Table
):
    before = inputs(owner, run_id)
    with people.user(platform, f"other{uuid4().hex[:8]}") as other:
        theirs = new_project(other, f"theirs-{uuid4().hex[:8]}")
        key = other.headers["authorization"].removeprefix("Bearer ")
        connect(platform, theirs, key, x_cuvee_run=run_id).create_table("default.t", schema=WINES.schema).append(WINES)

    assert inputs(owner, run_id) == before


@pytest.mark.parametrize("body", [b"", b"[]", b'{"snapshot-id": "x"}', b'{"filter": ' + b"[" * 9_000, b"\xff"])
def test_a_report_that_is_none_is_refused(owner: httpx.Client, wines: Table, body: bytes):
    reply = owner.post(f"{address(wines)}/metrics", content=body)

    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "BadRequestException"
