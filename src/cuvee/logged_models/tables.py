"""The tables this room owns. Experiments and runs are named by their ids alone: they are a room above this one."""

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, String, Table, Text

from cuvee.db.metadata import metadata

logged_models = Table(
    "logged_models",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", String(19), nullable=False, index=True),
    Column("experiment_id", String(19), nullable=False),
    Column("name", String(500), nullable=False),
    Column("artifact_location", String(1000), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("status", Integer, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("model_type", String(500), nullable=False),
    Column("source_run_id", String(36), nullable=False, index=True),
    Index("ix_logged_models_experiment_id_created_at", "experiment_id", "created_at"),
)

logged_model_tags = Table(
    "logged_model_tags",
    metadata,
    Column("model_id", ForeignKey("logged_models.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)

logged_model_params = Table(
    "logged_model_params",
    metadata,
    Column("model_id", ForeignKey("logged_models.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)

#: What was measured on models. A value is a row here, because a model has few: the run's own series are packed.
logged_model_metrics = Table(
    "logged_model_metrics",
    metadata,
    Column("model_id", ForeignKey("logged_models.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("timestamp", BigInteger, primary_key=True, autoincrement=False),
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", String(36), primary_key=True),
    #: Null for what is not a number.
    Column("value", Double, nullable=True),
    Column("dataset_name", String(500), nullable=True),
    Column("dataset_digest", String(36), nullable=True),
)

#: Which models a run used and made.
run_models = Table(
    "run_models",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("project_id", String(19), nullable=False, index=True),
    Column("run_id", String(36), nullable=False, index=True),
    Column("model_id", String(36), nullable=False, index=True),
    Column("direction", String(6), nullable=False),
    Column("step", BigInteger, nullable=False),
)
