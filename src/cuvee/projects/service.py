"""What one may do with projects, and when."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from cuvee.core import clock, shipped, topics
from cuvee.core.ids import is_id, new_id
from cuvee.db.notes import note
from cuvee.db.session import Reading, Writing
from cuvee.identity import service as identity
from cuvee.identity.scopes import Role
from cuvee.identity.values import User
from cuvee.projects import errors, store
from cuvee.projects.values import DEFAULT_NAME, CreationStatus, Project, Visibility

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]| (?! )){0,62}(?<! )")


def create(
    connection: Writing,
    owner: User,
    name: str,
    *,
    description: str = "",
    visibility: Visibility = Visibility.PRIVATE,
    organization_role: Role = Role.VIEWER,
    environment: Mapping[str, str] | None = None,
    runtime: str = "",
    shared_memory_limit: int = 64,
    git_url: str = "",
    git_ref: str = "",
    status: CreationStatus = CreationStatus.SUCCESS,
) -> Project:
    """A new project, of which its owner is the Admin. Its folder is the caller's business: see `directory`.

    Raises:
        BadProjectName: when the name has the wrong shape.
        ProjectExists: when the name or its slug is taken.

    """
    require_name(name)
    if store.find(connection, name, slug_of(name)) is not None:
        raise errors.ProjectExists
    now = clock.now_ms()
    project = Project(
        id=new_id(),
        name=name,
        slug=slug_of(name),
        description=description,
        owner_id=owner.id,
        creator_id=owner.id,
        visibility=visibility,
        organization_role=organization_role,
        creation_status=status,
        environment=dict(environment or {}),
        runtime=runtime,
        shared_memory_limit=shared_memory_limit,
        git_url=git_url,
        git_ref=git_ref,
        created_at=now,
        updated_at=now,
    )
    store.add(connection, project)
    _note(connection, project.id)
    identity.grant(connection, project.id, owner, Role.ADMIN)
    identity.open_project(connection, project.id, project.everybody)
    return project


def get(connection: Reading, project_id: str) -> Project:
    """A project by id.

    Raises:
        ProjectNotFound: when there is none.

    """
    project = store.get(connection, project_id) if is_id(project_id) else None
    if project is None:
        raise errors.ProjectNotFound
    return project


def find(connection: Reading, name: str) -> Project:
    """A project by name, slug or id.

    Raises:
        ProjectNotFound: when there is none.

    """
    if is_id(name):
        return get(connection, name)
    project = store.find(connection, name, slug_of(name)) if _NAME.fullmatch(name) else None
    if project is None:
        raise errors.ProjectNotFound
    return project


def by_ids(connection: Reading, ids: Iterable[str]) -> dict[str, Project]:
    """Projects by id, in one query; those that are not there are left out."""
    wanted = set(ids)
    return store.by_ids(connection, wanted) if wanted else {}


def names(connection: Reading, ids: Iterable[str]) -> dict[str, str]:
    """Projects' names by id, likewise."""
    return {id_: project.name for id_, project in by_ids(connection, ids).items()}


def list_all(connection: Reading) -> list[Project]:
    """Every project, the oldest first. What shows some projects' names asks for those: there may be many."""
    return store.list_all(connection)


def update(connection: Writing, project_id: str, changes: Mapping[str, Any]) -> Project:
    """Change a project: its name, description, visibility, organization role, environment, runtime, shared memory.

    Raises:
        ProjectNotFound: when there is none.
        BadProjectName, ProjectExists: as for a new project.
        DefaultProjectStays: when the default one would get another name.

    """
    project = get(connection, project_id)
    values = dict(changes)
    if (name := values.get("name", project.name)) != project.name:
        _require_free(connection, name, project)
        values["slug"] = slug_of(name)
    if values:
        store.change(connection, project_id, values | {"updated_at": clock.now_ms()})
    _note(connection, project_id)
    changed = get(connection, project_id)
    identity.open_project(connection, project_id, changed.everybody)
    return changed


def _require_free(connection: Reading, name: str, project: Project) -> None:
    if project.name == DEFAULT_NAME:
        raise errors.DefaultProjectStays
    require_name(name)
    holder = store.find(connection, name, slug_of(name))
    if holder is not None and holder.id != project.id:
        raise errors.ProjectExists


def begin_again(connection: Writing, project_id: str, *, git_url: str, git_ref: str) -> Project:
    """A project whose creation failed is about to be created once more.

    Raises:
        ProjectNotFound: when there is none.
        NotFailed: when its creation has not failed.

    """
    project = get(connection, project_id)
    if project.creation_status is not CreationStatus.FAILURE:
        raise errors.NotFailed
    changes = {"creation_status": CreationStatus.CREATING, "creation_message": "", "creation_percent": 0}
    store.change(connection, project_id, {**changes, "git_url": git_url, "git_ref": git_ref})
    return get(connection, project_id)


