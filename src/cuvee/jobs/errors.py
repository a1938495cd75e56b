"""What can go wrong with jobs and their runs."""

from cuvee.core import errors


class JobNotFound(errors.NotFound):
    """There is no job with this id in this project."""


class RunNotFound(errors.NotFound):
    """This job has no run with this id."""


class BadJobName(errors.Invalid):
    """A job's name has 1 to 100 characters, none of them a control character."""


class BadArguments(errors.Invalid):
    """Arguments are words as a shell reads them, at most 10,000 characters, with every quotation mark closed."""


class BadSchedule(errors.Invalid):
    """A schedule is a cron expression of five fields: minute, hour, day of the month, month, day of the week."""


class NeverComes(errors.Invalid):
    """This schedule names a time that never comes."""


class BadTimezone(errors.Invalid):
    """A time zone has a name such as Europe/Berlin or UTC."""


class BadTimeout(errors.Invalid):
    """A timeout is a whole number of seconds from 0 (none) to 2,100,000."""


class TwoTriggers(errors.Invalid):
    """A job has a schedule or a parent, not both."""


class TwoParents(errors.Invalid):
    """`parent_id` and `parent_job_id` name the same thing: give one of them."""


class NoSuchParent(errors.Invalid):
    """A parent is another job of the same project."""


class Circle(errors.Invalid):
    """A job cannot come after itself, nor after one that comes after it."""


class NoRecipients(errors.Invalid):
    """E-mails are not sent yet: leave out the recipients and the attachments."""


class NoGpus(errors.Invalid):
    """Jobs have no GPUs here: nvidia_gpu is 0."""


class NoRunAs(errors.Invalid):
    """There are no service accounts: a job runs as who wrote it last. Leave out `run_as`."""


class RunsAlready(errors.Conflict):
    """The job runs already: wait for its end, or stop the run."""


class RunsStill(errors.Conflict):
    """The job runs: stop the run first."""


class NotTheirs(errors.Denied):
    """Who may start jobs, but not change them, starts them as they are: without arguments and variables."""


class OwnerGone(errors.Denied):
    """The account as which the job runs is closed."""
