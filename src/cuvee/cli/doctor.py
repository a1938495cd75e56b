"""`cuvee doctor`: what is there and what is missing."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import exc
from uv import find_uv_bin

from cuvee import app
from cuvee.cli import options
from cuvee.core import errors, settings, shipped
from cuvee.db.database import Database
from cuvee.lineage.openlineage import store as outbox

_ENOUGH_DISK = 5 * 1024**3
_GIT = (2, 37)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    what: str
    is_fine: bool
    detail: str


@click.command()
@options.home
def command(home: Path | None) -> None:
    """Say what is there and what is missing; exit with 1 when something needed is missing."""
    place = home or settings.default_home()
    findings = [
        _python(),
        _uv(),
        _git(),
        _shipped_runtime(),
        _writable(place),
        _disk(place),
        *_receiver(place),
    ]
    for finding in findings:
        mark = click.style("ok     ", fg="green") if finding.is_fine else click.style("missing", fg="red")
        click.echo(f"{mark}  {finding.what}: {finding.detail}")
    if not all(finding.is_fine for finding in findings):
        raise click.exceptions.Exit(1)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(what="Python", is_fine=sys.version_info >= (3, 11), detail=version)


def _uv() -> Finding:
    return _found("uv", find_uv_bin)


def _git() -> Finding:
    """Older gits ignore the setting that holds them to the address that was checked."""
    path = shutil.which("git")
    if path is None:
        return Finding(what="git", is_fine=False, detail="install git: projects are cloned with it")
    said = subprocess.run([path, "version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - git itself
    found = re.search(r"(\d+)\.(\d+)", said)
    is_new = found is not None and (int(found[1]), int(found[2])) >= _GIT
    return Finding(what="git", is_fine=is_new, detail=said.strip() if is_new else f"{said.strip()}: 2.37 is needed")


def _shipped_runtime() -> Finding:
    return _found("the runtime's source", lambda: str(shipped.runtime_source()))


def _writable(home: Path) -> Finding:
    try:
        app.make_home(home)
    except errors.CuveeError as error:
        return Finding(what="home", is_fine=False, detail=error.message)
    return Finding(what="home", is_fine=True, detail=str(home))


def _disk(home: Path) -> Finding:
    existing = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    return Finding(what="free disk", is_fine=free > _ENOUGH_DISK, detail=f"{free / 1024**3:.1f} GiB (5 GiB are needed)")


def _receiver(home: Path) -> Iterator[Finding]:
    """Where OpenLineage events go and how many wait, on a platform that sends any."""
    what = "OpenLineage"
    try:
        chosen = settings.read(home=home, host="127.0.0.1", port=0, auth="token")
        if chosen.openlineage_url:
            yield Finding(what=what, is_fine=True, detail=f"{chosen.openlineage_url} ({_waiting(chosen)} events wait)")
    except errors.CuveeError as error:
        yield Finding(what=what, is_fine=False, detail=error.message)
    except exc.DBAPIError:
        yield Finding(what=what, is_fine=False, detail="the database is not of this version: run cuvee db upgrade")


def _waiting(chosen: settings.Settings) -> int:
    if not chosen.database_url and not chosen.sqlite_path.is_file():
        return 0
    with closing(Database(chosen.database, readers=1)) as database:
        return database.read_now(outbox.count)


def _found(what: str, find: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, is_fine=True, detail=find())
    except FileNotFoundError as error:
        return Finding(what=what, is_fine=False, detail=str(error))
