"""What other rooms do when a project goes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cuvee.db.session import Writing


@dataclass(frozen=True, slots=True)
class Farewells:
    """Rooms above this one put in what must happen when a project is deleted."""

    #: Called with the project's id, outside any transaction, before anything is deleted: stop its workloads here.
    before: list[Callable[[str], Awaitable[None]]] = field(default_factory=list)
    #: Called in the transaction that deletes the project: delete its rows here.
    within: list[Callable[[Writing, str], None]] = field(default_factory=list)
