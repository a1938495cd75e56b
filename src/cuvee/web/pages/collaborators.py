"""Who takes part in a project, and as what."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.identity.authentication import Keys
from cuvee.projects import errors, forms
from cuvee.projects import service as projects
from cuvee.web import forms as web_forms
from cuvee.web.page import Pages, go
from cuvee.web.pages import within

_PROJECT: Final = "/projects/{project_name:str}"
#: What each role may do, in words: permission, name, what.
ROLES: Final = (
    ("read", "Viewer", "Reads files, experiments, models and output; calls deployed models."),
    ("operator", "Operator", "Besides that, builds, deploys, restarts and stops models."),
    ("write", "Contributor", "Besides that, starts sessions, runs code, changes files, logs and deletes runs."),
    ("admin", "Admin", "Besides that, changes settings and collaborators, and deletes the project."),
)


@get(_PROJECT + "/collaborators", opt=scope("projects:read"), include_in_schema=False)
async def show_collaborators(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
) -> Response[str]:
    """The people of a project."""
    project = await within.project(call, project_name)
    return pages.show(
        request,
        "project/collaborators.html",
        within.place(project, "collaborators", "Collaborators"),
        project=project,
        base=within.base(project),
        people=await call.read(projects.collaborators, project.id),
        may_change=call.caller.allows("projects:admin", project.id),
        roles=ROLES,
    )


@post(_PROJECT + "/collaborators", opt=scope("projects:admin"), include_in_schema=False)
async def set_role(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    keys: NamedDependency[Keys],
) -> Response[None]:
    """Make somebody a collaborator, or change what they are."""
    project = await within.project(call, project_name, "projects:admin")
    said = await web_forms.texts(request)
    username = web_forms.required(said.get("username", ""), "Write the name of the user.").strip()
    role = forms.permission(said.get("permission", ""))
    await call.write(projects.set_role, project.id, username, role)
    keys.forget()
    return go(request, f"{within.base(project)}/collaborators")


@post(_PROJECT + "/-/leave", opt=scope("projects:read"), include_in_schema=False)
async def remove(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    keys: NamedDependency[Keys],
) -> Response[None]:
    """Take somebody's part in the project away; everybody may leave by themselves."""
    username = (await web_forms.texts(request)).get("username", "")
    is_own = username == call.caller.username
    project = await within.project(call, project_name, "projects:read" if is_own else "projects:admin")
    if not username:
        raise errors.NoCollaborator
    await call.write(projects.remove_collaborator, project.id, username)
    keys.forget()
    return go(request, "/projects" if is_own else f"{within.base(project)}/collaborators")


ROUTES: Final = (show_collaborators, set_role, remove)
