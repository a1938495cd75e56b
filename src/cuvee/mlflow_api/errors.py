"""What this door itself refuses, in MLflow's words, and how every error looks here."""

import json
from typing import Any, Final

from cuvee.core import errors

_SEE: Final = " See the API docs for more information about request parameters."
#: Where MLflow's status for a code is not the one of the other doors.
_STATUS: Final = {"RESOURCE_ALREADY_EXISTS": 400, "INVALID_STATE": 500}


class MissingParameter(errors.Invalid):
    """A parameter that is required is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Missing value for required parameter '{name}'.{_SEE}")


class InvalidValue(errors.Invalid):
    """A parameter has a value that cannot be."""

    def __init__(self, name: str, value: object, hint: str = "") -> None:
        shown = json.dumps(value, sort_keys=True, separators=(",", ":"))
        hint = hint or f" Hint: Value was of type '{type(value).__name__}'.{_SEE}"
        super().__init__(f"Invalid value {shown} for parameter '{name}' supplied: {hint}")


class WrongValue(errors.Invalid):
    """A parameter deep in the request has a value that cannot be."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}.{_SEE}")


class TwoSpellings(errors.Invalid):
    """The request says one thing twice."""

    def __init__(self, name: str, other: str) -> None:
        super().__init__(f"Request specifies both '{name}' and '{other}'; provide only one of them.")


class NotAnObject(errors.BadRequest):
    """The body must be a JSON object."""


class BodyCutShort(errors.BadRequest):
    """The body ended before all of it was there."""


class NoContentType(errors.Invalid):
    """Bad Request. Content-Type header is missing."""


class WrongContentType(errors.Invalid):
    """Bad Request. Content-Type must be one of ['application/json']."""


class NotPresigned(errors.Invalid):
    """Artifacts go through this server: it gives out no addresses of a store behind it."""


class NotSupported(errors.CuveeError):
    """This server does not do that."""

    status, code = 501, "NOT_IMPLEMENTED"


class WorkspaceNotFound(errors.NotFound):
    """There is no such workspace, or it is not yours."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Workspace '{name}' not found")


def rendered(error: errors.CuveeError) -> tuple[int, dict[str, Any]]:
    """MLflow's shape, which its clients turn into an exception of the same code."""
    return _STATUS.get(error.code, error.status), {"error_code": error.code, "message": error.message}


class WorkspaceReserved(errors.Invalid):
    """This cannot be done with a workspace of this name."""


class BadWorkspaceName(errors.Invalid):
    """A workspace's name has 2 to 63 small letters, digits and inner hyphens."""


class ForeignArtifactRoot(errors.Invalid):
    """Invalid default_artifact_root: a project's artifacts are kept in the project, leave the root out."""


class EmptyUpdate(errors.Invalid):
    """Workspace update must have at least one key"""  # noqa: D400, D415 - MLflow's sentence


class WorkspaceNotEmpty(errors.Conflict):
    """The workspace still holds experiments."""

    def __init__(self, name: str, count: int) -> None:
        super().__init__(
            f"Cannot delete workspace '{name}': it still contains {count} or more experiments with runs. Remove them "
            "before deleting the workspace, or delete it with mode=CASCADE."
        )
