"""Every query this room makes."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, insert, select, update

from cuvee.compute.tables import workloads as _workloads
from cuvee.compute.values import Kind, Phase, Profile, Workload
from cuvee.db.session import Reading, Writing


def add(connection: Writing, workload: Workload) -> None:
    connection.execute(
        insert(_workloads).values(
            id=workload.id,
            kind=workload.kind,
            project_id=workload.project_id,
            owner_id=workload.owner_id,
            place=workload.place,
            command=json.dumps(workload.command),
            cpu=workload.profile.cpu,
            memory=workload.profile.memory,
            state=json.dumps(workload.state),
            phase=workload.phase,
            created_at=workload.created_at,
            started_at=workload.started_at,
            ended_at=workload.ended_at,
            exit_code=workload.exit_code,
            reason=workload.reason,
        )
    )


def find(connection: Reading, workload_id: str) -> Workload | None:
    row = connection.execute(select(_workloads).where(_workloads.c.id == workload_id)).one_or_none()
    return None if row is None else _workload(row)


def list_live(connection: Reading, place: str) -> list[Workload]:
    query = select(_workloads).where(_workloads.c.place == place, _workloads.c.phase != Phase.ENDED)
    return [_workload(row) for row in connection.execute(query.order_by(_workloads.c.id))]


def change(connection: Writing, workload_id: str, changes: Mapping[str, Any]) -> bool:
    """Change a workload that has not ended; whether there was one."""
    query = update(_workloads).where(_workloads.c.id == workload_id, _workloads.c.phase != Phase.ENDED)
    written = dict(changes)
    if "state" in written:
        written["state"] = json.dumps(written["state"])
    return connection.execute(query.values(**written)).rowcount > 0


def _workload(row: Row[Any]) -> Workload:
    return Workload(
        id=row.id,
        kind=Kind(row.kind),
        project_id=row.project_id,
        owner_id=row.owner_id,
        place=row.place,
        command=tuple(json.loads(row.command)),
        profile=Profile(cpu=row.cpu, memory=row.memory),
        state=json.loads(row.state),
        phase=Phase(row.phase),
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        exit_code=row.exit_code,
        reason=row.reason,
    )
