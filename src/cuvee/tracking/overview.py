"""The list of experiments for people: searched, sorted, counted, in a fixed number of queries."""

from typing import Final

from cuvee.api.callers import Caller
from cuvee.db.session import Reading
from cuvee.tracking import errors, service
from cuvee.tracking.store import overview as store
from cuvee.tracking.values import Listed, View

MOST: Final = 200
_LARGEST: Final = 2**62


def experiments(
    connection: Reading,
    caller: Caller,
    project_id: str | None,
    *,
    text: str = "",
    sort: str = "last_run",
    is_rising: bool = False,
    view: View = View.ACTIVE_ONLY,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[Listed], int]:
    """Some of a project's experiments, and how many there are; without a project, of all that the caller may see.

    The text is a part of the name, in any case, or the whole id. They are sorted by `name`, `created`, or `last_run`:
    an experiment without runs stands where it was created.

    Raises:
        BadOrder: when it is to be sorted by something else.
        BadPageSize: when the page lies nowhere, is to be empty, or too large.

    """
    if project_id is not None:
        caller.require(service.READ, project_id)
    if sort not in store.SORTS:
        raise errors.BadOrder(f"Experiments are sorted by one of: {', '.join(store.SORTS)}.")
    if not 0 <= offset < _LARGEST or not 1 <= limit <= MOST:
        raise errors.BadPageSize(f"A page has 1 to {MOST} experiments.")
    text = text.replace("\0", "")
    projects = caller.projects(service.READ) if project_id is None else [project_id]
    found = store.listed(
        connection,
        projects,
        text=text,
        stages=view.stages,
        sort=sort,
        is_rising=is_rising,
        offset=offset,
        limit=limit,
    )
    return found, store.total(connection, projects, text=text, stages=view.stages)
