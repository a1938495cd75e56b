"""What can go wrong on the way to users' content."""

from cuvee.core import errors


class NoPass(errors.Unauthenticated):
    """This window has no pass, or it has run out. Open it again from the session's page."""


class BadTicket(errors.Denied):
    """This link was used or has run out. Open it again from the session's page."""


class BadView(errors.Denied):
    """This link has run out. Load the page again that shows it."""


class NotFromHere(errors.Denied):
    """Only its own pages may ask this."""


class NoLab(errors.Conflict):
    """The session's runtime has no JupyterLab: start a session with the JupyterLab editor."""


class NothingHere(errors.NotFound):
    """There is nothing at this address."""


class NotThatWay(errors.CuveeError):
    """This address does not take that method."""

    status, code = 405, "BAD_REQUEST"
