"""Sessions: the lists of them, starting and stopping one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.compute.values import Kind, Profile
from cuvee.core import clock
from cuvee.core import errors as core_errors
from cuvee.db.session import Reading
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.runtimes import addons as runtime_addons
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import editor_of, kernel_of
from cuvee.sessions import errors, service
from cuvee.sessions.manager import Sessions
from cuvee.sessions.routes import require_stopper, require_user
from cuvee.sessions.values import IDLE_MINUTES, Activity, Script, Session
from cuvee.web import workload_forms
from cuvee.web.page import AnyRequest, Crumb, Pages, Place, go

_MOST: Final = 500


class BadNumber(core_errors.Invalid):
    """The idle time is a number of minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A session as a list shows it."""

    session: Session
    project: str
    editor: str
    kernel: str
    #: The names of its add-ons.
    addons: tuple[str, ...]
    duration: int
    #: Milliseconds since its kernel did something; None when it is busy or not there.
    idle: int | None
    is_busy: bool
    may_stop: bool


@get("/sessions", opt=scope("projects:list"), include_in_schema=False)
async def list_all(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    sessions: NamedDependency[Sessions],
) -> Response[str]:
    """The sessions of every project that the reader sees."""
    found, names = await call.read(_visible, call.caller)
    place = Place(title="Sessions", entry="sessions", crumbs=[Crumb(name="Sessions")])
    rows = [_row(call.caller, sessions, session, names) for session in found]
    return pages.show(request, "sessions/list.html", place, rows=rows, new="/sessions/-/new", topic="sessions")


@get("/projects/{name:str}/sessions", opt=scope("sessions:read"), include_in_schema=False)
async def list_of_project(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    sessions: NamedDependency[Sessions],
) -> Response[str]:
    """A project's sessions."""
    project = await call.read(projects.find, name)
    call.caller.require("sessions:read", project.id)
    found = await call.read(service.list_of_project, project.id)
    crumbs = [Crumb(name=project.name, url=f"/projects/{project.name}"), Crumb(name="Sessions")]
    place = Place(title=f"Sessions · {project.name}", entry="sessions", crumbs=crumbs, project=project)
    rows = [_row(call.caller, sessions, session, {project.id: project.name}) for session in found[:_MOST]]
    new, topic = f"/projects/{project.name}/sessions/-/new", f"project:{project.id}"
    return pages.show(request, "sessions/list.html", place, rows=rows, new=new, topic=topic)


@get("/sessions/-/new", opt=scope("sessions:write"), include_in_schema=False)
async def new(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    runtimes: NamedDependency[Runtimes],
    project: FromQuery[str] = "",
) -> Response[str]:
    """The form for a new session, with the choice of its project."""
    return await _form(request, call, pages, runtimes, chosen=None, values={"project": project})


@get("/projects/{name:str}/sessions/-/new", opt=scope("sessions:write"), include_in_schema=False)
async def new_in_project(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    runtimes: NamedDependency[Runtimes],
) -> Response[str]:
    """The form for a new session of a project."""
    project = await call.read(projects.find, name)
    call.caller.require("sessions:write", project.id)
    return await _form(request, call, pages, runtimes, chosen=project, values={"project": project.name})


@post(["/sessions", "/projects/{name:str}/sessions"], opt=scope("sessions:write"), include_in_schema=False)
async def start(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    runtimes: NamedDependency[Runtimes],
    sessions: NamedDependency[Sessions],
) -> Response[Any]:
    """Start a session and lead to it; it shows how it starts. A form that cannot be used comes back as it was."""
    form = {key: str(value) for key, value in (await request.form()).items()}
    name = str(request.path_params.get("name", ""))
    project = await call.read(projects.find, name or form.get("project", ""))
    call.caller.require("sessions:write", project.id)
    try:
        runtime = await workload_forms.runtime(runtimes, form)
        session = await _begin(
            call, sessions, project_id=project.id, name=form.get("name", "").strip(), runtime=runtime.identifier,
            addons=workload_forms.addons_of(form), profile=workload_forms.profile(form),
            environment=workload_forms.variables(form.get("environment", "")),
            idle_minutes=_minutes(form),
        )  # fmt: skip
    except core_errors.Invalid as error:
        chosen = project if name else None
        return await _form(request, call, pages, runtimes, chosen=chosen, values=form, error=error)
    return go(request, f"/sessions/{session.id}")


