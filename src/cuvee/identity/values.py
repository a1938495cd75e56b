"""Users, their keys, and the caller that a key makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cuvee.core.errors import Denied
from cuvee.identity import errors
from cuvee.identity.scopes import EVERYBODY, EVERYTHING, ROLE_SCOPES, Role


class Audience(StrEnum):
    """What a key opens, as API v2 names it."""

    API = "API"  #: the platform's APIs
    APPLICATION = "Application"  #: endpoints and applications


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody with an account."""

    id: str
    username: str
    name: str = ""
    email: str = ""
    is_admin: bool = False
    #: Milliseconds since the epoch.
    created_at: int
    #: When the account was closed; 0 while it is open.
    closed_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret, which nobody can read again."""

    id: str
    user_id: str
    comment: str = ""
    audiences: tuple[Audience, ...] = (Audience.API,)
    #: The id of the only project that the key opens; empty for all of the user's.
    project_id: str = ""
    created_at: int
    #: 0 for never.
    expires_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A browser that is known as a user, without the token that it keeps."""

    id: str
    user_id: str
    #: What the browser calls itself.
    user_agent: str = ""
    created_at: int
    #: When it was last seen, to the hour.
    seen_at: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCode:
    """A secret that signs in once."""

    secret: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The caller of a request: a user, narrowed by the key in use."""

    user: User
    audiences: tuple[Audience, ...] = (Audience.API,)
    bound_project: str | None = None
    #: Project id → the user's role there.
    roles: Mapping[str, Role] = field(default_factory=dict)
    #: Project id → what everybody is there.
    open_roles: Mapping[str, Role] = field(default_factory=dict)
    #: The id of the browser's sign-in; empty for a key.
    sign_in: str = ""

    @property
    def user_id(self) -> str:
        return self.user.id

    @property
    def username(self) -> str:
        return self.user.username

    @property
    def is_site_admin(self) -> bool:
        return self.user.is_admin and self.bound_project is None

    def may(self, scope: str) -> bool:
        """Whether the caller holds the scope anywhere."""
        if Audience.API not in self.audiences:
            return scope in {"signed-in", "endpoints:call"}
        if self.user.is_admin or scope in EVERYBODY:
            return True
        return any(scope in ROLE_SCOPES[role] for role in (*self.roles.values(), *self.open_roles.values()))

    def allows(self, scope: str, project_id: str) -> bool:
        """Whether the caller holds the scope in this project."""
        if self.bound_project not in {None, project_id}:
            return False
        if self.user.is_admin:
            return True
        held = (self.roles.get(project_id), self.open_roles.get(project_id))
        return any(scope in ROLE_SCOPES[role] for role in held if role is not None)

    @property
    def joined(self) -> frozenset[str]:
        """The projects in which the caller is a collaborator, however much more an administrator may see."""
        return frozenset(id_ for id_ in self.roles if self.bound_project in {None, id_})

    def projects(self, scope: str) -> frozenset[str] | None:
        """The projects in which the caller holds the scope; None for all there are."""
        if self.user.is_admin:
            return None if self.bound_project is None else frozenset({self.bound_project})
        return frozenset(id_ for id_ in {*self.roles, *self.open_roles} if self.allows(scope, id_))

    def sees(self, project_id: str) -> bool:
        """Whether the caller has any part in the project."""
        if self.bound_project not in {None, project_id}:
            return False
        return self.user.is_admin or project_id in self.roles or project_id in self.open_roles

    def keeps(self, before: "Principal") -> bool:
        """Whether the caller is who they were, and has every role that they had."""
        had = (*before.roles.items(), *before.open_roles.items())
        is_same = (self.user_id, self.audiences, self.bound_project) == (
            before.user_id, before.audiences, before.bound_project
        )  # fmt: skip
        if self.user.is_admin:
            return is_same
        has = {*self.roles.items(), *self.open_roles.items()}
        return is_same and not before.user.is_admin and has.issuperset(had)

    def require(self, scope: str, project_id: str) -> None:
        """Go on only when the caller holds the scope in this project."""
        if not self.sees(project_id):
            raise errors.NotYourProject
        if not self.allows(scope, project_id):
            raise errors.RoleTooLow

    def require_site(self, scope: str) -> None:
        """Go on only when the caller holds the scope for the whole platform."""
        held = EVERYTHING if self.user.is_admin and self.bound_project is None else EVERYBODY
        if scope not in held:
            raise Denied
