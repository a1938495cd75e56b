"""One experiment: its runs as a table, as charts, as artifacts; its notes; renaming, deleting and restoring it."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.artifacts.stores import Stores
from cuvee.db.session import Reading, Writing
from cuvee.identity import service as identity
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.tracking import service as tracking
from cuvee.tracking import windows
from cuvee.tracking.errors import BadFilter, TagNotFound
from cuvee.tracking.values import NOTE_TAG, Experiment, Group, Keys, Tag
from cuvee.web import forms
from cuvee.web.page import AnyRequest, Crumb, Pages, go
from cuvee.web.pages import experiment_address as address
from cuvee.web.pages import experiment_artifacts, experiment_charts, within
from cuvee.web.pages import experiment_table as table

READ: Final = scope(tracking.READ)
WRITE: Final = scope(tracking.WRITE)
PATH: Final = "/experiments/{experiment_id:str}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the page shows."""

    experiment: Experiment
    project: Project
    creator: str
    may_write: bool
    keys: Keys
    columns: list[address.Shown]
    #: The table's first rows, or those of the address's page; see `experiment_table.window`.
    window: dict[str, Any]
    groups: list[Group] = field(default_factory=list)
    #: Why the filter cannot be read.
    refused: BadFilter | None = None


@get(PATH, opt=READ, include_in_schema=False)
async def show_experiment(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    stores: NamedDependency[Stores],
    experiment_id: FromPath[str],
) -> Response[Any]:
    """The experiment with its runs, as the address says."""
    said = dict(request.query_params.items())
    said["metrics"] = ",".join(request.query_params.getall("metrics", []))
    wanted = address.wanted(f"/experiments/{experiment_id}", said)
    found = await call.read(_found, call.caller, experiment_id, wanted)
    try:
        if wanted.view == "chart":
            charts = await call.read(experiment_charts.read, call.caller, experiment_id, wanted, found.keys)
            return _page(request, pages, wanted, found, charts=charts, settings=said)
        if wanted.view == "artifacts":
            artifacts = await experiment_artifacts.look(call, stores, experiment_id, wanted)
            return _page(request, pages, wanted, found, artifacts=artifacts)
    except BadFilter:
        return go(request, wanted.url(view="table"))
    return _page(request, pages, wanted, found)


@get(PATH + "/-/note", opt=READ, include_in_schema=False)
async def show_note(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    experiment_id: FromPath[str],
) -> Response[str]:
    """The notes as they are read, or, for `?edit=1`, as they are written."""
    experiment = await call.read(tracking.get_experiment, call.caller, experiment_id)
    return _note(request, pages, call.caller, experiment, is_edited=request.query_params.get("edit") == "1")


@post(PATH + "/-/note", opt=WRITE, include_in_schema=False)
async def write_note(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    experiment_id: FromPath[str],
) -> Response[Any]:
    """Keep the notes; empty ones are taken away."""
    text = (await forms.texts(request)).get("note", "")

    def work(connection: Writing) -> None:
        if text.strip():
            tracking.set_experiment_tag(connection, call.caller, experiment_id, Tag(NOTE_TAG, text))
            return
        try:
            tracking.delete_experiment_tag(connection, call.caller, experiment_id, NOTE_TAG)
        except TagNotFound:
            return

    await call.write(work)
    return go(request, f"/experiments/{experiment_id}")


@post(PATH + "/-/name", opt=WRITE, include_in_schema=False)
async def rename_experiment(
    request: Request[Any, Any, Any], call: NamedDependency[Call], experiment_id: FromPath[str]
) -> Response[Any]:
    """Give the experiment another name."""
    name = (await forms.texts(request)).get("name", "").strip()
    await call.write(tracking.rename_experiment, call.caller, experiment_id, name)
    return go(request, f"/experiments/{experiment_id}")


@post(PATH + "/-/delete", opt=WRITE, include_in_schema=False)
async def delete_experiment(
    request: Request[Any, Any, Any], call: NamedDependency[Call], experiment_id: FromPath[str]
) -> Response[Any]:
    """Put the experiment and its runs into the bin; the page offers to restore it."""
    await call.write(tracking.delete_experiment, call.caller, experiment_id)
    return go(request, f"/experiments/{experiment_id}")