def end_creation(connection: Writing, project_id: str, status: CreationStatus, message: str) -> None:
    """Keep how a creation ended; nothing when the project is gone or its creation has ended already."""
    changes = {
        "creation_status": status,
        "creation_message": message,
        "creation_percent": 100 if status is CreationStatus.SUCCESS else 0,
    }
    store.change_creating(connection, project_id, changes)
    _note(connection, project_id)


def note_progress(connection: Writing, project_id: str, phase: str, percent: int) -> None:
    """Keep what a creation does right now and how far it is."""
    store.change_creating(connection, project_id, {"creation_message": phase, "creation_percent": percent})
    _note(connection, project_id)


def collaborators(connection: Reading, project_id: str) -> list[tuple[User, Role]]:
    """Who has which role in a project, by name.

    Raises:
        ProjectNotFound: when there is none.

    """
    get(connection, project_id)
    return identity.collaborators(connection, project_id)


def set_role(connection: Writing, project_id: str, username: str, role: Role) -> None:
    """Make somebody a collaborator, or change what they are.

    Raises:
        ProjectNotFound: when there is no such project.
        UserNotFound: when nobody has the name.
        LastProjectAdmin: when the project would be left without an Admin.

    """
    get(connection, project_id)
    user = identity.get_user(connection, username)
    if role is not Role.ADMIN:
        _require_other_admin(connection, project_id, user)
    identity.grant(connection, project_id, user, role)
    _note(connection, project_id)


def remove_collaborator(connection: Writing, project_id: str, username: str) -> None:
    """Take somebody's part in a project away.

    Raises:
        NoCollaborator: when they have none.
        LastProjectAdmin: when the project would be left without an Admin.

    """
    user = identity.get_user(connection, username)
    _require_other_admin(connection, project_id, user)
    if not identity.revoke(connection, project_id, user):
        raise errors.NoCollaborator
    _note(connection, project_id)


def _require_other_admin(connection: Reading, project_id: str, user: User) -> None:
    admins = [other.id for other, role in identity.collaborators(connection, project_id) if role is Role.ADMIN]
    if admins == [user.id]:
        raise errors.LastProjectAdmin


def delete(connection: Writing, project_id: str, within: Sequence[Callable[[Writing, str], None]] = ()) -> Project:
    """Forget a project, its grants and its keys, and have other rooms forget what they keep of it.

    Raises:
        ProjectNotFound: when there is none.
        DefaultProjectStays: when it is the default one.

    """
    project = require_deletable(connection, project_id)
    for forget in within:
        forget(connection, project_id)
    identity.forget_project(connection, project_id)
    store.remove(connection, project_id)
    _note(connection, project_id)
    return project


def require_deletable(connection: Reading, project_id: str) -> Project:
    """A project that may be deleted.

    Raises:
        ProjectNotFound: when there is none.
        DefaultProjectStays: when it is the default one.

    """
    project = get(connection, project_id)
    if project.name == DEFAULT_NAME:
        raise errors.DefaultProjectStays
    return project


def ensure_default(connection: Writing) -> Project:
    """The project `default`, made for the first administrator when it is not there."""
    found = store.find(connection, DEFAULT_NAME, DEFAULT_NAME)
    owner = identity.first_admin(connection)
    return found or create(connection, owner, DEFAULT_NAME, description="Where requests without a project go.")


def fail_unfinished(connection: Writing) -> None:
    """At the start: what was being created when the platform stopped is not going to be finished."""
    store.fail_unfinished(
        connection, "The platform was stopped before the files were there. Delete the project and create it again."
    )


def _note(connection: Writing, project_id: str) -> None:
    note(connection, topics.PROJECTS, topics.project(project_id))


def require_created(project: Project) -> None:
    """Go on only when the project's files are there.

    Raises:
        NotCreated: with the reason.

    """
    if project.creation_status is not CreationStatus.SUCCESS:
        raise errors.NotCreated(
            f"The project's files are not there: {project.creation_status}. {project.creation_message}".strip()
        )


def templates(home: Path) -> dict[str, Path]:
    """Project templates by name: the shipped ones, and the folders in HOME/templates, which come first."""
    own = home / "templates"
    added = {path.name: path for path in own.iterdir() if path.is_dir()} if own.is_dir() else {}
    return dict(sorted((shipped.templates() | added).items()))


def directory(home: Path, project_id: str) -> Path:
    """A project's folder: `HOME` and working directory of its workloads."""
    return home / "projects" / project_id


def slug_of(name: str) -> str:
    """The name as it stands in addresses: small letters, `-` for a space."""
    return name.lower().replace(" ", "-")


def require_name(name: str) -> None:
    """Go on only with a name that a project may have.

    It fits into a header and an address as it is (MLflow sends it in one), and never looks like an id, so that
    wherever an id is taken a name can be taken too.

    Raises:
        BadProjectName: when it has another shape.

    """
    if not _NAME.fullmatch(name) or is_id(name.lower()):
        raise errors.BadProjectName
