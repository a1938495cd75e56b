"""What happens to sessions that others may want to react to, within the same transaction (see db/reactions.py)."""

from dataclasses import dataclass

from cuvee.sessions.values import Session


@dataclass(frozen=True, slots=True)
class SessionMoved:
    """A session has another state than before: it runs, is to end, or has ended."""

    session: Session
