"""The form of a job: a new one, and changing one."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.core import errors as core_errors
from cuvee.core.settings import Settings
from cuvee.db.session import Reading
from cuvee.jobs import errors, schedule, service
from cuvee.jobs.planner import Planner
from cuvee.jobs.service import WRITE
from cuvee.jobs.values import Job
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import Editor, kernel_of
from cuvee.web import forms, job_views, workload_forms
from cuvee.web.page import Crumb, Pages, Place, go
from cuvee.web.pages import job, jobs, within

AnyRequest = Request[Any, Any, Any]
Form = Mapping[str, str]

_NEW: Final = "/projects/{project:str}/jobs/-/new"
_MINUTE: Final = 60
_OWN: Final = "own"
_EMPTY: Final[Form] = {
    "name": "", "script": "", "arguments": "", "trigger": "manual", "every": "day", "at": "02:00", "schedule": "",
    "timezone": "UTC", "parent": "", "spark": "", "addon": "", "profile": "1/2", "timeout": "", "kill": "on",
    "environment": "",
}  # fmt: skip
#: What a form that came back leaves out: a box that is not ticked is not sent.
_UNSAID: Final[Form] = {**_EMPTY, "kill": "", "kernel": ""}


class BadTime(core_errors.Invalid):
    """A time of the day is written such as 02:30."""


class BadMinutes(core_errors.Invalid):
    """A timeout is a number of minutes."""


@get("/jobs/-/new", opt=scope(WRITE), include_in_schema=False)
async def choose_project(
    request: AnyRequest, call: NamedDependency[Call], pages: NamedDependency[Pages], project: FromQuery[str] = ""
) -> Response[Any]:
    """In which project a new job is to be."""
    if project:
        return go(request, f"{within.base(await within.project(call, project, WRITE))}/jobs/-/new")
    place = Place(title="New job", entry="jobs", crumbs=[Crumb(name="Jobs", url="/jobs"), Crumb(name="New")])
    return pages.show(
        request, "jobs/choose.html", place, projects=await call.read(_writable, call.caller.projects(WRITE))
    )


@get("/jobs/-/schedule", opt=scope("signed-in"), include_in_schema=False)
async def say_schedule(request: AnyRequest, pages: NamedDependency[Pages]) -> Response[str]:
    """What a schedule says in words, and when it comes: a part of the form."""
    form = {**_EMPTY, **{name: str(value) for name, value in request.query_params.items()}}
    words, times, problem = "", list[str](), ""
    try:
        expression = _expression(form)
        words = schedule.in_words(expression)
        times = job_views.upcoming(expression, form["timezone"].strip() or "UTC")
    except core_errors.Invalid as error:
        problem = error.message
    return pages.part(request, "jobs/schedule.html", words=words, times=times, problem=problem)


@get(_NEW, opt=scope(WRITE), include_in_schema=False)
async def new(
    *,
    request: AnyRequest,
    project: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    runtimes: NamedDependency[Runtimes],
    settings: NamedDependency[Settings],
    script: FromQuery[str] = "",
) -> Response[str]:
    """The form for a new job of a project."""
    inside = await within.project(call, project, WRITE)
    kernel = (await workload_forms.default(runtimes, inside)).kernel
    values = {**_EMPTY, "kernel": kernel, "script": script}
    return await _form(request, call, pages, runtimes, settings, inside=inside, values=values)


@post("/projects/{project:str}/jobs", opt=scope(WRITE), include_in_schema=False)
async def create(
    *,
    request: AnyRequest,
    project: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    runtimes: NamedDependency[Runtimes],
    settings: NamedDependency[Settings],
    planner: NamedDependency[Planner],
) -> Response[Any]:
    """Make the job and lead to it. A form that cannot be used comes back as it was."""
    inside = await within.project(call, project, WRITE)
    form = await forms.texts(request)
    try:
        made = await planner.create(call, inside.id, await _said(runtimes, form))
    except (core_errors.Invalid, core_errors.NotFound) as error:
        values = {**_UNSAID, **form}
        return await _form(request, call, pages, runtimes, settings, inside=inside, values=values, error=error)
    return go(request, f"/jobs/{made.id}")


@get(job.JOB + "/settings", opt=scope(WRITE), include_in_schema=False)
async def edit(
    *,
    request: AnyRequest,
    job_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    runtimes: NamedDependency[Runtimes],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """The form of a job as it is."""
    found, inside = await jobs.found(call, job_id, WRITE)
    return await _form(request, call, pages, runtimes, settings, inside=inside, values=_values(found), of=found)


@post(job.JOB + "/settings", opt=scope(WRITE), include_in_schema=False)
async def change(
    *,
    request: AnyRequest,
    job_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    runtimes: NamedDependency[Runtimes],
    settings: NamedDependency[Settings],
    planner: NamedDependency[Planner],
) -> Response[Any]:
    """Keep what the form says."""
    found, inside = await jobs.found(call, job_id, WRITE)
    form = await forms.texts(request)
    try:
        await planner.change(call, found, await _said(runtimes, form))
    except (core_errors.Invalid, core_errors.NotFound) as error:
        values = {**_UNSAID, **form}
        return await _form(
            request, call, pages, runtimes, settings, inside=inside, values=values, of=found, error=error
        )
    return go(request, f"/jobs/{found.id}?done=settings")


async def _form(
    request: AnyRequest, call: Call, pages: Pages, runtimes: Runtimes, settings: Settings, *, inside: Project,
    values: Form, of: Job | None = None, error: core_errors.CuveeError | None = None,
) -> Response[str]:  # fmt: skip
    everything = await call.read(service.list_all, [inside.id])
    others = [(each.id, each.plan.name) for each in everything if of is None or each.id != of.id]
    title = "Settings" if of else "New job"
    place = (
        job.place_of(of, inside, Crumb(name=title)) if of else within.place(inside, "jobs", "Jobs", Crumb(name=title))
    )
    return pages.show(
        request, "jobs/form.html", place, status=error.status if error else 200, job=of, error=error, values=values,
        base=within.base(inside), others=others, zones=sorted(schedule.zones()), simple=job_views.SIMPLE,
        scripts=await asyncio.to_thread(workload_forms.scripts, projects.directory(settings.home, inside.id)),
        **await workload_forms.offered(runtimes, of.plan.profile if of else None),
    )  # fmt: skip


async def _said(runtimes: Runtimes, form: Form) -> dict[str, Any]:
    """What the form says, as fields of a plan."""
    trigger = form.get("trigger", "")
    runtime = await workload_forms.runtime(runtimes, {**form, "editor": Editor.WORKBENCH})
    if trigger == "dependent" and not form.get("parent"):
        raise errors.NoSuchParent("Choose the job after which this one runs.")
    return {
        "name": form.get("name", "").strip(),
        "script": form.get("script", "").strip(),
        "arguments": form.get("arguments", "").strip(),
        "runtime": runtime.identifier,
        "addons": workload_forms.addons_of(form),
        "profile": workload_forms.profile(form),
        "environment": workload_forms.checked(workload_forms.variables(form.get("environment", ""))),
        "schedule": _expression(form) if trigger == "cron" else "",
        "timezone": form.get("timezone", "").strip() or "UTC",
        "parent_id": form.get("parent", "") if trigger == "dependent" else "",
        "timeout": _seconds(form.get("timeout", "")),
        "kill_on_timeout": bool(form.get("kill")),
    }


def _expression(form: Form) -> str:
    """The schedule that was chosen, as a cron expression."""
    every = form.get("every", "")
    if every == _OWN:
        return " ".join(form.get("schedule", "").split())
    hour, colon, minute = form.get("at", "").strip().partition(":")
    if not (colon and hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit()):
        raise BadTime
    if every == "hour":
        return f"{int(minute)} * * * *"
    if every not in job_views.SIMPLE:
        raise errors.BadSchedule
    return f"{int(minute)} {int(hour)} {job_views.SIMPLE[every][1]}"


def _seconds(text: str) -> int:
    try:
        return round(float(text or 0) * _MINUTE)
    except (ValueError, OverflowError):
        raise BadMinutes from None


def _values(found: Job) -> Form:
    """A job as its form shows it."""
    plan = found.plan
    return {
        **_EMPTY,
        "name": plan.name,
        "script": plan.script,
        "arguments": plan.arguments,
        "trigger": plan.type,
        "every": _OWN if plan.schedule else "day",
        "schedule": plan.schedule,
        "timezone": plan.timezone,
        "parent": plan.parent_id,
        "kernel": kernel_of(plan.runtime),
        "spark": "on" if plan.addons else "",
        "addon": plan.addons[0] if plan.addons else "",
        "profile": workload_forms.profile_key(plan.profile),
        "timeout": f"{plan.timeout / _MINUTE:g}" if plan.timeout else "",
        "kill": "on" if plan.kill_on_timeout else "",
        "environment": "\n".join(f"{name}={value}" for name, value in plan.environment.items()),
    }


def _writable(connection: Reading, ids: frozenset[str] | None) -> list[tuple[str, str]]:
    return [(each.name, each.name) for each in projects.list_all(connection) if ids is None or each.id in ids]


ROUTES: Final = (choose_project, say_schedule, new, create, edit, change)
