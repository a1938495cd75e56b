"""The session's page: the Workbench, and JupyterLab's door when the runtime brings it."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.core import clock
from cuvee.projects import service as projects
from cuvee.runtimes.values import Editor, editor_of, kernel_of
from cuvee.sessions import service
from cuvee.sessions.routes import require_stopper, require_user
from cuvee.web.page import Crumb, Pages, Place
from cuvee.web.pages.sessions import may


@get("/sessions/{session_id:str}", opt=scope("sessions:read"), include_in_schema=False)
async def workbench(
    request: Request[Any, Any, Any],
    session_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
) -> Response[str]:
    """Files, editor, console and terminal of a session; how it starts, and what it said when it has ended."""
    session = await call.read(service.find, session_id)
    call.caller.require("sessions:read", session.project_id)
    project = await call.read(projects.get, session.project_id)
    base = f"/projects/{project.name}"
    crumbs = [
        Crumb(name=project.name, url=base), Crumb(name="Sessions", url=f"{base}/sessions"), Crumb(name=session.name),
    ]  # fmt: skip
    place = Place(title=f"{session.name} · {project.name}", entry="sessions", crumbs=crumbs, project=project)
    began = session.started_at or session.created_at
    return pages.show(
        request, "sessions/workbench.html", place, session=session, project=project,
        kernel=kernel_of(session.runtime), editor=editor_of(session.runtime),
        has_lab=editor_of(session.runtime) == Editor.JUPYTERLAB,
        age=max((session.ended_at or clock.now_ms()) - began, 0),
        frames=pages.frames,
        may_run=may(require_user, call.caller, session),
        may_stop=may(require_stopper, call.caller, session),
        may_read_files=call.caller.allows("files:read", project.id),
        may_write_files=call.caller.allows("files:write", project.id),
    )  # fmt: skip


ROUTES: Final = (workbench,)
