"""Who calls, as every door sees it. How a caller is found is the identity room's business."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from litestar.connection import ASGIConnection
from litestar.datastructures import State

#: The cookie by which a signed-in browser shows who it is.
COOKIE: Final = "cuvee_sign_in"


class Caller(Protocol):
    """Somebody whose key or sign-in was checked."""

    @property
    def user_id(self) -> str: ...

    @property
    def username(self) -> str: ...

    @property
    def bound_project(self) -> str | None:
        """The id of the only project that the key in use opens, if it is bound to one."""

    @property
    def joined(self) -> frozenset[str]:
        """The ids of the projects in which the caller is a collaborator."""

    @property
    def is_site_admin(self) -> bool:
        """Whether the caller administers the whole platform with the key in use."""

    @property
    def sign_in(self) -> str:
        """The id of the browser's sign-in that the request came with; empty for a key."""

    def may(self, scope: str) -> bool:
        """Whether the caller holds the scope anywhere: the first check, before a request is read."""

    def allows(self, scope: str, project_id: str) -> bool:
        """Whether the caller holds the scope in this project."""

    def projects(self, scope: str) -> frozenset[str] | None:
        """The ids of the projects in which the caller holds the scope; None for all there are. Lists narrow by it."""

    def require(self, scope: str, project_id: str) -> None:
        """Go on only when the caller holds the scope in this project.

        Raises:
            NotFound: when the caller has no part in the project: its existence is not told.
            Denied: when the caller's role there does not hold the scope.

        """

    def require_site(self, scope: str) -> None:
        """Go on only when the caller holds the scope for the whole platform.

        Raises:
            Denied: when not.

        """


#: Finds the caller of a request from its headers; raises `Unauthenticated`.
Authenticate = Callable[["ASGIConnection[object, object, object, State]"], Awaitable[Caller]]
