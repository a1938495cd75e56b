"""A job run's page: how it goes and went, and what it says while it says it."""

import asyncio
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.identity import service as identity
from cuvee.jobs import logs as job_logs
from cuvee.jobs import made, service
from cuvee.jobs.service import READ, RUN
from cuvee.jobs.values import Job, JobRun
from cuvee.projects.values import Project
from cuvee.runtimes import addons
from cuvee.runtimes.values import kernel_of
from cuvee.sessions import outputs
from cuvee.sessions.manager import Sessions
from cuvee.sessions.values import Execution
from cuvee.tracking import family
from cuvee.web import ansi, job_views
from cuvee.web.logs import Piece
from cuvee.web.page import Crumb, Pages, go
from cuvee.web.pages import job, jobs

AnyRequest = Request[Any, Any, Any]

_RUN: Final = job.JOB + "/runs/{run_id:str}"
#: Bytes of the output's file that a page begins with, and that it is given at once later.
_SHOWN: Final = 256 * 1024
_MOST_MADE: Final = 20


@get(_RUN, opt=scope(READ), include_in_schema=False)
async def show_run(
    *,
    request: AnyRequest,
    job_id: FromPath[str],
    run_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    sessions: NamedDependency[Sessions],
) -> Response[str]:
    """One run: state, reason, times, log, and the runs of experiments that it made."""
    found, project, run = await _found(call, job_id, run_id)
    ran = await call.read(job_logs.execution_of, run)
    users = await call.read(identity.users, {run.owner_id})
    ids = await call.read(made.runs_in, run, _MOST_MADE)
    crumb = Crumb(name=f"Run of {run.plan.name}")
    server = (
        "" if run.is_active or ran else await asyncio.to_thread(outputs.server_log, sessions.folder(run.id), "stderr")
    )
    return pages.show(
        request, "jobs/run.html", job.place_of(found, project, crumb), job=found, run=run, url=_log_url(run),
        log=await asyncio.to_thread(_piece, sessions, run, ran, 0), server=server, owner=users.get(run.owner_id),
        made=await call.read(family.seen, call.caller, ids), kernel=kernel_of(run.plan.runtime),
        addons=addons.names(run.plan.addons), duration=job_views.duration(run), has_session=bool(run.starting_at),
        may_run=call.caller.allows(RUN, run.project_id),
    )  # fmt: skip


@get(_RUN + "/log", opt=scope(READ), include_in_schema=False)
async def run_log(
    *,
    request: AnyRequest,
    job_id: FromPath[str],
    run_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    sessions: NamedDependency[Sessions],
    offset: FromQuery[int] = 0,
) -> Response[Any]:
    """What a run said since."""
    _job, _project, run = await _found(call, job_id, run_id)
    ran = await call.read(job_logs.execution_of, run)
    piece = await asyncio.to_thread(_piece, sessions, run, ran, max(offset, 0))
    if piece.goes_on and piece.end == offset:
        return Response(None, status_code=204, headers={"cache-control": "no-store"})
    return pages.part(request, "deployments/log-part.html", log=piece, url=_log_url(run))


@get(_RUN + "/log/file", opt=scope(READ), include_in_schema=False)
async def run_log_file(
    job_id: FromPath[str], run_id: FromPath[str], call: NamedDependency[Call], sessions: NamedDependency[Sessions]
) -> Response[str]:
    """What a run said, to keep."""
    _job, _project, run = await _found(call, job_id, run_id)
    ran = await call.read(job_logs.execution_of, run)
    said = await asyncio.to_thread(job_logs.read, sessions.folder(run.id), ran)
    headers = {
        "content-disposition": f'attachment; filename="job-run-{run.id}.log"',
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "no-store",
    }
    return Response(said.output, media_type="text/plain; charset=utf-8", headers=headers)


@post(_RUN + "/-/stop", opt=scope(RUN), include_in_schema=False)
async def stop(
    request: AnyRequest, job_id: FromPath[str], run_id: FromPath[str], call: NamedDependency[Call]
) -> Response[None]:
    """Have a run end."""
    _job, _project, run = await _found(call, job_id, run_id, RUN)
    await call.write(service.ask_to_stop, run, call.caller.username)
    return go(request, f"/jobs/{run.job_id}/runs/{run.id}")


async def _found(call: Call, job_id: str, run_id: str, needed: str = READ) -> tuple[Job, Project, JobRun]:
    found, project = await jobs.found(call, job_id, needed)
    return found, project, await call.read(service.get_run, found, run_id)


def _log_url(run: JobRun) -> str:
    return f"/jobs/{run.job_id}/runs/{run.id}/log"


def _piece(sessions: Sessions, run: JobRun, ran: Execution | None, offset: int) -> Piece:
    """What was said after a place in the file of the output."""
    if ran is None:
        return Piece(text=ansi.html(""), start=0, end=0, goes_on=run.is_active)
    path = sessions.folder(run.id).output(ran.id)
    offset = outputs.place_in(path, offset)
    events, end = outputs.tail(path, offset, _SHOWN)
    # It is known to be over only when its end was read.
    goes_on = run.is_active and not any(event.kind == outputs.END for event in events)
    start = offset or max(0, end - _SHOWN)
    return Piece(text=ansi.html(outputs.as_text(events)), start=start, end=end, goes_on=goes_on)


ROUTES: Final = (show_run, run_log, run_log_file, stop)
