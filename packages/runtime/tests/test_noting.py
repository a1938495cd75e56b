"""What runs read and write of other catalogs is noted on them: a real catalog in a folder, a real MLflow store."""

import json
import threading

import mlflow
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg import expressions as ice
from pyiceberg.catalog import load_catalog
from pyiceberg.expressions import parser
from pyiceberg.table import StaticTable, Table

from cuvee_runtime.iceberg import filters, notes, watching

WINES = pa.table({"quality": [5, 6, 7], "name": ["a", "b", "c"]})
TAGS = {"iceberg_snapshot_id", "iceberg_parent_id", "iceberg_snapshot_committed_at", "row_count"}


@pytest.fixture
def watched(monkeypatch):
    """pyiceberg as it is in a session, for one test."""
    for name in ("scan", "_do_commit"):
        monkeypatch.setattr(Table, name, vars(Table)[name])
    watching.watch()


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"file://{tmp_path}/runs")
    yield
    mlflow.set_tracking_uri(before)


@pytest.fixture
def catalog(watched, store, tmp_path):
    found = load_catalog("lake", type="sql", uri=f"sqlite:///{tmp_path}/c.db", warehouse=f"file://{tmp_path}")
    found.create_namespace("cellar")
    return found


@pytest.fixture
def wines(catalog):
    table = catalog.create_table("cellar.wines", schema=WINES.schema)
    table.append(WINES)
    return table


def uses(run):
    """What was read and written, and the source of it."""
    inputs = mlflow.get_run(run.info.run_id).inputs.dataset_inputs
    tags = [{tag.key: tag.value for tag in each.tags} for each in inputs]
    assert all(each["cuvee.recorded"] == "true" for each in tags)
    sources = [json.loads(each.dataset.source) for each in inputs]
    return [(tag["mlflow.data.context"], source) for tag, source in zip(tags, sources, strict=True)]


def tags(run):
    return {key: value for key, value in mlflow.get_run(run.info.run_id).data.tags.items() if key in TAGS}


def test_a_read_is_noted_with_its_snapshot_rows_and_columns(wines):
    with mlflow.start_run() as run:
        wines.scan(row_filter="quality > 5").select("name").to_arrow()

    [(what, source)] = uses(run)
    snapshot = wines.current_snapshot()
    assert (what, source["catalog"], source["table"]) == ("read", "lake", "cellar.wines")
    assert (source["table_uuid"], source["snapshot_id"]) == (str(wines.metadata.table_uuid), snapshot.snapshot_id)
    assert (source["row_filter"], source["columns"], source["row_count"]) == ("quality > 5", ["name"], 3)
    assert source["metadata_location"] == wines.metadata_location
    known = tags(run)
    assert known.pop("iceberg_snapshot_committed_at").endswith("Z")
    assert known == {"iceberg_snapshot_id": str(snapshot.snapshot_id), "row_count": "3"}


def test_a_write_is_noted_with_the_snapshot_that_it_made(wines):
    before = wines.current_snapshot().snapshot_id
    with mlflow.start_run() as run:
        wines.append(WINES)

    [(what, source)] = uses(run)
    assert (what, source["snapshot_id"]) == ("write", wines.current_snapshot().snapshot_id)
    assert (source["parent_id"], source["row_count"], source["row_filter"]) == (before, 6, None)
    assert tags(run)["iceberg_parent_id"] == str(before)


def test_a_table_that_is_made_with_its_rows_is_noted(catalog):
    with mlflow.start_run() as run, catalog.create_table_transaction("cellar.new", schema=WINES.schema) as making:
        making.append(WINES)

    assert [(what, source["table"]) for what, source in uses(run)] == [("write", "cellar.new")]


def test_what_changes_no_rows_is_no_write_and_an_empty_table_is_no_read(wines, catalog):
    empty = catalog.create_table("cellar.empty", schema=WINES.schema)
    with mlflow.start_run() as run:
        with wines.transaction() as change:
            change.set_properties(owner="me")
        empty.scan().to_arrow()

    assert (uses(run), tags(run)) == ([], {})


