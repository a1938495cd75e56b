"""What can go wrong with runtimes and environments."""

from cuvee.core import errors


class RuntimeNotFound(errors.NotFound):
    """There is no runtime with this identifier: see GET /api/v2/runtimes."""


class NoSuchPython(errors.Invalid):
    """No Python of this version was found on this machine."""


class BadRequirement(errors.Invalid):
    """A requirement is a name with versions, such as `pandas>=2.2`, with `--hash=sha256:…` behind it if wanted."""


class EnvironmentFailed(errors.Unavailable):
    """The environment could not be made: its log says why."""


class IndexUnreachable(EnvironmentFailed):
    """The package index could not be reached. Without a network, set UV_DEFAULT_INDEX or UV_FIND_LINKS to a mirror."""
