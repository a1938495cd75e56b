"""Queries about what waits to be sent: a queue, of which the platform that holds its oldest entry holds all."""

from sqlalchemy import delete, func, insert, select, update

from cuvee.db.session import Reading, Writing
from cuvee.lineage.openlineage.tables import outbox
from cuvee.lineage.openlineage.values import Waiting


def add(connection: Writing, waiting: Waiting) -> None:
    connection.execute(insert(outbox).values(id=waiting.id, body=waiting.body, holder="", held_until=0))


def count(connection: Reading) -> int:
    return connection.execute(select(func.count()).select_from(outbox)).scalar_one()


def held(connection: Writing, *, holder: str, now: int, until: int) -> Waiting | None:
    """The oldest that waits, held by this platform from now on; None when there is none or another holds it.

    Of two platforms that ask at the same time the second waits for the first and then sees that it came too late.
    """
    oldest = select(func.min(outbox.c.id)).scalar_subquery()
    row = connection.execute(select(outbox).where(outbox.c.id == oldest).with_for_update()).one_or_none()
    if row is None or (row.holder != holder and row.held_until > now):
        return None
    connection.execute(update(outbox).where(outbox.c.id == row.id).values(holder=holder, held_until=until))
    return Waiting(id=row.id, body=row.body)


def remove(connection: Writing, event_id: str) -> None:
    connection.execute(delete(outbox).where(outbox.c.id == event_id))


def keep_newest(connection: Writing, most: int) -> int:
    """Remove the oldest until there are at most so many; how many that were."""
    last = select(outbox.c.id).order_by(outbox.c.id.desc()).offset(most).limit(1).scalar_subquery()
    return connection.execute(delete(outbox).where(outbox.c.id <= last)).rowcount
