"""What is read of manifests, and what becomes of broken ones."""

import itertools
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.catalog.memory import InMemoryCatalog
from pyiceberg.table import Table

from cuvee.data import avro, bounds, details, errors, manifests, statistics
from cuvee.data.details import Column
from cuvee.data.files import Warehouse
from cuvee.data.manifests import DataFile
from cuvee.data.statistics import Limits, Statistics

ROWS = pa.table({"number": [1, 2, None], "name": ["a", None, "c"], "parts": [[1], [], None]})
COLUMN = Column(id=1, path="number", name="number", type="long", is_required=False)
KINDS = ("int", "date", "timestamptz", "time", "decimal(9, 2)", "decimal(x)", "string", "uuid", "fixed[16]", "double",
         "boolean", "variant", "")  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def table(root: Path) -> Iterator[Table]:
    """Three files, one of which was taken away."""
    catalog = InMemoryCatalog("test", warehouse=f"file://{root}/warehouse")
    catalog.create_namespace("default")
    made = catalog.create_table("default.wines", schema=ROWS.schema)
    for _ in range(3):
        made.append(ROWS)
    made.delete("number == 2")
    yield made
    catalog.close()


def measured(table: Table, root: Path, limits: Limits | None = None) -> Statistics:
    warehouse = Warehouse(root)
    read = details.read(warehouse.read(table.metadata_location))
    past = read.snapshots[read.snapshot_id]
    return statistics.gather(manifests.files(warehouse, past), read.columns_of(past.id), limits or Limits())


def manifest(table: Table) -> bytes:
    entry = table.current_snapshot().manifests(table.io)[0]
    return Path(entry.manifest_path.removeprefix("file://")).read_bytes()


def test_what_is_counted_is_what_the_library_counts(table: Table, root: Path):
    files = table.inspect.data_files().to_pylist()
    found = measured(table, root)

    assert found.rows == sum(each["record_count"] for each in files) == 6
    assert found.files == len(files)
    assert found.size == sum(each["file_size_in_bytes"] for each in files)
    assert found.columns[1].nulls == sum(each["readable_metrics"]["number"]["null_value_count"] for each in files)


def test_more_files_than_are_read_for_one_answer_are_said(table: Table, root: Path):
    found = measured(table, root, Limits(files=1))

    assert found.is_partial
    assert "first 1" in found.remarks[0]


def test_more_time_than_there_is_ends_it(table: Table, root: Path):
    ticks = itertools.count()
    warehouse = Warehouse(root)
    read = details.read(warehouse.read(table.metadata_location))
    files = manifests.files(warehouse, read.snapshots[read.snapshot_id])

    assert statistics.gather(files, (), Limits(seconds=1), now=lambda: next(ticks)).is_partial


@given(st.data())
def test_a_broken_manifest_is_refused_or_read(table: Table, data: st.DataObject):
    """Bytes that were changed, left out or added: what comes is records, or one kind of refusal."""
    content = bytearray(manifest(table))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    try:
        for entry in avro.records(bytes(content)):
            manifests.as_file(entry)
    except errors.BadManifest:
        pass


@given(st.binary(max_size=200))
def test_bytes_that_are_no_manifest_are_refused(content: bytes):
    with pytest.raises(errors.BadManifest):
        list(avro.records(content))


@given(st.binary(max_size=40), st.sampled_from(KINDS))
def test_a_bound_that_is_none_says_nothing(content: bytes, kind: str):
    assert isinstance(bounds.text(bounds.value(content, kind), kind), str)


def test_a_small_file_does_not_become_a_large_one():
    """Zeros that unpack to a thousand times their size are not unpacked to the end."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(64 * 1024 * 1024)) + packer.flush()
    head = avro_header('{"type": "record", "name": "r", "fields": [{"name": "a", "type": "long"}]}', "deflate")
    content = head + varint(1) + varint(len(packed)) + packed + bytes(16)

    with pytest.raises(errors.BadManifest):
        list(avro.records(content))


@pytest.mark.parametrize(
    "schema",
    ['{"type": "record", "name": "r", "fields": [{"name": "a", "type": "r"}]}',
     '{"type": "record", "name": "r", "fields": [{"name": "a", "type": {"type": "array", "items": "null"}}]}',
     '"long"', '{"type": "nothing"}', "[]", "{", '{"type": "record"}', '{"type": {"type": {"type": "long"}}}',
     '{"type": "record", "name": "r", "fields": [{"name": "a", "type": {"type": "fixed", "size": -5}}]}'],
)  # fmt: skip
def test_a_schema_that_makes_no_sense_is_refused(schema: str):
    block = random.Random(7).randbytes(64)
    content = avro_header(schema, "null") + varint(40) + varint(len(block)) + block + bytes(16)

    with pytest.raises(errors.BadManifest):
        list(avro.records(content))


def avro_header(schema: str, codec: str) -> bytes:
    pairs = {"avro.schema": schema, "avro.codec": codec}
    written = b"".join(varint(len(text)) + text.encode() for pair in pairs.items() for text in pair)
    return b"Obj\x01" + varint(len(pairs)) + written + varint(0) + bytes(16)


def varint(number: int) -> bytes:
    """As Avro writes a long that is not negative."""
    left, out = number << 1, bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*out, left])


def test_delete_files_are_said_and_not_counted_as_rows():
    files = [
        DataFile(is_deletes=False, rows=9, size=10, nulls={1: 2}, values={1: 9}),
        DataFile(is_deletes=True, rows=4, size=1),
    ]
    found = statistics.gather(files, [COLUMN], Limits())

    assert (found.rows, found.files, found.delete_files, found.deletes, found.size) == (9, 1, 1, 4, 11)
    assert "still have these rows" in found.remarks[0]


@given(st.lists(st.lists(st.none() | st.integers(-100, 100), min_size=1), min_size=1))
def test_what_is_gathered_of_files_is_what_is_in_them(contents: list[list[int | None]]):
    """Each file notes its own nulls and bounds, as writers do."""
    files = []
    for rows in contents:
        there = [each for each in rows if each is not None]
        least, greatest = ({1: struct.pack("<q", choose(there))} if there else {} for choose in (min, max))
        files.append(
            DataFile(
                is_deletes=False, rows=len(rows), size=1, values={1: len(rows)}, nulls={1: len(rows) - len(there)},
                least=least, greatest=greatest,
            )
        )  # fmt: skip
    found = statistics.gather(files, [COLUMN], Limits()).columns[1]
    every = [each for rows in contents for each in rows]
    there = [each for each in every if each is not None]

    assert found.nulls == len(every) - len(there)
    assert (found.least, found.greatest) == ((str(min(there)), str(max(there))) if there else ("", ""))
    assert found.untold == 0
