"""Has the project's own catalog say with every request for which run it is made.

The platform knows of a session, and of its runs; which of several that go on at once is meant, only the thread knows
that asks.
"""

import functools
from typing import Any

from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.catalog.rest.auth import AuthManagerAdapter

from cuvee_runtime.iceberg import reports, runs

_RUN = "X-Cuvee-Run"


def say() -> None:
    """Do so from now on, of every such catalog that is opened."""
    plain = RestCatalog.__init__

    @functools.wraps(plain)
    def init(catalog: RestCatalog, *args: Any, **kwargs: Any) -> None:
        plain(catalog, *args, **kwargs)
        if reports.is_heard(catalog):
            session: Any = catalog._session  # noqa: SLF001 - there is no other way to what is sent
            session.auth = _Saying(session.auth.auth_manager)

    setattr(RestCatalog, "__init__", init)  # noqa: B010 - a method is not assigned to, say types


class _Saying(AuthManagerAdapter):
    """Called for each request, in the thread that makes it."""

    def __call__(self, request: Any) -> Any:
        made = super().__call__(request)
        if run_id := runs.meant():
            made.headers.setdefault(_RUN, run_id)
        return made
