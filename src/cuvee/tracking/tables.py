"""The tables this room owns."""

from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from cuvee.db.metadata import metadata

#: Counts up by itself; SQLite does that for its own integers only.
_SERIAL = BigInteger().with_variant(Integer, "sqlite")


def _head(name: str = "head", of: str = "value") -> Column[str]:
    """The first characters of a text: what an index can hold of it."""
    return Column(name, String(64), Computed(f"substr({of}, 1, 64)", persisted=True), nullable=True)


experiments = Table(
    "experiments",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("project_id", String(19), nullable=False),
    Column("name", String(500), nullable=False),
    #: Empty for what the platform made by itself.
    Column("creator_id", String(19), nullable=False),
    Column("stage", String(8), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    #: The project whose experiment `Default` this is.
    Column("default_of", String(19), nullable=True, unique=True),
    UniqueConstraint("project_id", "name"),
)

experiment_tags = Table(
    "experiment_tags",
    metadata,
    Column("experiment_id", ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("value", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("experiment_id", ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False),
    Column("project_id", String(19), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("user_id", String(256), nullable=False),
    Column("status", String(9), nullable=False),
    Column("stage", String(8), nullable=False),
    Column("start_time", BigInteger, nullable=False),
    Column("end_time", BigInteger, nullable=True),
    _head("name_head", "name"),
    Column("duration", BigInteger, Computed("end_time - start_time", persisted=True), nullable=True),
    Index("ix_runs_experiment_id_stage_start_time", "experiment_id", "stage", "start_time", "id"),
    Index("ix_runs_end_time", "experiment_id", "stage", "end_time", "id"),
    Index("ix_runs_duration", "experiment_id", "stage", "duration", "id"),
    Index("ix_runs_name", "experiment_id", "stage", "name_head", "id"),
    Index("ix_runs_status", "experiment_id", "stage", "status", "start_time", "id"),
    Index("ix_runs_user", "experiment_id", "stage", "user_id", "start_time", "id"),
)

run_params = Table(
    "run_params",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("value", Text, nullable=False),
    #: The run's, which never changes: so that an index leads to the runs of one experiment.
    Column("experiment_id", String(19), nullable=False),
    _head(),
    Index("ix_run_params_head", "experiment_id", "key", "head", "run_id"),
)

run_tags = Table(
    "run_tags",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("value", Text, nullable=False),
    #: The run's, which never changes: so that an index leads to the runs of one experiment.
    Column("experiment_id", String(19), nullable=False),
    _head(),
    Index("ix_run_tags_head", "experiment_id", "key", "head", "run_id"),
)

#: One row per run and metric: what is known of all its points. See docs/explanation/metric-storage.md.
metric_series = Table(
    "metric_series",
    metadata,
    Column("id", _SERIAL, primary_key=True, autoincrement=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("key", String(250), nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("last_timestamp", BigInteger, nullable=False),
    #: 0 where the value is not a number.
    Column("last_value", Double, nullable=False),
    #: 1 where the last value is not a number.
    Column("last_is_nan", Integer, nullable=False),
    #: Null while no value is a number.
    Column("min_value", Double, nullable=True),
    Column("min_step", BigInteger, nullable=True),
    Column("max_value", Double, nullable=True),
    Column("max_step", BigInteger, nullable=True),
    #: Of the values that are numbers; null for infinity minus infinity.
    Column("total", Double, nullable=True),
    Column("point_count", BigInteger, nullable=False),
    Column("nan_count", BigInteger, nullable=False),
    #: The run's, which never changes.
    Column("experiment_id", String(19), nullable=False),
    UniqueConstraint("run_id", "key"),
    Index("ix_metric_series_last", "experiment_id", "key", "last_is_nan", "last_value", "run_id"),
    # The mean and the count have none: they move with every point, and are asked for less often.
    Index("ix_metric_series_min", "experiment_id", "key", "min_value", "run_id"),
    Index("ix_metric_series_max", "experiment_id", "key", "max_value", "run_id"),
)

#: The points, packed: see blocks.py.
metric_blocks = Table(
    "metric_blocks",
    metadata,
    Column("id", _SERIAL, primary_key=True, autoincrement=True),
    Column("series_id", ForeignKey("metric_series.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("first_step", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    #: How many points it has when compaction made it; 0 for what a request logged.
    Column("compacted", Integer, nullable=False, server_default="0"),
    Column("data", LargeBinary, nullable=False),
)

#: How far compaction has come: one row.
metric_compaction = Table(
    "metric_compaction",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    #: Blocks up to this id were looked at.
    Column("upto", BigInteger, nullable=False),
)
