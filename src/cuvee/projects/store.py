"""Every query this room makes. No rules here: those are in service.py."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Row, delete, insert, or_, select, update

from cuvee.db import statements
from cuvee.db.session import Reading, Writing
from cuvee.identity.scopes import Role
from cuvee.projects import tables
from cuvee.projects.values import CreationStatus, Project, Visibility

_projects = tables.projects
_BY_IDS: Final = select(_projects).where(statements.among(_projects.c.id, "ids"))


def add(connection: Writing, project: Project) -> None:
    connection.execute(
        insert(_projects).values(
            id=project.id,
            name=project.name,
            slug=project.slug,
            description=project.description,
            owner_id=project.owner_id,
            creator_id=project.creator_id,
            visibility=project.visibility,
            organization_role=project.organization_role,
            creation_status=project.creation_status,
            creation_message=project.creation_message,
            creation_percent=project.creation_percent,
            environment=msgspec.json.encode(project.environment).decode(),
            runtime=project.runtime,
            shared_memory_limit=project.shared_memory_limit,
            git_url=project.git_url,
            git_ref=project.git_ref,
            created_at=project.created_at,
            updated_at=project.updated_at,
        )
    )


def get(connection: Reading, project_id: str) -> Project | None:
    row = connection.execute(select(_projects).where(_projects.c.id == project_id)).one_or_none()
    return None if row is None else _project(row)


def find(connection: Reading, name: str, slug: str) -> Project | None:
    """By name or slug; a name counts before a slug."""
    rows = connection.execute(select(_projects).where(or_(_projects.c.name == name, _projects.c.slug == slug))).all()
    by_name = [row for row in rows if row.name == name] or rows
    return _project(by_name[0]) if by_name else None


def by_ids(connection: Reading, ids: Collection[str]) -> dict[str, Project]:
    """Projects by id; those that are not there are left out."""
    return {row.id: _project(row) for row in connection.execute(_BY_IDS, {"ids": ids})}


def list_all(connection: Reading) -> list[Project]:
    """Every project, the oldest first."""
    return [_project(row) for row in connection.execute(select(_projects).order_by(_projects.c.id))]


def change(connection: Writing, project_id: str, changes: Mapping[str, Any]) -> None:
    """Set columns; `environment` is given as a mapping."""
    values = dict(changes)
    if "environment" in values:
        values["environment"] = msgspec.json.encode(values["environment"]).decode()
    connection.execute(update(_projects).where(_projects.c.id == project_id).values(**values))


def change_creating(connection: Writing, project_id: str, changes: Mapping[str, Any]) -> None:
    """Set columns of a project that is being created, and of no other."""
    query = update(_projects).where(
        _projects.c.id == project_id, _projects.c.creation_status == CreationStatus.CREATING
    )
    connection.execute(query.values(**changes))


def fail_unfinished(connection: Writing, why: str) -> None:
    """Mark every creation that is under way as failed."""
    query = update(_projects).where(_projects.c.creation_status == CreationStatus.CREATING)
    connection.execute(query.values(creation_status=CreationStatus.FAILURE, creation_message=why))


def remove(connection: Writing, project_id: str) -> None:
    connection.execute(delete(_projects).where(_projects.c.id == project_id))


def _project(row: Row[Any]) -> Project:
    return Project(
        id=row.id,
        name=row.name,
        slug=row.slug,
        description=row.description,
        owner_id=row.owner_id,
        creator_id=row.creator_id,
        visibility=Visibility(row.visibility),
        organization_role=Role(row.organization_role),
        creation_status=CreationStatus(row.creation_status),
        creation_message=row.creation_message,
        creation_percent=row.creation_percent,
        environment=msgspec.json.decode(row.environment),
        runtime=row.runtime,
        shared_memory_limit=row.shared_memory_limit,
        git_url=row.git_url,
        git_ref=row.git_ref,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
