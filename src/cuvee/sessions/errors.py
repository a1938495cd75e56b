"""What can go wrong with sessions."""

from cuvee.core import errors


class SessionNotFound(errors.NotFound):
    """There is no session with this id in this project."""


class ExecutionNotFound(errors.NotFound):
    """There is no execution with this id in this session."""


class NotAnApi(errors.NotFound):
    """Only the API and the terminals of a session's Jupyter Server are reached here: see `/sessions/<id>/lab`."""


class NotYourSession(errors.Denied):
    """Only who started a session runs code in it."""


class NotRunning(errors.Conflict):
    """The session does not run: wait until it does, or start another."""


class StillRunning(errors.Conflict):
    """The session runs: stop it first."""


class BadSessionName(errors.Invalid):
    """A session's name has at most 128 characters, none of them a control character."""


class BadVariable(errors.Invalid):
    """A variable's name has letters, digits and `_`, and begins with no digit; its value has no NUL."""


class BadIdle(errors.Invalid):
    """The idle limit is a number of minutes from 0 (never) to 35000."""


class NothingToRun(errors.Invalid):
    """Say what to run: {"file": "code/x.py"} or {"code": "print(1)"}, not both."""


class NoSuchFile(errors.Invalid):
    """There is no such file in the project."""


class CodeTooLong(errors.TooLarge):
    """Code to run has at most 1,000,000 characters: put it into a file."""


class HasItsScript(errors.Conflict):
    """This session runs one script and ends with it: start another for other code."""


class OfAJob(errors.Conflict):
    """This session is a job's run: it is kept as long as the job."""


class CodeMissing(errors.Conflict):
    """The code is not there any more."""


class KernelUnreachable(errors.Unavailable):
    """The session's kernel cannot be reached right now."""


class KernelBusy(errors.Conflict):
    """The session's kernel is busy: it answers when what runs has ended."""
