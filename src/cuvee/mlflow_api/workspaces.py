"""Which project a request is about: MLflow's workspaces are our projects."""

import re
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from cuvee.api.callers import Caller
from cuvee.core.errors import NotFound
from cuvee.db.database import Database
from cuvee.mlflow_api import errors
from cuvee.projects import service as projects

HEADER: Final = b"x-mlflow-workspace"
_PATH: Final = re.compile(r"/projects/(?P<name>[^/]+)(?P<rest>/(?:(?:ajax-)?api/.*|health|version))")
_KEY: Final = "cuvee.workspace"
#: Seconds that the id of a name is remembered: a renamed project is found under its old name that long.
_REMEMBERED: Final = 2.0


class ProjectPaths:
    """ASGI middleware: a tracking URI `…/projects/<name>` names the workspace, for clients that know no header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and (match := _PATH.fullmatch(scope["path"])):
            scope["path"] = match["rest"]
            scope["raw_path"] = b"/" + scope["raw_path"].split(b"/", 3)[3]
            cast("dict[str, Any]", scope)[_KEY] = match["name"]
        await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A caller who named a workspace: nothing else is there for them."""

    _caller: Caller
    _project_id: str

    @property
    def user_id(self) -> str:
        return self._caller.user_id

    @property
    def username(self) -> str:
        return self._caller.username

    @property
    def bound_project(self) -> str | None:
        return self._project_id

    @property
    def joined(self) -> frozenset[str]:
        return self._caller.joined & {self._project_id}

    @property
    def is_site_admin(self) -> bool:
        return self._caller.is_site_admin

    @property
    def sign_in(self) -> str:
        return self._caller.sign_in

    def may(self, scope: str) -> bool:
        return self._caller.may(scope)

    def allows(self, scope: str, project_id: str) -> bool:
        return project_id == self._project_id and self._caller.allows(scope, project_id)

    def projects(self, scope: str) -> frozenset[str] | None:
        allowed = self._caller.allows(scope, self._project_id)
        return frozenset({self._project_id} if allowed else ())

    def require(self, scope: str, project_id: str) -> None:
        if project_id != self._project_id:
            raise NotFound
        self._caller.require(scope, project_id)

    def require_site(self, scope: str) -> None:
        self._caller.require_site(scope)


@dataclass(slots=True)
class Workspaces:
    """Finds projects by the names that requests carry, most of the time without a query."""

    database: Database
    _known: dict[str, tuple[float, str]] = field(default_factory=dict)

    async def narrowed(self, caller: Caller, scope: Any) -> Caller:
        """The caller, narrowed to the workspace that the request names, if it names one.

        Raises:
            WorkspaceNotFound: when there is none of that name, or the caller has no part in it.

        """
        name = _named_in(scope)
        if not name:
            return caller
        return Narrowed(caller, await self.open(caller, name))

    async def open(self, caller: Caller, name: str) -> str:
        """The id of the project of that name, for somebody who has a part in it.

        Raises:
            WorkspaceNotFound: when there is none of that name, or the caller has no part in it.

        """
        try:
            project_id = await self._id_of(name)
            caller.require("projects:read", project_id)
        except NotFound:
            raise errors.WorkspaceNotFound(name) from None
        return project_id

    async def _id_of(self, name: str) -> str:
        until, project_id = self._known.get(name, (0.0, ""))
        if time.monotonic() >= until:
            project_id = (await self.database.read(partial(projects.find, name=name))).id
            self._known[name] = (time.monotonic() + _REMEMBERED, project_id)
        return project_id


def _named_in(scope: Any) -> str:
    """The workspace that a request names, by its path before its header; empty when it names none."""
    named: str | None = scope.get(_KEY)
    if named is not None:
        return named
    for name, value in scope["headers"]:
        if name == HEADER:
            return str(value.decode("utf-8", "replace").strip())
    return ""
