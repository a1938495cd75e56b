"""What a transaction changes, noted while it runs and published when it is committed.

Services note the topics of what they change (see core/topics.py) on their connection; they need to know neither who
listens nor whether the transaction will hold. The writer takes the notes of every piece of work, drops those of work
that was rolled back, and publishes the rest once, after the commit.
"""

from typing import Any, Final

from cuvee.db.session import Writing

_KEY: Final = "cuvee.changed"


def note(connection: Writing, *topics: str) -> None:
    """Say that the things behind these topics are changed by the transaction."""
    connection.info.setdefault(_KEY, set()).update(topics)


def taken(info: dict[Any, Any]) -> set[str]:
    """What was noted on a connection since the last call, by what SQLAlchemy keeps as its `info`."""
    found: set[str] = info.pop(_KEY, None) or set()
    return found
