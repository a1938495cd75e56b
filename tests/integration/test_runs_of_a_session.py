"""Which run goes on in a session: the platform adds to it what the session reads and writes."""

from functools import partial

import pytest

from cuvee.db.database import Database
from cuvee.db.session import Writing
from cuvee.identity.scopes import Role
from cuvee.identity.values import Principal, User
from cuvee.tracking import service
from cuvee.tracking.values import RunInfo, Status, Tag

PROJECT, OTHER = "0000-0000-0000-0000", "0000-0000-0000-0001"
CALLER = Principal(user=User(id="u", username="u", created_at=0), roles={PROJECT: Role.ADMIN, OTHER: Role.ADMIN})
SESSION = Tag("engineID", "0000-0000-0000-000s")


def start(database: Database, start_time: int, *tags: Tag, project_id: str = PROJECT) -> RunInfo:
    def begin(connection: Writing) -> RunInfo:
        experiment_id = service.ensure_default(connection, project_id)
        return service.create_run(connection, CALLER, experiment_id, start_time=start_time, tags=tags).info

    return database.write_now(begin)


def found(database: Database) -> str | None:
    ask = partial(service.running_in_session, caller=CALLER, project_id=PROJECT, session_id=SESSION.value)
    run = database.read_now(ask)
    return None if run is None else run.id


@pytest.mark.parametrize("end", [Status.FINISHED, Status.FAILED, Status.KILLED])
def test_a_run_that_ended_does_not_go_on(database: Database, end: Status):
    run = start(database, 1, SESSION)
    assert found(database) == run.id

    database.write_now(partial(service.update_run, caller=CALLER, run_id=run.id, status=end))

    assert found(database) is None


def test_of_a_run_and_its_child_the_child_is_taken_until_it_ends(database: Database):
    parent, child = start(database, 1, SESSION), start(database, 2, SESSION)
    assert found(database) == child.id

    database.write_now(partial(service.update_run, caller=CALLER, run_id=child.id, status=Status.FINISHED))

    assert found(database) == parent.id


def test_runs_of_other_sessions_and_projects_are_not_taken(database: Database):
    start(database, 1)
    start(database, 2, Tag(SESSION.key, f"{SESSION.value}2"))
    start(database, 3, Tag("session", SESSION.value))
    start(database, 4, SESSION, project_id=OTHER)

    assert found(database) is None


def test_a_deleted_run_is_not_taken(database: Database):
    run = start(database, 1, SESSION)

    database.write_now(partial(service.delete_run, caller=CALLER, run_id=run.id))

    assert found(database) is None
