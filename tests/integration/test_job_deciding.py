"""When jobs run, decided in the database: the clock is a number here, and nothing is started."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cuvee.compute.values import Profile
from cuvee.core.ids import new_id
from cuvee.db.database import Database
from cuvee.db.session import Writing
from cuvee.identity import service as identity
from cuvee.jobs import deciding, errors, service, store
from cuvee.jobs.scheduler import Scheduler
from cuvee.jobs.values import Job, JobRun, JobType, Plan, RunStatus
from cuvee.projects import service as projects
from cuvee.sessions import service as sessions
from cuvee.sessions.events import SessionMoved
from cuvee.sessions.values import Ending, ExecutionState, Session, SessionState

PLACE = "here"
MINUTE = 60_000
MANY = 99


@pytest.fixture
def write(database: Database) -> Callable[..., Any]:
    """Runs a function in a writing transaction."""
    database.reactions.on(SessionMoved, deciding.follow)

    def run(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return database.write_now(lambda connection: work(connection, *args, **kwargs))

    return run


@pytest.fixture
def job(write: Callable[..., Any]) -> Callable[..., Job]:
    """Makes a job of one project."""
    owner = write(identity.ensure_owner, "ann")
    project = write(projects.create, owner, "cellar")

    def make(place: str = PLACE, **said: Any) -> Job:
        plan = Plan(**{"name": "job", "script": "job.py", "runtime": "", "profile": Profile(), **said})
        return write(service.create, project_id=project.id, user_id=owner.id, plan=plan, place=place)

    return make


@pytest.fixture
def runs(write: Callable[..., Any]) -> Callable[[Job], list[JobRun]]:
    return lambda job: list(reversed(write(service.list_runs, job)))


def end(connection: Writing, run: JobRun, ending: Ending) -> None:
    """What a session tells whose script came to its end."""
    deciding.take_up(connection, PLACE, MANY)
    sessions.mark_running(connection, run.id, port=1, kernel_id="k")
    execution = sessions.add_execution(connection, run.id, code="", file=run.plan.script)
    sessions.finish_execution(connection, execution.id, ending)
    sessions.mark_stopping(connection, run.id, "the script ended")
    sessions.mark_ended(connection, run.id, SessionState.STOPPED, "the script ended")


SUCCESS = Ending(ExecutionState.SUCCEEDED, exit_code=0)
FAILURE = Ending(ExecutionState.FAILED, "ValueError: no", 1)


def statuses(runs: list[JobRun]) -> list[RunStatus]:
    return [run.status for run in runs]


def test_what_is_due_runs_once_however_often_it_is_looked_at(write, job, runs):
    every_minute = job(schedule="* * * * *")
    due = every_minute.next_at
    for now in (due - 1, due, due, due + 1):
        write(deciding.fall_due, PLACE, now)

    assert [(run.due_at, run.trigger) for run in runs(every_minute)] == [(due, JobType.CRON)]
    assert write(service.find, every_minute.id).next_at == due + MINUTE


def test_what_is_due_while_a_run_goes_on_is_skipped_and_says_so(write, job, runs):
    every_minute = job(schedule="* * * * *")
    for minutes in (0, 1):
        write(deciding.fall_due, PLACE, every_minute.next_at + minutes * MINUTE)

    assert statuses(runs(every_minute)) == [RunStatus.SCHEDULING, RunStatus.SKIPPED]
    assert runs(every_minute)[1].reason


def test_what_fell_due_while_no_platform_was_there_runs_once(write, job, runs):
    every_minute = job(schedule="* * * * *")
    now = every_minute.next_at + 1000 * MINUTE + 1
    write(deciding.fall_due, PLACE, now)

    assert [run.due_at for run in runs(every_minute)] == [every_minute.next_at]
    assert write(service.find, every_minute.id).next_at == every_minute.next_at + 1001 * MINUTE


class Started:
    """What a scheduler did with sessions, instead of starting them."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []

    def begin(self, session: Session) -> None:
        self.done.append(("begin", session.id))

    async def resume(self, session: Session) -> None:
        self.done.append(("resume", session.id))

    async def stop(self, session: Session, reason: str) -> None:
        self.done.append(("stop", session.id))


def scheduler(database: Database, started: Started, now: int) -> Scheduler:
    return Scheduler(database, started, PLACE, most=MANY, now=lambda: now)


