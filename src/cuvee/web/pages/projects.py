"""The list of projects, as cards or as a table."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.serving import service as serving
from cuvee.sessions import service as sessions
from cuvee.tracking import search
from cuvee.web.page import Crumb, Pages, Place

#: Projects on one page.
_PAGE: Final = 60
_VIEWS: Final = ("cards", "table")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A project with what the list says about it."""

    project: Project
    owner: str
    #: How many run now.
    sessions: int
    deployments: int
    #: Milliseconds since the epoch: the newest run, session or change.
    active_at: int
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the address asks for; what it does not know is as if it was not said."""

    text: str
    view: str
    sort: str
    show: str
    page: int

    def url(self, **changes: str | int) -> str:
        """The address of the same list, with changes."""
        values = {"q": self.text, "view": self.view, "sort": self.sort, "show": self.show, "page": 1} | changes
        said = {name: value for name, value in values.items() if str(value) != _DEFAULTS.get(name)}
        return "/projects" + (f"?{urlencode(said)}" if said else "")


_DEFAULTS: Final = {"q": "", "view": "cards", "sort": "-activity", "show": "all", "page": "1"}
_SORTS: Final[dict[str, Callable[[Shown], Any]]] = {
    "name": lambda shown: shown.project.name.lower(),
    "owner": lambda shown: (shown.owner.lower(), shown.project.name.lower()),
    "activity": lambda shown: shown.active_at,
    "created": lambda shown: shown.project.created_at,
    "running": lambda shown: shown.sessions + shown.deployments,
}


@get("/projects", opt=scope("projects:list"), include_in_schema=False)
async def list_projects(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    *,
    q: FromQuery[str] = "",
    view: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    show: FromQuery[str] = "",
    page: FromQuery[str] = "",
) -> Response[str]:
    """The projects that the reader has a part in, and public ones."""
    wanted = _wanted(q, view, sort, show, page)
    everything = await call.read(shown_to, call.caller)
    found = _chosen(everything, wanted)
    first = (wanted.page - 1) * _PAGE
    return pages.show(
        request,
        "projects/list.html",
        Place(title="Projects", entry="projects", crumbs=[Crumb(name="Projects")]),
        shown=found[first : first + _PAGE],
        count=len(found),
        total=len(everything),
        first=first,
        wanted=wanted,
        size=_PAGE,
    )


def shown_to(connection: Reading, caller: Caller) -> list[Shown]:
    """The projects that somebody may see, with what runs in them. A fixed number of queries, however many there are."""
    seen, joined = caller.projects("projects:read"), caller.joined
    visible = [each for each in projects.list_all(connection) if seen is None or each.id in seen]
    owners = identity.users(connection, {each.owner_id for each in visible})
    live = sessions.list_live(connection)
    running = Counter(session.project_id for session in live)
    began = {session.project_id: session.created_at for session in live}
    deployed = _deployed(connection)
    runs = search.last_starts(connection)
    return [
        Shown(
            project=each,
            owner=owners[each.owner_id].username if each.owner_id in owners else "",
            sessions=running[each.id],
            deployments=deployed[each.id],
            active_at=max(each.updated_at, began.get(each.id, 0), runs.get(each.id, 0)),
            is_mine=each.id in joined,
        )
        for each in visible
    ]


def _deployed(connection: Reading) -> Counter[str]:
    """How many models answer in each project."""
    owners = {endpoint.id: endpoint.project_id for endpoint in serving.list_endpoints(connection, None)}
    live = serving.live_deployments(connection)
    return Counter(owners[each.endpoint_id] for each in live if each.endpoint_id in owners)


def _wanted(text: str, view: str, sort: str, show: str, page: str) -> Wanted:
    return Wanted(
        text=text.strip()[:200],
        view=view if view in _VIEWS else _DEFAULTS["view"],
        sort=sort if sort.removeprefix("-") in _SORTS else _DEFAULTS["sort"],
        show="mine" if show == "mine" else "all",
        page=int(page) if page.isascii() and page.isdigit() and 0 < int(page) < 10**6 else 1,
    )


def _chosen(everything: list[Shown], wanted: Wanted) -> list[Shown]:
    text = wanted.text.lower()
    found = [
        each
        for each in everything
        if (each.is_mine or wanted.show == "all")
        and any(text in part.lower() for part in (each.project.name, each.project.description, each.owner))
    ]
    is_down = wanted.sort.startswith("-")
    return sorted(found, key=_SORTS[wanted.sort.removeprefix("-")], reverse=is_down)


ROUTES: Final = (list_projects,)
