"""Tables as they were: what a client is told in place of the newest metadata."""

from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata, TableMetadataUtil
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import StringType

from cuvee.data import errors, past
from cuvee.datasets.values import Moment

ROWS = pa.table({"quality": pa.array([5, 6, 7])})


@pytest.fixture(scope="module", params=["1", "2"])
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Table:
    """Written to three times; before the last, a column came, by which it is partitioned and ordered."""
    folder = tmp_path_factory.mktemp("warehouse")
    catalog = SqlCatalog("tests", uri="sqlite:///:memory:", warehouse=folder.as_uri())
    catalog.create_namespace("default")
    made = catalog.create_table("default.t", schema=ROWS.schema, properties={"format-version": request.param})
    made.append(ROWS)
    made.append(ROWS)
    with made.update_schema() as schema:
        schema.add_column("colour", StringType())
    with made.update_spec() as spec:
        spec.add_field("colour", IdentityTransform(), "colour")
    with made.update_sort_order() as order:
        order.asc("colour", IdentityTransform())
    made.append(pa.table({"quality": pa.array([8]), "colour": ["red"]}))
    made.manage_snapshots().create_tag(made.current_snapshot().snapshot_id, "newest").commit()
    made.manage_snapshots().create_tag(made.snapshots()[0].snapshot_id, "oldest").commit()
    return made


def seen(table: Table, place: int, schema_id: int | None = None) -> TableMetadata:
    content = table.metadata.model_dump_json().encode()
    moment = Moment(table.snapshots()[place].snapshot_id, schema_id)
    return TableMetadataUtil.parse_raw(past.seen(content, moment).decode())


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_snapshot_is_the_newest_there_is(table: Table, place: int):
    found = seen(table, place)
    ids = [each.snapshot_id for each in table.snapshots()[: place + 1]]

    assert found.current_snapshot_id == ids[-1]
    assert [each.snapshot_id for each in found.snapshots] == ids
    assert [each.snapshot_id for each in found.snapshot_log] == ids
    assert set(found.refs) == ({"main", "oldest", "newest"} if place == 2 else {"main", "oldest"})


def test_it_has_the_columns_of_then_and_nothing_by_later_ones(table: Table):
    before, now = seen(table, 1), seen(table, 2)

    assert [each.name for each in before.schema().fields] == ["quality"]
    assert [each.name for each in now.schema().fields] == ["quality", "colour"]
    assert (before.spec().is_unpartitioned(), now.spec().is_unpartitioned()) == (True, False)
    assert (before.sort_order().is_unsorted, now.sort_order().is_unsorted) == (True, False)


def test_a_schema_that_was_read_in_counts_more_than_the_snapshots_own(table: Table):
    found = seen(table, 1, schema_id=table.metadata.current_schema_id)

    assert [each.name for each in found.schema().fields] == ["quality", "colour"]


def test_its_rows_are_those_of_then(table: Table):
    old = Table(("default", "t"), seen(table, 0), table.metadata_location, table.io, table.catalog)

    assert old.scan().to_arrow().num_rows == 3
    assert old.scan().to_arrow().column_names == ["quality"]


def test_a_snapshot_that_is_gone_is_refused(table: Table):
    with pytest.raises(errors.SnapshotNotFound, match="Snapshot 7, which is to be seen, was expired"):
        past.seen(table.metadata.model_dump_json().encode(), Moment(7))


@given(
    log=st.lists(st.integers(1, 4), max_size=6),
    current=st.integers(1, 4),
)
def test_the_history_always_ends_with_what_is_current_and_knows_nothing_later(log: list[int], current: int):
    snapshots: list[dict[str, Any]] = [{"snapshot-id": n, "sequence-number": n, "timestamp-ms": n} for n in range(1, 5)]
    entries = [{"snapshot-id": n, "timestamp-ms": at} for at, n in enumerate(log)]
    content = msgspec.json.encode({"snapshots": snapshots, "snapshot-log": entries, "refs": {}})
    found = msgspec.json.decode(past.seen(content, Moment(current)))

    told = [each["snapshot-id"] for each in found["snapshot-log"]]
    assert told[-1] == current == found["current-snapshot-id"]
    assert max(told) <= current
