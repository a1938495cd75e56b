"""What is kept of jobs and their runs, and how it may change. What starts and stops them is `scheduler.py`."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from cuvee.core import clock
from cuvee.core.ids import is_id, new_id
from cuvee.db.session import Reading, Writing
from cuvee.jobs import deciding, errors, rules, store
from cuvee.jobs.schedule import next_after
from cuvee.jobs.values import Job, JobRun, JobType, Plan, RunStatus
from cuvee.sessions import service as sessions

READ: Final = "jobs:read"
RUN: Final = "jobs:run"
WRITE: Final = "jobs:write"
#: Stands in a job's place for the active run while the job is removed.
_GOING: Final = "going"


def create(connection: Writing, *, project_id: str, user_id: str, plan: Plan, place: str) -> Job:
    """Write a job down.

    Raises:
        As `rules.require`.
        NoSuchParent: when the parent is no job of the project.

    """
    rules.require(plan)
    now = clock.now_ms()
    job = Job(
        id=new_id(),
        project_id=project_id,
        plan=plan,
        creator_id=user_id,
        owner_id=user_id,
        place=place,
        next_at=_next(plan, now),
        created_at=now,
        updated_at=now,
    )
    _require_order(connection, job)
    store.add(connection, job)
    return job


def get(connection: Reading, project_id: str, job_id: str) -> Job:
    """A job of a project.

    Raises:
        JobNotFound: when it has none with this id.

    """
    job = find(connection, job_id)
    if job.project_id != project_id:
        raise errors.JobNotFound
    return job


def find(connection: Reading, job_id: str) -> Job:
    """A job, whatever project it is in.

    Raises:
        JobNotFound: when there is none with this id.

    """
    job = store.find(connection, job_id) if is_id(job_id) else None
    if job is None:
        raise errors.JobNotFound
    return job


def list_all(connection: Reading, project_ids: Collection[str] | None) -> list[Job]:
    """The jobs of these projects, or of all; the oldest first."""
    return store.list_all(connection, project_ids)


def children(connection: Reading, job: Job) -> list[Job]:
    """The jobs that come after a job."""
    return store.list_children(connection, job.id)


def change(connection: Writing, job: Job, changes: Mapping[str, Any], user_id: str) -> Job:
    """Change a job's plan. Who says what it runs is as whom it runs from then on.

    Raises:
        As `create`.

    """
    present = get(connection, job.project_id, job.id)
    plan = replace(present.plan, **changes)
    rules.require(plan)
    now = clock.now_ms()
    is_same = _what(plan) == _what(present.plan)
    owner_id = present.owner_id if is_same else user_id
    times = ("schedule", "timezone", "paused")
    next_at = _next(plan, now) if any(name in changes for name in times) or not plan.schedule else present.next_at
    changed = replace(present, plan=plan, owner_id=owner_id, next_at=next_at, updated_at=now)
    _require_order(connection, changed)
    store.change(connection, changed)
    return changed


def remove(connection: Writing, job: Job) -> list[str]:
    """Forget a job with its runs, whose ids these are. Those that came after it are started by hand from then on.

    Raises:
        RunsStill: when a run of it goes on.

    """
    if not store.occupy(connection, job.id, _GOING):
        raise errors.RunsStill
    for child in store.list_children(connection, job.id):
        orphan = replace(child, plan=replace(child.plan, parent_id=""), updated_at=clock.now_ms())
        store.change(connection, orphan)
    run_ids = [run.id for run in store.list_runs(connection, job.id)]
    sessions.remove_job_runs(connection, run_ids)
    store.remove(connection, job)
    return run_ids


def forget_project(connection: Writing, project_id: str) -> None:
    """Forget the jobs of a project that is deleted."""
    for job in store.list_all(connection, [project_id]):
        store.remove(connection, job)


def start(
    connection: Writing, job: Job, *, owner_id: str, arguments: str | None, environment: Mapping[str, str]
) -> JobRun:
    """Have a job run now, with its own arguments or these, and with these variables besides.

    Raises:
        RunsAlready: when it does.
        BadArguments: when the arguments cannot be read.

    """
    plan = job.plan if arguments is None else replace(job.plan, arguments=arguments)
    rules.words(plan.arguments)
    plan = replace(plan, environment={**plan.environment, **environment})
    run = deciding.decide(connection, replace(job, plan=plan, owner_id=owner_id), JobType.MANUAL)
    if not run.is_active:
        raise errors.RunsAlready  # nothing of this transaction is kept
    return run


def get_run(connection: Reading, job: Job, run_id: str) -> JobRun:
    """A run of a job.

    Raises:
        RunNotFound: when it has none with this id.

    """
    run = store.find_run(connection, run_id) if is_id(run_id) else None
    if run is None or run.job_id != job.id:
        raise errors.RunNotFound
    return run


def list_runs(connection: Reading, job: Job) -> list[JobRun]:
    """A job's runs, the newest first."""
    return store.list_runs(connection, job.id)


def history(connection: Reading, job: Job, most: int) -> tuple[list[JobRun], int]:
    """A job's newest runs, at most so many, and how many it has."""
    return store.list_runs(connection, job.id, most), store.count_runs(connection, job.id)


def started_runs(connection: Reading, job: Job, most: int) -> list[JobRun]:
    """A job's newest runs that were started, at most so many."""
    return store.newest_of(connection, [job.id], most)


def newest_runs(connection: Reading, jobs: Collection[Job]) -> dict[str, JobRun]:
    """The last run of each job that has one, by the job's id."""
    return {run.job_id: run for run in store.newest_runs(connection, [job.id for job in jobs])}


def ask_to_stop(connection: Writing, run: JobRun, username: str) -> None:
    """Have a run end; the scheduler sees to it. What has ended stays as it is."""
    present = store.find_run(connection, run.id)
    if present is None or not present.is_active or present.ending:
        return
    reason = f"stopped by {username}"
    if present.status is RunStatus.SCHEDULING:
        deciding.end(connection, present, RunStatus.STOPPED, reason)
    else:
        changes = {"status": RunStatus.STOPPING, "ending": RunStatus.STOPPED, "reason": reason}
        store.change_run(connection, present, changes)


def _next(plan: Plan, now: int) -> int:
    return next_after(plan.schedule, plan.timezone, now) if plan.schedule and not plan.paused else 0


def _what(plan: Plan) -> tuple[Any, ...]:
    """What a plan runs: all of it but when."""
    return plan.script, plan.arguments, plan.runtime, plan.addons, plan.environment


def _require_order(connection: Writing, job: Job) -> None:
    if not job.plan.parent_id:
        return
    store.lock_project(connection, job.project_id)
    parents = {each.id: each.plan.parent_id for each in store.list_all(connection, [job.project_id])}
    rules.require_no_circle({**parents, job.id: job.plan.parent_id}, job.id)
