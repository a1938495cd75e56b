"""API v2's door to a session as a whole: its transcript as it grows, and questions about code."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.sessions import messages, outputs, service, transcript
from cuvee.sessions.manager import Sessions
from cuvee.sessions.routes import SESSION, find, require_user, shown
from cuvee.sessions.routes_executions import shown as shown_execution
from cuvee.sessions.transcript import Beginning, Heard, Piece, Transcript
from cuvee.sessions.values import Execution, Session

_STREAM: Final = "text/event-stream"


@get(SESSION + "/transcript", opt=scope("sessions:read"))
async def get_transcript(
    project_id: FromPath[str],
    session_id: FromPath[str],
    *,
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
    after: FromQuery[str] = "",
) -> Response[Any]:
    """Everything that ran in a session and what it said, as text; with `Accept: text/event-stream` as it comes.

    The stream's events are `beginning`, `session`, `execution` and `output`. `after` is `<execution>:<n>`, the last
    `output` that the caller has: what it missed since then is told again, states and all.
    """
    session = await find(call, project_id, session_id)
    if _STREAM in request.headers.get("accept", ""):
        follower = Transcript(call.database, sessions, session, transcript.cursor(after))
        head = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return Stream(_written(follower.follow()), media_type=_STREAM, headers=head)
    executions = await call.read(service.list_executions, session.id)
    head = {
        "content-disposition": f'attachment; filename="session-{session.id}.txt"',
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox",
    }
    return Stream(_as_text(sessions, session, executions), media_type="text/plain; charset=utf-8", headers=head)


@post(SESSION + "/:complete", opt=scope("sessions:write"), status_code=200)
async def complete_in_session(
    project_id: FromPath[str],
    session_id: FromPath[str],
    data: JSONBody[messages.CodeQuestion],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
) -> messages.Completions:
    """How the code may go on at the cursor, by what the kernel knows. Nothing is run."""
    session = await find(call, project_id, session_id)
    require_user(call.caller, session)
    answer = await sessions.ask(session, "complete_request", {"code": data.code, "cursor_pos": data.cursor_pos})
    return messages.Completions(
        matches=[str(match) for match in answer.get("matches", [])],
        cursor_start=int(answer.get("cursor_start", data.cursor_pos)),
        cursor_end=int(answer.get("cursor_end", data.cursor_pos)),
        types=[str(each.get("type", "")) for each in _types(answer)],
    )


@post(SESSION + "/:inspect", opt=scope("sessions:write"), status_code=200)
async def inspect_in_session(
    project_id: FromPath[str],
    session_id: FromPath[str],
    data: JSONBody[messages.CodeQuestion],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
) -> messages.Inspection:
    """What the kernel knows of the name at the cursor, as text with a terminal's colours."""
    session = await find(call, project_id, session_id)
    require_user(call.caller, session)
    question = {"code": data.code, "cursor_pos": data.cursor_pos, "detail_level": 0}
    answer = await sessions.ask(session, "inspect_request", question)
    text = (answer.get("data") or {}).get("text/plain", "")
    return messages.Inspection(found=bool(answer.get("found")), text=str(text))


def _types(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Kernels tell the kinds of matches in an experimental field, for all or for none."""
    given = (answer.get("metadata") or {}).get("_jupyter_types_experimental") or []
    return [each for each in given if isinstance(each, dict)]


async def _written(pieces: AsyncIterator[Piece]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        yield _line(piece)


def _line(piece: Piece) -> bytes:
    match piece:
        case None:
            return b": still here\n\n"
        case Beginning():
            return _event(b"beginning", {"earlier": piece.earlier})
        case Session():
            return _event(b"session", shown(piece))
        case Execution():
            return _event(b"execution", shown_execution(piece))
        case Heard():
            told = {"execution": piece.execution_id, "n": piece.event.number, "type": piece.event.kind}
            return _event(b"output", {**piece.event.content, **told})


def _event(name: bytes, content: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name, msgspec.json.encode(content))


async def _as_text(sessions: Sessions, session: Session, executions: list[Execution]) -> AsyncIterator[bytes]:
    """As it would stand in a terminal: what was asked behind `>>>`, and what was said."""
    place = sessions.place(session)
    for execution in executions:
        yield _asked(execution).encode()
        yield outputs.as_text(outputs.read(Path(place.output(execution.id)))).encode("utf-8", "replace")


def _asked(execution: Execution) -> str:
    lines = execution.code.splitlines() or [""]
    return "".join(f"{'>>>' if number == 0 else '...'} {line}\n" for number, line in enumerate(lines))
