"""What is kept of sessions and executions, and how it may change. What starts and stops them is `manager.py`."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from cuvee.compute.values import Kind, Profile
from cuvee.core import clock
from cuvee.core.ids import is_id, new_id
from cuvee.datasets.values import Moment
from cuvee.db.reactions import announce
from cuvee.db.session import Reading, Writing
from cuvee.identity import service as identity
from cuvee.identity.errors import KeyNotFound, UserNotFound
from cuvee.identity.values import Audience
from cuvee.sessions import errors, store
from cuvee.sessions.events import SessionMoved
from cuvee.sessions.values import Ending, Execution, ExecutionState, Script, Session, SessionState

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_NAME: Final = 128
_LONGEST_CODE: Final = 1_000_000
_MOST_IDLE: Final = 35_000
_ENDED: Final = frozenset({SessionState.STOPPED, SessionState.FAILED})


def create(
    connection: Writing,
    *,
    project_id: str,
    owner_name: str,
    name: str,
    runtime: str,
    addons: tuple[str, ...] = (),
    profile: Profile,
    environment: Mapping[str, str],
    idle_minutes: float,
    script: Script | None = None,
    job_run: str = "",
) -> Session:
    """Write down a session that is about to be started; one with a script runs it and ends with it.

    A job's run is a session of the same id.

    Raises:
        BadSessionName: when the name is too long or cannot be shown.
        BadVariable: when a variable cannot be set.
        BadIdle: when the idle limit is out of its range.

    """
    if len(name) > _LONGEST_NAME or _UNPRINTABLE.search(name):
        raise errors.BadSessionName
    if any(not _VARIABLE.fullmatch(key) or "\0" in value for key, value in environment.items()):
        raise errors.BadVariable
    if not 0 <= idle_minutes <= _MOST_IDLE:
        raise errors.BadIdle
    owner = identity.get_user(connection, owner_name)
    session = Session(
        id=job_run or new_id(),
        project_id=project_id,
        owner_id=owner.id,
        owner_name=owner.username,
        name=name or "Untitled session",
        runtime=runtime,
        addons=addons,
        profile=profile,
        environment=dict(environment),
        idle_minutes=idle_minutes,
        kind=Kind.JOB if job_run else Kind.SESSION,
        script=script,
        created_at=clock.now_ms(),
    )
    store.add(connection, session)
    return session


def get(connection: Reading, project_id: str, session_id: str) -> Session:
    """A session of a project.

    Raises:
        SessionNotFound: when it has none with this id.

    """
    session = find(connection, session_id)
    if session.project_id != project_id:
        raise errors.SessionNotFound
    return session


def list_of_project(connection: Reading, project_id: str) -> list[Session]:
    """A project's sessions without those of jobs, the newest first."""
    return store.list_kind(connection, project_id, Kind.SESSION)


def find(connection: Reading, session_id: str) -> Session:
    """A session, whatever project it is in.

    Raises:
        SessionNotFound: when there is none with this id.

    """
    session = store.find(connection, session_id) if is_id(session_id) else None
    if session is None:
        raise errors.SessionNotFound
    return session


def list_all(connection: Reading, project_ids: frozenset[str] | None, most: int) -> list[Session]:
    """The newest sessions of these projects, or of all, without those of jobs; those that have not ended first."""
    return store.list_all(connection, project_ids, most)


def list_live(connection: Reading) -> list[Session]:
    """All sessions that have not ended."""
    return store.list_live(connection)


def as_of(connection: Reading, project_id: str, session_id: str) -> Mapping[str, Moment]:
    """How a session sees its project's tables, by UUID; nothing when it sees them as they are."""
    session = store.find(connection, session_id)
    if session is None or session.project_id != project_id or session.script is None:
        return {}
    return session.script.as_of


def give_key(connection: Writing, session: Session) -> str:
    """Make the session's API key, which opens its project alone, and give its secret."""
    user = identity.get_user(connection, session.owner_name)
    _take_key(connection, session)
    key, secret = identity.create_key(
        connection,
        user,
        comment=f"session {session.id}",
        audiences=(Audience.API, Audience.APPLICATION),
        project_id=session.project_id,
    )
    store.change(connection, session.id, {"key_id": key.id})
    return secret


def _take_key(connection: Writing, session: Session) -> None:
    try:
        identity.delete_key(connection, identity.get_user(connection, session.owner_name), session.key_id)
    except (KeyNotFound, UserNotFound):
        return


