"""The table this room owns."""

from sqlalchemy import BigInteger, Column, Float, Index, String, Table, Text

from cuvee.db.metadata import metadata

workloads = Table(
    "workloads",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("project_id", String(19), nullable=False, index=True),
    Column("owner_id", String(19), nullable=False),
    Column("place", String(19), nullable=False),
    Column("command", Text, nullable=False),
    Column("cpu", Float, nullable=False),
    Column("memory", Float, nullable=False),
    Column("state", Text, nullable=False),
    Column("phase", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("exit_code", BigInteger, nullable=True),
    Column("reason", Text, nullable=False),
    Index("ix_workloads_place_phase", "place", "phase"),
)
