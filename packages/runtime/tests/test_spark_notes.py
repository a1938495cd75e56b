"""The parts of Spark's notes that need no Spark; the whole is tried in a session (tests/integration/test_spark.py)."""

import gc

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.types import IntegerType

from cuvee_runtime.iceberg import filters
from cuvee_runtime.spark.frames import Plans
from cuvee_runtime.spark.hearing import Hearing
from cuvee_runtime.spark.tables import Tables

WINES = pa.table({"quality": [5, 6, 7], "name": ["a", "b", "c"]})
QUALITY, NAME = (1, "quality"), (2, "name")
FILE, CONTENT = (2147483646, "_file"), (134, "content")


@pytest.fixture
def wines(tmp_path):
    catalog = load_catalog("lake", type="sql", uri=f"sqlite:///{tmp_path}/c.db", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("cellar")
    table = catalog.create_table("cellar.wines", schema=WINES.schema)
    table.append(WINES)
    return table


def test_columns_are_those_of_the_snapshot_and_none_in_particular_when_all_are_taken(wines):
    first = wines.current_snapshot().snapshot_id
    with wines.update_schema() as change:
        change.add_column("vintage", IntegerType())

    assert Tables.columns(wines, first, [NAME, QUALITY]) is None
    assert Tables.columns(wines, first, [NAME, FILE]) == ["name"]


def test_what_a_metadata_table_has_is_no_column_of_the_table(wines):
    assert Tables.columns(wines, wines.current_snapshot().snapshot_id, [CONTENT]) == []
    assert Tables.columns(wines, wines.current_snapshot().snapshot_id, []) == []


def test_a_filter_by_a_transform_says_which():
    bucket = {"type": "transform", "transform": "bucket[4]", "term": "quality"}

    assert filters.text({"type": "eq", "term": bucket, "value": 1}) == "bucket[4](quality) = 1"


class Frame:
    """Something of which frames are made."""


def test_a_plan_is_kept_as_long_as_its_frame():
    plans, frame = Plans(), Frame()
    name, was_there = plans.of(frame)
    plans.add(name, "a read")

    assert not was_there
    assert plans.of(frame) == (name, True)
    assert list(plans.reads(name)) == ["a read"]
    del frame
    gc.collect()
    assert list(plans.reads(name)) == []


def test_a_spark_that_cannot_be_heard_works_all_the_same(monkeypatch, caplog):
    caplog.set_level("INFO", "cuvee_runtime")
    monkeypatch.setenv("CUVEE_SESSION_ID", "0000-0000-0000-0001")
    hearing = Hearing()
    hearing.listen(object())
    hearing.follow()
    hearing.settle()

    assert "What Spark reads and writes is not heard" in caplog.text
