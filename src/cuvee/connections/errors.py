"""What can go wrong with data connections. No message repeats a value: it may hold a password in the wrong place."""

from cuvee.core import errors


class ConnectionNotFound(errors.NotFound):
    """There is no data connection of this name here."""


class ConnectionExists(errors.AlreadyExists):
    """There is a data connection of this name already; capital letters make no difference."""


class BadName(errors.Invalid):
    """A connection's name has 1 to 64 letters, digits, `_` and `-`, and begins with a letter."""


class ReservedName(errors.Invalid):
    """The names `default`, `spark`, `cuvee` and `spark_catalog` stand for the project's own catalog."""


class BadKind(errors.Invalid):
    """A connection is of the kind spark, iceberg-rest, iceberg-sql, hive, object-store or sql."""


class BadDescription(errors.Invalid):
    """A description has at most 65,536 characters, none of them NUL."""


class UnknownProperty(errors.Invalid):
    """A connection of this kind has no such property."""


class MissingProperty(errors.Invalid):
    """A connection of this kind needs a property that is not there."""


class BadValue(errors.Invalid):
    """The value of a property cannot be used."""


class BadAddress(errors.Invalid):
    """The address of a connection cannot be read. A password in it is percent-encoded, or sent as a secret."""


class NotASecret(errors.Invalid):
    """A password, token or key was sent among what everybody may read: send it in `secrets`."""


class GivenTwice(errors.Invalid):
    """A property is a secret or it is not: it was sent as both."""


class TooMany(errors.Invalid):
    """A connection has at most 100 properties."""


class TooManyConnections(errors.Conflict):
    """There are 500 data connections here already."""


class BuiltIn(errors.Conflict):
    """The connection `default` is the project's own catalog: it is always there as it is."""


class Shared(errors.Denied):
    """This connection is everybody's: an administrator changes it."""


class ForWorkloads(errors.Denied):
    """Secrets are handed to code that runs, by an API key, and never to a browser."""


class SecretsUnreadable(errors.Conflict):
    """The secrets of this connection were sealed with another key than this platform has: enter them again."""
