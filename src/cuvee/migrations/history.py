"""What Alembic does for us, on a connection whose transaction is open."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from cuvee.migrations.errors import NewerDatabase, SchemaDiffers

_HERE: Final = Path(__file__).parent


def upgrade(connection: Connection) -> None:
    """Run what the database lacks."""
    try:
        command.upgrade(_config(connection), "head")
    except CommandError as error:
        raise NewerDatabase from error


def check(connection: Connection) -> None:
    """Compare the database with the code's tables."""
    try:
        command.check(_config(connection))
    except CommandError as error:
        raise SchemaDiffers(f"The database differs from what this version expects: {error}") from error


def downgrade(connection: Connection) -> None:
    """Undo the whole history."""
    command.downgrade(_config(connection), "base")


def write_first(connection: Connection) -> None:
    """Write the first revision."""
    command.revision(_config(connection), "the first tables", autogenerate=True, rev_id="0001")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
