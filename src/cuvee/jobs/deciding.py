"""Deciding that a job runs, and what follows from how it ended. All of it is written down before anything is started.

What is decided is done by `scheduler.py`, after the transaction, as often as the platform is killed in between.
"""

from dataclasses import replace
from typing import Any, Final

from cuvee.compute import service as compute
from cuvee.compute.errors import WorkloadNotFound
from cuvee.compute.values import Kind
from cuvee.core import clock
from cuvee.core.errors import CuveeError
from cuvee.core.ids import new_id
from cuvee.db.session import Reading, Writing
from cuvee.identity import service as identity
from cuvee.identity.values import User
from cuvee.jobs import errors, rules, store
from cuvee.jobs.schedule import next_after
from cuvee.jobs.values import Job, JobRun, JobType, RunStatus
from cuvee.sessions import service as sessions
from cuvee.sessions.events import SessionMoved
from cuvee.sessions.values import Execution, ExecutionState, Script, Session, SessionState

#: Tags of the runs that a job's run makes.
JOB_TAG: Final = "cuvee.job.id"
RUN_TAG: Final = "cuvee.job.run_id"


def decide(
    connection: Writing, job: Job, trigger: JobType, *, due_at: int | None = None, parent_run_id: str | None = None
) -> JobRun:
    """A run of a job, about to be started; skipped when another goes on."""
    run = JobRun(
        id=new_id(),
        job_id=job.id,
        project_id=job.project_id,
        plan=job.plan,
        trigger=trigger,
        due_at=due_at,
        parent_run_id=parent_run_id,
        owner_id=job.owner_id,
        created_at=clock.now_ms(),
    )
    if not store.occupy(connection, job.id, run.id):
        why = "the run before it had not ended"
        run = replace(run, status=RunStatus.SKIPPED, reason=why, finished_at=run.created_at)
    store.add_run(connection, run)
    return run


def fall_due(connection: Writing, place: str, now: int) -> None:
    """Decide that all jobs whose time has come run. What came several times meanwhile runs once."""
    for job in store.list_due(connection, place, now):
        if store.come(connection, job, _coming(job, now)) and not store.has_run_at(connection, job.id, job.next_at):
            decide(connection, job, JobType.CRON, due_at=job.next_at)


def expire(connection: Writing, place: str, now: int) -> None:
    """Decide what becomes of the runs whose time is up."""
    for run in store.list_late(connection, place, now):
        if run.plan.kill_on_timeout:
            reason = f"it took longer than its timeout of {run.plan.timeout} s"
            changes: dict[str, Any] = {"status": RunStatus.STOPPING, "ending": RunStatus.TIMEDOUT, "reason": reason}
        else:
            changes = {"reason": f"it takes longer than its timeout of {run.plan.timeout} s"}
        store.change_run(connection, run, {**changes, "deadline_at": 0})


def take_up(connection: Writing, place: str, most: int) -> list[Session]:
    """The sessions of the runs that were decided, to be started; no more than `most` go on at once, others wait."""
    waiting = store.list_with_status(connection, place, RunStatus.SCHEDULING)
    free = max(0, most - store.count_started(connection, place))
    for run in waiting[free:]:
        if not run.reason:
            store.change_run(connection, run, {"reason": f"it waits: {most} runs of jobs go on, and no more at once"})
    return [session for run in waiting[:free] if (session := _session(connection, run)) is not None]


def sessions_of(connection: Reading, place: str, status: RunStatus) -> list[Session]:
    """The sessions of this platform's runs that have this status."""
    return [sessions.find(connection, run.id) for run in store.list_with_status(connection, place, status)]


