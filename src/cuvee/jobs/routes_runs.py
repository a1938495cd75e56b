"""API v2's door to the runs of jobs."""

import asyncio
from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from cuvee.api import listing
from cuvee.api.builder import scope
from cuvee.api.listing import Asked
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.jobs import forms, logs, messages, service
from cuvee.jobs.forms import People
from cuvee.jobs.planner import Planner
from cuvee.jobs.routes import JOB, found
from cuvee.jobs.service import READ, RUN
from cuvee.jobs.values import JobRun
from cuvee.projects.forms import environment
from cuvee.runtimes.values import kernel_of
from cuvee.sessions.manager import Sessions

_RUNS: Final = JOB + "/runs"
_RUN: Final = _RUNS + "/{run_id:str}"


@get(_RUNS, opt=scope(READ))
async def list_job_runs(
    project_id: FromPath[str],
    job_id: FromPath[str],
    call: NamedDependency[Call],
    asked: NamedDependency[Asked],
    sealer: NamedDependency[Sealer],
) -> messages.ListJobRunsResponse:
    """A job's runs, the oldest first unless they are sorted."""
    job = await found(call, READ, project_id, job_id)
    runs = await call.read(service.list_runs, job)
    known = await call.read(_people, runs)
    page, token = listing.page(
        runs, asked, _columns(known), sealer=sealer, name=f"runs of {job.id}", caller=call.caller
    )
    shown = [forms.shown_run(run, known, call.caller) for run in page]
    return messages.ListJobRunsResponse(job_runs=shown, next_page_token=token)


@post(_RUNS, opt=scope(RUN), status_code=200)
async def create_job_run(
    project_id: FromPath[str],
    job_id: FromPath[str],
    call: NamedDependency[Call],
    planner: NamedDependency[Planner],
    data: JSONBody[messages.CreateJobRunRequest | None] = None,
) -> messages.JobRun:
    """Have a job run now, with these arguments in place of its own and these variables besides."""
    job = await found(call, RUN, project_id, job_id)
    asked = data or messages.CreateJobRunRequest()
    variables = environment(asked.environment)
    return await _shown(call, await planner.start(call, job, arguments=asked.arguments, environment=variables))


@get(_RUN, opt=scope(READ))
async def get_job_run(
    project_id: FromPath[str], job_id: FromPath[str], run_id: FromPath[str], call: NamedDependency[Call]
) -> messages.JobRun:
    """One run of a job, and how it ended."""
    job = await found(call, READ, project_id, job_id)
    return await _shown(call, await call.read(service.get_run, job, run_id))


@post(_RUN + "/:stop", opt=scope(RUN), status_code=200)
async def stop_job_run(
    project_id: FromPath[str], job_id: FromPath[str], run_id: FromPath[str], call: NamedDependency[Call]
) -> messages.JobRun:
    """Have a run end; one that has ended stays as it is."""
    job = await found(call, RUN, project_id, job_id)
    run = await call.read(service.get_run, job, run_id)
    await call.write(service.ask_to_stop, run, call.caller.username)
    return await _shown(call, await call.read(service.get_run, job, run_id))


@get(_RUN + "/:logs", opt=scope(READ))
async def get_job_run_logs(
    project_id: FromPath[str],
    job_id: FromPath[str],
    run_id: FromPath[str],
    call: NamedDependency[Call],
    sessions: NamedDependency[Sessions],
) -> messages.JobRunLogs:
    """What a run said so far: its script, and the server that runs it."""
    job = await found(call, READ, project_id, job_id)
    run = await call.read(service.get_run, job, run_id)
    ran = await call.read(logs.execution_of, run)
    return await asyncio.to_thread(logs.read, sessions.folder(run.id), ran)


async def _shown(call: Call, run: JobRun) -> messages.JobRun:
    return forms.shown_run(run, await call.read(_people, [run]), call.caller)


def _people(connection: Reading, runs: list[JobRun]) -> People:
    return People(users=identity.users(connection, {run.owner_id for run in runs}))


def _columns(known: People) -> listing.Columns[JobRun]:
    texts = {
        "creator.email": lambda run: known.user(run.owner_id).email,
        "creator.name": lambda run: known.user(run.owner_id).name,
        "creator.username": lambda run: known.user(run.owner_id).username,
        "kernel": lambda run: kernel_of(run.plan.runtime),
        "script": lambda run: run.plan.script,
        "status": lambda run: run.status.word,
        "type": lambda run: run.trigger,
    }
    moments = {"created_at": lambda run: run.created_at, "finished_at": lambda run: run.finished_at}
    return listing.Columns(filters=texts, sorts={**texts, **moments}, id=lambda run: run.id)
