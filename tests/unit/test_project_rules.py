"""Projects, on every database: names, finding, the default one."""

from functools import partial

import pytest

from cuvee.db.database import Database
from cuvee.identity import service as identity
from cuvee.identity.scopes import Role
from cuvee.identity.values import User
from cuvee.projects import errors, service
from cuvee.projects.values import CreationStatus, Project


@pytest.fixture
def owner(database: Database) -> User:
    return database.write_now(partial(identity.ensure_owner, username="ada"))


@pytest.fixture
def project(database: Database, owner: User) -> Project:
    return database.write_now(partial(service.create, owner=owner, name="Wine Quality"))


@pytest.mark.parametrize("name", ["Wine Quality", "wine-quality", "WINE QUALITY"])
def test_a_project_is_found_by_name_and_by_slug(database: Database, project: Project, name: str):
    assert database.read_now(partial(service.find, name=name)) == project


def test_a_project_is_found_by_id(database: Database, project: Project):
    assert database.read_now(partial(service.find, name=project.id)) == project
    assert database.read_now(partial(service.get, project_id=project.id)) == project


def test_its_creator_is_its_admin(database: Database, project: Project, owner: User):
    assert database.read_now(partial(identity.collaborators, project_id=project.id)) == [(owner, Role.ADMIN)]


@pytest.mark.parametrize("name", ["Wine Quality", "wine quality", "Wine-Quality"])
def test_a_taken_name_is_refused(database: Database, project: Project, owner: User, name: str):
    with pytest.raises(errors.ProjectExists):
        database.write_now(partial(service.create, owner=owner, name=name))


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "x" * 64,
        "-a",
        ".git",
        "a ",
        " a",
        "a  b",
        "a/b",
        "a\nb",
        "a\0",
        "../a",
        "ü",
        "0p3z-9k2m-71ay-b0hx",
        "a#b",
    ],
)
def test_a_name_that_cannot_be_is_refused(database: Database, owner: User, name: str):
    with pytest.raises(errors.BadProjectName):
        database.write_now(partial(service.create, owner=owner, name=name))


def test_the_default_project_is_made_once_and_stays(database: Database, owner: User):
    default = database.write_now(service.ensure_default)

    assert database.write_now(service.ensure_default) == default
    with pytest.raises(errors.DefaultProjectStays):
        database.write_now(partial(service.delete, project_id=default.id))


def test_a_deleted_project_leaves_no_grants(database: Database, project: Project):
    forgotten: list[str] = []
    database.write_now(
        partial(service.delete, project_id=project.id, within=[lambda _connection, gone: forgotten.append(gone)])
    )

    assert forgotten == [project.id]
    assert database.read_now(partial(identity.collaborators, project_id=project.id)) == []
    with pytest.raises(errors.ProjectNotFound):
        database.read_now(partial(service.get, project_id=project.id))


def test_a_creation_that_was_interrupted_says_so(database: Database, owner: User):
    begun = database.write_now(partial(service.create, owner=owner, name="a", status=CreationStatus.CREATING))
    database.write_now(service.fail_unfinished)

    project = database.read_now(partial(service.get, project_id=begun.id))
    assert project.creation_status is CreationStatus.FAILURE
    assert "stopped" in project.creation_message
