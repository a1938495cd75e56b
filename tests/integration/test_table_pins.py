"""Snapshots that somebody needs are not expired."""

from collections.abc import Iterator
from typing import Any

import pytest

from cuvee.core.ids import new_id
from cuvee.data import errors, service
from cuvee.data.values import Snapshot, State, Table
from cuvee.db.database import Database

HOLDER = "model-version:1"


class Everybody:
    """A caller who may do all there is."""

    def require(self, scope: str, project_id: str) -> None:
        """Refuse nothing."""


@pytest.fixture
def table(database: Database) -> Iterator[Table]:
    project_id = new_id()

    def make(connection: Any) -> Table:
        return service.add(
            connection, Everybody(), state(1, 2), project_id=project_id, levels=("default",), name="wines",
            metadata_location="file:///p/1",
        )  # fmt: skip

    return database.write_now(make)


def state(*ids: int) -> State:
    """A metadata file that has these snapshots, the last the current one."""
    return State(
        table_uuid="9c12d441-03fe-4693-9a96-a0705ddf69c1",
        location="file:///p",
        schema_id=0,
        snapshot_id=ids[-1],
        snapshots=tuple(
            Snapshot(
                table_uuid="9c12d441-03fe-4693-9a96-a0705ddf69c1", id=each, parent_id=None, committed_at=each,
                operation="append", schema_id=0, records=each,
            )
            for each in ids
        ),
    )  # fmt: skip


def pin(database: Database, table: Table, snapshot_id: int = 1) -> None:
    reason, tag = "version 1 of wine was trained on it.", "cuvee.wine.v1"
    database.write_now(
        lambda connection: service.pin(
            connection, table_uuid=table.uuid, snapshot_id=snapshot_id, holder=HOLDER, tag=tag, reason=reason
        )
    )


def expire_the_first(database: Database, table: Table) -> Table:
    return database.write_now(lambda c: service.move_on(c, Everybody(), table, state(2, 3), "file:///p/2"))


def test_an_expiry_that_would_remove_a_pinned_snapshot_is_refused_with_the_reason(database: Database, table: Table):
    pin(database, table)

    with pytest.raises(errors.SnapshotPinned, match="Snapshot 1 stays: version 1 of wine was trained on it"):
        expire_the_first(database, table)
    assert database.read_now(lambda c: service.table_by_uuid(c, table.uuid)) == table


def test_without_the_pin_it_goes_and_is_remembered(database: Database, table: Table):
    pin(database, table)
    database.write_now(lambda c: service.unpin(c, [HOLDER]))
    expire_the_first(database, table)

    found = {
        each.id: each.expired_at is None for each in database.read_now(lambda c: service.snapshots_of(c, table.uuid))
    }
    assert found == {1: False, 2: True, 3: True}


def test_a_snapshot_that_is_gone_cannot_be_pinned(database: Database, table: Table):
    expire_the_first(database, table)

    for snapshot_id in (1, 17):
        with pytest.raises(errors.SnapshotNotFound):
            pin(database, table, snapshot_id)


def test_a_purge_is_refused_and_a_drop_is_not(database: Database, table: Table):
    pin(database, table)

    with pytest.raises(errors.SnapshotPinned):
        database.write_now(lambda c: service.drop(c, Everybody(), table, purge=True))
    database.write_now(lambda c: service.drop(c, Everybody(), table, purge=False))
    assert database.read_now(lambda c: service.table_by_uuid(c, table.uuid)).dropped_at is not None


def test_who_commits_on_an_old_file_comes_too_late(database: Database, table: Table):
    expire_the_first(database, table)

    with pytest.raises(errors.CommitConflict):
        expire_the_first(database, table)


def test_the_current_snapshot_is_told(database: Database, table: Table):
    found = database.read_now(lambda c: service.current_of(c, [table.uuid, "nobodys"]))

    assert {uuid: snapshot.id for uuid, snapshot in found.items()} == {table.uuid: 2}