def end(connection: Writing, run: JobRun, status: RunStatus, reason: str, exit_code: int | None = None) -> None:
    """A run has ended. When it did well, those jobs run that come after it."""
    changes = {"status": status, "reason": reason, "exit_code": exit_code, "finished_at": clock.now_ms()}
    if not store.change_run(connection, run, {**changes, "deadline_at": 0}):
        return
    store.vacate(connection, run.job_id, run.id)
    if status is RunStatus.SUCCEEDED:
        for child in store.list_children(connection, run.job_id):
            if not child.plan.paused and not store.has_run_of(connection, child.id, run.id):
                decide(connection, child, JobType.DEPENDENT, parent_run_id=run.id)


def follow(connection: Writing, moved: SessionMoved) -> None:
    """What a session's move means for the run that it is."""
    session = moved.session
    run = store.find_run(connection, session.id) if session.kind is Kind.JOB else None
    if run is None or not run.is_active:
        return
    if session.state is SessionState.RUNNING:
        now, timeout = clock.now_ms(), run.plan.timeout
        changes = {"running_at": now, "deadline_at": now + timeout * 1000 if timeout else 0}
        store.change_run(connection, run, changes if run.ending else {**changes, "status": RunStatus.RUNNING})
    elif not session.is_live:
        executions = sessions.list_executions(connection, session.id)
        end(connection, run, *_outcome(connection, run, session, executions[0] if executions else None))


def _coming(job: Job, now: int) -> int:
    try:
        return next_after(job.plan.schedule, job.plan.timezone, now)
    except CuveeError:  # a time zone can be gone, and a year can be the last
        return 0


def _session(connection: Writing, run: JobRun) -> Session | None:
    """The session of a run, written down; None when there can be none: then the run has failed."""
    plan = run.plan
    try:
        session = sessions.create(
            connection,
            project_id=run.project_id,
            owner_name=_owner(connection, run).username,
            name=plan.name,
            runtime=plan.runtime,
            addons=plan.addons,
            profile=plan.profile,
            environment={**plan.environment, "JOB_ARGUMENTS": plan.arguments},
            idle_minutes=0,
            script=Script(
                file=plan.script, arguments=rules.words(plan.arguments), tags={JOB_TAG: run.job_id, RUN_TAG: run.id}
            ),
            job_run=run.id,
        )
    except CuveeError as error:
        end(connection, run, RunStatus.FAILED, error.message)
        return None
    store.change_run(connection, run, {"status": RunStatus.STARTING, "reason": "", "starting_at": clock.now_ms()})
    return session


def _owner(connection: Reading, run: JobRun) -> User:
    """As whom a run runs, as long as they may."""
    owner = identity.users(connection, {run.owner_id}).get(run.owner_id)
    if owner is None or owner.closed_at:
        raise errors.OwnerGone
    if not identity.principal_without_key(connection, owner).allows("jobs:write", run.project_id):
        raise errors.OwnerGone(f"{owner.username}, as whom the job runs, may not run code in this project any more.")
    return owner


def _outcome(
    connection: Reading, run: JobRun, session: Session, ran: Execution | None
) -> tuple[RunStatus, str, int | None]:
    """How a run ended whose session has: status, reason, exit code."""
    code = ran.exit_code if ran is not None and ran.exit_code is not None else _died_with(connection, session)
    if ran is not None and ran.state is ExecutionState.SUCCEEDED:
        return RunStatus.SUCCEEDED, "", 0
    if run.ending is not None:
        return run.ending, run.reason, code
    if ran is not None and (ran.exit_code is not None or ran.state is ExecutionState.LOST):
        is_stop = ran.state is ExecutionState.INTERRUPTED
        return RunStatus.STOPPED if is_stop else RunStatus.FAILED, ran.reason, code
    return RunStatus.STOPPED if session.state is SessionState.STOPPED else RunStatus.FAILED, session.reason, code


def _died_with(connection: Reading, session: Session) -> int | None:
    """The exit code of a session's server that ended by itself."""
    if session.state is not SessionState.FAILED:
        return None
    try:
        return compute.get(connection, session.id).exit_code
    except WorkloadNotFound:
        return None
