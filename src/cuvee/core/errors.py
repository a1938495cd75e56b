"""What can go wrong, in words a caller can act on.

An error's docstring is its message, its attributes are what the doors render: an HTTP status and a code.
The codes are MLflow's (`mlflow.protos.databricks.ErrorCode`), because its clients act on them.
"""

from inspect import getdoc
from typing import ClassVar


class CuveeError(Exception):
    """Something went wrong inside Cuvée."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or getdoc(type(self)))

    @property
    def message(self) -> str:
        return str(self.args[0])


class Invalid(CuveeError):
    """The request says something that cannot be."""

    status, code = 400, "INVALID_PARAMETER_VALUE"


class BadRequest(CuveeError):
    """The request cannot be read."""

    status, code = 400, "BAD_REQUEST"


class Unauthenticated(CuveeError):
    """Who are you? Send an API key as `Authorization: Bearer <key>`."""

    status, code = 401, "UNAUTHENTICATED"


class Denied(CuveeError):
    """You may not do this."""

    status, code = 403, "PERMISSION_DENIED"


class NotFound(CuveeError):
    """There is no such thing."""

    status, code = 404, "RESOURCE_DOES_NOT_EXIST"


class AlreadyExists(CuveeError):
    """There is such a thing already."""

    status, code = 409, "RESOURCE_ALREADY_EXISTS"


class Conflict(CuveeError):
    """The thing is not in a state that allows this."""

    status, code = 409, "INVALID_STATE"


class TooLarge(CuveeError):
    """The request is larger than this door takes."""

    status, code = 413, "INVALID_PARAMETER_VALUE"


class WrongMediaType(CuveeError):
    """This door does not take bodies of that content type."""

    status, code = 415, "BAD_REQUEST"


class Busy(CuveeError):
    """More work is waiting than can be kept. Try again in a moment."""

    status, code = 429, "RESOURCE_EXHAUSTED"
    #: Seconds after which trying again makes sense.
    retry_after: int = 1


class Unavailable(CuveeError):
    """A part that this needs is not there right now."""

    status, code = 503, "TEMPORARILY_UNAVAILABLE"


class StorageFull(CuveeError):
    """The disk is full: nothing of this request was kept. Free some room and send it again."""

    status, code = 507, "RESOURCE_EXHAUSTED"


class Misconfigured(CuveeError):
    """The configuration cannot be used as it is."""
