"""The graph around a snapshot, a run, a model, a version or an endpoint."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.lineage import errors, service
from cuvee.lineage.values import Direction, Kind
from cuvee.web import lineage_views
from cuvee.web.page import Crumb, Pages, Place

Asking = Request[Any, Any, Any]

_READ: Final = scope("projects:list")
_DIRECTIONS: Final = (
    (Direction.BOTH, "Both ways"),
    (Direction.UP, "What it was made from"),
    (Direction.DOWN, "What was made of it"),
)
#: What was made of a snapshot, in the order in which people ask.
_MADE: Final = (Kind.ENDPOINT, Kind.VERSION, Kind.RUN)


@get("/lineage", opt=_READ, include_in_schema=False)
async def show_lineage(
    *,
    request: Asking,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    node: FromQuery[str] = "",
    direction: FromQuery[str] = Direction.BOTH,
) -> Response[str]:
    """The graph as a picture, and as a table."""
    view = await call.read(lineage_views.look, call.caller, service.parse(node), _direction(direction))
    name = view.start.node.name
    place = Place(title=f"Lineage of {name}", crumbs=[Crumb(name=name, url=view.start.url), Crumb(name="Lineage")])
    legend = [(lineage_views.TONES[kind], lineage_views.WORDS[kind]) for kind in Kind]
    return pages.show(request, "lineage/page.html", place, view=view, directions=_DIRECTIONS, legend=legend)


@get("/lineage/-/made", opt=_READ, include_in_schema=False)
async def show_made(
    request: Asking, call: NamedDependency[Call], pages: NamedDependency[Pages], node: FromQuery[str] = ""
) -> Response[str]:
    """What was trained on a snapshot, and what of that is deployed: a part of its table's page."""
    view = await call.read(lineage_views.look, call.caller, service.parse(node), Direction.DOWN)
    made = [each for kind in _MADE for each in view.nodes if each.node.ref.kind is kind]
    return pages.part(request, "lineage/made.html", view=view, made=made)


def _direction(text: str) -> Direction:
    if text not in set(Direction):
        raise errors.BadDirection
    return Direction(text)


ROUTES: Final = (show_lineage, show_made)