@post(PATH + "/-/restore", opt=WRITE, include_in_schema=False)
async def restore_experiment(
    request: Request[Any, Any, Any], call: NamedDependency[Call], experiment_id: FromPath[str]
) -> Response[Any]:
    """Take the experiment out of the bin."""
    await call.write(tracking.restore_experiment, call.caller, experiment_id)
    return go(request, f"/experiments/{experiment_id}")


def _found(connection: Reading, caller: Caller, experiment_id: str, wanted: address.Wanted) -> Found:
    """All that the page shows, in a fixed number of queries."""
    experiment = tracking.get_experiment(connection, caller, experiment_id)
    project = projects.get(connection, experiment.project_id)
    creator = identity.users(connection, {experiment.creator_id}).get(experiment.creator_id)
    keys = windows.keys(connection, caller, experiment_id)
    columns = wanted.shown(keys)
    refused: BadFilter | None = None
    groups: list[Group] = []
    rows: dict[str, Any] = {"total": 0, "folded": 0, "offset": 0, "rows": []}
    try:
        if wanted.view != "table":
            pass
        elif wanted.group:
            groups = windows.groups(
                connection,
                caller,
                experiment_id,
                wanted.group,
                metric=wanted.by,
                filter_text=wanted.filter,
                view=wanted.runs,
            )
        else:
            offset = (wanted.page - 1) * table.FIRST
            rows = table.window(connection, caller, experiment_id, wanted, columns, parent=wanted.parent, offset=offset)
    except BadFilter as error:
        refused = error
    return Found(
        experiment=experiment,
        project=project,
        creator=creator.username if creator else "",
        may_write=caller.allows(tracking.WRITE, project.id),
        keys=keys,
        columns=columns,
        window=rows,
        groups=groups,
        refused=refused,
    )


def _page(request: AnyRequest, pages: Pages, wanted: address.Wanted, found: Found, **views: object) -> Response[str]:
    name = found.experiment.name
    place = replace(within.place(found.project, "experiments", "Experiments", Crumb(name=name)), title=name)
    return pages.show(
        request,
        "experiments/experiment.html",
        place,
        status=found.refused.status if found.refused else 200,
        wanted=wanted,
        found=found,
        experiment=found.experiment,
        note=found.experiment.tags.get(NOTE_TAG, ""),
        may_write=found.may_write,
        is_edited=False,
        size=table.FIRST,
        config=_config(wanted, found) if wanted.view == "table" else {},
        **views,
    )


def _note(
    request: AnyRequest, pages: Pages, caller: Caller, experiment: Experiment, *, is_edited: bool
) -> Response[str]:
    return pages.part(
        request,
        "experiments/note.html",
        experiment=experiment,
        note=experiment.tags.get(NOTE_TAG, ""),
        may_write=caller.allows(tracking.WRITE, experiment.project_id),
        is_edited=is_edited,
    )


def _config(wanted: address.Wanted, found: Found) -> dict[str, Any]:
    """What the table's script begins with."""
    return {
        "path": wanted.path,
        "columns": [{"name": each.name, "title": each.title, "kind": each.kind} for each in found.columns],
        "usual": address.usual(found.keys),
        "offered": address.offered(found.keys),
        "titles": {**{f"tags.{key}": title for key, title in address.TITLES.items()}, **address.EXTRAS},
        "mayWrite": found.may_write,
        "isRefused": found.refused is not None,
        "window": found.window,
        "groups": groups_written(found.groups),
    }


def groups_written(groups: list[Group]) -> list[list[Any]]:
    """Groups as JSON: value, count, mean, least, greatest."""
    return [[each.value, each.count, each.mean, each.least, each.greatest] for each in groups]


ROUTES: Final = (
    show_experiment,
    show_note,
    write_note,
    rename_experiment,
    delete_experiment,
    restore_experiment,
)