@post("/sessions/{session_id:str}/-/start-again", opt=scope("sessions:write"), include_in_schema=False)
async def start_again(
    request: Request[Any, Any, Any],
    session_id: FromPath[str],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
) -> Response[None]:
    """Start a session with the settings of one that has ended. Its variables are its starter's alone."""
    before = await call.read(service.find, session_id)
    call.caller.require("sessions:read", before.project_id)
    require_user(call.caller, before)
    if before.kind is Kind.JOB:
        raise errors.OfAJob
    session = await _begin(
        call, sessions, project_id=before.project_id, name=before.name, runtime=before.runtime, addons=before.addons,
        profile=before.profile, environment=before.environment, idle_minutes=before.idle_minutes, script=before.script,
    )  # fmt: skip
    return go(request, f"/sessions/{session.id}")


@post("/sessions/{session_id:str}/-/stop", opt=scope("sessions:write"), include_in_schema=False)
async def stop(
    request: Request[Any, Any, Any],
    session_id: FromPath[str],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
    back: FromQuery[str] = "",
) -> Response[None]:
    """Stop a session, and lead back to the list it was stopped in."""
    session = await call.read(service.find, session_id)
    call.caller.require("sessions:read", session.project_id)
    require_stopper(call.caller, session)
    if session.is_live:
        await sessions.stop(session)
    project = await call.read(projects.get, session.project_id)
    return go(request, f"/projects/{project.name}/sessions" if back == "project" else "/sessions")


async def _begin(
    call: Call,
    sessions: Sessions,
    *,
    project_id: str,
    name: str,
    runtime: str,
    addons: tuple[str, ...],
    profile: Profile,
    environment: Mapping[str, str],
    idle_minutes: float,
    script: Script | None = None,
) -> Session:
    session = await call.write(
        service.create, project_id=project_id, owner_name=call.caller.username, name=name, runtime=runtime,
        addons=addons, profile=profile, environment=environment, idle_minutes=idle_minutes, script=script,
    )  # fmt: skip
    sessions.begin(session)
    return session


async def _form(
    request: AnyRequest,
    call: Call,
    pages: Pages,
    runtimes: Runtimes,
    *,
    chosen: Project | None,
    values: Mapping[str, str],
    error: core_errors.CuveeError | None = None,
) -> Response[str]:
    default = await workload_forms.default(runtimes, chosen)
    crumbs = [Crumb(name="Sessions", url="/sessions"), Crumb(name="New")]
    if chosen is not None:
        base = f"/projects/{chosen.name}"
        crumbs = [Crumb(name=chosen.name, url=base), Crumb(name="Sessions", url=f"{base}/sessions"), Crumb(name="New")]
    defaults = {
        "name": "", "project": "", "editor": str(default.editor), "kernel": default.kernel, "profile": "1/2",
        "spark": "", "addon": runtime_addons.ADDONS[0].identifier, "idle_minutes": f"{IDLE_MINUTES:g}",
        "environment": "",
    }  # fmt: skip
    return pages.show(
        request, "sessions/new.html", Place(title="New session", entry="sessions", crumbs=crumbs, project=chosen),
        status=error.status if error else 200,
        projects=[] if chosen else await call.read(_writable, call.caller), chosen=chosen, error=error,
        values={**defaults, **values}, **await workload_forms.offered(runtimes),
    )  # fmt: skip


def _minutes(form: Mapping[str, str]) -> float:
    try:
        return float(form.get("idle_minutes") or IDLE_MINUTES)
    except ValueError:
        raise BadNumber from None


def _row(caller: Caller, sessions: Sessions, session: Session, names: Mapping[str, str]) -> Row:
    now = clock.now_ms()
    activity: Activity | None = sessions.activity(session.id)
    began = session.started_at or session.created_at
    return Row(
        session=session,
        project=names.get(session.project_id, ""),
        editor=editor_of(session.runtime),
        kernel=kernel_of(session.runtime),
        addons=runtime_addons.names(session.addons),
        duration=max((session.ended_at or now) - began, 0),
        idle=max(now - activity.active_at, 0) if activity and not activity.is_busy else None,
        is_busy=bool(activity and activity.is_busy),
        may_stop=session.is_live and may(require_stopper, caller, session),
    )


def may(check: Any, caller: Caller, session: Session) -> bool:
    """Whether a check of the room's routes would let the caller go on."""
    try:
        check(caller, session)
    except (core_errors.Denied, core_errors.NotFound):
        return False
    return True


def _visible(connection: Reading, caller: Caller) -> tuple[list[Session], dict[str, str]]:
    found = service.list_all(connection, caller.projects("sessions:read"), _MOST)
    return found, projects.names(connection, {session.project_id for session in found})


def _writable(connection: Reading, caller: Caller) -> list[str]:
    seen = caller.projects("sessions:write")
    return [each.name for each in projects.list_all(connection) if seen is None or each.id in seen]


ROUTES: Final = (list_all, list_of_project, new, new_in_project, start, start_again, stop)
