"""What can go wrong while scoring, in words a caller can act on."""

from inspect import getdoc
from typing import ClassVar


class ScoringError(Exception):
    """Something went wrong inside the scoring server."""

    status: ClassVar[int] = 500
    #: The word for it in MLflow's error shape.
    code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: str = "") -> None:
        self.message = message or getdoc(type(self)) or ""
        super().__init__(self.message)


class InputRefused(ScoringError):
    """The input cannot be read."""

    status, code = 400, "BAD_REQUEST"


class SchemaRefused(InputRefused):
    """The input does not fit the model's signature."""

    code = "INVALID_PARAMETER_VALUE"


class TokenRefused(ScoringError):
    """A replica is called through its platform, with the replica's token."""

    status, code = 401, "UNAUTHENTICATED"


class NotHere(ScoringError):
    """Nothing answers at this address."""

    status, code = 404, "ENDPOINT_NOT_FOUND"


class MethodRefused(ScoringError):
    """The address does not take this method."""

    status, code = 405, "BAD_REQUEST"


class BodyTooLarge(ScoringError):
    """The request is larger than this replica accepts."""

    status, code = 413, "BAD_REQUEST"


class ContentTypeRefused(ScoringError):
    """The content type is not one this address reads."""

    status, code = 415, "BAD_REQUEST"


class Busy(ScoringError):
    """model.busy: too many requests wait for this replica."""

    status, code = 429, "RESOURCE_EXHAUSTED"


class ModelFailed(ScoringError):
    """The model failed."""

    def __init__(self, failure_id: str) -> None:
        super().__init__(f"The model failed. The replica's log has the reason under id {failure_id}.")


class CannotLoad(ScoringError):
    """The model cannot be loaded."""