def tell(connection: Writing, session_id: str, reason: str) -> None:
    """Say what a session that is starting waits for."""
    store.change(connection, session_id, {"reason": reason})


def mark_running(connection: Writing, session_id: str, *, port: int, kernel_id: str) -> Session | None:
    """Its kernel answers. When somebody has asked for its end meanwhile, that stays so."""
    present = store.find(connection, session_id)
    if present is not None and present.state is SessionState.STARTING:
        changes = {"state": SessionState.RUNNING, "reason": "", "started_at": clock.now_ms()}
        store.change(connection, session_id, {**changes, "port": port, "kernel_id": kernel_id})
        _announce(connection, session_id)
    return store.find(connection, session_id)


def mark_stopping(connection: Writing, session_id: str, reason: str) -> None:
    """Somebody wants it to end."""
    if store.change(connection, session_id, {"state": SessionState.STOPPING, "reason": reason}):
        _announce(connection, session_id)


def mark_ended(connection: Writing, session_id: str, state: SessionState, reason: str) -> None:
    """It ended: its key goes, and what still ran in it failed. Who asked for the end is why, however it came."""
    session = store.find(connection, session_id)
    if session is None or session.state in _ENDED:
        return
    if session.state is SessionState.STOPPING:
        state, reason = SessionState.STOPPED, session.reason
    store.change(connection, session_id, {"state": state, "reason": reason, "ended_at": clock.now_ms()})
    for execution in store.list_executions(connection, session_id):
        finish_execution(connection, execution.id, Ending(ExecutionState.FAILED, "the session ended"))
    _announce(connection, session_id)
    _take_key(connection, session)


def remove(connection: Writing, session: Session) -> None:
    """Forget a session that has ended.

    Raises:
        StillRunning: when it has not.

    """
    if session.is_live:
        raise errors.StillRunning
    if session.kind is Kind.JOB:
        raise errors.OfAJob
    store.remove(connection, session.id)


def remove_job_runs(connection: Writing, run_ids: Iterable[str]) -> None:
    """Forget the sessions of a job's runs, which have ended."""
    for run_id in run_ids:
        store.remove(connection, run_id)


def forget_project(connection: Writing, project_id: str) -> None:
    """Forget the sessions of a project that is deleted."""
    for session in store.list_of_project(connection, project_id):
        store.remove(connection, session.id)


def add_execution(connection: Writing, session_id: str, *, code: str, file: str = "") -> Execution:
    """Write down that something is about to run.

    Raises:
        NotRunning: when the session does not run.
        CodeTooLong: when the code is longer than a message should be.

    """
    session = store.find(connection, session_id)
    if session is None or session.state is not SessionState.RUNNING:
        raise errors.NotRunning
    if len(code) > _LONGEST_CODE:
        raise errors.CodeTooLong
    execution = Execution(id=new_id(), session_id=session_id, file=file, code=code, created_at=clock.now_ms())
    store.add_execution(connection, execution)
    return execution


def get_execution(connection: Reading, session_id: str, execution_id: str) -> Execution:
    """An execution of a session.

    Raises:
        ExecutionNotFound: when it has none with this id.

    """
    execution = store.find_execution(connection, execution_id) if is_id(execution_id) else None
    if execution is None or execution.session_id != session_id:
        raise errors.ExecutionNotFound
    return execution


def list_executions(connection: Reading, session_id: str) -> list[Execution]:
    """What ran in a session, the oldest first."""
    return store.list_executions(connection, session_id)


def list_executions_since(connection: Reading, session_id: str, execution_id: str) -> list[Execution]:
    """An execution and those after it, and besides those before it that have not finished; the oldest first."""
    return store.list_executions_since(connection, session_id, execution_id)


def begin_execution(connection: Writing, execution_id: str) -> None:
    """The kernel has begun with it."""
    store.change_execution(connection, execution_id, {"state": ExecutionState.RUNNING, "started_at": clock.now_ms()})


def finish_execution(connection: Writing, execution_id: str, ending: Ending) -> None:
    """It ended; what has ended before stays as it is."""
    changes = {"state": ending.state, "reason": ending.reason, "exit_code": ending.exit_code}
    store.change_execution(connection, execution_id, {**changes, "ended_at": clock.now_ms()})


def _announce(connection: Writing, session_id: str) -> None:
    session = store.find(connection, session_id)
    if session is not None:
        announce(connection, SessionMoved(session))
