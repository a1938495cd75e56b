"""The tables this room owns."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from cuvee.db.metadata import metadata

#: Names sort by their characters' numbers on both databases.
_NAME = String(256).with_variant(String(256, collation="C"), "postgresql")

models = Table(
    "registered_models",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("name", _NAME, nullable=False, unique=True),
    Column("description", Text),
    Column("owner_id", String(19), nullable=False, index=True),
    Column("project_id", String(19), nullable=False, index=True),
    Column("visibility", String(8), nullable=False),
    Column("last_number", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False, index=True),
)

model_tags = Table(
    "registered_model_tags",
    metadata,
    Column("model_id", ForeignKey("registered_models.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("value", Text, nullable=False),
)

versions = Table(
    "registered_model_versions",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("model_id", ForeignKey("registered_models.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("location", Text, nullable=False, index=True),
    Column("project_id", String(19), nullable=False, index=True),
    Column("run_id", String(64), nullable=False, index=True),
    Column("logged_model_id", String(64), nullable=False, index=True),
    Column("run_link", Text, nullable=False),
    Column("description", Text),
    Column("stage", String(16), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("user_id", String(19), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False, index=True),
    UniqueConstraint("model_id", "number"),
)

version_tags = Table(
    "registered_model_version_tags",
    metadata,
    Column("version_id", ForeignKey("registered_model_versions.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("value", Text, nullable=False),
)

aliases = Table(
    "registered_model_aliases",
    metadata,
    Column("model_id", ForeignKey("registered_models.id", ondelete="CASCADE"), primary_key=True),
    Column("alias", String(255), primary_key=True),
    Column("version_id", ForeignKey("registered_model_versions.id", ondelete="CASCADE"), nullable=False, index=True),
)

#: Who did what, when. No foreign keys: the history stays when a model goes.
moves = Table(
    "registered_model_moves",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("model_id", String(19), nullable=False),
    Column("name", String(256), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("what", String(255), nullable=False),
    Column("number", Integer, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("user_id", String(19), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_registered_model_moves_model_id_id", "model_id", "id"),
)
