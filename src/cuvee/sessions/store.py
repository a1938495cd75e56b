"""Every query this room makes."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, or_, select, update

from cuvee.compute.values import Kind, Profile
from cuvee.core import topics
from cuvee.db.notes import note
from cuvee.db.session import Reading, Writing
from cuvee.sessions import tables
from cuvee.sessions.values import LIVE, UNFINISHED, Execution, ExecutionState, Script, Session, SessionState

_sessions, _executions = tables.sessions, tables.executions


def add(connection: Writing, session: Session) -> None:
    _note(connection, session.id, session.project_id)
    connection.execute(
        insert(_sessions).values(
            id=session.id,
            project_id=session.project_id,
            owner_id=session.owner_id,
            owner_name=session.owner_name,
            name=session.name,
            runtime=session.runtime,
            addons=json.dumps(session.addons),
            cpu=session.profile.cpu,
            memory=session.profile.memory,
            environment=json.dumps(dict(session.environment)),
            idle_minutes=session.idle_minutes,
            kind=session.kind,
            script=msgspec.json.encode(session.script).decode() if session.script else "",
            state=session.state,
            reason=session.reason,
            key_id=session.key_id,
            port=session.port,
            kernel_id=session.kernel_id,
            created_at=session.created_at,
            started_at=session.started_at,
            ended_at=session.ended_at,
        )
    )


def find(connection: Reading, session_id: str) -> Session | None:
    row = connection.execute(select(_sessions).where(_sessions.c.id == session_id)).one_or_none()
    return None if row is None else _session(row)


def list_of_project(connection: Reading, project_id: str) -> list[Session]:
    query = select(_sessions).where(_sessions.c.project_id == project_id).order_by(_sessions.c.id.desc())
    return [_session(row) for row in connection.execute(query)]


def list_kind(connection: Reading, project_id: str, kind: Kind) -> list[Session]:
    query = select(_sessions).where(_sessions.c.project_id == project_id, _sessions.c.kind == kind)
    return [_session(row) for row in connection.execute(query.order_by(_sessions.c.id.desc()))]


def list_all(connection: Reading, project_ids: frozenset[str] | None, most: int) -> list[Session]:
    query = select(_sessions).where(_sessions.c.kind == Kind.SESSION)
    query = query.order_by(_sessions.c.state.in_(LIVE).desc(), _sessions.c.id.desc()).limit(most)
    if project_ids is not None:
        query = query.where(_sessions.c.project_id.in_(project_ids))
    return [_session(row) for row in connection.execute(query)]


def list_live(connection: Reading) -> list[Session]:
    query = select(_sessions).where(_sessions.c.state.in_(LIVE)).order_by(_sessions.c.id)
    return [_session(row) for row in connection.execute(query)]


def change(connection: Writing, session_id: str, changes: Mapping[str, Any]) -> bool:
    """Change a session that has not ended; whether there was one."""
    query = update(_sessions).where(_sessions.c.id == session_id, _sessions.c.state.in_(LIVE)).values(**changes)
    project_id = connection.execute(query.returning(_sessions.c.project_id)).scalar_one_or_none()
    if project_id is not None:
        _note(connection, session_id, project_id)
    return project_id is not None


def remove(connection: Writing, session_id: str) -> None:
    connection.execute(delete(_executions).where(_executions.c.session_id == session_id))
    gone = delete(_sessions).where(_sessions.c.id == session_id).returning(_sessions.c.project_id)
    for project_id in connection.execute(gone).scalars():
        _note(connection, session_id, project_id)


def add_execution(connection: Writing, execution: Execution) -> None:
    note(connection, topics.session(execution.session_id))
    connection.execute(
        insert(_executions).values(
            id=execution.id,
            session_id=execution.session_id,
            file=execution.file,
            code=execution.code,
            state=execution.state,
            reason=execution.reason,
            exit_code=execution.exit_code,
            created_at=execution.created_at,
            started_at=execution.started_at,
            ended_at=execution.ended_at,
        )
    )


def find_execution(connection: Reading, execution_id: str) -> Execution | None:
    row = connection.execute(select(_executions).where(_executions.c.id == execution_id)).one_or_none()
    return None if row is None else _execution(row)


def list_executions(connection: Reading, session_id: str) -> list[Execution]:
    query = select(_executions).where(_executions.c.session_id == session_id).order_by(_executions.c.id)
    return [_execution(row) for row in connection.execute(query)]


def list_executions_since(connection: Reading, session_id: str, execution_id: str) -> list[Execution]:
    wanted = or_(_executions.c.id >= execution_id, _executions.c.state.in_(UNFINISHED))
    query = select(_executions).where(_executions.c.session_id == session_id, wanted).order_by(_executions.c.id)
    return [_execution(row) for row in connection.execute(query)]


def change_execution(connection: Writing, execution_id: str, changes: Mapping[str, Any]) -> bool:
    """Change an execution that has not finished; whether there was one."""
    query = update(_executions).where(_executions.c.id == execution_id, _executions.c.state.in_(UNFINISHED))
    changed = query.values(**changes).returning(_executions.c.session_id)
    session_id = connection.execute(changed).scalar_one_or_none()
    if session_id is not None:
        note(connection, topics.session(session_id))
    return session_id is not None


def _note(connection: Writing, session_id: str, project_id: str) -> None:
    note(connection, topics.SESSIONS, topics.session(session_id), topics.project(project_id))


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        project_id=row.project_id,
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        name=row.name,
        runtime=row.runtime,
        addons=tuple(json.loads(row.addons)),
        profile=Profile(cpu=row.cpu, memory=row.memory),
        environment=json.loads(row.environment),
        idle_minutes=row.idle_minutes,
        kind=Kind(row.kind),
        script=msgspec.json.decode(row.script, type=Script) if row.script else None,
        state=SessionState(row.state),
        reason=row.reason,
        key_id=row.key_id,
        port=row.port,
        kernel_id=row.kernel_id,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _execution(row: Row[Any]) -> Execution:
    return Execution(
        id=row.id,
        session_id=row.session_id,
        file=row.file,
        code=row.code,
        state=ExecutionState(row.state),
        reason=row.reason,
        exit_code=row.exit_code,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
