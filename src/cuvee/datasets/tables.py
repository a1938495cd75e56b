"""The tables this room owns. Experiments and runs are named by their ids alone: they are a room above this one."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, String, Table, Text, UniqueConstraint

from cuvee.db.metadata import metadata

datasets = Table(
    "datasets",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("project_id", String(19), nullable=False, index=True),
    Column("experiment_id", String(19), nullable=False),
    Column("name", String(500), nullable=False),
    Column("digest", String(36), nullable=False),
    Column("source_type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("schema", Text, nullable=True),
    Column("profile", Text, nullable=True),
    #: Which snapshot of a table it is (see references.py); null for everything else.
    Column("reference", String(64), nullable=True, index=True),
    UniqueConstraint("experiment_id", "name", "digest"),
)

#: Which runs used a dataset, and for what.
dataset_inputs = Table(
    "dataset_inputs",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("run_id", String(36), nullable=False),
    Column("dataset_id", ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False, index=True),
    #: The tag `mlflow.data.context`, so that it can be searched.
    Column("context", String(500), nullable=True),
    #: Whether the run made it: it may have read it afterwards, too.
    Column("is_output", Boolean, nullable=False),
    #: All tags, as a JSON object.
    Column("tags", Text, nullable=False),
    UniqueConstraint("run_id", "dataset_id", "is_output"),
)

evaluation_datasets = Table(
    "evaluation_datasets",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", String(19), nullable=False, index=True),
    Column("name", String(255), nullable=False, index=True),
    Column("digest", String(64), nullable=False),
    Column("schema", Text, nullable=True),
    Column("profile", Text, nullable=True),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("updated_at", BigInteger, nullable=False),
    Column("created_by", String(255), nullable=True),
    Column("updated_by", String(255), nullable=True),
)

evaluation_dataset_tags = Table(
    "evaluation_dataset_tags",
    metadata,
    Column("dataset_id", ForeignKey("evaluation_datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)

evaluation_dataset_experiments = Table(
    "evaluation_dataset_experiments",
    metadata,
    Column("dataset_id", ForeignKey("evaluation_datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("experiment_id", String(19), primary_key=True, index=True),
)

evaluation_dataset_records = Table(
    "evaluation_dataset_records",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("dataset_id", ForeignKey("evaluation_datasets.id", ondelete="CASCADE"), nullable=False),
    #: SHA-256 of the inputs as sorted JSON: a record is the same when its inputs are.
    Column("input_hash", String(64), nullable=False),
    #: JSON, as are the next four.
    Column("inputs", Text, nullable=False),
    Column("outputs", Text, nullable=True),
    Column("expectations", Text, nullable=True),
    Column("tags", Text, nullable=False),
    Column("source", Text, nullable=True),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("created_by", String(255), nullable=True),
    Column("updated_by", String(255), nullable=True),
    UniqueConstraint("dataset_id", "input_hash"),
)
