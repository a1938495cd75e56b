"""`cuvee db`: the database, while no platform runs on it; `backup` also while one does."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import Engine

from cuvee import app, migrations
from cuvee.cli import options
from cuvee.core import errors, settings
from cuvee.core.settings import Settings
from cuvee.db.engine import make_engine
from cuvee.db.locks import HomeLock


class NoDatabase(errors.Misconfigured):
    """There is no database yet."""


class NotABackup(errors.Misconfigured):
    """The file is not a back-up of a Cuvée database."""


class NeedsOwnTools(errors.Misconfigured):
    """PostgreSQL is backed up and restored with its own tools: `pg_dump` and `pg_restore`."""


@click.group()
def command() -> None:
    """Upgrade, check, back up and restore the database."""


@command.command()
@options.home
def upgrade(home: Path | None) -> None:
    """Bring the database to this version's schema."""
    chosen = _settings(home)
    app.make_home(chosen.home)
    with HomeLock(chosen.home), _engine(chosen) as engine:
        migrations.upgrade(engine)
    click.echo(f"The database is at {migrations.head()}.")


@command.command()
@options.home
def check(home: Path | None) -> None:
    """Compare the database with what this version expects."""
    chosen = _settings(home)
    _require_database(chosen)
    with HomeLock(chosen.home), _engine(chosen) as engine:
        migrations.check(engine)
    click.echo("The database is as it should be.")


@command.command()
@options.home
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(home: Path | None, file: Path) -> None:
    """Copy the database to FILE, consistently, also while the platform runs."""
    chosen = _settings(home)
    _require_sqlite(chosen)
    _require_database(chosen)
    unfinished = file.with_name(f".{file.name}.unfinished")
    with (
        contextlib.closing(sqlite3.connect(chosen.sqlite_path)) as source,
        contextlib.closing(sqlite3.connect(unfinished)) as target,
    ):
        source.backup(target)
    unfinished.replace(file)
    click.echo(f"Backed up to {file}. Projects and artifacts are files: copy {chosen.home / 'projects'} besides.")
    if (key := chosen.home / "connections.key").exists():
        click.echo(f"The secrets of data connections are sealed: keep {key} too, in another place.")


@command.command()
@options.home
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(home: Path | None, file: Path, yes: bool) -> None:
    """Put FILE in place of the database; the present one is kept beside it."""
    chosen = _settings(home)
    _require_sqlite(chosen)
    _require_backup(file)
    app.make_home(chosen.home)
    with HomeLock(chosen.home):
        place = chosen.sqlite_path
        if place.exists():
            yes or click.confirm(f"Replace {place}?", abort=True)
            with contextlib.closing(sqlite3.connect(place)) as present:
                present.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            place.replace(place.with_suffix(".replaced"))
        for leftover in ("-wal", "-shm"):
            place.with_name(place.name + leftover).unlink(missing_ok=True)
        shutil.copyfile(file, place)
    click.echo(f"Restored {place} from {file}.")


def _settings(home: Path | None) -> Settings:
    return settings.read(home=home, host="127.0.0.1", port=0, auth="token")


@contextlib.contextmanager
def _engine(chosen: Settings) -> Iterator[Engine]:
    engine = make_engine(chosen.database, writes=True, connections=1)
    try:
        yield engine
    finally:
        engine.dispose()


def _require_sqlite(chosen: Settings) -> None:
    if chosen.database_url:
        raise NeedsOwnTools


def _require_database(chosen: Settings) -> None:
    if not chosen.database_url and not chosen.sqlite_path.is_file():
        raise NoDatabase(f"There is no database in {chosen.home} yet: `cuvee up` makes one.")


def _require_backup(file: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(f"file:{file.absolute()}?mode=ro", uri=True)) as database:
            database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise NotABackup(f"{file} is not a back-up of a Cuvée database.") from error
