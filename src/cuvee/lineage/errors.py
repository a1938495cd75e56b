"""What the graph refuses."""

from cuvee.core import errors


class NodeNotFound(errors.NotFound):
    """There is no such thing, or you have no part in its project."""


class NotTheSame(errors.Conflict):
    """The run cannot be rebuilt exactly."""


class NoScript(errors.Conflict):
    """The run was not made by a file of the project: there is nothing to run again."""


class BadNode(errors.Invalid):
    """A node is job:<id>, snapshot:<table UUID>/<id>, run:<id>, logged_model:<id>, version:<id> or endpoint:<id>."""


class BadDirection(errors.Invalid):
    """A direction is up, down or both."""


class BadDepth(errors.Invalid):
    """A depth is a whole number from 1 to 20."""
