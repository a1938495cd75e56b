"""Curves: the numbers for a picture of some width, and a page for one metric of a run."""

from collections.abc import Sequence
from math import isfinite, isnan
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.core import errors
from cuvee.db.session import Reading
from cuvee.tracking import curves, service
from cuvee.tracking.curves import Curve, Frame
from cuvee.tracking.values import RunInfo
from cuvee.web import run_views
from cuvee.web.page import Crumb, Pages, Place

_READ: Final = scope("experiments:read")
_WIDTH: Final = 800

Asking = Request[Any, Any, Any]


class SentCurve(msgspec.Struct, frozen=True, kw_only=True):
    """A curve for a chart: three columns of equal length."""

    run_id: str
    run_name: str
    key: str
    #: Milliseconds since the epoch.
    start_time: int
    #: Points that were logged; more than are sent when they were reduced.
    count: int
    nan_count: int
    steps: Sequence[int]
    times: Sequence[int]
    #: JSON has no word for what is no finite number: `NaN`, `Infinity`, `-Infinity` come as texts.
    values: Sequence[float | str]


class NoMetric(errors.NotFound):
    """The run has no metric of this name."""


@get("/experiments/{experiment_id:str}/runs/{run_id:str}/-/curves", opt=_READ, include_in_schema=False)
async def run_curves(
    call: NamedDependency[Call],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
    key: FromQuery[list[str]],
    width: FromQuery[int] = _WIDTH,
    x: FromQuery[str] = "step",
    first: FromQuery[int | None] = None,
    last: FromQuery[int | None] = None,
) -> Response[bytes]:
    """Metrics of one run: `?key=loss&key=accuracy&width=800&x=step`; `x=time` has them by time.

    `first` and `last` are steps, or times in milliseconds since the epoch: only what lies between is wanted.
    """
    await call.read(run_views.require_within, call.caller, experiment_id, run_id)
    return await _sent(call, [run_id], key, _frame(width, x, first, last))


@get("/compare/-/curves", opt=_READ, include_in_schema=False)
async def compared_curves(
    call: NamedDependency[Call],
    *,
    run: FromQuery[list[str]],
    key: FromQuery[list[str]],
    width: FromQuery[int] = _WIDTH,
    x: FromQuery[str] = "step",
    first: FromQuery[int | None] = None,
    last: FromQuery[int | None] = None,
) -> Response[bytes]:
    """Metrics of several runs, of whatever projects: `?run=…&run=…&key=loss&width=800&x=step`."""
    return await _sent(call, run, key, _frame(width, x, first, last))


@get("/experiments/{experiment_id:str}/runs/{run_id:str}/-/metric", opt=_READ, include_in_schema=False)
async def show_metric(
    request: Asking,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
    key: FromQuery[str],
) -> Response[str]:
    """One metric of a run: its curve, large."""
    view = await call.read(run_views.look, call.caller, experiment_id, run_id)
    found = await call.read(curves.curves, call.caller, [run_id], [key], Frame(width=curves.NARROWEST))
    if not found:
        raise NoMetric
    place = Place(
        title=f"{key} · {view.run.info.name}",
        entry="experiments",
        project=view.project,
        crumbs=[
            Crumb(name=view.project.name, url=f"/projects/{run_views.quoted(view.project.name)}"),
            Crumb(name=view.experiment.name, url=f"/experiments/{experiment_id}"),
            Crumb(name=view.run.info.name, url=view.base),
            Crumb(name=key),
        ],
    )
    settings = dict(request.query_params)
    return pages.show(
        request, "runs/metric.html", place, view=view, key=key, summary=found[0].summary, settings=settings
    )


def _frame(width: int, x: str, first: int | None, last: int | None) -> Frame:
    within = None if first is None or last is None else (first, last)
    return Frame(width=width, by_time=x == "time", within=within)


async def _sent(call: Call, run_ids: Sequence[str], keys: Sequence[str], frame: Frame) -> Response[bytes]:
    content = await call.read(_encoded, call.caller, run_ids, keys, frame)
    return Response(content, media_type="application/json", headers={"cache-control": "no-store"})


def _encoded(connection: Reading, caller: Caller, run_ids: Sequence[str], keys: Sequence[str], frame: Frame) -> bytes:
    found = curves.curves(connection, caller, run_ids, keys, frame)
    infos = service.require_runs(connection, caller, run_ids)
    return msgspec.json.encode({"curves": [_curve(each, infos[each.run_id]) for each in found]})


def _curve(curve: Curve, run: RunInfo) -> SentCurve:
    return SentCurve(
        run_id=run.id,
        run_name=run.name,
        key=curve.key,
        start_time=run.start_time,
        count=curve.summary.count,
        nan_count=curve.summary.nan_count,
        steps=curve.points.steps.tolist(),
        times=curve.points.timestamps.tolist(),
        values=[value if isfinite(value) else _word(value) for value in curve.points.values],
    )


def _word(value: float) -> str:
    if isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


ROUTES: Final = (run_curves, compared_curves, show_metric)
