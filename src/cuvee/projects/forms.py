"""From the texts of a request to values, and back: what a project may be told, and how one is shown."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import UNSET

from cuvee.core import clock
from cuvee.identity.messages import ShortUser
from cuvee.identity.scopes import ROLE_SCOPES, Role
from cuvee.identity.values import User
from cuvee.projects import creation, errors, messages, sources
from cuvee.projects.values import Project, Visibility

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST_ENVIRONMENT: Final = 128 * 1024
_MOST_DESCRIPTION: Final = 65_536
_MOST_SHARED_MEMORY: Final = 1024**2
#: Names of CML's own templates that stand for an empty project, so that scripts written for it go on working.
_BLANK: Final = frozenset({"", "blank", "git", "local", "python", "pyspark"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A project with the people who stand beside it."""

    project: Project
    owner: User | None
    creator: User | None


def source(data: messages.CreateProjectRequest, home: Path, *, http: bool) -> sources.Source:
    """Where a new project's files come from; of another project (`parent_project`) the routes take care.

    Raises:
        SeveralSources: when the request names more than one place.
        UnknownTemplate, BadGitUrl, BadGitRef, BadSshKey, BadLocalPath: when it names one that cannot be.

    """
    template = "" if data.template.lower() in _BLANK else data.template
    if sum(map(bool, (template, data.git_url, data.local_path, data.parent_project))) > 1:
        raise errors.SeveralSources
    if data.git_url:
        return sources.repository(data.git_url.strip(), ref=data.git_ref, ssh_key=data.ssh_key, http=http)
    if data.git_ref or data.ssh_key:
        raise errors.BadGitUrl("A Git ref or an SSH key needs a Git address.")
    if data.local_path:
        return sources.Folder(path=sources.local_folder(data.local_path, home))
    if template:
        return sources.Folder(path=creation.template_path(home, template))
    return sources.Nothing()


def changes(data: messages.UpdateProjectRequest) -> dict[str, Any]:
    """What an update says, as columns; what it leaves out stays."""
    said: dict[str, Any] = {}
    if data.name is not UNSET:
        said["name"] = data.name
    if data.description is not UNSET:
        said["description"] = description(data.description)
    if data.visibility is not UNSET:
        said["visibility"] = visibility(data.visibility)
    if data.organization_permission is not UNSET:
        said["organization_role"] = organization_role(data.organization_permission)
    if data.environment is not UNSET:
        said["environment"] = environment(data.environment)
    if data.shared_memory_limit is not UNSET:
        said["shared_memory_limit"] = shared_memory(data.shared_memory_limit)
    return said


def description(text: str) -> str:
    if len(text) > _MOST_DESCRIPTION or "\0" in text:
        raise errors.BadDescription
    return text


def visibility(text: str) -> Visibility:
    try:
        return Visibility(text or Visibility.PRIVATE)
    except ValueError:
        raise errors.BadVisibility from None


def organization_role(text: str) -> Role:
    role = Role(text) if text in set(Role) else Role.VIEWER
    if (text and role != text) or role is Role.ADMIN:
        raise errors.BadOrganizationPermission
    return role


def permission(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise errors.BadPermission from None


def environment(given: str | Mapping[str, str]) -> dict[str, str]:
    """Environment variables, as an object or as the text of one."""
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given or "{}", type=dict[str, str])
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            raise errors.BadEnvironment from None
    for name, value in given.items():
        if not _VARIABLE.fullmatch(name) or "\0" in value:
            raise errors.BadEnvironment
    if sum(len(name) + len(value.encode("utf-8", "surrogatepass")) for name, value in given.items()) > (
        _MOST_ENVIRONMENT
    ):
        raise errors.BadEnvironment
    return dict(given)


def shared_memory(mib: int) -> int:
    if not 0 <= mib <= _MOST_SHARED_MEMORY:
        raise errors.BadSharedMemory
    return mib


def short(user: User | None) -> ShortUser:
    """A user as other things show who made them; nobody when the account is unknown."""
    if user is None:
        return ShortUser()
    return ShortUser(username=user.username, name=user.name, email=user.email)


def shown(listed: Listed, holds: Callable[[str], bool]) -> messages.Project:
    """A project as somebody sees it who holds these scopes in it."""
    project = listed.project
    may = {role: all(holds(scope) for scope in ROLE_SCOPES[role]) for role in Role}
    variables = msgspec.json.encode(project.environment).decode() if may[Role.CONTRIBUTOR] else ""
    return messages.Project(
        id=project.id,
        name=project.name,
        owner=short(listed.owner),
        creator=short(listed.creator),
        description=project.description,
        visibility=project.visibility,
        default_engine_type="ml_runtime",
        created_at=clock.rfc3339(project.created_at),
        updated_at=clock.rfc3339(project.updated_at),
        creation_status=project.creation_status,
        permissions=messages.ProjectPermissions(
            read=may[Role.VIEWER],
            write=may[Role.CONTRIBUTOR],
            admin=may[Role.ADMIN],
            operator=may[Role.OPERATOR],
        ),
        shared_memory_limit=project.shared_memory_limit,
        environment=variables,
        ephemeral_storage_request=0,
        ephemeral_storage_limit=0,
        slug=project.slug,
        creation_message=project.creation_message,
        creation_percent=project.creation_percent,
        git_url=project.git_url,
        organization_permission=project.organization_role,
        runtime_identifier=project.runtime,
    )
