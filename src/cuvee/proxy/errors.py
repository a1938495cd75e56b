"""What can go wrong between a public path and a private port."""

from cuvee.core import errors


class UpstreamDown(errors.Unavailable):
    """What should answer here does not listen right now."""


class UpstreamBroke(errors.CuveeError):
    """What should answer here closed the connection without an answer."""

    status, code = 502, "TEMPORARILY_UNAVAILABLE"


class UpstreamSlow(errors.CuveeError):
    """What should answer here took too long."""

    status, code = 504, "TEMPORARILY_UNAVAILABLE"
