"""Making a run again, from its page and from the pages of its versions: what would be the same, and the start."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.core import errors
from cuvee.lineage.retraining import Retraining
from cuvee.lineage.values import Former
from cuvee.web import forms, run_views
from cuvee.web.page import Pages, go, is_htmx
from cuvee.web.pages import runs

_RUN: Final = "/experiments/{experiment_id:str}/runs/{run_id:str}"
_WRITE: Final = scope("sessions:write")
_WAYS: Final = frozenset({"retrain", "rebuild"})

Asking = Request[Any, Any, Any]


class NoSuchWay(errors.NotFound):
    """A run is made again by `retrain` or by `rebuild`."""


@get(f"{_RUN}/-/again", opt=scope("experiments:read"), include_in_schema=False)
async def ask_again(
    request: Asking,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    retraining: NamedDependency[Retraining],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
    how: FromQuery[str] = "retrain",
) -> Response[str]:
    """What would happen, with the button that has it happen: for htmx alone, to stand in a dialog, else on a page."""
    if how not in _WAYS:
        raise NoSuchWay
    view = await call.read(run_views.look, call.caller, experiment_id, run_id)
    former = await _former(call, retraining, experiment_id, run_id)
    plan = await retraining.report(former) if how == "rebuild" else None
    script = plan.script if plan is not None else await retraining.script(former)
    values: dict[str, Any] = {"view": view, "how": how, "plan": plan, "script": script}
    if is_htmx(request):
        return pages.part(request, "runs/again.html", **values)
    return pages.show(request, "runs/again-page.html", runs.place(view), **values)


@post(f"{_RUN}/-/retrain", opt=_WRITE, include_in_schema=False)
async def retrain(
    request: Asking,
    call: NamedDependency[Call],
    retraining: NamedDependency[Retraining],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
) -> Response[None]:
    """Train again, and lead to the session that does it."""
    former = await _former(call, retraining, experiment_id, run_id)
    session = await retraining.retrain(call, former)
    return go(request, f"/sessions/{session.id}")


@post(f"{_RUN}/-/rebuild", opt=_WRITE, include_in_schema=False)
async def rebuild(
    request: Asking,
    call: NamedDependency[Call],
    retraining: NamedDependency[Retraining],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
) -> Response[None]:
    """Rebuild, and lead to the session that does it."""
    form = await forms.texts(request)
    former = await _former(call, retraining, experiment_id, run_id)
    session = await retraining.rebuild(call, former, anyway="anyway" in form)
    return go(request, f"/sessions/{session.id}")


async def _former(call: Call, retraining: Retraining, experiment_id: str, run_id: str) -> Former:
    info = await call.read(run_views.require_within, call.caller, experiment_id, run_id)
    return await retraining.look(call, info.project_id, experiment_id, run_id)


ROUTES: Final = (ask_again, retrain, rebuild)
