"""A table: its columns, its snapshots, its first rows; two snapshots side by side; rolling back."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.core import errors as core_errors
from cuvee.core.settings import Settings
from cuvee.data import looking, routes_tables, service
from cuvee.data.looking import Look
from cuvee.data.measuring import Measurer
from cuvee.data.previews import NoPreview, Previewer, Wanted
from cuvee.data.statistics import Statistics
from cuvee.data.values import Snapshot
from cuvee.projects.values import Project
from cuvee.runtimes import errors as runtime_errors
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import Environment, Progress
from cuvee.web import forms, table_snippets
from cuvee.web.page import AnyRequest, Crumb, Pages, Place, go
from cuvee.web.pages import within
from cuvee.web.pages.tables import page_number

_READ: Final = scope(service.READ)
_WRITE: Final = scope(service.WRITE)
_TABLE: Final = "/projects/{name:str}/data/tables/{table_id:str}"
#: Snapshots on one page, and in the lists to choose from.
_PAGE: Final = 50
_CHOICES: Final = 200
_REFUSED: Final = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A table as its pages show it."""

    project: Project
    look: Look
    #: The one that columns and rows are of; None for a table without any.
    chosen: Snapshot | None
    may_write: bool

    @property
    def url(self) -> str:
        return table_url(self.project, self.look.table.uuid)

    @property
    def place(self) -> Place:
        return within.place(self.project, "data", "Data", Crumb(name=self.look.table.full_name, url=self.url))

    @property
    def is_past(self) -> bool:
        """Whether an older snapshot than the current one is looked at."""
        return self.chosen is not None and self.chosen.id != self.look.table.snapshot_id


@get(_TABLE, opt=_READ, include_in_schema=False)
async def show_table(
    request: AnyRequest,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    settings: NamedDependency[Settings],
    *,
    name: FromPath[str],
    table_id: FromPath[str],
    snapshot: FromQuery[str] = "",
    page: FromQuery[str] = "",
) -> Response[str]:
    """One table, as it is or as it was at a snapshot."""
    shown = await _shown(call, settings, name, table_id, snapshot)
    number = page_number(page)
    first = (number - 1) * _PAGE
    return pages.show(
        request,
        "data/table.html",
        shown.place,
        shown=shown,
        columns=looking.columns_of(shown.look, _living(shown)),
        snapshots=shown.look.snapshots[first : first + _PAGE],
        page=number,
        more=len(shown.look.snapshots) > first + _PAGE,
        snippets=table_snippets.reading(
            shown.look.table, shown.chosen.id if shown.chosen is not None and shown.is_past else None
        ),
    )


@get(f"{_TABLE}/-/columns", opt=_READ, include_in_schema=False)
async def show_columns(
    request: AnyRequest,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    settings: NamedDependency[Settings],
    measurer: NamedDependency[Measurer],
    *,
    name: FromPath[str],
    table_id: FromPath[str],
    snapshot: FromQuery[str] = "",
) -> Response[str]:
    """The columns with what is known of their values: a part, because it may take seconds."""
    shown = await _shown(call, settings, name, table_id, snapshot)
    known, problem = await _known(shown, measurer)
    columns = looking.columns_of(shown.look, _living(shown))
    return pages.part(request, "data/columns.html", shown=shown, columns=columns, known=known, problem=problem)


@get(f"{_TABLE}/-/rows", opt=_READ, include_in_schema=False)
async def show_rows(
    request: AnyRequest,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    settings: NamedDependency[Settings],
    *,
    previewer: NamedDependency[Previewer],
    runtimes: NamedDependency[Runtimes],
    name: FromPath[str],
    table_id: FromPath[str],
    snapshot: FromQuery[str] = "",
) -> Response[str]:
    """The first rows: a part, because they are read by a process of its own."""
    shown = await _shown(call, settings, name, table_id, snapshot)
    preview, problem, is_coming = None, "", False
    environment, progress = await _environment(runtimes, shown.project)
    if environment is None:
        is_coming = progress is Progress.BUILDING
    elif shown.chosen is not None and _living(shown) is not None:
        wanted = Wanted(
            python=environment.python,
            root=shown.look.warehouse.root,
            table=shown.look.table,
            snapshot_id=shown.chosen.id,
        )
        try:
            preview = await unless_gone(request, previewer.read(wanted))
        except NoPreview as error:
            problem = error.message
    return pages.part(
        request, "data/rows.html", shown=shown, preview=preview, problem=problem, is_coming=is_coming,
        is_there=environment is not None,
    )  # fmt: skip


