"""API v2's door to what runs in a session, and to what it says."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from cuvee.api import listing
from cuvee.api.builder import scope
from cuvee.api.listing import Asked, Columns
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.core import clock
from cuvee.sessions import messages, outputs, service
from cuvee.sessions.manager import Sessions
from cuvee.sessions.outputs import Output
from cuvee.sessions.routes import SESSION, find, moment, require_user
from cuvee.sessions.values import Event, Execution

_EXECUTION: Final = SESSION + "/executions/{execution_id:str}"
_HEARTBEAT: Final = 15.0  # seconds
_STREAM: Final = "text/event-stream"

_COLUMNS: Final = Columns[Execution](
    filters={"status": lambda execution: execution.state, "file": lambda execution: execution.file},
    sorts={"created_at": lambda execution: execution.created_at, "status": lambda execution: execution.state},
    id=lambda execution: execution.id,
)


@post(SESSION + "/:run", opt=scope("sessions:write"), status_code=200)
async def run_in_session(
    project_id: FromPath[str],
    session_id: FromPath[str],
    data: JSONBody[messages.RunRequest],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
) -> messages.Execution:
    """Run a file of the project, or a piece of code, in the session's kernel; it waits for what runs before it."""
    session = await find(call, project_id, session_id)
    require_user(call.caller, session)
    execution = await sessions.run(session, file=data.file, arguments=tuple(data.arguments), code=data.code)
    return shown(execution)


@get(SESSION + "/executions", opt=scope("sessions:read"))
async def list_executions(
    project_id: FromPath[str],
    session_id: FromPath[str],
    call: NamedDependency[Call],
    sealer: NamedDependency[Sealer],
    asked: NamedDependency[Asked],
) -> messages.ListExecutionsResponse:
    """What ran in a session, the oldest first."""
    session = await find(call, project_id, session_id)
    found = await call.read(service.list_executions, session.id)
    page, token = listing.page(found, asked, _COLUMNS, sealer=sealer, name=f"ran {session.id}", caller=call.caller)
    return messages.ListExecutionsResponse(executions=[shown(each) for each in page], next_page_token=token)


@get(_EXECUTION, opt=scope("sessions:read"))
async def get_execution(
    project_id: FromPath[str], session_id: FromPath[str], execution_id: FromPath[str], call: NamedDependency[Call]
) -> messages.Execution:
    """One execution and how it ended."""
    session = await find(call, project_id, session_id)
    return shown(await call.read(service.get_execution, session.id, execution_id))


@get(_EXECUTION + "/events", opt=scope("sessions:read"))
async def get_execution_events(
    project_id: FromPath[str],
    session_id: FromPath[str],
    execution_id: FromPath[str],
    *,
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
    after: FromQuery[int] = 0,
) -> Response[Any]:
    """What an execution said so far; with `Accept: text/event-stream`, also what it will say, until it ends.

    `after` or `Last-Event-ID` is the number of the last event that the caller has.
    """
    session = await find(call, project_id, session_id)
    execution = await call.read(service.get_execution, session.id, execution_id)
    last = request.headers.get("last-event-id", "")
    after = int(last) if last.isascii() and last.isdigit() else after
    output = sessions.output(session, execution)
    if _STREAM in request.headers.get("accept", "") and not (execution.is_finished and not output.is_finished):
        return Stream(_stream(output, after), media_type=_STREAM, headers={"cache-control": "no-store"})
    events = await asyncio.to_thread(outputs.read, sessions.place(session).output(execution.id))
    return Response(messages.ListEventsResponse(events=[_event(each) for each in events if each.number > after]))


@get(_EXECUTION + "/text", opt=scope("sessions:read"), media_type=MediaType.TEXT)
async def get_execution_text(
    project_id: FromPath[str],
    session_id: FromPath[str],
    execution_id: FromPath[str],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
) -> str:
    """What an execution said so far, as a terminal would show it."""
    session = await find(call, project_id, session_id)
    execution = await call.read(service.get_execution, session.id, execution_id)
    events = await asyncio.to_thread(outputs.read, sessions.place(session).output(execution.id))
    return outputs.as_text(events)


async def _stream(output: Output, after: int) -> AsyncIterator[bytes]:
    """Events as they come; a comment when there is none for a while, so that nobody on the way hangs up."""
    events = output.follow(after)
    upcoming: asyncio.Task[Event] | None = None
    try:
        while True:
            upcoming = upcoming or asyncio.ensure_future(anext(events))
            done, _pending = await asyncio.wait([upcoming], timeout=_HEARTBEAT)
            if not done:
                yield b": still here\n\n"
                continue
            try:
                event = upcoming.result()
            except StopAsyncIteration:
                return
            upcoming = None
            yield b"id: %d\nevent: %s\ndata: %s\n\n" % (
                event.number, event.kind.encode(), msgspec.json.encode(_event(event)),
            )  # fmt: skip
    finally:
        if upcoming is not None:
            upcoming.cancel()


def _event(event: Event) -> dict[str, Any]:
    return {"n": event.number, "type": event.kind, **event.content}


def shown(execution: Execution) -> messages.Execution:
    """An execution as API v2 writes it."""
    return messages.Execution(
        id=execution.id,
        session_id=execution.session_id,
        file=execution.file,
        code=execution.code,
        status=execution.state,
        status_reason=execution.reason,
        exit_code=execution.exit_code,
        created_at=clock.rfc3339(execution.created_at),
        running_at=moment(execution.started_at),
        finished_at=moment(execution.ended_at),
    )
