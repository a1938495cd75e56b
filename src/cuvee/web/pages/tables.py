"""The lists of tables: of one project, or of all that the reader sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.data import service
from cuvee.data.values import Snapshot, Table
from cuvee.db.session import Reading
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.web import table_snippets
from cuvee.web.page import Crumb, Pages, Place
from cuvee.web.pages import within

#: Tables on one page.
_PAGE: Final = 50
_DEFAULTS: Final = {"q": "", "sort": "name", "page": "1"}
_SORTS: Final = ("name", "changed")
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the address asks for; what it does not know is as if it was not said."""

    path: str
    text: str
    sort: str
    page: int

    def url(self, **changes: str | int) -> str:
        """The address of the same list, with changes; on its first page unless said."""
        values = {"q": self.text, "sort": self.sort, "page": 1} | changes
        said = {name: value for name, value in values.items() if str(value) != _DEFAULTS[name]}
        return self.path + (f"?{urlencode(said)}" if said else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of the list."""

    shown: Sequence[Table]
    count: int
    #: Table → what it is now, of those that were written to.
    current: Mapping[str, Snapshot]
    #: Table → how many snapshots it has.
    snapshots: Mapping[str, int]
    #: Project id → name.
    projects: Mapping[str, str]
    #: Whether the reader may write tables here.
    may_write: bool


@get("/data", opt=scope("projects:list"), include_in_schema=False)
async def list_tables(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    *,
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    page: FromQuery[str] = "",
) -> Response[str]:
    """The tables of all projects that the reader may see."""
    wanted = _wanted("/data", q, sort, page)
    found = await call.read(_found, call.caller, None, wanted)
    place = Place(title="Data", entry="data", crumbs=[Crumb(name="Data")])
    return pages.show(
        request, "data/list.html", place, wanted=wanted, found=found, size=_PAGE, first=table_snippets.FIRST
    )


@get("/projects/{name:str}/data", opt=scope(service.READ), include_in_schema=False)
async def list_project_tables(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    name: FromPath[str],
    *,
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    page: FromQuery[str] = "",
) -> Response[str]:
    """The tables of one project."""
    project = await within.project(call, name, service.READ)
    wanted = _wanted(f"{within.base(project)}/data", q, sort, page)
    found = await call.read(_found, call.caller, project, wanted)
    place = within.place(project, "data", "Data")
    return pages.show(
        request, "data/list.html", place, wanted=wanted, found=found, size=_PAGE, first=table_snippets.FIRST
    )


def _found(connection: Reading, caller: Caller, project: Project | None, wanted: Wanted) -> Found:
    seen = caller.projects(service.READ) if project is None else frozenset({project.id})
    fitting = [
        each for each in service.tables_of(connection, seen) if wanted.text.casefold() in each.full_name.casefold()
    ]
    if wanted.sort.endswith("changed"):
        fitting.sort(key=lambda table: (table.updated_at, table.uuid), reverse=wanted.sort.startswith("-"))
    else:
        fitting.sort(key=lambda table: (table.full_name, table.uuid), reverse=wanted.sort.startswith("-"))
    first = (wanted.page - 1) * _PAGE
    shown = fitting[first : first + _PAGE]
    uuids = [each.uuid for each in shown]
    return Found(
        shown=shown,
        count=len(fitting),
        current=service.current_of(connection, uuids),
        snapshots=service.counts_of(connection, uuids),
        projects=projects.names(connection, {each.project_id for each in shown}),
        may_write=caller.allows(service.WRITE, project.id) if project else caller.may(service.WRITE),
    )


def _wanted(path: str, text: str, sort: str, page: str) -> Wanted:
    return Wanted(
        path=path,
        text=text.strip()[:_LONGEST],
        sort=sort if sort.removeprefix("-") in _SORTS else _DEFAULTS["sort"],
        page=page_number(page),
    )


def page_number(text: str) -> int:
    """Which page of a list an address asks for; the first when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0 else 1  # noqa: PLR2004


ROUTES: Final = (list_tables, list_project_tables)
