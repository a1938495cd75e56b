"""What can go wrong with workloads."""

from cuvee.core import errors


class WorkloadNotFound(errors.NotFound):
    """There is no workload with this id."""


class AlreadyStarted(errors.Conflict):
    """A workload with this id was started before."""


class CannotStart(errors.Unavailable):
    """The workload cannot be started on this machine right now."""


class BadProfile(errors.Invalid):
    """A profile has more than 0 vCPU and at least 0.1 GiB of memory, and no more than the machine."""
