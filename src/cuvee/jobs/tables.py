"""The tables this room owns."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from cuvee.db.metadata import metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("project_id", String(19), nullable=False, index=True),
    Column("plan", Text, nullable=False),
    # As in the plan, to be asked for.
    Column("parent_id", String(19), nullable=False, index=True),
    Column("creator_id", String(19), nullable=False),
    Column("owner_id", String(19), nullable=False),
    Column("place", String(19), nullable=False),
    Column("next_at", BigInteger, nullable=False),
    # The run that goes on: there is at most one.
    Column("active_run_id", String(19), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_jobs_place_next_at", "place", "next_at"),
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("project_id", String(19), nullable=False, index=True),
    Column("plan", Text, nullable=False),
    Column("trigger", String(16), nullable=False),
    Column("due_at", BigInteger),
    Column("parent_run_id", String(19)),
    Column("owner_id", String(19), nullable=False),
    Column("status", String(32), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("exit_code", Integer),
    Column("ending", String(32)),
    Column("deadline_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("starting_at", BigInteger, nullable=False),
    Column("running_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger, nullable=False),
    Index("ix_job_runs_job_id_id", "job_id", "id"),
    # Nothing is started twice for one time of a schedule, nor for one run of a parent.
    Index("ix_job_runs_job_id_due_at", "job_id", "due_at", unique=True),
    Index("ix_job_runs_job_id_parent_run_id", "job_id", "parent_run_id", unique=True),
)
