"""The ways from the pages to the content origin. Rights are checked here; what leads on carries them, for a while."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.callers import Authenticate
from cuvee.api.request import Call
from cuvee.content import errors
from cuvee.content.origin import Origin
from cuvee.content.passes import Passes
from cuvee.content.views import Folder, Views
from cuvee.core.paths import RelativePath
from cuvee.projects import service as projects
from cuvee.runtimes.values import Editor, editor_of
from cuvee.sessions import service as session_service
from cuvee.sessions.manager import Sessions
from cuvee.sessions.routes import require_user
from cuvee.tracking import errors as tracking_errors
from cuvee.tracking import service as tracking

_RUN: Final = "/experiments/{experiment_id:str}/runs/{run_id:str}"
_OURS: Final = frozenset({"same-origin", "none"})
Asking = Request[Any, Any, Any]


@get("/sessions/{session_id:str}/lab", opt=scope("sessions:write"), include_in_schema=False)
async def open_lab(
    request: Asking,
    session_id: FromPath[str],
    call: NamedDependency[Call],
    *,
    authenticate: NamedDependency[Authenticate],
    sessions: NamedDependency[Sessions],
    passes: NamedDependency[Passes],
    content_origin: NamedDependency[Origin],
) -> Response[None]:
    """JupyterLab of a session, with a ticket that is good once."""
    if request.headers.get("sec-fetch-site", "none") not in _OURS:
        # A page that users' code made must not fetch itself a way into another session.
        raise errors.NotFromHere("JupyterLab is opened from the session's page.")
    session = await call.read(session_service.find, session_id)
    require_user(call.caller, session)
    if editor_of(session.runtime) != Editor.JUPYTERLAB:
        raise errors.NoLab
    sessions.target(session.id)  # it runs

    asking: ASGIConnection[Any, Any, Any, Any] = request

    async def check() -> None:
        require_user(await authenticate(asking), session)

    ticket = passes.ticket(session.id, check)
    return _lead_on(f"{content_origin.seen_by(request)}/enter?ticket={ticket}")


@get(_RUN + "/-/view", opt=scope("experiments:read"), include_in_schema=False)
async def view_artifact(
    request: Asking,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
    call: NamedDependency[Call],
    *,
    views: NamedDependency[Views],
    content_origin: NamedDependency[Origin],
    artifact: FromQuery[str],
) -> Response[None]:
    """An artifact of a run as it wants to look: HTML and SVG with their scripts, but without an origin."""
    info = await call.read(tracking.get_run_info, call.caller, run_id)
    if info.experiment_id != experiment_id:
        raise tracking_errors.RunNotFound(run_id)
    root = RelativePath.parse(f"{info.experiment_id}/{info.id}/artifacts")
    wanted = root / RelativePath.parse(artifact)
    folder = Folder(project_id=info.project_id, is_artifacts=True, path=wanted.parent)
    return _lead_on(_view(content_origin.seen_by(request), views, folder, wanted.name))


@get("/projects/{name:str}/-/view", opt=scope("files:read"), include_in_schema=False)
async def view_file(
    request: Asking,
    name: FromPath[str],
    call: NamedDependency[Call],
    *,
    views: NamedDependency[Views],
    content_origin: NamedDependency[Origin],
    path: FromQuery[str],
) -> Response[None]:
    """A file of a project as it wants to look."""
    project = await call.read(projects.find, name)
    call.caller.require("files:read", project.id)
    wanted = RelativePath.parse(path)
    folder = Folder(project_id=project.id, is_artifacts=False, path=wanted.parent)
    return _lead_on(_view(content_origin.seen_by(request), views, folder, wanted.name))


@get("/output-frame", opt=scope("signed-in"), include_in_schema=False)
async def output_frame(request: Asking, content_origin: NamedDependency[Origin]) -> Response[None]:
    """A frame that becomes the HTML which the page around it sends: for outputs with scripts."""
    return _lead_on(f"{content_origin.seen_by(request)}/frame")


def _view(origin: str, views: Views, folder: Folder, name: str) -> str:
    return f"{origin}/view/{views.address(folder)}/{quote(name, safe='')}"


def _lead_on(url: str) -> Response[None]:
    head = {"location": url, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response(None, status_code=303, headers=head)


ROUTES: Final = (open_lab, view_artifact, view_file, output_frame)
