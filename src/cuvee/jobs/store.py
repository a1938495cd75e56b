"""Every query this room makes."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from sqlalchemy import Row, Select, delete, func, insert, select, update

from cuvee.core import topics
from cuvee.db.notes import note
from cuvee.db.session import Reading, Writing
from cuvee.jobs import tables
from cuvee.jobs.values import ACTIVE, Job, JobRun, JobType, Plan, RunStatus

_jobs, _runs = tables.jobs, tables.job_runs


def add(connection: Writing, job: Job) -> None:
    _note(connection, job.id, job.project_id)
    connection.execute(
        insert(_jobs).values(
            id=job.id,
            project_id=job.project_id,
            plan=_written(job.plan),
            parent_id=job.plan.parent_id,
            creator_id=job.creator_id,
            owner_id=job.owner_id,
            place=job.place,
            next_at=job.next_at,
            active_run_id="",
            created_at=job.created_at,
            updated_at=job.updated_at,
        )
    )


def find(connection: Reading, job_id: str) -> Job | None:
    row = connection.execute(select(_jobs).where(_jobs.c.id == job_id)).one_or_none()
    return None if row is None else _job(row)


def list_all(connection: Reading, project_ids: Collection[str] | None) -> list[Job]:
    query = select(_jobs).order_by(_jobs.c.id)
    return _found(connection, query if project_ids is None else query.where(_jobs.c.project_id.in_(project_ids)))


def several(connection: Reading, ids: Collection[str]) -> list[Job]:
    return _found(connection, select(_jobs).where(_jobs.c.id.in_(ids)))


def list_due(connection: Reading, place: str, now: int) -> list[Job]:
    query = select(_jobs).where(_jobs.c.place == place, _jobs.c.next_at > 0, _jobs.c.next_at <= now)
    return _found(connection, query.order_by(_jobs.c.next_at, _jobs.c.id))


def list_children(connection: Reading, job_id: str) -> list[Job]:
    return _found(connection, select(_jobs).where(_jobs.c.parent_id == job_id).order_by(_jobs.c.id))


def lock_project(connection: Writing, project_id: str) -> None:
    """Have others who change the order of this project's jobs wait until this transaction has ended."""
    connection.execute(update(_jobs).where(_jobs.c.project_id == project_id).values(project_id=project_id))


def next_moment(connection: Reading, place: str) -> int:
    """When something is to be done next: a job is due, or a run's time is up; 0 for never."""
    due = select(func.min(_jobs.c.next_at)).where(_jobs.c.place == place, _jobs.c.next_at > 0)
    late = select(func.min(_runs.c.deadline_at)).join(_jobs, _jobs.c.id == _runs.c.job_id)
    late = late.where(_jobs.c.place == place, _runs.c.status.in_(ACTIVE), _runs.c.deadline_at > 0)
    moments = [moment for query in (due, late) if (moment := connection.execute(query).scalar_one()) is not None]
    return min(moments, default=0)


def change(connection: Writing, job: Job) -> None:
    """Keep a job as it is now."""
    _note(connection, job.id, job.project_id)
    query = update(_jobs).where(_jobs.c.id == job.id).values(plan=_written(job.plan), parent_id=job.plan.parent_id)
    connection.execute(query.values(owner_id=job.owner_id, next_at=job.next_at, updated_at=job.updated_at))


def come(connection: Writing, job: Job, next_at: int) -> bool:
    """Say that a job's time has come, and when it comes next; whether nobody else has said so."""
    query = update(_jobs).where(_jobs.c.id == job.id, _jobs.c.next_at == job.next_at).values(next_at=next_at)
    return connection.execute(query).rowcount > 0


def occupy(connection: Writing, job_id: str, run_id: str) -> bool:
    """Make this the job's active run; whether there was none."""
    query = update(_jobs).where(_jobs.c.id == job_id, _jobs.c.active_run_id == "").values(active_run_id=run_id)
    return connection.execute(query).rowcount > 0


def vacate(connection: Writing, job_id: str, run_id: str) -> None:
    """This run goes on no longer."""
    query = update(_jobs).where(_jobs.c.id == job_id, _jobs.c.active_run_id == run_id)
    connection.execute(query.values(active_run_id=""))


def remove(connection: Writing, job: Job) -> None:
    connection.execute(delete(_runs).where(_runs.c.job_id == job.id))
    connection.execute(delete(_jobs).where(_jobs.c.id == job.id))
    _note(connection, job.id, job.project_id)


def add_run(connection: Writing, run: JobRun) -> None:
    _note(connection, run.job_id, run.project_id)
    connection.execute(
        insert(_runs).values(
            id=run.id,
            job_id=run.job_id,
            project_id=run.project_id,
            plan=_written(run.plan),
            trigger=run.trigger,
            due_at=run.due_at,
            parent_run_id=run.parent_run_id,
            owner_id=run.owner_id,
            status=run.status,
            reason=run.reason,
            exit_code=run.exit_code,
            ending=run.ending,
            deadline_at=run.deadline_at,
            created_at=run.created_at,
            starting_at=run.starting_at,
            running_at=run.running_at,
            finished_at=run.finished_at,
        )
    )


