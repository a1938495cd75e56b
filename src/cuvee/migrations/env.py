"""What Alembic runs: on the connection it is handed, in the transaction that is open on it."""

from alembic import context

from cuvee import rooms  # noqa: F401 - fills the metadata with every room's tables
from cuvee.db.metadata import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