def test_the_same_data_is_noted_once_and_other_data_too(wines, monkeypatch):
    noted = []
    plain = notes.MlflowClient.log_inputs
    monkeypatch.setattr(
        notes.MlflowClient, "log_inputs", lambda *all_, **named: (noted.append(named), plain(*all_, **named))
    )
    with mlflow.start_run() as run:
        for _ in range(3):
            wines.scan(row_filter="quality > 5").to_arrow()
        wines.scan().to_arrow()

    assert {source["row_filter"] for _, source in uses(run)} == {"quality > 5", None}
    assert len(noted) == 2


def test_tags_of_the_users_own_are_left_alone(wines):
    with mlflow.start_run(tags={"row_count": "many"}) as run:
        wines.scan().to_arrow()

    assert tags(run) == {"row_count": "many"}
    assert len(uses(run)) == 1


def test_nothing_is_noted_without_a_run_or_of_a_table_that_no_catalog_has(wines):
    wines.scan().to_arrow()
    static = StaticTable.from_metadata(wines.metadata_location)
    with mlflow.start_run() as run:
        assert static.scan().to_arrow() == WINES

    assert uses(run) == []


def test_the_other_ways_to_the_rows_are_seen(wines):
    for rows in (lambda scan: scan.to_polars(), lambda scan: scan.count(), lambda scan: scan.to_arrow_batch_reader()):
        with mlflow.start_run() as run:
            rows(wines.scan())

        assert [what for what, _ in uses(run)] == ["read"]


def test_a_read_goes_on_when_the_store_refuses_or_hangs(wines, monkeypatch, caplog):
    def refuse(*_all, **_named):
        raise OSError("it is away")

    released = threading.Event()
    monkeypatch.setattr(notes, "PATIENCE", 0.1)
    monkeypatch.setattr(notes.MlflowClient, "log_inputs", lambda *_all, **_named: released.wait(60))
    with mlflow.start_run():
        assert wines.scan().to_arrow() == WINES
        released.set()
        monkeypatch.setattr(notes, "PATIENCE", 60)
        monkeypatch.setattr(notes.MlflowClient, "log_inputs", refuse)
        assert wines.scan(row_filter="quality > 5").to_arrow().num_rows == 2

    assert "This read of cellar.wines was not noted on the run: it is away" in caplog.text


def test_what_is_noted_is_read_again_as_it_was(wines):
    with mlflow.start_run() as run:
        wines.scan(row_filter=ice.And(ice.In("name", ["b", "it's"]), ice.StartsWith("name", "b"))).to_arrow()
    wines.append(WINES)
    [noted] = mlflow.get_run(run.info.run_id).inputs.dataset_inputs

    assert mlflow.data.get_source(noted.dataset).load().to_pylist() == [{"quality": 6, "name": "b"}]


COLUMNS = st.sampled_from(["quality", "name", "a b", "deep.inside"])
#: pyiceberg's own grammar cannot say a backslash.
VALUES = st.text("ab'% ", max_size=4)
PREDICATES = st.one_of(
    COLUMNS.map(ice.NotNull),
    COLUMNS.map(ice.IsNaN),
    st.tuples(COLUMNS, st.integers(-5, 5)).map(lambda pair: ice.GreaterThan(*pair)),
    st.tuples(COLUMNS, VALUES).map(lambda pair: ice.NotEqualTo(*pair)),
    st.tuples(COLUMNS, VALUES).map(lambda pair: ice.StartsWith(*pair)),
    st.tuples(COLUMNS, st.booleans()).map(lambda pair: ice.EqualTo(*pair)),
    st.tuples(COLUMNS, st.sets(st.integers(), min_size=2, max_size=3)).map(lambda pair: ice.In(*pair)),
    st.tuples(COLUMNS, st.sets(VALUES, min_size=2, max_size=3)).map(lambda pair: ice.NotIn(*pair)),
)
JOINED = st.sampled_from([ice.And, ice.Or])


def joined(inner):
    return st.tuples(JOINED, inner, inner).map(lambda parts: parts[0](*parts[1:]))


@given(st.recursive(PREDICATES, joined, max_leaves=6))
def test_a_filters_text_is_read_as_the_same_filter(expression):
    said = filters.text(expression.model_dump(mode="json"))

    assert filters.text(parser.parse(said).model_dump(mode="json")) == said
