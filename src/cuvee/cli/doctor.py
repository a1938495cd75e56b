"""`cuvee doctor`: what is there and what is missing."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import exc
from uv import find_uv_bin

from cuvee import app
from cuvee.cli import options
from cuvee.core import errors, settings, shipped
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.lineage.openlineage import store as outbox
from cuvee.runtimes import java
from cuvee.runtimes.addons import ADDONS, Addon
from cuvee.runtimes.errors import NoJava
from cuvee.runtimes.jars import Jars

_ENOUGH_DISK = 5 * 1024**3
_GIT = (2, 37)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    what: str
    is_fine: bool
    detail: str
    #: Whether a platform does not work without it.
    is_needed: bool = True


@click.command()
@options.home
def command(home: Path | None) -> None:
    """Say what is there and what is missing; exit with 1 when something needed is missing."""
    chosen = settings.read(home=home, host="127.0.0.1", port=0, auth="token")
    place = chosen.home
    findings = [
        _python(),
        _uv(),
        _git(),
        _shipped_runtime(),
        _writable(place),
        _disk(place),
        _java(),
        *(_jars(chosen, addon) for addon in ADDONS),
        *([_receiver(chosen)] if chosen.openlineage_url else []),
    ]
    for finding in findings:
        click.echo(f"{_mark(finding)}  {finding.what}: {finding.detail}")
    if not all(finding.is_fine for finding in findings if finding.is_needed):
        raise click.exceptions.Exit(1)


def _mark(finding: Finding) -> str:
    if finding.is_fine:
        return click.style("ok     ", fg="green")
    return click.style("missing", fg="red") if finding.is_needed else click.style("not yet", fg="yellow")


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


def _java() -> Finding:
    """For Spark alone: without one, a session that asks for it fetches one."""
    try:
        found = java.find(*ADDONS[0].java)
    except NoJava as missing:
        detail = f"{missing.message} Without, {java.PACKAGE} is fetched when it is asked for."
        return Finding(what="Java for Spark", is_fine=False, detail=detail, is_needed=False)
    return Finding(what="Java for Spark", is_fine=True, detail=f"{found.version} in {found.home}", is_needed=False)


def _jars(chosen: Settings, addon: Addon) -> Finding:
    """The Java libraries of an add-on, here or to be had."""
    jars = Jars(chosen.environments / "jars", repository=chosen.maven_url, offline=chosen.jars)
    missing = [jar.name for jar in addon.jars if jars.find(jar) is None]
    from_where = (
        f"put it into CUVEE_JARS ({chosen.jars})" if chosen.jars else f"comes from {chosen.maven_url} when asked for"
    )
    detail = f"{', '.join(missing)}: {from_where}" if missing else ", ".join(jar.name for jar in addon.jars)
    return Finding(what=f"jar for Spark {addon.version}", is_fine=not missing, detail=detail, is_needed=False)


def _receiver(chosen: Settings) -> Finding:
    """Where OpenLineage events go, and how many wait."""
    try:
        detail = f"{chosen.openlineage_url} ({_waiting(chosen)} events wait)"
    except errors.CuveeError as error:
        return Finding(what="OpenLineage", is_fine=False, detail=error.message)
    except exc.DBAPIError:
        said = "the database is not of this version: run cuvee db upgrade"
        return Finding(what="OpenLineage", is_fine=False, detail=said)
    return Finding(what="OpenLineage", is_fine=True, detail=detail)


def _waiting(chosen: Settings) -> int:
    if not chosen.database_url and not chosen.sqlite_path.is_file():
        return 0
    with closing(Database(chosen.database, readers=1)) as database:
        return database.read_now(outbox.count)


def _found(what: str, find: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, is_fine=True, detail=find())
    except FileNotFoundError as error:
        return Finding(what=what, is_fine=False, detail=str(error))
