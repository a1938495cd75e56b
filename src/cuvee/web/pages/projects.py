"""The list of projects."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.db.session import Reading
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.web.page import Crumb, Pages, Place


@get("/projects", opt=scope("projects:list"), include_in_schema=False)
async def list_projects(
    request: Request[Any, Any, Any], call: NamedDependency[Call], pages: NamedDependency[Pages]
) -> Response[str]:
    """The projects that the reader has a part in, and public ones."""
    found = await call.read(_visible, call.caller)
    place = Place(title="Projects", entry="projects", crumbs=[Crumb(name="Projects")])
    return pages.show(request, "projects/list.html", place, projects=found)


def _visible(connection: Reading, caller: Caller) -> list[Project]:
    seen = caller.projects("projects:read")
    return [each for each in projects.list_all(connection) if seen is None or each.id in seen]


ROUTES: Final = (list_projects,)
