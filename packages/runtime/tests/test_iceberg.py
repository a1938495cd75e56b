"""Snapshots as datasets of MLflow's, and the past of a table. A real catalog in a folder, by pyiceberg."""

import datetime as dt
import json
import os
import subprocess
import sys

import mlflow
import pyarrow as pa
import pytest
from mlflow.data.dataset_source_registry import get_dataset_source_from_json
from pyiceberg.catalog import load_catalog

from cuvee_runtime.iceberg import facts, snapshots
from cuvee_runtime.iceberg.facts import NoSuchSnapshot
from cuvee_runtime.iceberg.source import FilterMasked

WINES = pa.table({"quality": [5, 6, 7], "name": ["a", "b", "c"]})


@pytest.fixture
def catalog(tmp_path, monkeypatch):
    for key, value in {"TYPE": "sql", "URI": f"sqlite:///{tmp_path}/c.db", "WAREHOUSE": f"file://{tmp_path}"}.items():
        monkeypatch.setenv(f"PYICEBERG_CATALOG__DEFAULT__{key}", value)
    # Read when it is imported: what the environment says later has to be told.
    monkeypatch.setattr("pyiceberg.catalog._ENV_CONFIG", __import__("pyiceberg.utils.config", fromlist=["x"]).Config())
    found = load_catalog("default")
    found.create_namespace("default")
    return found


@pytest.fixture
def wines(catalog):
    table = catalog.create_table("default.wines", schema=WINES.schema)
    table.append(WINES)
    return table


def again(dataset):
    """The source as somebody else finds it on a run."""
    return get_dataset_source_from_json(dataset.source.to_json(), "iceberg")


def test_a_dataset_says_which_snapshot_it_is(wines):
    dataset = mlflow.data.from_iceberg(wines)
    source = json.loads(dataset.to_dict()["source"])

    assert dataset.name == "default.wines"
    assert dataset.to_dict()["source_type"] == "iceberg"
    assert source["snapshot_id"] == wines.current_snapshot().snapshot_id
    assert (source["row_count"], source["operation"], source["parent_id"]) == (3, "append", None)
    assert json.loads(dataset.to_dict()["profile"]) == {"num_rows": 3}
    assert [each["name"] for each in json.loads(dataset.to_dict()["schema"])["columns"]] == ["quality", "name"]


def test_a_table_is_named_by_its_name(wines):
    assert mlflow.data.from_iceberg("default.wines").digest == mlflow.data.from_iceberg(wines).digest


def test_the_digest_follows_from_the_rows_that_were_taken(wines):
    whole = mlflow.data.from_iceberg(wines)
    assert len(whole.digest) <= 36
    assert mlflow.data.from_iceberg(wines, row_filter="quality > 5").digest != whole.digest
    assert mlflow.data.from_iceberg(wines, columns=["name"]).digest != whole.digest
    first = wines.current_snapshot().snapshot_id
    wines.append(WINES)

    assert mlflow.data.from_iceberg(wines).digest != whole.digest
    assert mlflow.data.from_iceberg(wines, snapshot_id=first).digest == whole.digest


def test_a_digest_is_the_same_wherever_it_is_made():
    said = {"columns": None, "row_filter": None, "schema_id": 0, "snapshot_id": 1, "table_uuid": "u", "table": "x"}

    assert facts.digest(said) == "fed7f8500a4e13ae796ff33e0ffdf7eb"


def test_a_filter_whose_values_spark_kept_to_itself_is_not_guessed(wines):
    kept = mlflow.data.from_iceberg(wines, row_filter="quality is not null and quality >= (1-digit-int)").source

    with pytest.raises(FilterMasked, match=r"filter the rows yourself, as in source.table\(\).scan"):
        kept.load()


def test_what_a_run_keeps_of_it_reads_it_again_as_it_was(wines):
    dataset = mlflow.data.from_iceberg(wines, row_filter="quality >= 6", columns=["name"])
    logged = dataset._to_mlflow_entity()
    wines.append(WINES)

    assert mlflow.data.get_source(logged).load().to_pylist() == [{"name": "b"}, {"name": "c"}]


def test_a_renamed_table_is_found(catalog, wines):
    source = again(mlflow.data.from_iceberg(wines))
    catalog.rename_table("default.wines", "default.whites")

    assert source.load() == WINES


def test_a_new_table_of_the_name_is_not_taken_for_it(catalog, wines):
    source = again(mlflow.data.from_iceberg(wines))
    catalog.drop_table("default.wines")
    catalog.create_table("default.wines", schema=WINES.schema, location=f"{wines.location()}-2")

    assert source.load() == WINES


def test_a_snapshot_that_is_gone_is_said_to_be(wines):
    source = again(mlflow.data.from_iceberg(wines))
    source.facts["metadata_location"] = "file:///nowhere"
    source.facts["snapshot_id"] = 17

    with pytest.raises(NoSuchSnapshot, match=r"default.wines no longer has snapshot 17"):
        source.load()


def test_an_empty_table_has_no_snapshot(catalog):
    empty = catalog.create_table("default.empty", schema=WINES.schema)

    with pytest.raises(NoSuchSnapshot):
        mlflow.data.from_iceberg(empty)


def test_a_table_is_read_as_of_an_id_a_tag_and_a_moment(wines):
    first = wines.current_snapshot()
    snapshots.tag(wines, "vintage-1")
    wines.append(WINES)
    moment = dt.datetime.fromtimestamp(first.timestamp_ms / 1000, tz=dt.UTC)

    for when in (first.snapshot_id, "vintage-1", moment):
        assert snapshots.as_of(wines, when).to_arrow() == WINES
    for never in (17, "vintage-2", dt.datetime(1990, 1, 1, tzinfo=dt.UTC)):
        with pytest.raises(NoSuchSnapshot):
            snapshots.as_of(wines, never)


def test_a_table_is_rolled_back_and_its_history_stays(wines):
    first = wines.current_snapshot().snapshot_id
    wines.append(WINES)
    snapshots.rollback(wines, first)

    assert wines.refresh().scan().to_arrow() == WINES
    assert [each["row_count"] for each in snapshots.history(wines)] == [6, 3]


def test_a_tag_is_taken_away(wines):
    snapshots.tag(wines, "mine")
    snapshots.untag(wines, "mine")

    assert wines.refresh().snapshot_by_name("mine") is None


LOOK = """
{first}
from pyiceberg.table import Table
import pyiceberg.catalog
print(hasattr(Table.scan, "__wrapped__"))
"""


@pytest.mark.parametrize("first", ["import mlflow.data", "from cuvee_runtime.iceberg import hook; hook.install()"])
def test_tables_are_watched_in_a_session_alone(first):
    def watched(**environment):
        command = [sys.executable, "-W", "ignore", "-c", LOOK.format(first=first)]
        return subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True).stdout

    assert watched() == "False\n"
    assert watched(PYICEBERG_CATALOG__CUVEE__URI="http://127.0.0.1:1/iceberg") == "True\n"