def test_the_scheduler_starts_what_is_due_once_and_says_when_it_looks_again(database, write, job, runs):
    due, started = job(schedule="0 * * * *"), Started()
    early = asyncio.run(scheduler(database, started, due.next_at - 10_000).tick())
    for _ in range(2):
        late = asyncio.run(scheduler(database, started, due.next_at + 1).tick())

    assert (early, late) == (10.0, 30.0)
    assert started.done == [("begin", runs(due)[0].id)]
    assert runs(due)[0].status is RunStatus.STARTING


def test_the_scheduler_goes_on_where_a_killed_one_was(database, write, job, runs):
    made, started = job(schedule="0 * * * *"), Started()
    write(deciding.fall_due, PLACE, made.next_at)
    write(deciding.take_up, PLACE, MANY)  # and killed before it began

    async def again() -> None:
        scheduling = scheduler(database, started, made.next_at)
        await scheduling.open()
        await scheduling.close()

    asyncio.run(again())
    assert started.done == [("resume", runs(made)[0].id)]


def test_the_scheduler_stops_what_is_to_end_until_it_is_stopping(database, write, job, runs):
    made, started = job(), Started()
    run = write(service.start, made, owner_id=made.owner_id, arguments=None, environment={})
    asyncio.run(scheduler(database, started, 1).tick())
    write(service.ask_to_stop, run, "ann")
    asyncio.run(scheduler(database, started, 1).tick())
    write(sessions.mark_stopping, run.id, "stopped")
    asyncio.run(scheduler(database, started, 1).tick())

    assert started.done == [("begin", run.id), ("stop", run.id)]
    write(sessions.mark_ended, run.id, SessionState.STOPPED, "stopped")
    assert (runs(made)[0].status, runs(made)[0].reason) == (RunStatus.STOPPED, "stopped by ann")


def test_of_several_that_look_at_once_one_decides(database, write, job, runs):
    due = [job(schedule="* * * * *") for _ in range(5)]
    with ThreadPoolExecutor(4) as several:
        looks = [several.submit(write, deciding.fall_due, PLACE, due[0].next_at + MINUTE) for _ in range(8)]
    for look in looks:
        look.result()

    assert [len(runs(each)) for each in due] == [1] * 5


def test_a_platform_schedules_its_own_jobs_alone(write, job, runs):
    elsewhere = job(place="there", schedule="* * * * *")
    write(deciding.fall_due, PLACE, elsewhere.next_at)

    assert runs(elsewhere) == []
    assert write(store.next_moment, "there") == elsewhere.next_at
    assert write(store.next_moment, PLACE) == 0


def test_a_paused_job_waits_and_goes_on_with_the_next_time(write, job, runs):
    paused = write(service.change, job(schedule="* * * * *"), {"paused": True}, "ann")
    write(deciding.fall_due, PLACE, paused.created_at + 1000 * MINUTE)
    again = write(service.change, paused, {"paused": False}, "ann")

    assert (paused.next_at, runs(paused)) == (0, [])
    assert again.next_at > again.updated_at


@pytest.mark.parametrize(("ending", "status"), [(SUCCESS, [RunStatus.SCHEDULING]), (FAILURE, [])])
def test_one_job_comes_after_the_other_when_that_did_well(write, job, runs, ending: Ending, status: list[RunStatus]):
    parent = job()
    child, paused = job(parent_id=parent.id), job(parent_id=parent.id, paused=True)
    run = write(service.start, parent, owner_id=parent.owner_id, arguments=None, environment={})
    write(end, run, ending)

    assert statuses(runs(child)) == status
    assert [each.parent_run_id for each in runs(child)] == [run.id] * len(status)
    assert runs(paused) == []


def test_how_a_script_ended_is_how_its_run_ended(write, job, runs):
    made = job()
    for ending in (
        SUCCESS,
        FAILURE,
        Ending(ExecutionState.INTERRUPTED, "interrupted", 130),
        Ending(ExecutionState.LOST),
    ):
        write(end, write(service.start, made, owner_id=made.owner_id, arguments=None, environment={}), ending)

    assert statuses(runs(made)) == [RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.STOPPED, RunStatus.FAILED]
    assert [(run.reason, run.exit_code) for run in runs(made)[:2]] == [("", 0), ("ValueError: no", 1)]


