"""API v2's door to jobs."""

from collections.abc import Collection
from typing import Final

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from cuvee.api import listing
from cuvee.api.builder import scope
from cuvee.api.listing import Asked
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.jobs import forms, messages, service
from cuvee.jobs.forms import People
from cuvee.jobs.planner import Planner
from cuvee.jobs.service import READ, WRITE
from cuvee.jobs.values import Job
from cuvee.projects import service as projects
from cuvee.runtimes.values import kernel_of

JOBS: Final = "/api/v2/projects/{project_id:str}/jobs"
JOB: Final = JOBS + "/{job_id:str}"


@get("/api/v2/jobs", opt=scope(READ))
async def list_all_jobs(
    call: NamedDependency[Call], asked: NamedDependency[Asked], sealer: NamedDependency[Sealer]
) -> messages.ListJobsResponse:
    """The jobs of all projects in which the caller may see them."""
    return await _listed(call, asked, sealer, call.caller.projects(READ), "all jobs")


@get(JOBS, opt=scope(READ))
async def list_jobs(
    project_id: FromPath[str],
    call: NamedDependency[Call],
    asked: NamedDependency[Asked],
    sealer: NamedDependency[Sealer],
) -> messages.ListJobsResponse:
    """The jobs of a project."""
    call.caller.require(READ, project_id)
    return await _listed(call, asked, sealer, [project_id], f"jobs {project_id}")


@post(JOBS, opt=scope(WRITE), status_code=200)
async def create_job(
    project_id: FromPath[str],
    data: JSONBody[messages.CreateJobRequest],
    call: NamedDependency[Call],
    planner: NamedDependency[Planner],
) -> messages.Job:
    """Make a job. Without `schedule` and `parent_id` it runs when it is told to."""
    call.caller.require(WRITE, project_id)
    return await _shown(call, await planner.create(call, project_id, forms.changes(data)))


@get(JOB, opt=scope(READ))
async def get_job(project_id: FromPath[str], job_id: FromPath[str], call: NamedDependency[Call]) -> messages.Job:
    """One job."""
    return await _shown(call, await found(call, READ, project_id, job_id))


@patch(JOB, opt=scope(WRITE))
async def update_job(
    project_id: FromPath[str],
    job_id: FromPath[str],
    data: JSONBody[messages.UpdateJobRequest],
    call: NamedDependency[Call],
    planner: NamedDependency[Planner],
) -> messages.Job:
    """Change a job; what is left out stays. Who changes what it runs is as whom it runs from then on."""
    job = await found(call, WRITE, project_id, job_id)
    return await _shown(call, await planner.change(call, job, forms.changes(data, job.plan)))


@delete(JOB, opt=scope(WRITE), status_code=200)
async def delete_job(
    project_id: FromPath[str],
    job_id: FromPath[str],
    call: NamedDependency[Call],
    planner: NamedDependency[Planner],
) -> messages.DeleteJobResponse:
    """Delete a job with its runs and their logs. Jobs that came after it stay, and are started by hand."""
    job = await found(call, WRITE, project_id, job_id)
    await planner.remove(call, job)
    return messages.DeleteJobResponse()


async def found(call: Call, needs: str, project_id: str, job_id: str) -> Job:
    """The job that a request is about, when the caller holds the scope in its project."""
    call.caller.require(needs, project_id)
    return await call.read(service.get, project_id, job_id)


def people(connection: Reading, jobs: Collection[Job]) -> People:
    """Who made these jobs, where they are, and how they ran last."""
    ids = {user_id for job in jobs for user_id in (job.creator_id, job.owner_id)}
    return People(
        users=identity.users(connection, ids),
        projects=projects.by_ids(connection, {job.project_id for job in jobs}),
        runs=service.newest_runs(connection, jobs),
    )


async def _shown(call: Call, job: Job) -> messages.Job:
    return forms.shown(job, await call.read(people, [job]), call.caller)


async def _listed(
    call: Call, asked: Asked, sealer: Sealer, projects_: Collection[str] | None, name: str
) -> messages.ListJobsResponse:
    jobs = await call.read(service.list_all, projects_)
    known = await call.read(people, jobs)
    page, token = listing.page(jobs, asked, _columns(known), sealer=sealer, name=name, caller=call.caller)
    return messages.ListJobsResponse(jobs=[forms.shown(job, known, call.caller) for job in page], next_page_token=token)


def _columns(known: People) -> listing.Columns[Job]:
    texts = {
        "creator.email": lambda job: known.user(job.creator_id).email,
        "creator.name": lambda job: known.user(job.creator_id).name,
        "creator.username": lambda job: known.user(job.creator_id).username,
        "kernel": lambda job: kernel_of(job.plan.runtime),
        "name": lambda job: job.plan.name,
        "paused": lambda job: "t" if job.plan.paused else "f",
        "script": lambda job: job.plan.script,
        "type": lambda job: job.plan.type,
    }
    moments = {"created_at": lambda job: job.created_at, "updated_at": lambda job: job.updated_at}
    return listing.Columns(filters=texts, sorts={**texts, **moments}, id=lambda job: job.id)