def has_run_of(connection: Reading, job_id: str, parent_run_id: str) -> bool:
    """Whether a job has a run for this run of its parent."""
    query = select(_runs.c.id).where(_runs.c.job_id == job_id, _runs.c.parent_run_id == parent_run_id)
    return connection.execute(query).first() is not None


def has_run_at(connection: Reading, job_id: str, due_at: int) -> bool:
    """Whether a job has a run for this time of its schedule."""
    query = select(_runs.c.id).where(_runs.c.job_id == job_id, _runs.c.due_at == due_at)
    return connection.execute(query).first() is not None


def find_run(connection: Reading, run_id: str) -> JobRun | None:
    row = connection.execute(select(_runs).where(_runs.c.id == run_id)).one_or_none()
    return None if row is None else _run(row)


def list_runs(connection: Reading, job_id: str, most: int | None = None) -> list[JobRun]:
    """A job's runs, the newest first."""
    query = select(_runs).where(_runs.c.job_id == job_id).order_by(_runs.c.id.desc()).limit(most)
    return [_run(row) for row in connection.execute(query)]


def count_runs(connection: Reading, job_id: str) -> int:
    query = select(func.count()).select_from(_runs).where(_runs.c.job_id == job_id)
    return connection.execute(query).scalar_one()


def several_runs(connection: Reading, ids: Collection[str]) -> list[JobRun]:
    return [_run(row) for row in connection.execute(select(_runs).where(_runs.c.id.in_(ids)))]


def newest_of(connection: Reading, job_ids: Collection[str], most: int) -> list[JobRun]:
    """The newest runs of these jobs together that were started."""
    query = select(_runs).where(_runs.c.job_id.in_(job_ids), _runs.c.status != RunStatus.SKIPPED)
    return [_run(row) for row in connection.execute(query.order_by(_runs.c.id.desc()).limit(most * len(job_ids)))]


def newest_runs(connection: Reading, job_ids: Collection[str]) -> list[JobRun]:
    """The last run of each job that has one."""
    newest = select(func.max(_runs.c.id)).where(_runs.c.job_id.in_(job_ids)).group_by(_runs.c.job_id)
    return [_run(row) for row in connection.execute(select(_runs).where(_runs.c.id.in_(newest)))]


def list_with_status(connection: Reading, place: str, status: RunStatus) -> list[JobRun]:
    query = select(_runs).join(_jobs, _jobs.c.id == _runs.c.job_id)
    query = query.where(_jobs.c.place == place, _runs.c.status == status).order_by(_runs.c.id)
    return [_run(row) for row in connection.execute(query)]


def has_status(connection: Reading, place: str, status: RunStatus) -> bool:
    """Whether a run of this platform has this status."""
    query = select(_runs.c.id).join(_jobs, _jobs.c.id == _runs.c.job_id)
    query = query.where(_jobs.c.place == place, _runs.c.status == status).limit(1)
    return connection.execute(query).first() is not None


def count_started(connection: Reading, place: str) -> int:
    """How many of this platform's runs go on."""
    query = select(func.count()).select_from(_runs).join(_jobs, _jobs.c.id == _runs.c.job_id)
    query = query.where(_jobs.c.place == place, _runs.c.status.in_(ACTIVE - {RunStatus.SCHEDULING}))
    return connection.execute(query).scalar_one()


def list_late(connection: Reading, place: str, now: int) -> list[JobRun]:
    query = select(_runs).join(_jobs, _jobs.c.id == _runs.c.job_id)
    query = query.where(_jobs.c.place == place, _runs.c.status.in_(ACTIVE))
    query = query.where(_runs.c.deadline_at > 0, _runs.c.deadline_at <= now)
    return [_run(row) for row in connection.execute(query.order_by(_runs.c.id))]


def change_run(connection: Writing, run: JobRun, changes: Mapping[str, Any]) -> bool:
    """Change a run that has not ended; whether it had not."""
    query = update(_runs).where(_runs.c.id == run.id, _runs.c.status.in_(ACTIVE)).values(**changes)
    _note(connection, run.job_id, run.project_id)
    return connection.execute(query).rowcount > 0


def _found(connection: Reading, query: Select[Any]) -> list[Job]:
    return [_job(row) for row in connection.execute(query)]


def _note(connection: Writing, job_id: str, project_id: str) -> None:
    note(connection, topics.JOBS, topics.job(job_id), topics.project(project_id))


def _written(plan: Plan) -> str:
    return msgspec.json.encode(plan).decode()


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        project_id=row.project_id,
        plan=msgspec.json.decode(row.plan, type=Plan),
        creator_id=row.creator_id,
        owner_id=row.owner_id,
        place=row.place,
        next_at=row.next_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _run(row: Row[Any]) -> JobRun:
    return JobRun(
        id=row.id,
        job_id=row.job_id,
        project_id=row.project_id,
        plan=msgspec.json.decode(row.plan, type=Plan),
        trigger=JobType(row.trigger),
        due_at=row.due_at,
        parent_run_id=row.parent_run_id,
        owner_id=row.owner_id,
        status=RunStatus(row.status),
        reason=row.reason,
        exit_code=row.exit_code,
        ending=RunStatus(row.ending) if row.ending else None,
        deadline_at=row.deadline_at,
        created_at=row.created_at,
        starting_at=row.starting_at,
        running_at=row.running_at,
        finished_at=row.finished_at,
    )
