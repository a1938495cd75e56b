"""API v2's door to the people of a project."""

from typing import Final

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from cuvee.api.builder import scope
from cuvee.api.listing import Asked, Columns, page
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.identity.authentication import Keys
from cuvee.identity.scopes import Role
from cuvee.identity.values import User
from cuvee.projects import forms, messages, service

_COLUMNS: Final = Columns[tuple[User, Role]](
    filters={"username": lambda one: one[0].username, "permission": lambda one: one[1]},
    sorts={"username": lambda one: one[0].username, "permission": lambda one: one[1]},
    id=lambda one: one[0].username,
)


@get("/api/v2/projects/{project_id:str}/collaborators", opt=scope("projects:read"))
async def list_project_collaborators(
    project_id: FromPath[str],
    call: NamedDependency[Call],
    asked: NamedDependency[Asked],
    sealer: NamedDependency[Sealer],
) -> messages.ListProjectCollaboratorsResponse:
    """Who takes part in a project, and as what."""
    call.caller.require("projects:read", project_id)
    found, token = page(
        await call.read(service.collaborators, project_id),
        asked,
        _COLUMNS,
        sealer=sealer,
        name=f"collaborators {project_id}",
        caller=call.caller,
    )
    shown = [messages.Collaborator(user=forms.short(user), permission=role) for user, role in found]
    return messages.ListProjectCollaboratorsResponse(collaborators=shown, next_page_token=token)


@put("/api/v2/projects/{project_id:str}/collaborators/{username:str}", opt=scope("projects:admin"))
async def add_project_collaborator(
    project_id: FromPath[str],
    username: FromPath[str],
    data: JSONBody[messages.AddProjectCollaboratorRequest],
    call: NamedDependency[Call],
    keys: NamedDependency[Keys],
) -> messages.Empty:
    """Make somebody a collaborator, or change what they are."""
    call.caller.require("projects:admin", project_id)
    await call.write(service.set_role, project_id, username, forms.permission(data.permission))
    keys.forget()
    return messages.Empty()


@delete("/api/v2/projects/{project_id:str}/collaborators/{username:str}", opt=scope("projects:read"), status_code=200)
async def delete_project_collaborator(
    project_id: FromPath[str], username: FromPath[str], call: NamedDependency[Call], keys: NamedDependency[Keys]
) -> messages.Empty:
    """Take somebody's part in a project away; everybody may leave by themselves."""
    call.caller.require("projects:read" if username == call.caller.username else "projects:admin", project_id)
    await call.write(service.remove_collaborator, project_id, username)
    keys.forget()
    return messages.Empty()


@get("/api/v2/projects/{project_id:str}/machineusers", opt=scope("projects:read"))
async def list_machine_users(
    project_id: FromPath[str], call: NamedDependency[Call]
) -> messages.ListMachineUsersResponse:
    """Nobody: workloads run as the user who starts them."""
    call.caller.require("projects:read", project_id)
    await call.read(service.get, project_id)
    return messages.ListMachineUsersResponse(run_as_machine_user_collaborators=[], next_page_token="")
