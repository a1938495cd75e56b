"""Runs side by side: of one project or of several that the reader sees."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.web import compare_views, run_views
from cuvee.web.page import Crumb, Pages, Place

_READ: Final = scope("experiments:read")
_MOST_AXES: Final = 50
_CHARTS: Final = ("parallel", "scatter", "contour", "curves", "bars")

Asking = Request[Any, Any, Any]


@get("/compare", opt=_READ, include_in_schema=False)
async def compare(
    request: Asking,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    *,
    runs: FromQuery[str] = "",
    show: FromQuery[str] = "",
    chart: FromQuery[str] = "",
) -> Response[str]:
    """Parameters, metrics and tags side by side, and charts: `?runs=<id>,<id>,…`."""
    run_ids = _ids(runs)
    if not run_ids:
        place = Place(title="Compare runs", entry="experiments", crumbs=[Crumb(name="Compare runs")])
        return pages.show(request, "runs/compare-nothing.html", place)
    found = await call.read(compare_views.look, call.caller, run_ids, only_different=show != "all")
    return pages.show(
        request, "runs/compare.html", _place(found), comparison=found, show=show,
        chart=chart if chart in _CHARTS else "parallel", runs_text=",".join(run_ids), query=request.query_params,
    )  # fmt: skip


@get("/compare/-/values", opt=_READ, include_in_schema=False)
async def compared_values(
    call: NamedDependency[Call], runs: FromQuery[str], axis: FromQuery[list[str]]
) -> Response[bytes]:
    """The runs' values on axes such as `param:alpha` and `metric:rmse`, for a chart."""
    found = await call.read(compare_views.values, call.caller, _ids(runs), axis[:_MOST_AXES])
    content = msgspec.json.encode(found)
    return Response(content, media_type="application/json", headers={"cache-control": "no-store"})


def _ids(text: str) -> Sequence[str]:
    """Ids between commas, each once."""
    return list(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))


def _place(found: compare_views.Comparison) -> Place:
    title = f"Compare {len(found.runs)} run{'' if len(found.runs) == 1 else 's'}"
    crumbs = []
    if found.project is not None:
        crumbs.append(Crumb(name=found.project.name, url=f"/projects/{run_views.quoted(found.project.name)}"))
    if len(found.experiments) == 1:
        crumbs += [Crumb(name=each.name, url=f"/experiments/{each.id}") for each in found.experiments.values()]
    return Place(title=title, entry="experiments", project=found.project, crumbs=[*crumbs, Crumb(name=title)])


ROUTES: Final = (compare, compared_values)
