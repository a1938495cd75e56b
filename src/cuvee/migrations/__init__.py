"""One line of schema history, run by Alembic.

Until the first release the history is one revision, made anew by `just first-migration` when a table changes.

Almost every start finds the schema as it should be, or nothing at all. One query tells. An empty database is given
the tables of the code, which is where the history leads (a test holds them together). Alembic, which takes as long to
import as the database kernel itself, is imported only when there is history to run.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, inspect, text

from cuvee.db.metadata import metadata
from cuvee.migrations.errors import NewerDatabase, SchemaDiffers

__all__ = ["NewerDatabase", "SchemaDiffers", "check", "current", "downgrade", "head", "upgrade", "write_first"]

_VERSIONS: Final = Path(__file__).parent / "versions"


def upgrade(engine: Engine) -> None:
    """Bring the database to this version's schema; nothing happens when it is there.

    Raises:
        NewerDatabase: when it is ahead of this version.

    """
    with engine.begin() as connection:
        if inspect(connection).get_table_names():
            if current(connection) != head():
                _history().upgrade(connection)
        else:
            _begin(connection)


def check(engine: Engine) -> None:
    """Compare the database with the code's tables.

    Raises:
        SchemaDiffers: naming the first difference.

    """
    with engine.begin() as connection:
        _history().check(connection)


def downgrade(engine: Engine) -> None:
    """Remove everything; for tests of the history."""
    with engine.begin() as connection:
        _history().downgrade(connection)


def write_first(engine: Engine) -> None:
    """Write the first revision from the code's tables; the engine is of an empty database."""
    for old in _VERSIONS.glob("*.py"):
        old.unlink()
    with engine.begin() as connection:
        _history().write_first(connection)


def current(connection: Connection) -> str | None:
    """The revision that a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _begin(connection: Connection) -> None:
    """Make every table in an empty database, at this version's revision."""
    import_module("cuvee.rooms")  # fills the metadata with every room's tables
    metadata.create_all(connection, checkfirst=False)
    # As Alembic writes it.
    column = "version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY"
    connection.execute(text(f"CREATE TABLE alembic_version ({column})"))
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head()})


def head() -> str:
    """The newest revision: a revision's file begins with its number, and the history is one line."""
    return max(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


def _history() -> Any:
    return import_module("cuvee.migrations.history")
