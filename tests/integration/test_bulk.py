"""Many finished runs made at once are like those made one by one."""

from functools import partial
from math import nan

import pytest
from benchmarks import seed_data

from cuvee.core.errors import Invalid, NotFound
from cuvee.db.database import Database
from cuvee.identity import service as identity
from cuvee.identity.scopes import Role
from cuvee.identity.values import Principal, User
from cuvee.tracking import bulk, search, series, service
from cuvee.tracking.values import Arrival, Metric, Status, Tag

PROJECT = "0000-0000-0000-0000"
CALLER = Principal(user=User(id="u", username="u", created_at=0), roles={PROJECT: Role.ADMIN})
STRANGER = Principal(user=User(id="s", username="s", created_at=0), roles={})


@pytest.fixture
def experiment_id(database: Database) -> str:
    return database.write_now(lambda connection: service.ensure_default(connection, PROJECT))


def create(database: Database, experiment_id: str, *drafts: bulk.Draft, caller: Principal = CALLER) -> list[str]:
    return database.write_now(lambda connection: bulk.create_runs(connection, caller, experiment_id, drafts))


def test_runs_made_at_once_have_what_was_said_of_them(database: Database, experiment_id: str):
    drafts = [bulk.Draft(name=f"r{n}", start_time=n, end_time=9, tags=[Tag("stage", "x")]) for n in range(3)]
    ids = create(database, experiment_id, *drafts)
    run = database.read_now(lambda connection: service.get_run(connection, CALLER, ids[1]))

    assert (run.info.name, run.info.start_time, run.info.end_time, run.info.status) == ("r1", 1, 9, Status.FINISHED)
    assert run.tags == [Tag("mlflow.runName", "r1"), Tag("stage", "x")]


def test_runs_made_at_once_have_what_was_logged_to_them(database: Database, experiment_id: str):
    points = {"loss": Arrival((0, 1, 2), (5, 6, 7), (3.0, nan, 1.0))}
    draft = bulk.Draft(name="r", start_time=1, params=[Tag("lr", "0.1")], points=points)
    (run_id,) = create(database, experiment_id, draft)
    run = database.read_now(lambda connection: service.get_run(connection, CALLER, run_id))
    kept = database.read_now(lambda connection: series.history(connection, CALLER, run_id, "loss"))

    assert (run.params, run.metrics) == ([Tag("lr", "0.1")], [Metric("loss", 2, 7, 1.0)])
    assert [point.step for point in kept] == [0, 1, 2]
    found = partial(search.runs, caller=CALLER, experiment_ids=[experiment_id], filter_text="metrics.loss.mean = 2")
    assert [each.info.id for each in database.read_now(found)[0]] == [run_id]


@pytest.mark.parametrize("bad", [{"params": [Tag("a//b", "1")]}, {"points": {"a?": Arrival((0,), (1,), (1.0,))}}])
def test_one_bad_name_of_what_was_logged_stops_them_all(database: Database, experiment_id: str, bad: dict):
    with pytest.raises(Invalid):
        create(database, experiment_id, bulk.Draft(name="a", start_time=1, **bad))


def test_one_bad_name_stops_them_all(database: Database, experiment_id: str):
    with pytest.raises(Invalid):
        create(database, experiment_id, bulk.Draft(name="a", start_time=1), bulk.Draft(name="b" * 8_001, start_time=1))

    assert database.read_now(lambda c: search.runs(c, CALLER, [experiment_id]))[0] == []


def test_strangers_make_none(database: Database, experiment_id: str):
    with pytest.raises(NotFound):
        create(database, experiment_id, bulk.Draft(name="a", start_time=1), caller=STRANGER)


def test_a_generator_fills_a_home_with_what_was_asked_for(database: Database):
    database.write_now(partial(identity.ensure_owner, username="anna"))
    experiment_id = database.write_now(partial(seed_data.open_experiment, name="seeded"))
    shape = seed_data.Shape(runs=5, metrics=2, steps=3, params=1, tags=1)

    assert list(seed_data.fill(database, experiment_id, shape, at_once=2)) == [2, 4, 5]
    caller = database.read_now(lambda c: identity.principal_without_key(c, identity.first_admin(c)))
    (newest, *rest), _more = database.read_now(lambda c: search.runs(c, caller, [experiment_id]))
    assert (newest.info.name, len(rest)) == ("run-0000004", 4)
    assert [metric.point.step for metric in newest.metrics] == [2, 2]
    assert (len(newest.params), len(newest.tags)) == (1, 2)
