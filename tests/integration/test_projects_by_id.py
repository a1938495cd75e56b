"""Projects that pages and lists ask for by their ids."""

from cuvee.db.database import Database
from cuvee.db.session import Writing
from cuvee.identity import service as identity
from cuvee.projects import service
from cuvee.projects.values import Project


def some(connection: Writing) -> list[Project]:
    owner = identity.ensure_owner(connection, "ann")
    return [service.create(connection, owner, name) for name in ("lab", "cellar", "press")]


def test_projects_are_had_by_their_ids_and_those_that_are_not_there_left_out(database: Database):
    lab, _cellar, press = database.write_now(some)

    found = database.read_now(lambda reading: service.by_ids(reading, [lab.id, press.id, press.id, "none"]))

    assert found == {lab.id: lab, press.id: press}
    assert database.read_now(lambda reading: service.by_ids(reading, [])) == {}
