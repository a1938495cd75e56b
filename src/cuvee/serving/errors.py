"""What can go wrong with endpoints, builds, deployments and calls."""

from cuvee.core import errors


class EndpointNotFound(errors.NotFound):
    """No model that you may see has this id."""


class BuildNotFound(errors.NotFound):
    """This model has no build with this id."""


class DeploymentNotFound(errors.NotFound):
    """This build has no deployment with this id."""


class ReplicaNotFound(errors.NotFound):
    """This deployment has no replica with this name."""


class NameTaken(errors.AlreadyExists):
    """This project has a model of this name already."""


class BadName(errors.Invalid):
    """A model's name has 1 to 100 letters, digits, spaces and `._-`, and begins with a letter or a digit."""


class BadExample(errors.Invalid):
    """Example input and output are JSON."""


class BadSource(errors.Invalid):
    """A build needs registered_model_version_id, or file_path and function_name."""


class BadResources(errors.Invalid):
    """A replica has 0.1 to 256 vCPU, 0.1 to 4096 GiB of memory and 0 to 64 GPUs."""


class BadReplicas(errors.Invalid):
    """A deployment has 1 to 64 replicas."""


class BadEnvironment(errors.Invalid):
    """Names of environment variables have letters, digits and `_`, and do not begin with a digit."""


class NoBuildScripts(errors.Invalid):
    """Build scripts are not run: put what the model needs into requirements.txt."""


class NotBuilt(errors.Conflict):
    """This build cannot be deployed: it is not built."""


class BuildInUse(errors.Conflict):
    """This build is deployed: stop its deployment first."""


class NotLive(errors.Conflict):
    """This deployment is stopped already."""


class NotInTheRegistry(errors.Invalid):
    """No registered version that you may see has this id."""


class BuildFailed(errors.CuveeError):
    """The build failed."""


class NoSuchAccessKey(errors.Unauthenticated):
    """No model has this access key."""


class NotAuthorized(errors.Unauthenticated):
    """User APikey not authorized to access model. Check APIKEY permissions or model authentication permissions."""


class BadCall(errors.BadRequest):
    """The body is a JSON object with `accessKey` and `request`."""


class NoReplica(errors.Unavailable):
    """No replica of this model is ready."""


class TookTooLong(errors.CuveeError):
    """The model took too long to answer."""

    status, code = 504, "DEADLINE_EXCEEDED"


class ReplicaLost(errors.CuveeError):
    """The replica died while it worked on this call."""

    status, code = 502, "TEMPORARILY_UNAVAILABLE"
