"""What a catalog refuses. `kind` is what Iceberg's clients know an error by (its REST specification, ErrorModel)."""

from typing import Any, ClassVar, Final

from cuvee.core import errors

_KINDS: Final = {
    400: "BadRequestException",
    401: "NotAuthorizedException",
    403: "ForbiddenException",
    404: "NotFoundException",
    406: "UnsupportedOperationException",
    409: "AlreadyExistsException",
    429: "SlowDownException",
    503: "ServiceUnavailableException",
}


class NamespaceNotFound(errors.NotFound):
    """There is no such namespace in this project's catalog."""

    kind: ClassVar[str] = "NoSuchNamespaceException"


class NamespaceExists(errors.AlreadyExists):
    """There is a namespace of that name already."""


class NamespaceNotEmpty(errors.Conflict):
    """The namespace holds tables or other namespaces: drop them first."""

    kind: ClassVar[str] = "NamespaceNotEmptyException"


class NamespaceStays(errors.Invalid):
    """The namespace `default` is always there."""


class NoCatalog(errors.NotFound):
    """There is no such project, or you have no part in it."""


class TableNotFound(errors.NotFound):
    """There is no such table in this project's catalog."""

    kind: ClassVar[str] = "NoSuchTableException"


class TableExists(errors.AlreadyExists):
    """There is a table of that name, or of that UUID, already."""


class CommitConflict(errors.Conflict):
    """The table changed meanwhile: look at it again and commit once more."""

    kind: ClassVar[str] = "CommitFailedException"


class SnapshotPinned(errors.Denied):
    """The snapshot is needed and is not expired."""


class TagTaken(errors.Invalid):
    """Tags that begin with "cuvee." are the platform's: choose another name."""


class SnapshotNotFound(errors.NotFound):
    """The table has no such snapshot, or it was expired."""


class PinNotFound(errors.NotFound):
    """Nobody of that name needs a snapshot of this table."""


class PastStays(errors.Denied):
    """The table is seen as it was by this session, which cannot change it."""


class NoSuchTag(errors.NotFound):
    """No snapshot of the table has this tag."""


class BadSnapshotId(errors.Invalid):
    """A snapshot's id is a whole number of at most 64 bits."""


class BadName(errors.Invalid):
    """A name has 1 to 128 characters, none of them a control character, a slash or a backslash, and is not . or .. ."""


class BadLocation(errors.Invalid):
    """A table's files are in the project's folder: a `file:` URI of a place below it."""


class BadMetadata(errors.Invalid):
    """There is no table metadata that can be read at this place."""


class BadManifest(errors.Invalid):
    """A manifest of the snapshot cannot be read: it is broken, gone, or not in the project's folder."""


class BadChange(errors.Invalid):
    """The change to the table cannot be made."""


class NotServed(errors.CuveeError):
    """This catalog does not do that."""

    status, code = 406, "NOT_IMPLEMENTED"


def rendered(error: errors.CuveeError) -> tuple[int, dict[str, Any]]:
    """The shape of Iceberg's REST protocol."""
    kind = getattr(error, "kind", _KINDS.get(error.status, "InternalServerError"))
    return error.status, {"error": {"message": error.message, "type": kind, "code": error.status}}
