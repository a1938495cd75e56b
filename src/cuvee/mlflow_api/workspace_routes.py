"""The protocol's workspaces: a project under the name that stands in addresses, for whoever has a part in it."""

import re
from typing import Any, Final

from litestar import Request, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import UNSET

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.core.errors import NotFound
from cuvee.db.session import Reading
from cuvee.mlflow_api import errors
from cuvee.mlflow_api.decoding import Reader
from cuvee.mlflow_api.endpoint import PREFIXES
from cuvee.mlflow_api.messages import workspaces as messages
from cuvee.projects import forms
from cuvee.projects import service as projects
from cuvee.projects.lifecycle import Lifecycle
from cuvee.projects.messages import CreateProjectRequest
from cuvee.projects.values import DEFAULT_NAME, Project
from cuvee.tracking import search as tracking

_ALL: Final = [f"{prefix}/3.0/mlflow/workspaces" for prefix in PREFIXES]
_ONE: Final = [f"{path}/{{workspace_name:str}}" for path in _ALL]
#: MLflow's rule for a workspace's name.
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_RESERVED: Final = frozenset({"workspaces", "api", "ajax-api", "static-files"})
_LENGTHS: Final = range(2, 64)
_MODES: Final = ("SET_DEFAULT", "CASCADE", "RESTRICT")
_create: Final = Reader(messages.CreateWorkspace)
_update: Final = Reader(messages.UpdateWorkspace)


@get(_ALL, opt=scope("projects:list"), include_in_schema=False)
async def list_workspaces(call: NamedDependency[Call]) -> messages.WorkspacesPage:
    """The projects that the caller may see."""
    found = await call.read(projects.list_all)
    return messages.WorkspacesPage([_shown(each) for each in found if call.caller.allows("projects:read", each.id)])


@post(_ALL, opt=scope("projects:create"), status_code=201, include_in_schema=False)
async def create_workspace(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    lifecycle: NamedDependency[Lifecycle],
) -> messages.OneWorkspace:
    """Create an empty project."""
    asked = _create.body(await request.body(), {})
    if asked.name == DEFAULT_NAME:
        raise errors.WorkspaceReserved(f"The '{DEFAULT_NAME}' workspace is reserved and cannot be created")
    _require_name(asked.name)
    if asked.default_artifact_root:
        raise errors.ForeignArtifactRoot
    made = await lifecycle.create(call, CreateProjectRequest(name=asked.name, description=asked.description))
    return messages.OneWorkspace(_shown(made))


@get(_ONE, opt=scope("projects:read"), include_in_schema=False)
async def get_workspace(workspace_name: FromPath[str], call: NamedDependency[Call]) -> messages.OneWorkspace:
    """A project by its name."""
    return messages.OneWorkspace(_shown(await call.read(_named, call.caller, workspace_name, "projects:read")))


@patch(_ONE, opt=scope("projects:admin"), include_in_schema=False)
async def update_workspace(
    workspace_name: FromPath[str], request: Request[Any, Any, Any], call: NamedDependency[Call]
) -> messages.OneWorkspace:
    """Change a project's description."""
    asked = _update.body(await request.body(), {})
    if asked.description is UNSET and asked.default_artifact_root is UNSET:
        raise errors.EmptyUpdate
    if asked.default_artifact_root:
        raise errors.ForeignArtifactRoot
    found = await call.read(_named, call.caller, workspace_name, "projects:admin")
    if asked.description is not UNSET:
        await call.write(projects.update, found.id, {"description": forms.description(asked.description)})
    return messages.OneWorkspace(_shown(await call.read(projects.get, found.id)))


@delete(_ONE, opt=scope("projects:admin"), status_code=204, include_in_schema=False)
async def delete_workspace(
    *,
    workspace_name: FromPath[str],
    call: NamedDependency[Call],
    lifecycle: NamedDependency[Lifecycle],
    mode: FromQuery[str] = "RESTRICT",
) -> None:
    """Delete a project: when it has no experiments but `Default`, or, with `mode=CASCADE`, with everything in it."""
    if workspace_name == DEFAULT_NAME:
        raise errors.WorkspaceReserved(f"The '{DEFAULT_NAME}' workspace is reserved and cannot be deleted")
    if mode not in _MODES:
        raise errors.WorkspaceReserved(f"Invalid deletion mode '{mode}'. Must be one of: {', '.join(_MODES)}")
    found = await call.read(_named, call.caller, workspace_name, "projects:admin")
    if mode != "CASCADE" and (count := await call.read(_count, call.caller, found.id)):
        raise errors.WorkspaceNotEmpty(workspace_name, count)
    await lifecycle.delete(call, found.id)


def _count(connection: Reading, caller: Caller, project_id: str) -> int:
    """How many experiments a project has besides `Default`, and whether that one has runs."""
    found, _ = tracking.experiments(connection, caller, project_id, limit=2)
    runs, _ = tracking.runs(connection, caller, [each.id for each in found], limit=1)
    return len([each for each in found if each.name != "Default"]) + len(runs)


def _named(connection: Reading, caller: Caller, name: str, needed: str) -> Project:
    try:
        found = projects.find(connection, name)
        caller.require(needed, found.id)
    except NotFound:
        raise errors.WorkspaceNotFound(name) from None
    return found


def _require_name(name: str) -> None:
    if len(name) not in _LENGTHS:
        raise errors.BadWorkspaceName(f"Workspace name '{name}' must be between 2 and 63 characters.")
    if not _NAME.fullmatch(name):
        raise errors.BadWorkspaceName(
            f"Workspace name '{name}' must match the pattern ^{_NAME.pattern}$ "
            "(lowercase alphanumeric with optional internal hyphens)."
        )
    if name in _RESERVED:
        raise errors.BadWorkspaceName(f"Workspace name '{name}' is reserved and cannot be used.")


def _shown(project: Project) -> messages.Workspace:
    return messages.Workspace(name=project.slug, description=project.description)


ROUTES: Final = [list_workspaces, create_workspace, get_workspace, update_workspace, delete_workspace]
