"""The table of what waits to be sent. It is empty on a platform that tells nobody."""

from sqlalchemy import BigInteger, Column, String, Table, Text

from cuvee.db.metadata import metadata

outbox = Table(
    "lineage_outbox",
    metadata,
    Column("id", String(19), primary_key=True),
    #: JSON: the event as it is sent.
    Column("body", Text, nullable=False),
    #: The platform that is at it, and until when nobody else is to be: milliseconds since the epoch.
    Column("holder", String(64), nullable=False),
    Column("held_until", BigInteger, nullable=False),
)
