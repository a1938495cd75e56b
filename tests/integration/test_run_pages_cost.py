"""What a run's page and a comparison cost in queries does not depend on what there is to show."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import event
from tests.integration.test_search_cost import CALLER, PROJECT

from cuvee.db.database import Database
from cuvee.db.session import Reading, Writing
from cuvee.tracking import curves, details, ingest, service
from cuvee.tracking.curves import Frame
from cuvee.tracking.values import PARENT_TAG, Tag


def fill(connection: Writing, count: int) -> list[str]:
    """A run and so many children, each with so many metrics, parameters and tags."""
    experiment_id = service.ensure_default(connection, PROJECT)
    ids: list[str] = []
    for number in range(count + 1):
        tags = [Tag(PARENT_TAG, ids[0])] if ids else []
        ids.append(service.create_run(connection, CALLER, experiment_id, start_time=number, tags=tags).info.id)
        points = ingest.grouped((f"m{key}", step, 1, float(number)) for key in range(count) for step in range(3))
        params = [Tag(f"p{key}", "1") for key in range(count)]
        assert ingest.log(connection, [ingest.Item(run_id=ids[-1], points=points, params=params)]) == [None]
    return ids


def cost(database: Database, work: Callable[[Reading], object]) -> int:
    """How many statements some work takes."""
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    def counted(connection: Reading) -> None:
        event.listen(connection, "before_cursor_execute", count)
        work(connection)

    database.read_now(counted)
    return len(seen)


def costs(database: Database, count: int) -> list[int]:
    ids = database.write_now(partial(fill, count=count))
    keys = [f"m{key}" for key in range(count)]
    return [
        cost(database, lambda reading: details.of_run(reading, CALLER, ids[0])),
        cost(database, lambda reading: details.of_runs(reading, CALLER, ids)),
        cost(database, lambda reading: curves.of_runs(reading, CALLER, ids, 100)),
        cost(database, lambda reading: curves.curves(reading, CALLER, ids, keys, Frame(width=100))),
    ]


def test_much_costs_as_many_queries_as_little(database: Database):
    assert costs(database, 2) == costs(database, 15)
