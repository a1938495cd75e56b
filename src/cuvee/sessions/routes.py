"""API v2's door to sessions."""

import asyncio
import json
from typing import Final

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from cuvee.api import listing
from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.listing import Asked, Columns
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.compute import profiles
from cuvee.compute.values import Kind
from cuvee.core import clock
from cuvee.core import errors as core_errors
from cuvee.projects import service as projects
from cuvee.runtimes import addons
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import kernel_of
from cuvee.sessions import errors, messages, outputs, service
from cuvee.sessions.manager import Sessions
from cuvee.sessions.values import Session

SESSIONS: Final = "/api/v2/projects/{project_id:str}/sessions"
SESSION: Final = SESSIONS + "/{session_id:str}"

_COLUMNS: Final = Columns[Session](
    filters={
        "name": lambda session: session.name,
        "status": lambda session: session.state,
        "creator": lambda session: session.owner_name,
        "runtime_identifier": lambda session: session.runtime,
    },
    sorts={
        "name": lambda session: session.name,
        "status": lambda session: session.state,
        "creator": lambda session: session.owner_name,
        "created_at": lambda session: session.created_at,
    },
    id=lambda session: session.id,
)


@get(SESSIONS, opt=scope("sessions:read"))
async def list_sessions(
    project_id: FromPath[str],
    call: NamedDependency[Call],
    sealer: NamedDependency[Sealer],
    asked: NamedDependency[Asked],
) -> messages.ListSessionsResponse:
    """A project's sessions."""
    call.caller.require("sessions:read", project_id)
    found = await call.read(service.list_of_project, project_id)
    page, token = listing.page(found, asked, _COLUMNS, sealer=sealer, name=f"sessions {project_id}", caller=call.caller)
    return messages.ListSessionsResponse(sessions=[shown(session) for session in page], next_page_token=token)


@post(SESSIONS, opt=scope("sessions:write"), status_code=200)
async def create_session(
    project_id: FromPath[str],
    data: JSONBody[messages.CreateSessionRequest],
    call: NamedDependency[Call],
    runtimes: NamedDependency[Runtimes],
    sessions: NamedDependency[Sessions],
) -> messages.Session:
    """Start a session. It is `starting` until its kernel answers; `status_reason` says what it waits for."""
    call.caller.require("sessions:write", project_id)
    project = await call.read(projects.get, project_id)
    runtime = await runtimes.get(data.runtime_identifier or project.runtime)
    addons.chosen(data.runtime_addon_identifiers)
    session = await call.write(
        service.create,
        project_id=project_id,
        owner_name=call.caller.username,
        name=data.name,
        runtime=runtime.identifier,
        addons=tuple(dict.fromkeys(data.runtime_addon_identifiers)),
        profile=profiles.profile(data.cpu, data.memory),
        environment=data.environment,
        idle_minutes=data.idle_minutes,
    )
    sessions.begin(session)
    return shown(session)


@get(SESSION, opt=scope("sessions:read"))
async def get_session(
    project_id: FromPath[str], session_id: FromPath[str], call: NamedDependency[Call]
) -> messages.Session:
    """One session."""
    return shown(await find(call, project_id, session_id))


@delete(SESSION, opt=scope("sessions:write"), status_code=200)
async def delete_session(
    project_id: FromPath[str], session_id: FromPath[str], call: NamedDependency[Call]
) -> messages.Empty:
    """Forget a session that has ended, with its executions."""
    session = await find(call, project_id, session_id)
    require_stopper(call.caller, session)
    await call.write(service.remove, session)
    return messages.Empty()


@post(SESSION + "/:stop", opt=scope("sessions:write"), status_code=200)
async def stop_session(
    project_id: FromPath[str],
    session_id: FromPath[str],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
) -> messages.Session:
    """Stop a session; stopping one that has ended changes nothing."""
    session = await find(call, project_id, session_id)
    require_stopper(call.caller, session)
    if session.is_live:
        await sessions.stop(session)
    return shown(await find(call, project_id, session_id))


@post(SESSION + "/:interrupt", opt=scope("sessions:write"), status_code=200)
async def interrupt_session(
    project_id: FromPath[str],
    session_id: FromPath[str],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
) -> messages.Empty:
    """Interrupt what runs, as Ctrl-C does."""
    session = await find(call, project_id, session_id)
    require_user(call.caller, session)
    await sessions.interrupt(session)
    return messages.Empty()


@post(SESSION + "/:restart", opt=scope("sessions:write"), status_code=200)
async def restart_session(
    project_id: FromPath[str],
    session_id: FromPath[str],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
) -> messages.Empty:
    """Restart the kernel: its variables are gone."""
    session = await find(call, project_id, session_id)
    require_user(call.caller, session)
    await sessions.restart(session)
    return messages.Empty()


@get(SESSION + "/logs", opt=scope("sessions:read"))
async def get_session_logs(
    project_id: FromPath[str],
    session_id: FromPath[str],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
) -> messages.SessionLogs:
    """The last 256 KiB that the session's server wrote on each stream."""
    place = sessions.place(await find(call, project_id, session_id))
    out, err = [await asyncio.to_thread(outputs.server_log, place, name) for name in ("stdout", "stderr")]
    return messages.SessionLogs(stdout=out, stderr=err)


async def find(call: Call, project_id: str, session_id: str) -> Session:
    """A session in a project that the caller may see."""
    call.caller.require("sessions:read", project_id)
    return await call.read(service.get, project_id, session_id)


def require_user(caller: Caller, session: Session) -> None:
    """Only who started a session, or an administrator, runs code in it: it holds that person's keys."""
    caller.require("sessions:write", session.project_id)
    if caller.user_id != session.owner_id:
        try:
            caller.require_site("users:admin")
        except core_errors.Denied:
            raise errors.NotYourSession from None


def require_stopper(caller: Caller, session: Session) -> None:
    """Who started a session stops it, and so does who administers the project."""
    if caller.user_id != session.owner_id:
        caller.require("projects:admin", session.project_id)


def shown(session: Session) -> messages.Session:
    """A session as API v2 writes it."""
    return messages.Session(
        id=session.id,
        project_id=session.project_id,
        name=session.name,
        creator=session.owner_name,
        status=session.state,
        status_reason=session.reason,
        runtime_identifier=session.runtime,
        runtime_addon_identifiers=list(session.addons),
        kernel=kernel_of(session.runtime),
        cpu=session.profile.cpu,
        memory=session.profile.memory,
        # A job's variables are shown with the job, to whom they may be.
        environment=json.dumps({} if session.kind is Kind.JOB else dict(session.environment)),
        idle_minutes=session.idle_minutes,
        script=session.script.file if session.script else "",
        proxy_path=f"{session.base_path}/",
        kernel_id=session.kernel_id,
        created_at=clock.rfc3339(session.created_at),
        running_at=moment(session.started_at),
        finished_at=moment(session.ended_at),
    )


def moment(milliseconds: int) -> str:
    """A time, or nothing when it has not come."""
    return clock.rfc3339(milliseconds) if milliseconds else ""
