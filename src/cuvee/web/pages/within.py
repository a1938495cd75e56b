"""What every page inside a project begins with."""

from urllib.parse import quote

from cuvee.api.request import Call
from cuvee.projects import errors
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.web.page import Crumb, Place


async def project(call: Call, name: str, needed: str = "projects:read") -> Project:
    """The project that an address names (by name, slug or id), for somebody who holds the scope in it.

    Raises:
        ProjectNotFound: when there is none, or the reader has no part in it: the two look the same.
        Denied: when the reader's role there does not hold the scope.

    """
    found = await call.read(projects.find, name)
    if not call.caller.allows("projects:read", found.id):
        raise errors.ProjectNotFound
    call.caller.require(needed, found.id)
    return found


def base(inside: Project) -> str:
    """The address of a project."""
    return f"/projects/{quote(inside.name, safe='')}"


def place(inside: Project, entry: str, title: str, *crumbs: Crumb) -> Place:
    """Where a page in a project is; the further crumbs come after its title's."""
    way = [Crumb(name="Projects", url="/projects"), Crumb(name=inside.name, url=base(inside))]
    if entry != "overview":
        way.append(Crumb(name=title, url=f"{base(inside)}/{entry}"))
    shown = f"{title} · {inside.name}" if entry != "overview" else inside.name
    return Place(title=shown, entry=entry, crumbs=[*way, *crumbs], project=inside)
