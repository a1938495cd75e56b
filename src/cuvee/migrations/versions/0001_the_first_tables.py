"""the first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalog_namespaces",
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "name", name=op.f("pk_catalog_namespaces")),
    )
    op.create_table(
        "catalog_tables",
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("namespace", sa.String(length=1024), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("metadata_location", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), nullable=True),
        sa.Column("schema_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("dropped_at", sa.BigInteger(), nullable=True),
        sa.Column("slot", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_catalog_tables")),
        sa.UniqueConstraint("project_id", "namespace", "name", "slot", name=op.f("uq_catalog_tables_project_id")),
    )
    op.create_table(
        "data_connections",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.Column("creator_id", sa.String(length=19), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_connections")),
        sa.UniqueConstraint("project_id", "key", name=op.f("uq_data_connections_project_id")),
    )
    op.create_table(
        "datasets",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("experiment_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("digest", sa.String(length=36), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("schema", sa.Text(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("reference", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
        sa.UniqueConstraint("experiment_id", "name", "digest", name=op.f("uq_datasets_experiment_id")),
    )
    with op.batch_alter_table("datasets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_datasets_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_datasets_reference"), ["reference"], unique=False)

    op.create_table(
        "evaluation_datasets",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("schema", sa.Text(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=True),
        sa.Column("updated_by", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_datasets")),
    )
    with op.batch_alter_table("evaluation_datasets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluation_datasets_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_evaluation_datasets_name"), ["name"], unique=False)
        batch_op.create_index(batch_op.f("ix_evaluation_datasets_project_id"), ["project_id"], unique=False)

    op.create_table(
        "experiments",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("creator_id", sa.String(length=19), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("default_of", sa.String(length=19), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiments")),
        sa.UniqueConstraint("default_of", name=op.f("uq_experiments_default_of")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_experiments_project_id")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.String(length=19), nullable=False),
        sa.Column("creator_id", sa.String(length=19), nullable=False),
        sa.Column("owner_id", sa.String(length=19), nullable=False),
        sa.Column("place", sa.String(length=19), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("active_run_id", sa.String(length=19), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index("ix_jobs_place_next_at", ["place", "next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_project_id"), ["project_id"], unique=False)

    op.create_table(
        "lineage_outbox",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lineage_outbox")),
    )
    op.create_table(
        "logged_models",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("experiment_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("artifact_location", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("model_type", sa.String(length=500), nullable=False),
        sa.Column("source_run_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logged_models")),
        sa.UniqueConstraint("artifact_location", name=op.f("uq_logged_models_artifact_location")),
    )
    with op.batch_alter_table("logged_models", schema=None) as batch_op:
        batch_op.create_index(
            "ix_logged_models_experiment_id_created_at", ["experiment_id", "created_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_logged_models_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_logged_models_source_run_id"), ["source_run_id"], unique=False)

    op.create_table(
        "metric_compaction",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_compaction")),
    )
    op.create_table(
        "open_projects",
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_open_projects")),
    )
    op.create_table(
        "registered_model_moves",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("model_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("what", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=19), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered_model_moves")),
    )
    with op.batch_alter_table("registered_model_moves", schema=None) as batch_op:
        batch_op.create_index("ix_registered_model_moves_model_id_id", ["model_id", "id"], unique=False)

    op.create_table(
        "registered_models",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column(
            "name",
            sa.String(length=256).with_variant(sa.String(length=256, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.String(length=19), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("visibility", sa.String(length=8), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered_models")),
        sa.UniqueConstraint("name", name=op.f("uq_registered_models_name")),
    )
    with op.batch_alter_table("registered_models", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registered_models_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registered_models_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registered_models_updated_at"), ["updated_at"], unique=False)

    op.create_table(
        "run_models",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("model_id", sa.String(length=36), nullable=False),
        sa.Column("direction", sa.String(length=6), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_models")),
    )
    with op.batch_alter_table("run_models", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_models_model_id"), ["model_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_run_models_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_run_models_run_id"), ["run_id"], unique=False)

    op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("owner_id", sa.String(length=19), nullable=False),
        sa.Column("owner_name", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("runtime", sa.Text(), nullable=False),
        sa.Column("addons", sa.Text(), nullable=False),
        sa.Column("cpu", sa.Float(), nullable=False),
        sa.Column("memory", sa.Float(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("idle_minutes", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(length=19), nullable=False),
        sa.Column("port", sa.BigInteger(), nullable=False),
        sa.Column("kernel_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_state"), ["state"], unique=False)

    op.create_table(
        "sign_in_attempts",
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_attempts")),
    )
    op.create_table(
        "snapshot_pins",
        sa.Column("holder", sa.String(length=255), nullable=False),
        sa.Column("table_uuid", sa.String(length=36), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "table_uuid", "snapshot_id", name=op.f("pk_snapshot_pins")),
    )
    with op.batch_alter_table("snapshot_pins", schema=None) as batch_op:
        batch_op.create_index("ix_snapshot_pins_table_uuid_snapshot_id", ["table_uuid", "snapshot_id"], unique=False)

    op.create_table(
        "table_snapshots",
        sa.Column("table_uuid", sa.String(length=36), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("committed_at", sa.BigInteger(), nullable=False),
        sa.Column("operation", sa.String(length=32), nullable=False),
        sa.Column("schema_id", sa.Integer(), nullable=True),
        sa.Column("records", sa.BigInteger(), nullable=True),
        sa.Column("expired_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("table_uuid", "snapshot_id", name=op.f("pk_table_snapshots")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "workloads",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("owner_id", sa.String(length=19), nullable=False),
        sa.Column("place", sa.String(length=19), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("cpu", sa.Float(), nullable=False),
        sa.Column("memory", sa.Float(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("exit_code", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workloads")),
    )
    with op.batch_alter_table("workloads", schema=None) as batch_op:
        batch_op.create_index("ix_workloads_place_phase", ["place", "phase"], unique=False)
        batch_op.create_index(batch_op.f("ix_workloads_project_id"), ["project_id"], unique=False)

    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("user_id", sa.String(length=19), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("audiences", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_keys_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_keys_user_id"), ["user_id"], unique=False)

    op.create_table(
        "data_connection_secrets",
        sa.Column("connection_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["data_connections.id"],
            name=op.f("fk_data_connection_secrets_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", "name", name=op.f("pk_data_connection_secrets")),
    )
    op.create_table(
        "dataset_inputs",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("dataset_id", sa.String(length=19), nullable=False),
        sa.Column("context", sa.String(length=500), nullable=True),
        sa.Column("is_output", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_dataset_inputs_dataset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_inputs")),
        sa.UniqueConstraint("run_id", "dataset_id", "is_output", name=op.f("uq_dataset_inputs_run_id")),
    )
    with op.batch_alter_table("dataset_inputs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dataset_inputs_dataset_id"), ["dataset_id"], unique=False)

    op.create_table(
        "evaluation_dataset_experiments",
        sa.Column("dataset_id", sa.String(length=36), nullable=False),
        sa.Column("experiment_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["evaluation_datasets.id"],
            name=op.f("fk_evaluation_dataset_experiments_dataset_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset_id", "experiment_id", name=op.f("pk_evaluation_dataset_experiments")),
    )
    with op.batch_alter_table("evaluation_dataset_experiments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_evaluation_dataset_experiments_experiment_id"), ["experiment_id"], unique=False
        )

    op.create_table(
        "evaluation_dataset_records",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("dataset_id", sa.String(length=36), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("outputs", sa.Text(), nullable=True),
        sa.Column("expectations", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=True),
        sa.Column("updated_by", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["evaluation_datasets.id"],
            name=op.f("fk_evaluation_dataset_records_dataset_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_dataset_records")),
        sa.UniqueConstraint("dataset_id", "input_hash", name=op.f("uq_evaluation_dataset_records_dataset_id")),
    )
    op.create_table(
        "evaluation_dataset_tags",
        sa.Column("dataset_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["evaluation_datasets.id"],
            name=op.f("fk_evaluation_dataset_tags_dataset_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset_id", "key", name=op.f("pk_evaluation_dataset_tags")),
    )
    op.create_table(
        "executions",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("session_id", sa.String(length=19), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_executions_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_executions")),
    )
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.create_index("ix_executions_session_id_state", ["session_id", "state"], unique=False)

    op.create_table(
        "experiment_tags",
        sa.Column("experiment_id", sa.String(length=19), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.id"], name=op.f("fk_experiment_tags_experiment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("experiment_id", "key", name=op.f("pk_experiment_tags")),
    )
    op.create_table(
        "grants",
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("user_id", sa.String(length=19), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_grants_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "user_id", name=op.f("pk_grants")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_user_id"), ["user_id"], unique=False)

    op.create_table(
        "job_runs",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("job_id", sa.String(length=19), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("parent_run_id", sa.String(length=19), nullable=True),
        sa.Column("owner_id", sa.String(length=19), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("ending", sa.String(length=32), nullable=True),
        sa.Column("deadline_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("starting_at", sa.BigInteger(), nullable=False),
        sa.Column("running_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_runs_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
    )
    with op.batch_alter_table("job_runs", schema=None) as batch_op:
        batch_op.create_index("ix_job_runs_job_id_due_at", ["job_id", "due_at"], unique=True)
        batch_op.create_index("ix_job_runs_job_id_id", ["job_id", "id"], unique=False)
        batch_op.create_index("ix_job_runs_job_id_parent_run_id", ["job_id", "parent_run_id"], unique=True)
        batch_op.create_index(batch_op.f("ix_job_runs_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_runs_status"), ["status"], unique=False)

    op.create_table(
        "logged_model_metrics",
        sa.Column("model_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("dataset_name", sa.String(length=500), nullable=True),
        sa.Column("dataset_digest", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["logged_models.id"], name=op.f("fk_logged_model_metrics_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_id", "key", "timestamp", "step", "run_id", name=op.f("pk_logged_model_metrics")),
    )
    op.create_table(
        "logged_model_params",
        sa.Column("model_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["logged_models.id"], name=op.f("fk_logged_model_params_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_id", "key", name=op.f("pk_logged_model_params")),
    )
    op.create_table(
        "logged_model_tags",
        sa.Column("model_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["logged_models.id"], name=op.f("fk_logged_model_tags_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_id", "key", name=op.f("pk_logged_model_tags")),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(length=19), nullable=False),
        sa.Column("creator_id", sa.String(length=19), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("organization_role", sa.String(length=16), nullable=False),
        sa.Column("creation_status", sa.String(length=16), nullable=False),
        sa.Column("creation_message", sa.Text(), nullable=False),
        sa.Column("creation_percent", sa.Integer(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("runtime", sa.String(length=255), nullable=False),
        sa.Column("shared_memory_limit", sa.Integer(), nullable=False),
        sa.Column("git_url", sa.Text(), nullable=False),
        sa.Column("git_ref", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["creator_id"], ["users.id"], name=op.f("fk_projects_creator_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_projects_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("name", name=op.f("uq_projects_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_projects_slug")),
    )
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_projects_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "registered_model_tags",
        sa.Column("model_id", sa.String(length=19), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["registered_models.id"], name=op.f("fk_registered_model_tags_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_id", "key", name=op.f("pk_registered_model_tags")),
    )
    op.create_table(
        "registered_model_versions",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("model_id", sa.String(length=19), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("logged_model_id", sa.String(length=64), nullable=False),
        sa.Column("run_link", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=19), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["registered_models.id"],
            name=op.f("fk_registered_model_versions_model_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered_model_versions")),
        sa.UniqueConstraint("model_id", "number", name=op.f("uq_registered_model_versions_model_id")),
    )
    with op.batch_alter_table("registered_model_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registered_model_versions_location"), ["location"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_registered_model_versions_logged_model_id"), ["logged_model_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_registered_model_versions_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registered_model_versions_run_id"), ["run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registered_model_versions_updated_at"), ["updated_at"], unique=False)

    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("experiment_id", sa.String(length=19), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=256), nullable=False),
        sa.Column("status", sa.String(length=9), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("start_time", sa.BigInteger(), nullable=False),
        sa.Column("end_time", sa.BigInteger(), nullable=True),
        sa.Column("name_head", sa.String(length=64), sa.Computed("substr(name, 1, 64)", persisted=True), nullable=True),
        sa.Column("duration", sa.BigInteger(), sa.Computed("end_time - start_time", persisted=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.id"], name=op.f("fk_runs_experiment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index("ix_runs_duration", ["experiment_id", "stage", "duration", "id"], unique=False)
        batch_op.create_index("ix_runs_end_time", ["experiment_id", "stage", "end_time", "id"], unique=False)
        batch_op.create_index(
            "ix_runs_experiment_id_stage_start_time", ["experiment_id", "stage", "start_time", "id"], unique=False
        )
        batch_op.create_index("ix_runs_name", ["experiment_id", "stage", "name_head", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_runs_project_id"), ["project_id"], unique=False)
        batch_op.create_index("ix_runs_status", ["experiment_id", "stage", "status", "start_time", "id"], unique=False)
        batch_op.create_index("ix_runs_user", ["experiment_id", "stage", "user_id", "start_time", "id"], unique=False)

    op.create_table(
        "sign_in_codes",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=19), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_in_codes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in_codes")),
    )
    with op.batch_alter_table("sign_in_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_codes_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("user_id", sa.String(length=19), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("digest", name=op.f("uq_sign_ins_digest")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_user_id"), ["user_id"], unique=False)

    op.create_table(
        "endpoints",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("access_key", sa.String(length=32), nullable=False),
        sa.Column("auth_enabled", sa.Boolean(), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("creator_id", sa.String(length=19), nullable=False),
        sa.Column("registered_model_id", sa.String(length=64), nullable=False),
        sa.Column("run_as", sa.Integer(), nullable=False),
        sa.Column("cpu_millicores", sa.Integer(), nullable=False),
        sa.Column("memory_mb", sa.Integer(), nullable=False),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("replicas", sa.Integer(), nullable=False),
        sa.Column("example_input", sa.Text(), nullable=False),
        sa.Column("example_output", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_endpoints_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
        sa.UniqueConstraint("access_key", name=op.f("uq_endpoints_access_key")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_endpoints_project_id")),
    )
    op.create_table(
        "metric_series",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.String(length=19), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("last_timestamp", sa.BigInteger(), nullable=False),
        sa.Column("last_value", sa.Double(), nullable=False),
        sa.Column("last_is_nan", sa.Integer(), nullable=False),
        sa.Column("min_value", sa.Double(), nullable=True),
        sa.Column("min_step", sa.BigInteger(), nullable=True),
        sa.Column("max_value", sa.Double(), nullable=True),
        sa.Column("max_step", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.Double(), nullable=True),
        sa.Column("point_count", sa.BigInteger(), nullable=False),
        sa.Column("nan_count", sa.BigInteger(), nullable=False),
        sa.Column("experiment_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_metric_series_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_series")),
        sa.UniqueConstraint("run_id", "key", name=op.f("uq_metric_series_run_id")),
    )
    with op.batch_alter_table("metric_series", schema=None) as batch_op:
        batch_op.create_index(
            "ix_metric_series_last", ["experiment_id", "key", "last_is_nan", "last_value", "run_id"], unique=False
        )
        batch_op.create_index("ix_metric_series_max", ["experiment_id", "key", "max_value", "run_id"], unique=False)
        batch_op.create_index("ix_metric_series_min", ["experiment_id", "key", "min_value", "run_id"], unique=False)

    op.create_table(
        "registered_model_aliases",
        sa.Column("model_id", sa.String(length=19), nullable=False),
        sa.Column("alias", sa.String(length=255), nullable=False),
        sa.Column("version_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["registered_models.id"],
            name=op.f("fk_registered_model_aliases_model_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["registered_model_versions.id"],
            name=op.f("fk_registered_model_aliases_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("model_id", "alias", name=op.f("pk_registered_model_aliases")),
    )
    with op.batch_alter_table("registered_model_aliases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registered_model_aliases_version_id"), ["version_id"], unique=False)

    op.create_table(
        "registered_model_version_tags",
        sa.Column("version_id", sa.String(length=19), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["registered_model_versions.id"],
            name=op.f("fk_registered_model_version_tags_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", "key", name=op.f("pk_registered_model_version_tags")),
    )
    op.create_table(
        "run_params",
        sa.Column("run_id", sa.String(length=19), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.String(length=19), nullable=False),
        sa.Column("head", sa.String(length=64), sa.Computed("substr(value, 1, 64)", persisted=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_params_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "key", name=op.f("pk_run_params")),
    )
    with op.batch_alter_table("run_params", schema=None) as batch_op:
        batch_op.create_index("ix_run_params_head", ["experiment_id", "key", "head", "run_id"], unique=False)

    op.create_table(
        "run_tags",
        sa.Column("run_id", sa.String(length=19), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.String(length=19), nullable=False),
        sa.Column("head", sa.String(length=64), sa.Computed("substr(value, 1, 64)", persisted=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_tags_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "key", name=op.f("pk_run_tags")),
    )
    with op.batch_alter_table("run_tags", schema=None) as batch_op:
        batch_op.create_index("ix_run_tags_head", ["experiment_id", "key", "head", "run_id"], unique=False)

    op.create_table(
        "builds",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("endpoint_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("creator_id", sa.String(length=19), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("registered_model_version_id", sa.String(length=19), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kernel", sa.String(length=64), nullable=False),
        sa.Column("runtime_identifier", sa.Text(), nullable=False),
        sa.Column("runtime_addon_identifiers", sa.Text(), nullable=False),
        sa.Column("then_deploy", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("python", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("built_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.id"], name=op.f("fk_builds_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_builds")),
        sa.UniqueConstraint("endpoint_id", "number", name=op.f("uq_builds_endpoint_id")),
    )
    with op.batch_alter_table("builds", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_builds_registered_model_version_id"), ["registered_model_version_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_builds_status"), ["status"], unique=False)

    op.create_table(
        "metric_blocks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_step", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("compacted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["metric_series.id"], name=op.f("fk_metric_blocks_series_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_blocks")),
    )
    with op.batch_alter_table("metric_blocks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_metric_blocks_series_id"), ["series_id"], unique=False)

    op.create_table(
        "deployments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("endpoint_id", sa.String(length=36), nullable=False),
        sa.Column("build_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("deployer_id", sa.String(length=19), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name=op.f("fk_deployments_build_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.id"], name=op.f("fk_deployments_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployments")),
        sa.UniqueConstraint("build_id", "number", name=op.f("uq_deployments_build_id")),
    )
    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deployments_endpoint_id"), ["endpoint_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deployments_status"), ["status"], unique=False)

    op.create_table(
        "replicas",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("deployment_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("workload_id", sa.String(length=64), nullable=False),
        sa.Column("previous_workload_id", sa.String(length=64), nullable=False),
        sa.Column("restarts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=op.f("fk_replicas_deployment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replicas")),
    )
    with op.batch_alter_table("replicas", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replicas_deployment_id"), ["deployment_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("replicas", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_replicas_deployment_id"))

    op.drop_table("replicas")
    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deployments_status"))
        batch_op.drop_index(batch_op.f("ix_deployments_endpoint_id"))

    op.drop_table("deployments")
    with op.batch_alter_table("metric_blocks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_metric_blocks_series_id"))

    op.drop_table("metric_blocks")
    with op.batch_alter_table("builds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_builds_status"))
        batch_op.drop_index(batch_op.f("ix_builds_registered_model_version_id"))

    op.drop_table("builds")
    with op.batch_alter_table("run_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_run_tags_head")

    op.drop_table("run_tags")
    with op.batch_alter_table("run_params", schema=None) as batch_op:
        batch_op.drop_index("ix_run_params_head")

    op.drop_table("run_params")
    op.drop_table("registered_model_version_tags")
    with op.batch_alter_table("registered_model_aliases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registered_model_aliases_version_id"))

    op.drop_table("registered_model_aliases")
    with op.batch_alter_table("metric_series", schema=None) as batch_op:
        batch_op.drop_index("ix_metric_series_min")
        batch_op.drop_index("ix_metric_series_max")
        batch_op.drop_index("ix_metric_series_last")

    op.drop_table("metric_series")
    op.drop_table("endpoints")
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_ins_user_id"))

    op.drop_table("sign_ins")
    with op.batch_alter_table("sign_in_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_codes_user_id"))

    op.drop_table("sign_in_codes")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_user")
        batch_op.drop_index("ix_runs_status")
        batch_op.drop_index(batch_op.f("ix_runs_project_id"))
        batch_op.drop_index("ix_runs_name")
        batch_op.drop_index("ix_runs_experiment_id_stage_start_time")
        batch_op.drop_index("ix_runs_end_time")
        batch_op.drop_index("ix_runs_duration")

    op.drop_table("runs")
    with op.batch_alter_table("registered_model_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registered_model_versions_updated_at"))
        batch_op.drop_index(batch_op.f("ix_registered_model_versions_run_id"))
        batch_op.drop_index(batch_op.f("ix_registered_model_versions_project_id"))
        batch_op.drop_index(batch_op.f("ix_registered_model_versions_logged_model_id"))
        batch_op.drop_index(batch_op.f("ix_registered_model_versions_location"))

    op.drop_table("registered_model_versions")
    op.drop_table("registered_model_tags")
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_projects_owner_id"))

    op.drop_table("projects")
    op.drop_table("logged_model_tags")
    op.drop_table("logged_model_params")
    op.drop_table("logged_model_metrics")
    with op.batch_alter_table("job_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_runs_status"))
        batch_op.drop_index(batch_op.f("ix_job_runs_project_id"))
        batch_op.drop_index("ix_job_runs_job_id_parent_run_id")
        batch_op.drop_index("ix_job_runs_job_id_id")
        batch_op.drop_index("ix_job_runs_job_id_due_at")

    op.drop_table("job_runs")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grants_user_id"))

    op.drop_table("grants")
    op.drop_table("experiment_tags")
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.drop_index("ix_executions_session_id_state")

    op.drop_table("executions")
    op.drop_table("evaluation_dataset_tags")
    op.drop_table("evaluation_dataset_records")
    with op.batch_alter_table("evaluation_dataset_experiments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evaluation_dataset_experiments_experiment_id"))

    op.drop_table("evaluation_dataset_experiments")
    with op.batch_alter_table("dataset_inputs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dataset_inputs_dataset_id"))

    op.drop_table("dataset_inputs")
    op.drop_table("data_connection_secrets")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_keys_user_id"))
        batch_op.drop_index(batch_op.f("ix_api_keys_project_id"))

    op.drop_table("api_keys")
    with op.batch_alter_table("workloads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_workloads_project_id"))
        batch_op.drop_index("ix_workloads_place_phase")

    op.drop_table("workloads")
    op.drop_table("users")
    op.drop_table("table_snapshots")
    with op.batch_alter_table("snapshot_pins", schema=None) as batch_op:
        batch_op.drop_index("ix_snapshot_pins_table_uuid_snapshot_id")

    op.drop_table("snapshot_pins")
    op.drop_table("sign_in_attempts")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_state"))
        batch_op.drop_index(batch_op.f("ix_sessions_project_id"))

    op.drop_table("sessions")
    op.drop_table("secrets")
    with op.batch_alter_table("run_models", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_run_models_run_id"))
        batch_op.drop_index(batch_op.f("ix_run_models_project_id"))
        batch_op.drop_index(batch_op.f("ix_run_models_model_id"))

    op.drop_table("run_models")
    with op.batch_alter_table("registered_models", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registered_models_updated_at"))
        batch_op.drop_index(batch_op.f("ix_registered_models_project_id"))
        batch_op.drop_index(batch_op.f("ix_registered_models_owner_id"))

    op.drop_table("registered_models")
    with op.batch_alter_table("registered_model_moves", schema=None) as batch_op:
        batch_op.drop_index("ix_registered_model_moves_model_id_id")

    op.drop_table("registered_model_moves")
    op.drop_table("open_projects")
    op.drop_table("metric_compaction")
    with op.batch_alter_table("logged_models", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_logged_models_source_run_id"))
        batch_op.drop_index(batch_op.f("ix_logged_models_project_id"))
        batch_op.drop_index("ix_logged_models_experiment_id_created_at")

    op.drop_table("logged_models")
    op.drop_table("lineage_outbox")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobs_project_id"))
        batch_op.drop_index("ix_jobs_place_next_at")
        batch_op.drop_index(batch_op.f("ix_jobs_parent_id"))

    op.drop_table("jobs")
    op.drop_table("experiments")
    with op.batch_alter_table("evaluation_datasets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evaluation_datasets_project_id"))
        batch_op.drop_index(batch_op.f("ix_evaluation_datasets_name"))
        batch_op.drop_index(batch_op.f("ix_evaluation_datasets_created_at"))

    op.drop_table("evaluation_datasets")
    with op.batch_alter_table("datasets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_datasets_reference"))
        batch_op.drop_index(batch_op.f("ix_datasets_project_id"))

    op.drop_table("datasets")
    op.drop_table("data_connections")
    op.drop_table("catalog_tables")
    op.drop_table("catalog_namespaces")
