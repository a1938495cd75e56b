"""What this door itself refuses."""

from cuvee.core import errors


class BadStatus(errors.Invalid):
    """A run's status is EXPERIMENT_RUN_RUNNING, _SCHEDULED, _FINISHED, _FAILED or _KILLED, or a number from 1 to 5."""


class BadTime(errors.Invalid):
    """A time is written as RFC 3339 has it, such as 2026-11-23T10:00:00Z."""


class BadNumber(errors.Invalid):
    """A metric's value is a number, its step a whole number; int64 may be written as text."""


class BadKey(errors.Invalid):
    """A name in a filter or a sort has no backticks."""


class ExperimentElsewhere(errors.NotFound):
    """This project has no such experiment."""


class RunElsewhere(errors.NotFound):
    """This experiment has no such run."""
