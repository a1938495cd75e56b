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


class BadName(errors.Invalid):
    """A person's name has at most 255 characters, on one line."""


class BadEmail(errors.Invalid):
    """An e-mail address looks like name@example.org and has at most 255 characters."""


class AccountClosed(errors.Conflict):
    """This account is closed."""


class LastAdmin(errors.Conflict):
    """The last administrator stays one: name another first."""


class BadExpiry(errors.Invalid):
    """An expiry date is an RFC 3339 time that lies ahead."""


class BadAudience(errors.Invalid):
    """An API key's audiences are API, Application or both."""


class BoundKey(errors.Denied):
    """A key that is bound to a project does not manage keys."""


class UnknownSignIn(errors.Unauthenticated):
    """This browser is not signed in any more: sign in again."""


class SignInNotFound(errors.NotFound):
    """You have no sign-in with this id."""


class BadCode(errors.Denied):
    """This sign-in link was used already, or it has expired: ask for a new one with `cuvee sign-in`."""


class WrongPassword(errors.Denied):
    """The user name and the password do not fit together."""


class WrongOldPassword(errors.Denied):
    """The old password is not right."""


class BadPassword(errors.Invalid):
    """A password has 8 to 1000 characters, is not only spaces and is not the user name."""


class NarrowKey(errors.Denied):
    """An API key that is bound to a project, or that is for applications only, does not sign a browser in."""


class TooManyAttempts(errors.Busy):
    """There were too many attempts to sign in: wait before the next one."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"There were too many attempts to sign in: try again in {-(-seconds // 60)} min.")
        self.retry_after = seconds
