"""A run's page: its head, what was logged to it, and what one may do with it. Artifacts and curves are elsewhere."""

import asyncio
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.artifacts.stores import Stores
from cuvee.sessions.manager import Sessions
from cuvee.tracking import service as tracking
from cuvee.tracking.values import Tag
from cuvee.web import forms, run_views
from cuvee.web.page import Crumb, Pages, Place, go
from cuvee.web.pages import run_artifacts

_RUN: Final = "/experiments/{experiment_id:str}/runs/{run_id:str}"
_READ: Final = scope("experiments:read")
_WRITE: Final = scope("experiments:write")
_LONGEST_TEXT: Final = 200

Asking = Request[Any, Any, Any]


@get(_RUN, opt=_READ, include_in_schema=False)
async def show_run(
    request: Asking,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    stores: NamedDependency[Stores],
    sessions: NamedDependency[Sessions],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
    artifact: FromQuery[str] = "",
    offset: FromQuery[int] = 0,
) -> Response[str]:
    """Everything about a run; of its metrics the first, of its artifacts the folder or file that is chosen."""
    view = await call.read(run_views.look, call.caller, experiment_id, run_id)
    chosen = await run_artifacts.chosen(call, stores, view.run, artifact, offset)
    made_in = await call.read(run_views.made_in, call.caller, view.run)
    console = await asyncio.to_thread(run_views.said, sessions, made_in)
    return pages.show(request, "runs/run.html", place(view), view=view, artifacts=chosen, console=console)


@get(f"{_RUN}/-/head", opt=_READ, include_in_schema=False)
async def show_head(
    request: Asking,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
) -> Response[str]:
    """The run's state, times and relations."""
    view = await call.read(run_views.look, call.caller, experiment_id, run_id)
    return pages.part(request, "runs/head.html", view=view)


@get(f"{_RUN}/-/logged", opt=_READ, include_in_schema=False)
async def show_logged(
    request: Asking,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
) -> Response[str]:
    """Parameters and inputs, which come while the run goes on."""
    view = await call.read(run_views.look, call.caller, experiment_id, run_id)
    return pages.part(request, "runs/logged.html", view=view)


@get(f"{_RUN}/-/metrics", opt=_READ, include_in_schema=False)
async def show_metrics(
    request: Asking,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
    text: FromQuery[str] = "",
    system: FromQuery[bool] = False,
    offset: FromQuery[int] = 0,
) -> Response[str]:
    """A page of the run's metrics, those whose names have the text in them."""
    metrics = await call.read(
        run_views.metrics, call.caller, experiment_id, run_id,
        text=text[:_LONGEST_TEXT], is_system=system, offset=max(0, offset),
    )  # fmt: skip
    return pages.part(request, "runs/metrics.html", metrics=metrics)


@post(f"{_RUN}/-/rename", opt=_WRITE, include_in_schema=False)
async def rename_run(
    request: Asking, call: NamedDependency[Call], experiment_id: FromPath[str], run_id: FromPath[str]
) -> Response[None]:
    """Give the run another name."""
    form = await forms.texts(request)
    name = forms.required(form.get("name", ""), "A run needs a name.").strip()
    await _within(call, experiment_id, run_id)
    await call.write(tracking.update_run, call.caller, run_id, name=name)
    return go(request, run_views.address(experiment_id, run_id))


@post(f"{_RUN}/-/notes", opt=_WRITE, include_in_schema=False)
async def write_notes(
    request: Asking, call: NamedDependency[Call], experiment_id: FromPath[str], run_id: FromPath[str]
) -> Response[None]:
    """Replace the run's notes."""
    form = await forms.texts(request)
    await _within(call, experiment_id, run_id)
    await call.write(tracking.set_tag, call.caller, run_id, Tag(run_views.NOTES_TAG, form.get("notes", "")))
    return go(request, f"{run_views.address(experiment_id, run_id)}#notes")


@post(f"{_RUN}/-/tags", opt=_WRITE, include_in_schema=False)
async def set_tag(
    request: Asking, call: NamedDependency[Call], experiment_id: FromPath[str], run_id: FromPath[str]
) -> Response[None]:
    """Add a tag, or change the one of the same name."""
    form = await forms.texts(request)
    key = forms.required(form.get("key", ""), "A tag needs a name.").strip()
    await _within(call, experiment_id, run_id)
    await call.write(tracking.set_tag, call.caller, run_id, Tag(key, form.get("value", "")))
    return go(request, f"{run_views.address(experiment_id, run_id)}#tags")


@post(f"{_RUN}/-/tags/delete", opt=_WRITE, include_in_schema=False)
async def delete_tag(
    request: Asking, call: NamedDependency[Call], experiment_id: FromPath[str], run_id: FromPath[str]
) -> Response[None]:
    """Take a tag away."""
    form = await forms.texts(request)
    await _within(call, experiment_id, run_id)
    await call.write(tracking.delete_tag, call.caller, run_id, form.get("key", ""))
    return go(request, f"{run_views.address(experiment_id, run_id)}#tags")


@post(f"{_RUN}/-/delete", opt=_WRITE, include_in_schema=False)
async def delete_run(
    request: Asking, call: NamedDependency[Call], experiment_id: FromPath[str], run_id: FromPath[str]
) -> Response[None]:
    """Put the run into the bin: its page stays, and has the way back."""
    await _within(call, experiment_id, run_id)
    await call.write(tracking.delete_run, call.caller, run_id)
    return go(request, run_views.address(experiment_id, run_id))


@post(f"{_RUN}/-/restore", opt=_WRITE, include_in_schema=False)
async def restore_run(
    request: Asking, call: NamedDependency[Call], experiment_id: FromPath[str], run_id: FromPath[str]
) -> Response[None]:
    """Take the run out of the bin."""
    await _within(call, experiment_id, run_id)
    await call.write(tracking.restore_run, call.caller, run_id)
    return go(request, run_views.address(experiment_id, run_id))


async def _within(call: Call, experiment_id: str, run_id: str) -> None:
    """Go on only when the run is in the experiment that the address names."""
    await call.read(run_views.require_within, call.caller, experiment_id, run_id)


def place(view: run_views.View) -> Place:
    """Where a run's page is."""
    project, experiment = view.project, view.experiment
    return Place(
        title=f"{view.run.info.name} · {experiment.name}",
        entry="experiments",
        project=project,
        crumbs=[
            Crumb(name=project.name, url=f"/projects/{run_views.quoted(project.name)}"),
            Crumb(name=experiment.name, url=f"/experiments/{experiment.id}"),
            Crumb(name=view.run.info.name),
        ],
    )


ROUTES: Final = (
    show_run,
    show_head,
    show_logged,
    show_metrics,
    rename_run,
    write_notes,
    set_tag,
    delete_tag,
    delete_run,
    restore_run,
)
