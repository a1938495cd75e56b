"""One line of schema history, run by Alembic.

Until the first release the history is one revision, made anew by `just first-migration` when a table changes.
"""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine

from cuvee.core import errors

_HERE: Final = Path(__file__).parent


class NewerDatabase(errors.Misconfigured):
    """The database was written by a newer version of Cuvée: upgrade the package, or restore a back-up."""


class SchemaDiffers(errors.Misconfigured):
    """The database's tables are not those that this version expects."""


def upgrade(engine: Engine) -> None:
    """Bring the database to this version's schema; nothing happens when it is there.

    Raises:
        NewerDatabase: when it is ahead of this version.

    """
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        if current(engine_connection=connection) == head():
            return
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise NewerDatabase from error


def check(engine: Engine) -> None:
    """Compare the database with the code's tables.

    Raises:
        SchemaDiffers: naming the first difference.

    """
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        try:
            command.check(config)
        except CommandError as error:
            raise SchemaDiffers(f"The database differs from what this version expects: {error}") from error


def downgrade(engine: Engine) -> None:
    """Remove everything; for tests of the history."""
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")


def write_first(engine: Engine) -> None:
    """Write the first revision from the code's tables; the engine is of an empty database."""
    for old in (_HERE / "versions").glob("*.py"):
        old.unlink()
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.revision(config, "the first tables", autogenerate=True, rev_id="0001")


def current(*, engine_connection: object) -> str | None:
    """The revision that a database is at."""
    context = MigrationContext.configure(engine_connection)  # type: ignore[arg-type]
    return context.get_current_revision()


def head() -> str | None:
    """The newest revision."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("path_separator", "os")
    return config
