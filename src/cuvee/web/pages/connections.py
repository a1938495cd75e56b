"""The data connections of a project: what it can use, and making, changing and trying its own."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.connections import forms, kinds, service
from cuvee.connections.values import WITH_PASSWORD, Connection, Kind
from cuvee.connections.vault import Vault
from cuvee.core.errors import NotFound
from cuvee.db.session import Reading
from cuvee.projects.values import Project
from cuvee.sessions import service as sessions_service
from cuvee.sessions.manager import Sessions
from cuvee.sessions.values import Session, SessionState
from cuvee.web import connection_forms
from cuvee.web import forms as web_forms
from cuvee.web.page import Crumb, Pages, Place, go
from cuvee.web.pages import within

AnyRequest = Request[Any, Any, Any]

_PROJECT: Final = "/projects/{project_name:str}"
_ALL: Final = _PROJECT + "/data/connections"
_ONE: Final = _ALL + "/{connection_name:str}"


class SessionGone(NotFound):
    """This session does not run any more, or it is not yours: choose another."""


def chosen(text: str) -> Kind | None:
    """The kind that an address names; None for none, and for one that there is not."""
    return Kind(text) if text in {*Kind} else None


def form_of(kind: Kind) -> dict[str, Any]:
    """What the form for a kind needs to know."""
    return {"kind": kind, "shape": kinds.SHAPES[kind], "with_password": kind in WITH_PASSWORD}


@get(_ALL, opt=scope(service.READ), include_in_schema=False)
async def show_connections(
    project_name: FromPath[str], request: AnyRequest, call: NamedDependency[Call], pages: NamedDependency[Pages]
) -> Response[str]:
    """What the project can use: its own, and everybody's."""
    project = await within.project(call, project_name, service.READ)
    return pages.show(
        request,
        "data/connections.html",
        _place(project),
        base=_base(project),
        project=project,
        found=await call.read(_listed, call, project.id),
        shapes=kinds.SHAPES,
        may_change=call.caller.allows(service.WRITE, project.id),
    )


@get(_ALL + "/-/new", opt=scope(service.WRITE), include_in_schema=False)
async def show_new(
    project_name: FromPath[str],
    request: AnyRequest,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    kind: FromQuery[str] = "",
) -> Response[str]:
    """The form for a new connection; the kinds when none is chosen."""
    project = await within.project(call, project_name, service.WRITE)
    place, base = _place(project, "New connection"), _base(project)
    if (wanted := chosen(kind)) is None:
        return pages.show(request, "data/kinds.html", place, base=base, project=project, shapes=kinds.SHAPES)
    return pages.show(
        request, "data/connection-new.html", place, base=base, project=project, connection=None, **form_of(wanted)
    )


@post(_ALL, opt=scope(service.WRITE), include_in_schema=False)
async def create(
    project_name: FromPath[str], request: AnyRequest, call: NamedDependency[Call], vault: NamedDependency[Vault]
) -> Response[None]:
    """Make a connection of the project."""
    project = await within.project(call, project_name, service.WRITE)
    form = await request.form()
    made = await call.write(
        service.create,
        call.caller,
        vault,
        project_id=project.id,
        kind=forms.kind(str(form.get("kind", ""))),
        draft=connection_forms.draft(form),
    )
    return go(request, f"{_base(project)}/{quote(made.name)}")


@get(_ONE, opt=scope(service.READ), include_in_schema=False)
async def show_connection(
    project_name: FromPath[str],
    connection_name: FromPath[str],
    request: AnyRequest,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
) -> Response[str]:
    """One connection: what it is, how code uses it, and for who may, the form that changes it."""
    project = await within.project(call, project_name, service.READ)
    found = await call.read(service.get, call.caller, project.id, connection_name)
    [listed] = await call.read(forms.listed, [found])
    return pages.show(
        request,
        "data/connection.html",
        _place(project, found.name),
        base=_base(project),
        project=project,
        connection=found,
        creator=listed.creator,
        may_change=not found.is_shared and service.may_change(call.caller, found),
        snippet=connection_forms.snippet(found),
        trial=connection_forms.trial(found),
        may_run=call.caller.allows("sessions:write", project.id),
        sessions=await call.read(_running, call, project.id),
        **form_of(found.kind),
    )


@post(_ONE, opt=scope(service.WRITE), include_in_schema=False)
async def change(
    project_name: FromPath[str],
    connection_name: FromPath[str],
    request: AnyRequest,
    call: NamedDependency[Call],
    vault: NamedDependency[Vault],
) -> Response[None]:
    """Change a connection of the project."""
    project = await within.project(call, project_name, service.WRITE)
    old = await call.read(service.get, call.caller, project.id, connection_name)
    changed = await call.write(
        service.update,
        call.caller,
        vault,
        project_id=project.id,
        text=connection_name,
        draft=connection_forms.draft(await request.form(), old),
    )
    return go(request, f"{_base(project)}/{quote(changed.name)}?done=connection")


@post(_ONE + "/-/delete", opt=scope(service.WRITE), include_in_schema=False)
async def delete(
    project_name: FromPath[str], connection_name: FromPath[str], request: AnyRequest, call: NamedDependency[Call]
) -> Response[None]:
    """Delete a connection of the project."""
    project = await within.project(call, project_name, service.WRITE)
    await call.write(service.delete, call.caller, project.id, connection_name)
    return go(request, _base(project))


@post(_ONE + "/-/try", opt=scope("sessions:write"), include_in_schema=False)
async def try_it(
    project_name: FromPath[str],
    connection_name: FromPath[str],
    request: AnyRequest,
    call: NamedDependency[Call],
    *,
    sessions: NamedDependency[Sessions],
) -> Response[None]:
    """Open the connection in a session of the reader's; what it says is seen there."""
    project = await within.project(call, project_name, "sessions:write")
    found = await call.read(service.get, call.caller, project.id, connection_name)
    wanted = (await web_forms.texts(request)).get("session", "")
    mine = {each.id: each for each in await call.read(_running, call, project.id)}
    if wanted not in mine:
        raise SessionGone
    await sessions.run(mine[wanted], file="", arguments=(), code=connection_forms.trial(found))
    return go(request, f"/sessions/{wanted}")


def _listed(connection: Reading, call: Call, project_id: str) -> list[Connection]:
    return service.of_project(connection, call.caller, project_id)


def _running(connection: Reading, call: Call, project_id: str) -> list[Session]:
    """The reader's own sessions in the project that take code."""
    found = sessions_service.list_of_project(connection, project_id)
    return [each for each in found if each.state is SessionState.RUNNING and each.owner_id == call.caller.user_id]


def _base(project: Project) -> str:
    return f"{within.base(project)}/data/connections"


def _place(project: Project, *further: str) -> Place:
    base = _base(project)
    crumbs = [Crumb(name="Connections", url=base if further else ""), *(Crumb(name=name) for name in further)]
    return within.place(project, "data", "Data", *crumbs)


ROUTES: Final = (show_connections, show_new, create, show_connection, change, delete, try_it)
