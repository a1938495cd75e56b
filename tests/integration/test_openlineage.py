"""What a receiver of OpenLineage events is told of runs, their data and their models."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.conftest import ENVIRONMENTS, Running, running, wait_for
from tests.integration.lineage_receivers import Receiver, receiving, require_valid
from tests.integration.lineages import RUNS, Cellar, cellar

from cuvee.core.settings import Settings

KEY = "key-of-the-receiver"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def platform(
    receiver: Receiver, database_kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Running]:
    """A platform that tells the receiver."""
    settings = Settings(
        home=tmp_path_factory.mktemp("telling"),
        port=0,
        database_url=request.getfixturevalue("postgres")() if database_kind == "postgresql" else "",
        shared_environments=ENVIRONMENTS,
        openlineage_url=f"{receiver.url}/api/v1/lineage",
        openlineage_key=KEY,
        openlineage_namespace="winery",
    )
    with running(settings) as platform:
        yield platform


@pytest.fixture
def wines(platform: Running, client: httpx.Client) -> Cellar:
    return cellar(platform, client)


def end(wines: Cellar, run_id: str, status: str = "FINISHED", **more: object) -> None:
    said = {"run_id": run_id, "status": status, "end_time": 1_700_000_060_000, **more}
    assert wines.client.post(f"{RUNS}/update", json=said).status_code == 200


def last(receiver: Receiver, run_id: str, kind: str) -> dict:
    """The event of this kind, which is valid, as all before it."""
    wait_for(lambda: kind in receiver.kinds(run_id))
    for event in receiver.of(run_id):
        require_valid(event)
    return next(event for event in reversed(receiver.of(run_id)) if event["eventType"] == kind)


@pytest.mark.parametrize(("status", "kind"), [("FINISHED", "COMPLETE"), ("FAILED", "FAIL"), ("KILLED", "ABORT")])
def test_a_run_is_told_of_when_it_starts_and_when_it_ends(wines: Cellar, receiver: Receiver, status: str, kind: str):
    run = wines.run()
    end(wines, run.id, status)
    ended = last(receiver, run.id, kind)

    assert receiver.kinds(run.id) == ["START", kind]
    started = receiver.of(run.id)[0]
    assert started["run"]["runId"] == ended["run"]["runId"]
    assert ended["eventTime"] == "2023-11-14T22:14:20.000Z"
    assert ended["job"]["namespace"] == f"winery/{wines.project}"
    assert ended["job"]["name"].startswith("registered-")
    assert ("errorMessage" in ended["run"]["facets"]) == (kind == "FAIL")


def test_the_receiver_sees_its_key_and_each_event_has_an_id_of_its_own(wines: Cellar, receiver: Receiver):
    run = wines.run()
    last(receiver, run.id, "START")
    delivery = next(each for each in receiver.came if each.event in receiver.of(run.id))

    assert delivery.path == "/api/v1/lineage"
    assert delivery.headers["Authorization"] == f"Bearer {KEY}"
    assert delivery.headers["Idempotency-Key"] == delivery.event["run"]["facets"]["cuvee_run"]["eventId"]
    keys = [each.headers["Idempotency-Key"] for each in receiver.came]
    assert len(set(keys)) == len(keys)


def test_logging_and_renaming_tell_nothing_and_a_run_that_goes_on_is_running(wines: Cellar, receiver: Receiver):
    run = wines.run(some_tag="a tag")
    point = {"key": "loss", "value": 1, "timestamp": 1, "step": 1}
    assert wines.client.post(f"{RUNS}/log-batch", json={"run_id": run.id, "metrics": [point]}).status_code == 200
    assert wines.client.post(f"{RUNS}/update", json={"run_id": run.id, "run_name": "x"}).status_code == 200
    end(wines, run.id)
    end(wines, run.id)
    end(wines, run.id, "RUNNING")
    last(receiver, run.id, "RUNNING")

    assert receiver.kinds(run.id) == ["START", "COMPLETE", "RUNNING"]


def test_snapshots_that_a_run_read_and_wrote_are_its_datasets(wines: Cellar, receiver: Receiver):
    run = wines.run()
    first = wines.write()
    wines.read(run.id)
    second = wines.write(run.id)
    end(wines, run.id)
    event = last(receiver, run.id, "COMPLETE")

    [read], [made] = event["inputs"], event["outputs"]
    table = wines.table()
    assert (read["namespace"], f"file://{read['name']}") == ("file", table.location())
    assert (made["namespace"], made["name"]) == (read["namespace"], read["name"])
    assert read["facets"]["version"]["datasetVersion"] == first.rpartition("/")[2]
    assert made["facets"]["version"]["datasetVersion"] == second.rpartition("/")[2]
    assert read["facets"]["dataSource"]["uri"] == "file"
    [called] = read["facets"]["symlinks"]["identifiers"]
    assert called == {"namespace": f"winery/{wines.project}", "name": "default.wines", "type": "TABLE"}
    assert read["facets"]["schema"]["fields"] == [
        {"name": "quality", "type": "long"},
        {"name": "name", "type": "string"},
    ]
    assert read["inputFacets"]["inputStatistics"]["rowCount"] == 3
    assert read["inputFacets"]["cuvee_use"]["context"] == "read"
    assert made["facets"]["cuvee_snapshot"]["parentId"] == first.rpartition("/")[2]
    assert made["facets"]["cuvee_snapshot"]["tableUuid"] == str(table.metadata.table_uuid)


def test_a_table_that_was_dropped_is_told_of_all_the_same(wines: Cellar, receiver: Receiver):
    run = wines.run()
    first = wines.write(run.id)
    wines.catalog().drop_table("default.wines")
    end(wines, run.id)

    [made] = last(receiver, run.id, "COMPLETE")["outputs"]
    assert made["facets"]["version"]["datasetVersion"] == first.rpartition("/")[2]
    assert made["outputFacets"]["outputStatistics"]["rowCount"] == 3


def log_dataset(wines: Cellar, run_id: str, source_type: str, source: object, **more: object) -> None:
    text = source if isinstance(source, str) else json.dumps(source)
    dataset = {"name": "data", "digest": "abc", "source_type": source_type, "source": text, **more}
    said = {"run_id": run_id, "datasets": [{"dataset": dataset, "tags": []}]}
    reply = wines.client.post(f"{RUNS}/log-inputs", json=said)
    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize(
    ("source_type", "source", "named"),
    [
        ("s3", {"uri": "s3a://lake/wines/red.parquet"}, ("s3://lake", "wines/red.parquet")),
        ("http", {"url": "https://me:secret@example.com/a.csv?sig=secret"}, ("https://example.com", "/a.csv")),
        ("local", {"uri": "/data/red wines.csv"}, ("file", "/data/red wines.csv")),
        ("code", {"tags": {"secret": "secret"}}, ("winery/{project}", "data")),
        ("http", "no JSON but https://me:secret@example.com", ("winery/{project}", "data")),
        (
            "iceberg",
            {
                "table_uuid": str(uuid4()),
                "snapshot_id": 17,
                "catalog": "lake",
                "table": "wines.red",
                "metadata_location": "s3://lake/wines/red/metadata/00001.metadata.json",
                "row_count": 5,
            },
            ("s3://lake", "wines/red"),
        ),
    ],
)
def test_other_data_is_named_by_where_it_is(wines: Cellar, receiver: Receiver, source_type, source, named):
    run = wines.run()
    columns = {"mlflow_colspec": [{"name": "quality", "type": "long"}, "nonsense", {"type": "long"}]}
    log_dataset(wines, run.id, source_type, source, schema=json.dumps(columns), profile='{"num_rows": 5}')
    end(wines, run.id)

    [read] = last(receiver, run.id, "COMPLETE")["inputs"]
    assert (read["namespace"], read["name"]) == (named[0].format(project=wines.project), named[1])
    assert read["inputFacets"]["inputStatistics"]["rowCount"] == 5
    assert "secret" not in json.dumps(read)


def test_a_run_inside_another_names_it(wines: Cellar, receiver: Receiver):
    outer = wines.run()
    inner = wines.child_of(outer)
    event = last(receiver, inner, "START")

    parent = event["run"]["facets"]["parent"]
    whole = last(receiver, outer.id, "START")
    assert parent["run"]["runId"] == whole["run"]["runId"]
    assert parent["job"] == {key: whole["job"][key] for key in ("namespace", "name")}


def test_a_run_of_another_project_is_nobodys_parent(wines: Cellar, receiver: Receiver, client: httpx.Client):
    elsewhere = cellar(wines.platform, client).run()
    run = wines.run(mlflow_parentRunId=elsewhere.id)
    end(wines, run.id)

    assert "parent" not in last(receiver, run.id, "COMPLETE")["run"]["facets"]


def test_the_code_is_named_without_what_opens_its_repository(wines: Cellar, receiver: Receiver):
    tags = {
        "mlflow_source_git_commit": "5f7c0a1",
        "mlflow_source_git_repoURL": "https://me:secret@example.com/wines.git",
        "mlflow_source_name": "train.py",
    }
    run = wines.run(**tags)
    end(wines, run.id)
    event = last(receiver, run.id, "COMPLETE")

    code = event["job"]["facets"]["sourceCodeLocation"]
    assert (code["url"], code["version"], code["path"]) == ("https://example.com/wines.git", "5f7c0a1", "train.py")
    assert "secret" not in json.dumps(event)


def test_versions_of_registered_models_are_outputs_also_those_made_afterwards(wines: Cellar, receiver: Receiver):
    run, name = wines.run(), f"wine-{uuid4().hex[:8]}"
    logged = wines.logged(run)
    first = wines.registered(name, run.id, logged)
    end(wines, run.id)
    [made] = last(receiver, run.id, "COMPLETE")["outputs"]
    assert (made["namespace"], made["name"]) == (f"winery/{wines.project}", f"models/{name}")
    assert made["facets"]["version"]["datasetVersion"] == "1"
    assert made["facets"]["cuvee_modelVersion"]["versionId"] == first["model_version_id"]
    assert made["facets"]["cuvee_modelVersion"]["loggedModelId"] == logged

    wines.registered(name, run.id, logged)
    outputs = last(receiver, run.id, "OTHER")["outputs"]
    assert [each["facets"]["version"]["datasetVersion"] for each in outputs] == ["1", "2"]
    assert receiver.kinds(run.id) == ["START", "COMPLETE", "OTHER"]


def test_an_event_stays_of_a_size_however_much_a_run_read(wines: Cellar, receiver: Receiver):
    run = wines.run()
    several = [
        {"dataset": {"name": f"d{i}", "digest": "a", "source_type": "code", "source": "{}"}, "tags": []}
        for i in range(103)
    ]
    assert wines.client.post(f"{RUNS}/log-inputs", json={"run_id": run.id, "datasets": several}).status_code == 200
    end(wines, run.id)
    event = last(receiver, run.id, "COMPLETE")

    assert len(event["inputs"]) == 100
    assert event["run"]["facets"]["cuvee_run"]["datasetsLeftOut"] == 3


def test_the_key_is_nowhere_to_be_read(platform: Running):
    settings = Settings(home=Path("/nowhere"), openlineage_key=KEY)
    assert KEY not in repr(settings)
