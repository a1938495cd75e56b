"""Many rows of plain values, however many."""

from functools import partial

import pytest
from sqlalchemy import exc, func, select

from cuvee.db import statements
from cuvee.db.database import Database
from cuvee.db.session import Reading
from cuvee.tracking import tables

_compaction = tables.metric_compaction


@pytest.mark.parametrize("count", [0, 1, 64, 65, 1_000])
def test_every_row_is_inserted_as_it_is(database: Database, count: int):
    rows = [(number, 2**40 + number) for number in range(count)]
    database.write_now(partial(statements.insert_rows, table=_compaction, names=("id", "upto"), rows=rows))

    assert database.read_now(lambda connection: connection.execute(select(_compaction)).all()) == rows


def test_many_rows_with_one_that_cannot_be_leave_nothing(database: Database):
    rows = [(number % 150, number) for number in range(200)]
    with pytest.raises(exc.IntegrityError):
        database.write_now(partial(statements.insert_rows, table=_compaction, names=("id", "upto"), rows=rows))

    assert database.read_now(_count) == 0


def _count(connection: Reading) -> int:
    return connection.execute(select(func.count()).select_from(_compaction)).scalar_one()
