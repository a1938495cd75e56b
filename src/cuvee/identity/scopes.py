"""Every scope there is, and which role holds which. Routes name a scope; the documentation is made from this table."""

from enum import StrEnum
from typing import Final

SCOPES: Final[dict[str, str]] = {
    "public": "everybody, without a key",
    "signed-in": "anybody with a key",
    "projects:create": "create a project",
    "projects:list": "list the projects one has a part in, and public ones",
    "projects:read": "see a project, its settings and collaborators",
    "projects:admin": "change a project's settings and collaborators, delete it",
    "files:read": "read a project's files",
    "files:write": "change a project's files",
    "experiments:read": "read experiments, runs, metrics and their artifacts",
    "experiments:write": "log, change, delete and restore experiments, runs and their artifacts",
    "data:read": "read the tables of a project's catalog, and tell what of them was read",
    "data:write": "make, change and drop tables in a project's catalog",
    "connections:list": "see the data connections of everybody, without their secrets",
    "connections:read": "see a project's data connections, without their secrets",
    "connections:use": "open a project's data connections with their secrets, by an API key",
    "connections:write": "make, change and delete a project's data connections",
    "connections:admin": "make, change and delete the data connections of everybody",
    "registry:read": "read registered models and versions",
    "registry:write": "register models, change, move and delete versions and aliases",
    "sessions:read": "see sessions and their output",
    "sessions:write": "start sessions, run code in them, stop them",
    "jobs:read": "see jobs, their runs and what these said",
    "jobs:run": "start jobs as they are, stop their runs",
    "jobs:write": "make, change and delete jobs, start them with other arguments",
    "endpoints:read": "see models, builds and deployments with their logs",
    "endpoints:write": "build, deploy, stop and restart models",
    "endpoints:call": "send input to a deployed model",
    "runtimes:read": "see runtimes, add-ons and profiles",
    "runtimes:admin": "add runtimes and change their status",
    "keys:own": "list, create and delete one's own API keys",
    "users:admin": "manage users and everybody's keys",
}


class Role(StrEnum):
    """What a collaborator is in a project; the values are API v2's permissions."""

    VIEWER = "read"
    OPERATOR = "operator"
    CONTRIBUTOR = "write"
    ADMIN = "admin"


_VIEWER: Final = frozenset(
    {
        "projects:read",
        "files:read",
        "experiments:read",
        "data:read",
        "connections:read",
        "sessions:read",
        "jobs:read",
        "endpoints:read",
        "endpoints:call",
    }
)
_OPERATOR: Final = _VIEWER | {"endpoints:write", "jobs:run"}
_CONTRIBUTOR: Final = _OPERATOR | {
    "files:write",
    "experiments:write",
    "data:write",
    "connections:use",
    "connections:write",
    "sessions:write",
    "jobs:write",
}
_ADMIN: Final = _CONTRIBUTOR | {"projects:admin"}

ROLE_SCOPES: Final[dict[Role, frozenset[str]]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.CONTRIBUTOR: _CONTRIBUTOR,
    Role.ADMIN: _ADMIN,
}

#: What every user holds on the whole platform. Single registered models have owners besides.
EVERYBODY: Final = frozenset(
    {
        "public",
        "signed-in",
        "projects:create",
        "projects:list",
        "connections:list",
        "registry:read",
        "registry:write",
        "runtimes:read",
        "keys:own",
    }
)
EVERYTHING: Final = frozenset(SCOPES)
