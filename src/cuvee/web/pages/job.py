"""A job's page: what it runs and when, how it ran; and what one does with it."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.jobs import service
from cuvee.jobs.planner import Planner
from cuvee.jobs.service import READ, RUN, WRITE
from cuvee.jobs.values import Job
from cuvee.projects.values import Project
from cuvee.runtimes import addons
from cuvee.runtimes.values import kernel_of
from cuvee.web import forms, job_views
from cuvee.web.page import Crumb, Pages, Place, go
from cuvee.web.pages import jobs, within

AnyRequest = Request[Any, Any, Any]

JOB: Final = "/jobs/{job_id:str}"
_MOST_RUNS: Final = 50
_MOST_SHOWN: Final = 1_000


@get(JOB, opt=scope(READ), include_in_schema=False)
async def show_job(
    *,
    request: AnyRequest,
    job_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    runs: FromQuery[int] = _MOST_RUNS,
) -> Response[str]:
    """What it runs and when, and its history."""
    job, project = await jobs.found(call, job_id)
    shown = min(max(runs, 1), _MOST_SHOWN)
    history, count = await call.read(service.history, job, shown)
    around = await call.read(_around, job)
    return pages.show(
        request, "jobs/job.html", place_of(job, project), job=job, project=project, base=within.base(project),
        words=job_views.when(job, around["parent"].plan.name if around["parent"] else ""),
        runs=history, count=count, more=min(shown + 200, _MOST_SHOWN), bars=await call.read(job_views.bars, job),
        kernel=kernel_of(job.plan.runtime), addons=addons.names(job.plan.addons), duration=job_views.duration,
        may_run=call.caller.allows(RUN, job.project_id), may_write=call.caller.allows(WRITE, job.project_id), **around,
    )  # fmt: skip


@post(JOB + "/-/run", opt=scope(RUN), include_in_schema=False)
async def run(
    request: AnyRequest, job_id: FromPath[str], call: NamedDependency[Call], planner: NamedDependency[Planner]
) -> Response[None]:
    """Start it now, with other arguments where some are given, and lead to the run."""
    job, _project = await jobs.found(call, job_id, RUN)
    form = await forms.texts(request)
    given = form.get("arguments")
    started = await planner.start(call, job, arguments=None if given in {None, job.plan.arguments} else given)
    return go(request, f"/jobs/{job.id}/runs/{started.id}")


@post(JOB + "/-/pause", opt=scope(WRITE), include_in_schema=False)
async def pause(
    request: AnyRequest, job_id: FromPath[str], call: NamedDependency[Call], planner: NamedDependency[Planner]
) -> Response[None]:
    """Have its schedule and its parent start nothing, or go on."""
    job, _project = await jobs.found(call, job_id, WRITE)
    await planner.change(call, job, {"paused": not job.plan.paused})
    return go(request, f"/jobs/{job.id}")


@post(JOB + "/-/delete", opt=scope(WRITE), include_in_schema=False)
async def delete(
    request: AnyRequest, job_id: FromPath[str], call: NamedDependency[Call], planner: NamedDependency[Planner]
) -> Response[None]:
    """Delete it with its runs and what they said."""
    job, project = await jobs.found(call, job_id, WRITE)
    await planner.remove(call, job)
    return go(request, f"{within.base(project)}/jobs")


def place_of(job: Job, project: Project, *crumbs: Crumb) -> Place:
    """Where the pages of a job are."""
    mine = Crumb(name=job.plan.name, url=f"/jobs/{job.id}")
    found = within.place(project, "jobs", "Jobs", mine, *crumbs)
    return Place(title=f"{job.plan.name} · {project.name}", entry="jobs", crumbs=found.crumbs, project=project)


def _around(connection: Reading, job: Job) -> dict[str, Any]:
    """The jobs before and after it, and its people."""
    users = identity.users(connection, {job.creator_id, job.owner_id})
    return {
        "parent": service.find(connection, job.plan.parent_id) if job.plan.parent_id else None,
        "children": service.children(connection, job),
        "creator": users.get(job.creator_id),
        "owner": users.get(job.owner_id),
    }


ROUTES: Final = (show_job, run, pause, delete)
