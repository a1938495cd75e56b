"""The tables this room owns. Tables and snapshots stay when they leave the catalog: runs and models refer to them."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from cuvee.db.metadata import metadata

namespaces = Table(
    "catalog_namespaces",
    metadata,
    Column("project_id", String(19), primary_key=True),
    #: The levels with the control character 1F between them, as Iceberg's protocol has it.
    Column("name", String(1024), primary_key=True),
    #: A JSON object.
    Column("properties", Text, nullable=False),
)

tables = Table(
    "catalog_tables",
    metadata,
    Column("uuid", String(36), primary_key=True),
    Column("project_id", String(19), nullable=False),
    Column("namespace", String(1024), nullable=False),
    Column("name", String(128), nullable=False),
    Column("location", Text, nullable=False),
    Column("metadata_location", Text, nullable=False),
    Column("snapshot_id", BigInteger),
    Column("schema_id", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("dropped_at", BigInteger),
    #: Empty while the table is in the catalog, its UUID afterwards: one table of a name is in it, any number was.
    Column("slot", String(36), nullable=False),
    UniqueConstraint("project_id", "namespace", "name", "slot"),
)

snapshots = Table(
    "table_snapshots",
    metadata,
    Column("table_uuid", String(36), primary_key=True),
    Column("snapshot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("parent_id", BigInteger),
    Column("committed_at", BigInteger, nullable=False),
    Column("operation", String(32), nullable=False),
    Column("schema_id", Integer),
    Column("records", BigInteger),
    Column("expired_at", BigInteger),
)

pins = Table(
    "snapshot_pins",
    metadata,
    Column("holder", String(255), primary_key=True),
    Column("table_uuid", String(36), primary_key=True),
    Column("snapshot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("tag", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_snapshot_pins_table_uuid_snapshot_id", "table_uuid", "snapshot_id"),
)
