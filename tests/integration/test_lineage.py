"""The graph from a table's snapshot to what was made of it, both ways, as those see it who ask."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people
from tests.integration.catalogs import WINES
from tests.integration.lineages import RUNS, Cellar, cellar, edges, names


@pytest.fixture
def wines(platform: Running, client: httpx.Client) -> Cellar:
    return cellar(platform, client)


@pytest.fixture
def model_name() -> str:
    return f"wine-{uuid4().hex[:8]}"


@pytest.fixture
def stranger(platform: Running) -> Iterator[httpx.Client]:
    with people.user(platform, f"stranger{uuid4().hex[:8]}") as client:
        yield client


def test_a_snapshot_leads_to_the_versions_that_were_made_of_it_and_they_lead_back(wines: Cellar, model_name: str):
    writer, reader = wines.run(), wines.run()
    first = wines.write(writer.id)
    assert wines.read(reader.id) == first
    logged = wines.logged(reader)
    version = wines.registered(model_name, reader.id, logged)

    chain = [
        (f"run:{writer.id}", "write", first),
        (first, "read", f"run:{reader.id}"),
        (f"run:{reader.id}", "logged", f"logged_model:{logged}"),
        (f"logged_model:{logged}", "registered", f"version:{version['model_version_id']}"),
    ]
    assert edges(wines.lineage(f"version:{version['model_version_id']}", direction="up")) == set(chain)
    assert edges(wines.lineage(first, direction="down")) == set(chain[1:])
    for node in (f"run:{reader.id}", f"logged_model:{logged}", first):
        assert edges(wines.lineage(node)) == set(chain)


def test_a_way_up_does_not_come_down_again(wines: Cellar):
    wines.write()
    one, other = wines.run(), wines.run()
    snapshot = wines.read(one.id)
    wines.read(other.id)

    assert names(wines.lineage(f"run:{one.id}")) == {snapshot, f"run:{one.id}"}
    assert names(wines.lineage(snapshot)) == {snapshot, f"run:{one.id}", f"run:{other.id}"}


def test_what_a_parent_read_leads_to_the_models_of_its_children(wines: Cellar, model_name: str):
    wines.write()
    search = wines.run()
    snapshot = wines.read(search.id)
    best = wines.child_of(search.id, search.experiment_id)
    version = wines.registered(model_name, best, wines.logged(search, best))

    node = f"version:{version['model_version_id']}"
    assert snapshot in names(wines.lineage(node, direction="up"))
    assert node in names(wines.lineage(snapshot, direction="down"))


def test_a_version_without_a_logged_model_comes_from_its_run(wines: Cellar, model_name: str):
    run = wines.run()
    run.model("m")
    version = wines.registered(model_name, run.id)

    found = edges(wines.lineage(f"version:{version['model_version_id']}"))
    assert found == {(f"run:{run.id}", "registered", f"version:{version['model_version_id']}")}


def test_a_run_that_scores_with_a_model_comes_from_it(wines: Cellar):
    trained, scored = wines.run(), wines.run()
    logged = wines.logged(trained)
    body = {"run_id": scored.id, "models": [{"model_id": logged}]}
    assert wines.client.post(f"{RUNS}/log-inputs", json=body).status_code == 200

    assert (f"logged_model:{logged}", "used", f"run:{scored.id}") in edges(wines.lineage(f"run:{trained.id}"))


def test_a_run_that_writes_what_it_reads_goes_round_once(wines: Cellar):
    wines.write()
    run = wines.run()
    before = wines.read(run.id)
    after = wines.write(run.id)
    assert wines.read(run.id) == after

    assert names(wines.lineage(f"run:{run.id}", direction="up")) == {before, after, f"run:{run.id}"}


def test_a_table_that_was_renamed_is_the_same_and_one_made_anew_is_not(wines: Cellar):
    wines.write()
    run = wines.run()
    snapshot = wines.read(run.id)
    wines.catalog().rename_table("default.wines", "default.best")
    other = wines.write()

    [node] = [each for each in wines.lineage(f"run:{run.id}")["nodes"] if each["node"] == snapshot]
    assert (node["name"], node["is_gone"]) == ("default.best", False)
    assert names(wines.lineage(other)) == {other}


def test_a_snapshot_stays_in_the_graph_when_its_table_is_dropped(wines: Cellar):
    wines.write()
    run = wines.run()
    snapshot = wines.read(run.id)
    wines.catalog().drop_table("default.wines")

    [node] = [each for each in wines.lineage(f"run:{run.id}")["nodes"] if each["node"] == snapshot]
    assert (node["status"], node["is_gone"]) == ("dropped", True)


def test_a_snapshot_of_another_catalog_is_what_the_run_says_of_it(wines: Cellar):
    run = wines.run()
    uuid = str(uuid4())
    source = {"table_uuid": uuid, "snapshot_id": 17, "table": "sales.orders", "catalog": "warehouse", "row_count": 3}
    dataset = {"name": "sales.orders", "digest": "d", "source_type": "iceberg", "source": json.dumps(source)}
    wines.client.post(f"{RUNS}/log-inputs", json={"run_id": run.id, "datasets": [{"tags": [], "dataset": dataset}]})

    [node] = [each for each in wines.lineage(f"run:{run.id}")["nodes"] if each["kind"] == "snapshot"]
    assert (node["id"], node["name"], node["status"]) == (f"{uuid}/17", "sales.orders", "elsewhere")
    assert node["facts"]["catalog"] == "warehouse"


def test_strangers_find_nothing(wines: Cellar, stranger: httpx.Client):
    run = wines.run()
    snapshot = wines.write(run.id)

    for node in (snapshot, f"run:{run.id}", f"run:{uuid4()}", "endpoint:x", f"snapshot:{uuid4()}/1", "snapshot:x/y"):
        assert stranger.get("/api/v2/lineage", params={"node": node}).status_code == 404


def test_what_a_reader_may_not_see_is_counted_and_leads_nowhere(
    wines: Cellar, stranger: httpx.Client, platform: Running
):
    snapshot = wines.write()
    run = wines.run()
    wines.read(run.id)
    theirs = cellar(platform, stranger)
    claim = theirs.run()
    source = json.dumps(dict(zip(("table_uuid", "snapshot_id"), parts(snapshot), strict=True)))
    dataset = {"name": "guessed", "digest": "d", "source_type": "iceberg", "source": source}
    stranger.post(f"{RUNS}/log-inputs", json={"run_id": claim.id, "datasets": [{"tags": [], "dataset": dataset}]})

    found = theirs.lineage(f"run:{claim.id}")
    assert (names(found), found["edges"], found["hidden"]) == ({f"run:{claim.id}"}, [], 1)


def parts(snapshot: str) -> tuple[str, int]:
    uuid, _, number = snapshot.removeprefix("snapshot:").partition("/")
    return uuid, int(number)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"node": "run"},
        {"node": "run:"},
        {"node": "nobody:1"},
        {"node": "run:" + "x" * 5_000},
        {"node": "run:1", "direction": "sideways"},
        {"node": "run:1", "depth": "many"},
    ],
)
def test_nonsense_is_refused(client: httpx.Client, query: dict[str, str]):
    reply = client.get("/api/v2/lineage", params=query)

    assert reply.status_code == 400
    assert reply.json()["message"]


@pytest.mark.parametrize("depth", [0, -1, 21])
def test_a_depth_has_bounds(wines: Cellar, depth: int):
    run = wines.run()

    reply = wines.client.get("/api/v2/lineage", params={"node": f"run:{run.id}", "depth": depth})

    assert (reply.status_code, reply.json()["message"]) == (400, "A depth is a whole number from 1 to 20.")


def test_a_depth_ends_the_walk_and_says_so(wines: Cellar):
    wines.write()
    run = wines.run()
    snapshot = wines.read(run.id)
    wines.logged(run)

    near, far = (wines.lineage(snapshot, depth=depth) for depth in (1, 2))
    assert (names(near), near["is_whole"]) == ({snapshot, f"run:{run.id}"}, False)
    assert (len(far["nodes"]), far["is_whole"]) == (3, True)


def test_a_registered_model_keeps_its_snapshot_until_it_is_deleted(wines: Cellar, model_name: str):
    wines.write()
    run = wines.run()
    snapshot = parts(wines.read(run.id))[1]
    wines.registered(model_name, run.id, wines.logged(run))
    wines.write()
    expiring = wines.table().maintenance.expire_snapshots().by_id
    tag = f"cuvee.{model_name}.v1"

    assert wines.table().refs()[tag].snapshot_id == snapshot
    with pytest.raises(ValueError, match="protected"):  # the client leaves what has a tag alone
        expiring(snapshot)
    refused = expire(wines, snapshot)
    assert refused.status_code == 403
    assert refused.json()["error"]["message"] == (
        f"Snapshot {snapshot} stays: version 1 of the registered model {model_name} was made from it."
    )

    wines.client.request("DELETE", "/api/2.0/mlflow/registered-models/delete", json={"name": model_name})
    assert tag not in wines.table().refs()
    assert expire(wines, snapshot).status_code == 200
    assert wines.table().snapshot_by_id(snapshot) is None


def expire(wines: Cellar, snapshot: int) -> httpx.Response:
    update = {"action": "remove-snapshots", "snapshot-ids": [snapshot]}
    place = f"/iceberg/v1/{wines.project_id}/namespaces/default/tables/wines"
    return wines.client.post(place, json={"requirements": [], "updates": [update]})


def test_the_platforms_tags_are_nobody_elses(wines: Cellar, model_name: str):
    wines.write()
    run = wines.run()
    wines.read(run.id)
    wines.registered(model_name, run.id, wines.logged(run))
    place = f"/iceberg/v1/{wines.project_id}/namespaces/default/tables/wines"
    current = wines.table().current_snapshot().snapshot_id

    removed = {"action": "remove-snapshot-ref", "ref-name": f"cuvee.{model_name}.v1"}
    made = {"action": "set-snapshot-ref", "ref-name": "cuvee.mine", "type": "tag", "snapshot-id": current}
    replies = [wines.client.post(place, json={"requirements": [], "updates": [each]}) for each in (removed, made)]
    assert [reply.status_code for reply in replies] == [403, 400]
    assert model_name in replies[0].json()["error"]["message"]


def test_the_tags_stay_through_writes_and_are_in_the_file(wines: Cellar, model_name: str):
    wines.write()
    run = wines.run()
    wines.read(run.id)
    wines.registered(model_name, run.id, wines.logged(run))
    wines.write()

    table = wines.table()
    written = json.loads(Path(table.metadata_location.removeprefix("file://")).read_text())
    assert f"cuvee.{model_name}.v1" in written["refs"]
    assert len(table.scan().to_arrow()) == 2 * len(WINES)


def test_who_owns_a_table_lets_go_of_a_pin(wines: Cellar, model_name: str, stranger: httpx.Client, platform: Running):
    cellar(platform, stranger)
    wines.write()
    run = wines.run()
    uuid, snapshot = parts(wines.read(run.id))
    version = wines.registered(model_name, run.id, wines.logged(run))["model_version_id"]
    wines.write()
    place = f"/api/v2/projects/{wines.project_id}/tables/{uuid}/pins/{version}:release"

    assert stranger.post(place).status_code == 404
    assert wines.client.post(place).status_code == 200
    assert wines.client.post(place).status_code == 404
    assert expire(wines, snapshot).status_code == 200


def test_who_names_somebody_elses_run_as_a_parent_pins_nothing(
    wines: Cellar, model_name: str, stranger: httpx.Client, platform: Running
):
    wines.write()
    victim = wines.run()
    snapshot = parts(wines.read(victim.id))[1]
    theirs = cellar(platform, stranger)
    claim = theirs.run(mlflow_parentRunId=victim.id)
    theirs.registered(model_name, claim.id, theirs.logged(claim))
    wines.write()

    assert expire(wines, snapshot).status_code == 200


def test_what_a_grandparent_read_is_pinned(wines: Cellar, model_name: str):
    wines.write()
    search = wines.run()
    snapshot = parts(wines.read(search.id))[1]
    split = wines.child_of(search.id, search.experiment_id)
    fold = wines.child_of(split, search.experiment_id)
    wines.registered(model_name, fold, wines.logged(search, fold))
    wines.write()

    assert expire(wines, snapshot).status_code == 403


def test_a_claim_on_somebody_elses_table_pins_nothing(
    wines: Cellar, model_name: str, stranger: httpx.Client, platform: Running
):
    uuid, snapshot = parts(wines.write())
    theirs = cellar(platform, stranger)
    run = theirs.run()
    source = json.dumps({"table_uuid": uuid, "snapshot_id": snapshot})
    dataset = {"name": "guessed", "digest": "d", "source_type": "iceberg", "source": source}
    stranger.post(f"{RUNS}/log-inputs", json={"run_id": run.id, "datasets": [{"tags": [], "dataset": dataset}]})
    theirs.registered(model_name, run.id, theirs.logged(run))
    wines.write()

    assert expire(wines, snapshot).status_code == 200


def test_a_version_is_stale_when_its_table_moved_on(wines: Cellar, model_name: str):
    wines.write()
    run = wines.run()
    snapshot = parts(wines.read(run.id))[1]
    version = wines.registered(model_name, run.id, wines.logged(run))["model_version_id"]
    place = f"/api/v2/registry/versions/{version}/stale"
    assert wines.client.get(place).json() == {"stale": []}

    wines.write()
    current = parts(wines.write())[1]

    [lag] = wines.client.get(place).json()["stale"]
    assert (lag["snapshot_id"], lag["current_snapshot_id"]) == (str(snapshot), str(current))
    assert (lag["commits_behind"], lag["rows_added"], lag["table"]) == (2, 6, "default.wines")


def test_a_table_that_was_rolled_back_no_longer_has_the_snapshot_in_its_history(wines: Cellar, model_name: str):
    first = parts(wines.write())[1]
    wines.write()
    run = wines.run()
    wines.read(run.id)
    version = wines.registered(model_name, run.id, wines.logged(run))["model_version_id"]
    wines.table().manage_snapshots().set_current_snapshot(first).commit()

    [lag] = wines.client.get(f"/api/v2/registry/versions/{version}/stale").json()["stale"]
    assert (lag["commits_behind"], lag["rows_added"]) == (None, -3)


def test_a_version_whose_table_was_dropped_is_stale(wines: Cellar, model_name: str):
    wines.write()
    run = wines.run()
    wines.read(run.id)
    version = wines.registered(model_name, run.id, wines.logged(run))["model_version_id"]
    wines.catalog().drop_table("default.wines")

    [lag] = wines.client.get(f"/api/v2/registry/versions/{version}/stale").json()["stale"]
    assert lag["current_snapshot_id"] == ""


def test_versions_of_others_are_not_told_of(wines: Cellar, model_name: str, stranger: httpx.Client):
    run = wines.run()
    version = wines.registered(model_name, run.id, wines.logged(run))["model_version_id"]

    assert stranger.get(f"/api/v2/registry/versions/{version}/stale").status_code == 404
    assert stranger.get("/api/v2/lineage/stale", params={"project_id": wines.project_id}).status_code == 404
