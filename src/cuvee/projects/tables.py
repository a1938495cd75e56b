"""The tables this room owns."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text

from cuvee.db.metadata import metadata

projects = Table(
    "projects",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("name", String(63), nullable=False, unique=True),
    Column("slug", String(63), nullable=False, unique=True),
    Column("description", Text, nullable=False),
    Column("owner_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("creator_id", ForeignKey("users.id"), nullable=False),
    Column("visibility", String(16), nullable=False),
    Column("organization_role", String(16), nullable=False),
    Column("creation_status", String(16), nullable=False),
    Column("creation_message", Text, nullable=False),
    Column("creation_percent", Integer, nullable=False),
    #: A JSON object.
    Column("environment", Text, nullable=False),
    Column("runtime", String(255), nullable=False),
    Column("shared_memory_limit", Integer, nullable=False),
    Column("git_url", Text, nullable=False),
    Column("git_ref", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
