"""A page of runs costs the same number of queries, whatever it holds."""

from functools import partial

import pytest
from sqlalchemy import event

from cuvee.db.database import Database
from cuvee.db.session import Reading, Writing
from cuvee.identity.scopes import Role
from cuvee.identity.values import Principal, User
from cuvee.tracking import ingest, search, service
from cuvee.tracking.values import Tag

PROJECT = "0000-0000-0000-0000"
CALLER = Principal(user=User(id="u", username="u", created_at=0), roles={PROJECT: Role.ADMIN})


def fill(connection: Writing, count: int) -> str:
    experiment_id = service.ensure_default(connection, PROJECT)
    for number in range(count):
        run_id = service.create_run(connection, CALLER, experiment_id, start_time=number).info.id
        points = ingest.grouped(("loss", step, 1, float(number)) for step in range(3))
        item = ingest.Item(run_id=run_id, points=points, params=[Tag("lr", str(number))], tags=[Tag("stage", "test")])
        assert ingest.log(connection, [item]) == [None]
    return experiment_id


def queries(database: Database, experiment_id: str, **asked: object) -> tuple[int, int]:
    """How many statements a search takes, and how many runs it finds."""
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    def work(connection: Reading) -> int:
        event.listen(connection, "before_cursor_execute", count)
        return len(search.runs(connection, CALLER, [experiment_id], **asked)[0])

    found = database.read_now(work)
    return len(seen), found


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"filter_text": "metrics.loss < 100 AND params.lr != 'x' AND tags.stage = 'test'"},
        {"order_by": ["metrics.loss DESC", "params.lr"], "filter_text": "metrics.loss >= 0 OR NOT tags.stage IS NULL"},
    ],
)
def test_a_page_takes_as_many_queries_for_twenty_runs_as_for_one(database: Database, asked: dict):
    experiment_id = database.write_now(partial(fill, count=1))
    few, found_few = queries(database, experiment_id, **asked)
    database.write_now(partial(fill, count=19))
    many, found_many = queries(database, experiment_id, **asked)

    assert (found_few, found_many) == (1, 20)
    assert few == many <= 8


@pytest.mark.parametrize(("columns", "kinds"), [([], 0), (["metrics.loss"], 1), (["metrics.*", "tags.stage"], 2)])
def test_what_is_no_column_is_not_read(database: Database, columns: list[str], kinds: int):
    experiment_id = database.write_now(partial(fill, count=3))
    everything, _found = queries(database, experiment_id)

    assert queries(database, experiment_id, columns=columns) == (everything - 3 + kinds, 3)
