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
from cuvee.core import errors as core_errors
from cuvee.core.settings import Settings
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.identity.authentication import Keys
from cuvee.identity.values import User
from cuvee.projects import errors, forms, lifecycle, messages, service, sources
from cuvee.projects.creation import Creations
from cuvee.projects.events import Farewells
from cuvee.projects.forms import Listed
from cuvee.projects.values import CreationStatus, Project, Visibility


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
    settings: NamedDependency[Settings],
    creations: NamedDependency[Creations],
    keys: NamedDependency[Keys],
) -> messages.Project:
    """Create a project. A copy or a clone goes on after the reply: `creation_status` says how far it is."""
    if call.caller.bound_project is not None:
        raise core_errors.Denied("A key that is bound to a project creates no others.")
    source = await _source(data, call, settings)
    project = await call.write(
        service.create,
        await call.read(identity.get_user, call.caller.username),
        data.name,
        description=forms.description(data.description),
        visibility=forms.visibility(data.visibility),
        organization_role=forms.organization_role(data.organization_permission),
        environment=forms.environment(data.environment),
        shared_memory_limit=forms.shared_memory(data.shared_memory_limit),
        git_url=source.url if isinstance(source, sources.Repository) else "",
        status=CreationStatus.CREATING,
    )
    keys.forget()
    is_quick = isinstance(source, sources.Nothing) or bool(data.template and isinstance(source, sources.Folder))
    await creations.begin(project, source, wait=is_quick)
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
    keys: NamedDependency[Keys],
) -> messages.Project:
    """Change what the body names."""
    call.caller.require("projects:admin", project_id)
    await call.write(service.update, project_id, forms.changes(data))
    keys.forget()
    return _shown([await call.read(_one, project_id)], call.caller)[0]


@delete("/api/v2/projects/{project_id:str}", opt=scope("projects:admin"), status_code=200)
async def delete_project(
    project_id: FromPath[str],
    call: NamedDependency[Call],
    creations: NamedDependency[Creations],
    keys: NamedDependency[Keys],
    farewells: NamedDependency[Farewells],
) -> messages.Empty:
    """Stop what runs in a project and delete it with everything in it."""
    await lifecycle.delete(call, creations, keys, farewells, project_id)
    return messages.Empty()


async def _source(data: messages.CreateProjectRequest, call: Call, settings: Settings) -> sources.Source:
    """Where the files come from. A path on this machine is looked at only for those who may name one."""
    if (data.local_path or data.git_url.strip().startswith("/")) and not call.caller.is_site_admin:
        raise core_errors.Denied("Only site administrators create projects from paths on the platform's machine.")
    if not data.parent_project:
        return forms.source(data, settings.home, http=settings.git_http)
    forms.source(data, settings.home, http=settings.git_http)  # it may name nothing else
    parent = await call.read(service.find, data.parent_project)
    call.caller.require("files:read", parent.id)
    service.require_created(parent)
    return sources.Folder(path=service.directory(settings.home, parent.id), without=frozenset({".experiments"}))


def _accepts(caller: Caller, *, public: bool, everything: bool) -> Callable[[Project], bool]:
    """Which projects a list is to hold.

    Raises:
        Denied: when somebody who does not administer the platform asks for everything.

    """
    if everything:
        caller.require_site("users:admin")

    def accept(project: Project) -> bool:
        is_meant = everything or project.id in caller.joined or (public and project.visibility != Visibility.PRIVATE)
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
