"""What is known of a snapshot's rows is worked out once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog.memory import InMemoryCatalog
from pyiceberg.table import Table

from cuvee.data import details, errors
from cuvee.data.files import Warehouse
from cuvee.data.measuring import Measurer
from cuvee.data.statistics import Limits, Statistics

ROWS = pa.table({"number": [1, 2, None], "name": ["a", None, "c"]})


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    """A table of two snapshots, in the folder that `tmp_path` is."""
    catalog = InMemoryCatalog("test", warehouse=f"file://{tmp_path}/warehouse")
    catalog.create_namespace("default")
    made = catalog.create_table("default.wines", schema=ROWS.schema)
    made.append(ROWS)
    made.append(ROWS)
    yield made
    catalog.close()


async def measure(measurer: Measurer, table: Table, root: Path, at: int = -1) -> Statistics:
    warehouse = Warehouse(root)
    read = details.read(warehouse.read(table.metadata_location))
    return await measurer.measure(str(table.metadata.table_uuid), warehouse, read, table.history()[at].snapshot_id)


def hide(root: Path) -> None:
    """Take the manifests away: what is told now was kept."""
    for manifest in root.rglob("*.avro"):
        manifest.rename(manifest.with_suffix(".hidden"))


def show(root: Path) -> None:
    for manifest in root.rglob("*.hidden"):
        manifest.rename(manifest.with_suffix(".avro"))


async def test_a_snapshot_is_read_once(table: Table, tmp_path: Path):
    measurer = Measurer()
    first = await measure(measurer, table, tmp_path)
    hide(tmp_path)

    assert await measure(measurer, table, tmp_path) == first
    assert first.rows == 6
    with pytest.raises(errors.BadManifest):
        await measure(measurer, table, tmp_path, at=0)


async def test_who_asks_at_once_shares_one_reading(table: Table, tmp_path: Path):
    measurer = Measurer()
    first, second = await asyncio.gather(*(measure(measurer, table, tmp_path) for _ in range(2)))

    assert first is second


async def test_who_asks_meanwhile_is_answered_also_when_the_first_goes_away(table: Table, tmp_path: Path):
    measurer = Measurer()
    first, second = (asyncio.create_task(measure(measurer, table, tmp_path)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()

    assert (await second).rows == 6
    assert first.cancelled()


async def test_a_refusal_is_not_kept(table: Table, tmp_path: Path):
    measurer = Measurer()
    hide(tmp_path)
    with pytest.raises(errors.BadManifest):
        await measure(measurer, table, tmp_path)
    show(tmp_path)

    assert (await measure(measurer, table, tmp_path)).rows == 6


async def test_an_answer_that_was_cut_short_is_not_kept(table: Table, tmp_path: Path):
    measurer = Measurer(Limits(files=1))
    assert (await measure(measurer, table, tmp_path)).is_partial
    hide(tmp_path)

    with pytest.raises(errors.BadManifest):
        await measure(measurer, table, tmp_path)


async def test_what_was_least_asked_for_goes_when_there_is_too_much(table: Table, tmp_path: Path):
    measurer = Measurer(most_columns=3)
    await measure(measurer, table, tmp_path, at=0)
    await measure(measurer, table, tmp_path, at=1)
    hide(tmp_path)

    assert (await measure(measurer, table, tmp_path, at=1)).rows == 6
    with pytest.raises(errors.BadManifest):
        await measure(measurer, table, tmp_path, at=0)
