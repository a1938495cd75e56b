"""The jobs of every project that the reader sees, and of one."""

from collections.abc import Collection
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.db.session import Reading
from cuvee.jobs import errors, service
from cuvee.jobs.service import READ, WRITE
from cuvee.jobs.values import Job
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.web import job_views
from cuvee.web.job_views import Row
from cuvee.web.page import Crumb, Pages, Place
from cuvee.web.pages import within

AnyRequest = Request[Any, Any, Any]

_MOST: Final = 200


@get("/jobs", opt=scope("signed-in"), include_in_schema=False)
async def list_jobs(
    request: AnyRequest, call: NamedDependency[Call], pages: NamedDependency[Pages], q: FromQuery[str] = ""
) -> Response[str]:
    """The jobs of every project in which the reader sees them."""
    place = Place(title="Jobs", entry="jobs", crumbs=[Crumb(name="Jobs")])
    may = call.caller.projects(WRITE)
    return await _listed(request, call, pages, place, inside=call.caller.projects(READ), q=q, may=may is None or may)


@get("/projects/{project:str}/jobs", opt=scope(READ), include_in_schema=False)
async def list_project_jobs(
    request: AnyRequest,
    project: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    q: FromQuery[str] = "",
) -> Response[str]:
    """The jobs of a project."""
    inside = await within.project(call, project, READ)
    place = within.place(inside, "jobs", "Jobs")
    return await _listed(request, call, pages, place, inside=[inside.id], q=q, may=call.caller.allows(WRITE, inside.id))


async def found(call: Call, job_id: str, needed: str = READ) -> tuple[Job, Project]:
    """The job that an address names, and its project, for somebody who holds the scope there.

    Raises:
        JobNotFound: when there is none, or the reader has no part in its project: the two look the same.
        Denied: when the reader's role there does not hold the scope.

    """
    return await call.read(_found, call.caller, job_id, needed)


async def _listed(
    request: AnyRequest, call: Call, pages: Pages, place: Place, *, inside: Collection[str] | None, q: str, may: object
) -> Response[str]:
    rows = await call.read(_rows, call.caller, inside, q.strip().lower())
    new = f"{within.base(place.project)}/jobs/-/new" if place.project else "/jobs/-/new"
    topic = f"project:{place.project.id}" if place.project else "jobs"
    return pages.show(
        request, "jobs/list.html", place, rows=rows[:_MOST], count=len(rows), q=q, new=new, may_write=bool(may),
        topic=topic,
    )  # fmt: skip


def _rows(connection: Reading, caller: Caller, inside: Collection[str] | None, q: str) -> list[Row]:
    jobs = service.list_all(connection, inside)
    return job_views.rows(connection, caller, [job for job in jobs if q in job.plan.name.lower()])


def _found(connection: Reading, caller: Caller, job_id: str, needed: str) -> tuple[Job, Project]:
    job = service.find(connection, job_id)
    if not caller.allows(READ, job.project_id):
        raise errors.JobNotFound
    caller.require(needed, job.project_id)
    return job, projects.get(connection, job.project_id)


ROUTES: Final = (list_jobs, list_project_jobs)
