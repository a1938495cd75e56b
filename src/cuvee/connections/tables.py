"""The tables this room owns. Secrets lie apart, sealed: no query for connections ever reads one."""

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String, Table, Text, UniqueConstraint

from cuvee.db.metadata import metadata

connections = Table(
    "data_connections",
    metadata,
    Column("id", String(19), primary_key=True),
    #: Empty for a connection that everybody has.
    Column("project_id", String(19), nullable=False),
    Column("name", String(64), nullable=False),
    #: The name in small letters: pyiceberg makes no difference.
    Column("key", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("description", Text, nullable=False),
    #: A JSON object.
    Column("properties", Text, nullable=False),
    Column("creator_id", String(19), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("project_id", "key"),
)

secrets = Table(
    "data_connection_secrets",
    metadata,
    Column("connection_id", ForeignKey("data_connections.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
