"""A project's overview: what it is about, what runs, what came out lately."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.core import errors as core_errors
from cuvee.core.paths import RelativePath
from cuvee.core.settings import Settings
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.identity.scopes import Role
from cuvee.identity.values import User
from cuvee.jobs import service as jobs
from cuvee.projects import files
from cuvee.projects import service as projects
from cuvee.projects.values import CreationStatus, Project
from cuvee.serving import service as serving
from cuvee.serving.values import LIVE, Deployment, Endpoint
from cuvee.sessions import service as sessions
from cuvee.sessions.values import Session
from cuvee.tracking import search
from cuvee.tracking.values import Run
from cuvee.web import job_views, previews
from cuvee.web.job_views import Row
from cuvee.web.page import Pages
from cuvee.web.pages import within
from cuvee.web.pages.files import Entry, sorted_entries

_RUNS: Final = 6
_FILES: Final = 8
_SESSIONS: Final = 5
_READMES: Final = ("readme.md", "readme.markdown", "readme.txt", "readme")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is in a project, as somebody sees it."""

    owner: User | None
    people: Sequence[tuple[User, Role]]
    sessions: Sequence[Session]
    #: Sessions that ended, when none runs.
    past: Sequence[Session]
    runs: Sequence[Run]
    #: Experiment id → its name.
    experiments: dict[str, str]
    #: Endpoints with what runs behind them now, if anything.
    endpoints: Sequence[tuple[Endpoint, Deployment | None]]
    jobs: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The top of a project's folder."""

    entries: Sequence[Entry] = ()
    count: int = 0
    readme: str = ""
    readme_name: str = ""


@get("/projects/{project_name:str}", opt=scope("projects:read"), include_in_schema=False)
async def show_project(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """The overview."""
    project = await within.project(call, project_name)
    overview = await call.read(_overview, call.caller, project)
    folder = Folder()
    if project.creation_status is CreationStatus.SUCCESS:
        folder = await asyncio.to_thread(_folder, projects.directory(settings.home, project.id))
    return pages.show(
        request,
        "project/overview.html",
        within.place(project, "overview", project.name),
        project=project,
        overview=overview,
        folder=folder,
        base=within.base(project),
        may_run=call.caller.allows("sessions:write", project.id),
        may_log=call.caller.allows("experiments:write", project.id),
        may_administer=call.caller.allows("projects:admin", project.id),
    )


def _overview(connection: Reading, caller: Caller, project: Project) -> Overview:
    all_sessions = sessions.list_of_project(connection, project.id)
    running = [each for each in all_sessions if each.is_live]
    experiments, _more = search.experiments(connection, caller, project.id)
    runs, _more = search.runs(connection, caller, [each.id for each in experiments], limit=_RUNS)
    return Overview(
        owner=identity.users(connection, [project.owner_id]).get(project.owner_id),
        people=projects.collaborators(connection, project.id),
        sessions=running,
        past=[each for each in all_sessions if not each.is_live][:_SESSIONS],
        runs=runs,
        experiments={each.id: each.name for each in experiments},
        endpoints=_endpoints(connection, project),
        jobs=job_views.rows(connection, caller, jobs.list_all(connection, [project.id])),
    )


def _endpoints(connection: Reading, project: Project) -> list[tuple[Endpoint, Deployment | None]]:
    live = {each.endpoint_id: each for each in serving.live_deployments(connection) if each.status in LIVE}
    return [(each, live.get(each.id)) for each in reversed(serving.list_endpoints(connection, [project.id]))]


def _folder(root: Path) -> Folder:
    try:
        found = files.listed(root, RelativePath())
    except core_errors.CuveeError:
        return Folder()  # somebody took it away: the rest of the page is still of use
    entries = sorted_entries(found)
    visible = [each for each in entries if not each.name.startswith(".")]
    readme = min(
        (file for file in found if file.path.name.lower() in _READMES and not file.is_dir),
        key=lambda file: _READMES.index(file.path.name.lower()),
        default=None,
    )
    text = _text(root, readme.path) if readme else ""
    name = readme.path.name if readme and text else ""
    return Folder(entries=visible[:_FILES], count=len(entries), readme=text, readme_name=name)


def _text(root: Path, path: RelativePath) -> str:
    try:
        head, size = files.head(root, path, previews.MOST_TEXT)
    except core_errors.CuveeError:
        return ""  # it went in between, or is a link
    return previews.preview("readme", head, size, as_text=True).text


ROUTES: Final = (show_project,)
