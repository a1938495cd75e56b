"""The tables this room owns."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from cuvee.db.metadata import metadata

endpoints = Table(
    "endpoints",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("description", Text, nullable=False),
    Column("access_key", String(32), nullable=False, unique=True),
    Column("auth_enabled", Boolean, nullable=False),
    Column("visibility", String(16), nullable=False),
    Column("creator_id", String(19), nullable=False),
    Column("registered_model_id", String(64), nullable=False),
    Column("run_as", Integer, nullable=False),
    Column("cpu_millicores", Integer, nullable=False),
    Column("memory_mb", Integer, nullable=False),
    Column("gpus", Integer, nullable=False),
    Column("replicas", Integer, nullable=False),
    Column("example_input", Text, nullable=False),
    Column("example_output", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("project_id", "name"),
)

builds = Table(
    "builds",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("endpoint_id", ForeignKey("endpoints.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("creator_id", String(19), nullable=False),
    Column("comment", Text, nullable=False),
    #: Kept apart from the source, for who asks where a version runs.
    Column("registered_model_version_id", String(19), nullable=False, index=True),
    #: The source as JSON.
    Column("source", Text, nullable=False),
    Column("kernel", String(64), nullable=False),
    Column("runtime_identifier", Text, nullable=False),
    #: A JSON list.
    Column("runtime_addon_identifiers", Text, nullable=False),
    #: A wish as JSON; empty for none.
    Column("then_deploy", Text, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("status_reason", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("python", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("built_at", BigInteger, nullable=False),
    UniqueConstraint("endpoint_id", "number"),
)

deployments = Table(
    "deployments",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("endpoint_id", ForeignKey("endpoints.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("build_id", ForeignKey("builds.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("deployer_id", String(19), nullable=False),
    #: A wish as JSON.
    Column("wish", Text, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("status_reason", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("stopped_at", BigInteger, nullable=False),
    UniqueConstraint("build_id", "number"),
)

replicas = Table(
    "replicas",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("deployment_id", ForeignKey("deployments.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(160), nullable=False),
    Column("round", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("workload_id", String(64), nullable=False),
    Column("previous_workload_id", String(64), nullable=False),
    Column("restarts", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
