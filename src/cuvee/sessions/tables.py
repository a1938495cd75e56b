"""The tables this room owns."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from cuvee.db.metadata import metadata

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("project_id", String(19), nullable=False, index=True),
    Column("owner_id", String(19), nullable=False),
    Column("owner_name", String(64), nullable=False),
    Column("name", String(128), nullable=False),
    Column("runtime", Text, nullable=False),
    Column("addons", Text, nullable=False),
    Column("cpu", Float, nullable=False),
    Column("memory", Float, nullable=False),
    Column("environment", Text, nullable=False),
    Column("idle_minutes", Float, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("script", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("key_id", String(19), nullable=False),
    Column("port", BigInteger, nullable=False),
    Column("kernel_id", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
)

executions = Table(
    "executions",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("session_id", ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("file", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("exit_code", Integer),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Index("ix_executions_session_id_state", "session_id", "state"),
)