@get(f"{_TABLE}/compare", opt=_READ, include_in_schema=False)
async def compare_snapshots(
    request: AnyRequest,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    settings: NamedDependency[Settings],
    measurer: NamedDependency[Measurer],
    *,
    name: FromPath[str],
    table_id: FromPath[str],
    tick: FromQuery[list[str] | None] = None,
    before: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[str]:
    """Two snapshots side by side: those that were ticked, or chosen here; else the last change."""
    shown = await _shown(call, settings, name, table_id, "")
    asked = [before, after] if before and after else _in_time(shown.look, tick or ())
    pair = _pair(shown.look, [routes_tables.read_id(each) for each in asked])
    found, problem = None, ""
    if pair is not None:
        try:
            found = await looking.compare(shown.look, measurer, *pair)
        except core_errors.CuveeError as error:
            problem = _said(error)
    crumb = Crumb(name="Compare snapshots")
    place = within.place(shown.project, "data", "Data", Crumb(name=shown.look.table.full_name, url=shown.url), crumb)
    return pages.show(
        request, "data/compare.html", place, shown=shown, found=found, problem=problem, pair=pair or (None, None),
        choices=_choices(shown.look, pair),
    )  # fmt: skip


@post(f"{_TABLE}/rollback", opt=_WRITE, include_in_schema=False)
async def roll_back(
    request: AnyRequest,
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
    name: FromPath[str],
    table_id: FromPath[str],
) -> Response[None]:
    """Have the table be what it was, if it still is what the page showed."""
    form = await forms.texts(request)
    project = await within.project(call, name, service.WRITE)
    found = await routes_tables.look(call, settings, project.id, table_id)
    expected = form.get("expected", "")
    await looking.roll_back(
        call,
        found,
        routes_tables.read_id(form.get("snapshot", "")),
        expected=routes_tables.read_id(expected) if expected else None,
    )
    return go(request, f"{table_url(project, table_id)}?done=rolled-back")


def table_url(project: Project, uuid: str) -> str:
    """A table's page."""
    return f"{within.base(project)}/data/tables/{uuid}"


async def _shown(call: Call, settings: Settings, name: str, table_id: str, snapshot: str) -> Shown:
    project = await within.project(call, name, service.READ)
    look = await routes_tables.look(call, settings, project.id, table_id)
    chosen = look.snapshot(routes_tables.read_id(snapshot)) if snapshot else look.current
    may_write = call.caller.allows(service.WRITE, project.id) and look.table.dropped_at is None
    return Shown(project=project, look=look, chosen=chosen, may_write=may_write)


def _living(shown: Shown) -> int | None:
    """The snapshot that is looked at, if the table still has it."""
    chosen = shown.chosen
    return chosen.id if chosen is not None and chosen.id in shown.look.details.snapshots else None


async def _known(shown: Shown, measurer: Measurer) -> tuple[Statistics | None, str]:
    living = _living(shown)
    if living is None:
        return None, ""
    try:
        return await looking.measure(shown.look, measurer, living), ""
    except core_errors.CuveeError as error:
        return None, _said(error)


def _said(error: core_errors.CuveeError) -> str:
    """What a page says of a refusal; what is no refusal goes on."""
    if error.status >= _REFUSED:
        raise error
    return error.message


async def _environment(runtimes: Runtimes, project: Project) -> tuple[Environment | None, Progress]:
    """The Python of the project's sessions, or the platform's own; None as long as neither was needed yet."""
    choices = [runtimes.default()]
    with suppress(runtime_errors.RuntimeNotFound):
        choices.insert(0, await runtimes.get(project.runtime))
    recipes = [runtimes.environments.base_recipe(each.interpreter) for each in choices]
    for recipe in recipes:
        if (found := runtimes.environments.find(recipe)) is not None:
            return found, Progress.READY
    return None, runtimes.environments.progress(recipes[0])[0]


async def unless_gone(request: Request[Any, Any, Any], work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; it is given up when the reader goes away."""
    task, gone = asyncio.create_task(work), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise NoPreview("Nobody waits for the rows any more.")
        return task.result()
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(request: Request[Any, Any, Any]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _in_time(look: Look, ticked: Sequence[str]) -> list[str]:
    """The oldest and the newest of those that were ticked: the list has the newest first."""
    ordered = [str(each.id) for each in reversed(look.snapshots) if str(each.id) in ticked]
    unknown = [each for each in ticked if each not in ordered]
    return unknown or ordered[:1] + ordered[1:][-1:]


def _pair(look: Look, asked: Sequence[int]) -> tuple[int, int] | None:
    """The two to compare, the earlier first: one alone is compared with the current one, none is the last change."""
    known = [look.snapshot(each).id for each in asked]
    current = look.current
    if len(known) > 1:
        return known[0], known[1]
    if current is None:
        return None
    if known:
        return known[0], current.id
    parent = current.parent_id
    return None if parent is None or parent not in look.parents else (parent, current.id)


def _choices(look: Look, pair: tuple[int, int] | None) -> list[Snapshot]:
    """The newest snapshots, and those that are compared."""
    newest = list(look.snapshots[:_CHOICES])
    return newest + [each for each in look.snapshots[_CHOICES:] if pair is not None and each.id in pair]


ROUTES: Final = (show_table, show_columns, show_rows, compare_snapshots, roll_back)
