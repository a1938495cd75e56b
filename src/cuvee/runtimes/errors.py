"""What can go wrong with runtimes and environments."""

from cuvee.core import errors


class RuntimeNotFound(errors.NotFound):
    """There is no runtime with this identifier: see GET /api/v2/runtimes."""


class NoSuchPython(errors.Invalid):
    """No Python of this version was found on this machine."""


class BadRequirement(errors.Invalid):
    """A requirement is a name with versions, such as `pandas>=2.2`, with `--hash=sha256:…` behind it if wanted."""


class AddonNotFound(errors.Invalid):
    """There is no add-on with this identifier: see GET /api/v2/runtimeaddons."""


class TwoSparks(errors.Invalid):
    """A workload has one Spark: name one add-on."""


class NoJava(errors.Unavailable):
    """Spark needs Java 17 or newer: install one, or set JAVA_HOME."""


class JarMissing(errors.Unavailable):
    """A Java library could not be had: set CUVEE_MAVEN_URL or CUVEE_JARS."""


class EnvironmentFailed(errors.Unavailable):
    """The environment could not be made: its log says why."""


class IndexUnreachable(EnvironmentFailed):
    """The package index could not be reached. Without a network, set UV_DEFAULT_INDEX or UV_FIND_LINKS to a mirror."""
