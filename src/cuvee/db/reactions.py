"""What other rooms do in the transaction in which something happens.

A service announces on its connection what it did, as a small value of its room's `events.py`. Rooms above it, which it
knows nothing of, react within the same transaction: all of it holds, or nothing.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, event

from cuvee.db.session import Writing

T = TypeVar("T")

_KEY: Final = "cuvee.reactions"


class Reactions:
    """Who reacts to what. Rooms put in what they do when they join the house."""

    def __init__(self) -> None:
        self._of: Final[dict[type, list[Callable[[Writing, Any], None]]]] = defaultdict(list)

    def on(self, kind: type[T], reaction: Callable[[Writing, T], None]) -> None:
        """Call the reaction whenever something of this kind is announced."""
        self._of[kind].append(reaction)

    def attend(self, engine: Engine) -> None:
        """Have every connection of the engine know of these."""
        event.listen(engine, "connect", lambda _raw, record: record.info.update({_KEY: self}))

    def to(self, connection: Writing, happened: object) -> None:
        for reaction in self._of[type(happened)]:
            reaction(connection, happened)


def announce(connection: Writing, happened: object) -> None:
    """Say what was done in this transaction; whoever reacts has done so when this returns."""
    reactions: Reactions = connection.info[_KEY]
    reactions.to(connection, happened)
