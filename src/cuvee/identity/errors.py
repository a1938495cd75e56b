"""What can go wrong with users and keys."""

from cuvee.core import errors


class UnknownKey(errors.Unauthenticated):
    """This API key is not known, has expired or was deleted."""


class NoKey(errors.Unauthenticated):
    """missing "Bearer" prefix in "authorization" header: send `Authorization: Bearer <API key>`."""


class NotYourProject(errors.NotFound):
    """No project that you may see has this id."""


class RoleTooLow(errors.Denied):
    """Your role in this project does not allow this."""


class UserNotFound(errors.NotFound):
    """No user has this name."""


class UserExists(errors.AlreadyExists):
    """A user of this name exists already."""


class KeyNotFound(errors.NotFound):
    """This user has no API key with this id."""


class BadUsername(errors.Invalid):
    """A user name has 1 to 64 letters, digits and `._-@`, and begins with a letter or a digit."""


class LastAdmin(errors.Conflict):
    """The last administrator stays one: name another first."""


class BadExpiry(errors.Invalid):
    """An expiry date is an RFC 3339 time that lies ahead."""


class BadAudience(errors.Invalid):
    """An API key's audiences are API, Application or both."""


class BoundKey(errors.Denied):
    """A key that is bound to a project does not manage keys."""