def test_a_job_has_one_run_that_goes_on(write, job, runs):
    made = job()

    def start(_: int) -> str:
        try:
            return write(service.start, made, owner_id=made.owner_id, arguments=None, environment={}).status
        except errors.RunsAlready:
            return "refused"

    with ThreadPoolExecutor(4) as several:
        tried = sorted(several.map(start, range(8)))

    assert tried == [RunStatus.SCHEDULING, *["refused"] * 7]
    assert len(runs(made)) == 1


def late(write, made: Job) -> None:
    """A run of a job that its timeout finds running."""
    run = write(service.start, made, owner_id=made.owner_id, arguments=None, environment={})
    write(deciding.take_up, PLACE, MANY)
    write(sessions.mark_running, run.id, port=1, kernel_id="k")
    deadline = write(store.find_run, run.id).deadline_at
    write(deciding.expire, PLACE, deadline - 1)
    assert write(store.find_run, run.id).status is RunStatus.RUNNING
    write(deciding.expire, PLACE, deadline)


def test_a_run_whose_time_is_up_is_to_end(write, job, runs):
    made = job(timeout=60)
    late(write, made)
    assert (runs(made)[0].status, "took longer" in runs(made)[0].reason) == (RunStatus.STOPPING, True)

    write(sessions.mark_ended, runs(made)[0].id, SessionState.STOPPED, "stopped")
    assert runs(made)[0].status is RunStatus.TIMEDOUT


def test_a_run_that_may_take_longer_only_says_so(write, job, runs):
    made = job(timeout=60, kill_on_timeout=False)
    late(write, made)

    assert (runs(made)[0].status, "takes longer" in runs(made)[0].reason) == (RunStatus.RUNNING, True)


def test_a_run_that_is_stopped_before_it_was_started_never_is(write, job, runs):
    made = job()
    run = write(service.start, made, owner_id=made.owner_id, arguments=None, environment={})
    write(service.ask_to_stop, run, "ann")

    assert write(deciding.take_up, PLACE, MANY) == []
    assert (runs(made)[0].status, runs(made)[0].reason) == (RunStatus.STOPPED, "stopped by ann")
    write(service.start, made, owner_id=made.owner_id, arguments=None, environment={})


def test_no_more_runs_go_on_at_once_than_may_and_the_others_say_that_they_wait(write, job, runs):
    made = [job() for _ in range(3)]
    for each in made:
        write(service.start, each, owner_id=each.owner_id, arguments=None, environment={})
    taken = write(deciding.take_up, PLACE, 2)
    waiting = runs(made[2])[0]
    write(sessions.mark_ended, taken[0].id, SessionState.STOPPED, "stopped")

    assert [session.id for session in taken] == [runs(each)[0].id for each in made[:2]]
    assert (waiting.status, "waits" in waiting.reason) == (RunStatus.SCHEDULING, True)
    assert [session.id for session in write(deciding.take_up, PLACE, 2)] == [waiting.id]
    assert runs(made[2])[0].reason == ""


def test_a_job_whose_owner_may_no_longer_run_code_fails_with_that_reason(write, job, runs):
    write(identity.add_user, "bob")
    bob = write(identity.get_user, "bob")
    made = write(service.change, job(schedule="* * * * *"), {"arguments": "x"}, bob.id)
    write(deciding.fall_due, PLACE, made.next_at)

    assert write(deciding.take_up, PLACE, MANY) == []
    assert runs(made)[0].status is RunStatus.FAILED
    assert "bob" in runs(made)[0].reason


def test_who_changes_what_runs_is_as_whom_it_runs_and_who_changes_when_is_not(write, job):
    made, other = job(), new_id()

    assert write(service.change, made, {"schedule": "* * * * *", "name": "new"}, other).owner_id == made.owner_id
    assert write(service.change, made, {"environment": {"A": "b"}}, other).owner_id == other


def test_deleting_a_parent_keeps_its_children(write, job):
    parent = job()
    child = job(parent_id=parent.id)
    write(service.remove, parent)

    assert write(service.find, child.id).plan.type is JobType.MANUAL


def test_a_job_that_runs_is_not_deleted(write, job):
    made = job()
    write(service.start, made, owner_id=made.owner_id, arguments=None, environment={})

    with pytest.raises(errors.RunsStill):
        write(service.remove, made)
