"""API v2's door to projects."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.listing import Asked, Columns, page
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.core.settings import Settings
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.identity.values import User
from cuvee.projects import errors, forms, messages, service
from cuvee.projects.forms import Listed
from cuvee.projects.lifecycle import Lifecycle
from cuvee.projects.values import Project, Visibility


def _of(person: Callable[[Listed], User | None], name: str) -> Callable[[Listed], str]:
    return lambda listed: str(getattr(person(listed), name, ""))


_PEOPLE: Final[dict[str, Callable[[Listed], str]]] = {
    f"{who}.{what}": _of(person, what)
    for who, person in (("creator", lambda listed: listed.creator), ("owner", lambda listed: listed.owner))
    for what in ("email", "name", "username")
}
_TEXTS: Final[dict[str, Callable[[Listed], str]]] = {
    **_PEOPLE,
    "description": lambda listed: listed.project.description,
    "name": lambda listed: listed.project.name,
}
_COLUMNS: Final = Columns[Listed](
    filters=_TEXTS,
    sorts={
        **_TEXTS,
        "created_at": lambda listed: listed.project.created_at,
        "updated_at": lambda listed: listed.project.updated_at,
    },
    id=lambda listed: listed.project.id,
)
_NAMES: Final = Columns[Listed](
    filters={"name": _TEXTS["name"]}, sorts={"name": _TEXTS["name"]}, id=lambda listed: listed.project.id
)


@get("/api/v2/projects", opt=scope("projects:list"))
async def list_projects(
    call: NamedDependency[Call],
    asked: NamedDependency[Asked],
    sealer: NamedDependency[Sealer],
    include_public_projects: FromQuery[bool] = False,
    include_all_projects: FromQuery[bool] = False,
) -> messages.ListProjectsResponse:
    """The projects in which the caller takes part; with the flags also public ones, or all there are."""
    accept = _accepts(call.caller, public=include_public_projects, everything=include_all_projects)
    found, token = page(
        await call.read(_listed, accept), asked, _COLUMNS, sealer=sealer, name="projects", caller=call.caller
    )
    return messages.ListProjectsResponse(projects=_shown(found, call.caller), next_page_token=token)


@get("/api/v2/projectnames", opt=scope("projects:list"))
async def list_project_names(
    call: NamedDependency[Call], asked: NamedDependency[Asked], sealer: NamedDependency[Sealer]
) -> messages.ListProjectNamesResponse:
    """The names of all projects that the caller may see."""
    found, token = page(
        await call.read(_listed, lambda project: call.caller.allows("projects:read", project.id)),
        asked,
        _NAMES,
        sealer=sealer,
        name="projectnames",
        caller=call.caller,
    )
    return messages.ListProjectNamesResponse(
        project_names=[listed.project.name for listed in found], next_page_token=token
    )


@get("/api/v2/projects/batch", opt=scope("projects:list"))
async def batch_list_projects(
    call: NamedDependency[Call], project_ids: FromQuery[list[str] | None] = None
) -> messages.BatchListProjectsResponse:
    """Several projects by id; those that the caller may not see are left out."""
    wanted = {part for text in project_ids or [] for part in text.split(",")}
    found = await call.read(
        _listed, lambda project: project.id in wanted and call.caller.allows("projects:read", project.id)
    )
    return messages.BatchListProjectsResponse(projects=_shown(found, call.caller))


@get("/api/v2/projecttemplates", opt=scope("projects:list"))
async def list_project_templates(settings: NamedDependency[Settings]) -> messages.ListProjectTemplatesResponse:
    """The names that `template` takes. An extension."""
    return messages.ListProjectTemplatesResponse(templates=list(service.templates(settings.home)))


@post("/api/v2/projects", opt=scope("projects:create"), status_code=200)
async def create_project(
    data: JSONBody[messages.CreateProjectRequest],
    call: NamedDependency[Call],
    lifecycle: NamedDependency[Lifecycle],
) -> messages.Project:
    """Create a project. A copy or a clone goes on after the reply: `creation_status` says how far it is."""
    project = await lifecycle.create(call, data)
    return forms.shown(await call.read(_one, project.id), lambda _scope: True)  # its creator may do everything there


@get("/api/v2/projects/{project_id:str}", opt=scope("projects:read"))
async def get_project(project_id: FromPath[str], call: NamedDependency[Call]) -> messages.Project:
    """A project by id, or by name."""
    return _shown([await call.read(_visible, call.caller, project_id)], call.caller)[0]


@patch("/api/v2/projects/{project_id:str}", opt=scope("projects:admin"))
async def update_project(
    project_id: FromPath[str],
    data: JSONBody[messages.UpdateProjectRequest],
    call: NamedDependency[Call],
    lifecycle: NamedDependency[Lifecycle],
) -> messages.Project:
    """Change what the body names."""
    await lifecycle.update(call, project_id, data)
    return _shown([await call.read(_one, project_id)], call.caller)[0]


@delete("/api/v2/projects/{project_id:str}", opt=scope("projects:admin"), status_code=200)
async def delete_project(
    project_id: FromPath[str],
    call: NamedDependency[Call],
    lifecycle: NamedDependency[Lifecycle],
) -> messages.Empty:
    """Stop what runs in a project and delete it with everything in it."""
    await lifecycle.delete(call, project_id)
    return messages.Empty()


def _accepts(caller: Caller, *, public: bool, everything: bool) -> Callable[[Project], bool]:
    """Which projects a list is to hold.

    Raises:
        Denied: when somebody who does not administer the platform asks for everything.

    """
    if everything:
        caller.require_site("users:admin")

    joined = caller.joined

    def accept(project: Project) -> bool:
        is_meant = everything or project.id in joined or (public and project.visibility != Visibility.PRIVATE)
        return is_meant and caller.allows("projects:read", project.id)

    return accept


def _listed(connection: Reading, accept: Callable[[Project], bool]) -> list[Listed]:
    projects = [project for project in service.list_all(connection) if accept(project)]
    users = identity.users(connection, {id_ for project in projects for id_ in (project.owner_id, project.creator_id)})
    return [
        Listed(project=project, owner=users.get(project.owner_id), creator=users.get(project.creator_id))
        for project in projects
    ]


def _one(connection: Reading, project_id: str) -> Listed:
    project = service.get(connection, project_id)
    users = identity.users(connection, [project.owner_id, project.creator_id])
    return Listed(project=project, owner=users.get(project.owner_id), creator=users.get(project.creator_id))


def _visible(connection: Reading, caller: Caller, name: str) -> Listed:
    project = service.find(connection, name)
    if not caller.allows("projects:read", project.id):
        raise errors.ProjectNotFound
    return _one(connection, project.id)


def _shown(found: Iterable[Listed], caller: Caller) -> list[messages.Project]:
    return [forms.shown(listed, partial(caller.allows, project_id=listed.project.id)) for listed in found]
