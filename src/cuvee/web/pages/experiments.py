"""The list of experiments, of all projects or of one, and making a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.core import errors
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.tracking import overview
from cuvee.tracking import service as tracking
from cuvee.tracking.values import Listed, View
from cuvee.web import forms
from cuvee.web.page import Crumb, Pages, Place, go
from cuvee.web.pages import within

#: Experiments on one page.
_PAGE: Final = 50
_DEFAULTS: Final = {"q": "", "sort": "-last_run", "show": "active", "page": "1"}
_VIEWS: Final = {"active": View.ACTIVE_ONLY, "deleted": View.DELETED_ONLY}
_SORTS: Final = ("name", "created", "last_run")
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the address asks for; what it does not know is as if it was not said."""

    path: str
    text: str
    sort: str
    show: str
    page: int

    def url(self, **changes: str | int) -> str:
        """The address of the same list, with changes; on its first page unless said."""
        values = {"q": self.text, "sort": self.sort, "show": self.show, "page": 1} | changes
        said = {name: value for name, value in values.items() if str(value) != _DEFAULTS[name]}
        return self.path + (f"?{urlencode(said)}" if said else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of the list."""

    shown: Sequence[Listed]
    count: int
    #: Id → name, of projects and of creators.
    projects: Mapping[str, str]
    people: Mapping[str, str]
    #: Whether the reader may make an experiment here.
    may_make: bool


@get("/experiments", opt=scope("projects:list"), include_in_schema=False)
async def list_experiments(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    *,
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    show: FromQuery[str] = "",
    page: FromQuery[str] = "",
) -> Response[str]:
    """The experiments of all projects that the reader may see."""
    wanted = _wanted("/experiments", q, sort, show, page)
    found = await call.read(_found, call.caller, None, wanted)
    place = Place(title="Experiments", entry="experiments", crumbs=[Crumb(name="Experiments")])
    return pages.show(request, "experiments/list.html", place, wanted=wanted, found=found, size=_PAGE)


@get("/projects/{name:str}/experiments", opt=scope(tracking.READ), include_in_schema=False)
async def list_project_experiments(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    name: FromPath[str],
    *,
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    show: FromQuery[str] = "",
    page: FromQuery[str] = "",
) -> Response[str]:
    """The experiments of one project."""
    project = await within.project(call, name, tracking.READ)
    wanted = _wanted(f"{within.base(project)}/experiments", q, sort, show, page)
    found = await call.read(_found, call.caller, project, wanted)
    place = within.place(project, "experiments", "Experiments")
    return pages.show(request, "experiments/list.html", place, wanted=wanted, found=found, size=_PAGE)


@get("/experiments/-/new", opt=scope("projects:list"), include_in_schema=False)
async def new_experiment(
    request: Request[Any, Any, Any], call: NamedDependency[Call], pages: NamedDependency[Pages]
) -> Response[str]:
    """The form for a new experiment, in any project."""
    place = Place(
        title="New experiment",
        entry="experiments",
        crumbs=[Crumb(name="Experiments", url="/experiments"), Crumb(name="New experiment")],
    )
    return await _form(request, call, pages, place)


@get("/projects/{name:str}/experiments/-/new", opt=scope(tracking.WRITE), include_in_schema=False)
async def new_project_experiment(
    request: Request[Any, Any, Any], call: NamedDependency[Call], pages: NamedDependency[Pages], name: FromPath[str]
) -> Response[str]:
    """The form for a new experiment of a project."""
    project = await within.project(call, name, tracking.WRITE)
    return await _form(request, call, pages, _new_in(project), project_id=project.id)


@post("/experiments", opt=scope(tracking.WRITE), include_in_schema=False)
async def create_experiment(
    request: Request[Any, Any, Any], call: NamedDependency[Call], pages: NamedDependency[Pages]
) -> Response[Any]:
    """Make an experiment; what cannot be is said beside the form."""
    form = await forms.texts(request)
    name, project_id = form.get("name", "").strip(), form.get("project", "")
    try:
        made = await call.write(tracking.create_experiment, call.caller, project_id, name)
    except (errors.Invalid, errors.AlreadyExists) as error:
        project = await within.project(call, project_id, tracking.WRITE)
        return await _form(request, call, pages, _new_in(project), project_id=project.id, name=name, error=error)
    return go(request, f"/experiments/{made.id}")


def _new_in(project: Project) -> Place:
    return within.place(project, "experiments", "Experiments", Crumb(name="New experiment"))


async def _form(
    request: Request[Any, Any, Any],
    call: Call,
    pages: Pages,
    place: Place,
    *,
    project_id: str = "",
    name: str = "",
    error: errors.CuveeError | None = None,
) -> Response[str]:
    choices = await call.read(_writable, call.caller)
    status = error.status if error else 200
    return pages.show(
        request,
        "experiments/new.html",
        place,
        status=status,
        choices=choices,
        project_id=project_id or (choices[0].id if choices else ""),
        name=name[:_LONGEST],
        error=error,
    )


def _found(connection: Reading, caller: Caller, project: Project | None, wanted: Wanted) -> Found:
    """A page of the list: a fixed number of queries, however many there are."""
    shown, count = overview.experiments(
        connection,
        caller,
        project.id if project else None,
        text=wanted.text,
        sort=wanted.sort.removeprefix("-"),
        is_rising=not wanted.sort.startswith("-"),
        view=_VIEWS[wanted.show],
        offset=(wanted.page - 1) * _PAGE,
        limit=_PAGE,
    )
    people = identity.users(connection, {each.experiment.creator_id for each in shown})
    allowed = caller.allows(tracking.WRITE, project.id) if project else caller.may(tracking.WRITE)
    return Found(
        shown=shown,
        count=count,
        projects=projects.names(connection, {each.experiment.project_id for each in shown}),
        people={user_id: user.username for user_id, user in people.items()},
        may_make=allowed,
    )


def _writable(connection: Reading, caller: Caller) -> list[Project]:
    return [each for each in projects.list_all(connection) if caller.allows(tracking.WRITE, each.id)]


def _wanted(path: str, text: str, sort: str, show: str, page: str) -> Wanted:
    return Wanted(
        path=path,
        text=text.strip()[:_LONGEST],
        sort=sort if sort.removeprefix("-") in _SORTS else _DEFAULTS["sort"],
        show=show if show in _VIEWS else _DEFAULTS["show"],
        page=int(page) if page.isascii() and page.isdigit() and 0 < int(page) < 10**9 else 1,
    )


ROUTES: Final = (
    list_experiments,
    list_project_experiments,
    new_experiment,
    new_project_experiment,
    create_experiment,
)
