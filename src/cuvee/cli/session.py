"""`cuvee session`: a project's kernels, and what runs in them."""

import time
from typing import Any, Final

import click

from cuvee.cli import options
from cuvee.cli.client import Client, quoted
from cuvee.cli.here import Here, connected
from cuvee.core import errors

_FIELDS: Final = {
    "name": "Name",
    "id": "Id",
    "status": "Status",
    "status_reason": "",
    "kernel": "Kernel",
    "runtime_addon_identifiers": "Add-ons",
    "cpu": "vCPU",
    "memory": "GiB",
    "creator": "Creator",
    "created_at": "Created",
    "finished_at": "Finished",
}
_UNFINISHED: Final = frozenset({"queued", "running"})
_AGAIN: Final = 0.2  # seconds between two looks at what was said


class DidNotStart(errors.CuveeError):
    """The session did not start."""


class RunFailed(errors.CuveeError):
    """What was run did not end well."""


class NothingToRun(errors.Misconfigured):
    """Name a file of the project, or give --code."""


@click.group()
def command() -> None:
    """Start, list and stop sessions, and run files and code in them."""


@command.command("list")
@connected
@click.argument("project")
def list_sessions(here: Here, project: str) -> None:
    """The sessions of PROJECT, the newest first."""
    found = here.api.items(_address(here.api, project), sort="-created_at")
    columns = {"id": "Id", "name": "Name", "status": "Status", "kernel": "Kernel", "creator": "Creator"}
    here.table(found, {**columns, "created_at": "Created"})


@command.command()
@connected
@click.argument("project")
@click.option("--name", default="")
@click.option("--runtime", default="", help="A runtime's identifier; the platform's own Python when not given.")
@click.option("--cpu", type=float, default=0, help="vCPU; 1 when not given.")
@click.option("--memory", type=float, default=0, help="GiB; 2 when not given.")
@click.option("--idle", type=float, default=60, show_default=True, help="Minutes until it is stopped; 0 for never.")
@options.spark
@click.option("--no-wait", is_flag=True, help="Do not wait until it runs.")
def start(here: Here, project: str, *, runtime: str, idle: float, spark: str, no_wait: bool, **wishes: Any) -> None:
    """Start a session in PROJECT."""
    address = _address(here.api, project)
    besides = options.addons(spark)
    asked = {"runtime_identifier": runtime, "runtime_addon_identifiers": besides, "idle_minutes": idle}
    made = here.api.post(address, wishes | asked)
    if not no_wait:
        place = f"{address}/{made['id']}"
        made = here.wait(lambda: here.api.get(place), until=lambda session: session["status"] != "starting")
        if made["status"] != "running":
            raise DidNotStart(f"The session is {made['status']}: {made['status_reason']}.")
    here.record(made, _FIELDS)


@command.command()
@connected
@click.argument("project")
@click.argument("session")
def show(here: Here, project: str, session: str) -> None:
    """One session of PROJECT."""
    here.record(here.api.get(_place(here.api, project, session)), _FIELDS)


@command.command()
@connected
@click.argument("project")
@click.argument("session")
@click.argument("file", required=False, default="")
@click.argument("arguments", nargs=-1)
@click.option("--code", default="", help="Run this instead of a file.")
def run(here: Here, project: str, session: str, *, file: str, arguments: tuple[str, ...], code: str) -> None:
    """Run FILE of PROJECT in SESSION's kernel and show what it says. Exits with 1 when it fails."""
    if bool(file) == bool(code):
        raise NothingToRun
    place = _place(here.api, project, session)
    asked = here.api.post(f"{place}:run", {"file": file, "arguments": arguments, "code": code})
    address = f"{place}/executions/{asked['id']}"
    done = followed(here, address)
    if here.as_json:
        here.done("", done)
    if done["status"] != "succeeded":
        raise RunFailed(f"{file or 'The code'} {done['status']}. {done['status_reason']}".strip())


@command.command()
@connected
@click.argument("project")
@click.argument("session")
def logs(here: Here, project: str, session: str) -> None:
    """What SESSION's server wrote."""
    found = here.api.get(f"{_place(here.api, project, session)}/logs")
    here.done(found["stdout"] + found["stderr"], found)


@command.command()
@connected
@click.argument("project")
@click.argument("session")
def interrupt(here: Here, project: str, session: str) -> None:
    """Interrupt what runs in SESSION, as Ctrl-C does."""
    here.done("Interrupted.", here.api.post(f"{_place(here.api, project, session)}:interrupt"))


@command.command()
@connected
@click.argument("project")
@click.argument("session")
def stop(here: Here, project: str, session: str) -> None:
    """Stop SESSION and wait for its end."""
    place = _place(here.api, project, session)
    here.api.post(f"{place}:stop")
    ended = here.wait(lambda: here.api.get(place), until=lambda found: found["status"] in {"stopped", "failed"})
    here.done(f"{ended['name']} is {ended['status']}.", ended)


def followed(here: Here, address: str) -> dict[str, Any]:
    """Show what an execution says until it ends."""
    shown = 0
    while True:
        done = here.api.get(address)
        text = here.api.text(f"{address}/text")
        if not here.as_json:
            click.echo(text[shown:], nl=False)
        shown = len(text)
        if done["status"] not in _UNFINISHED:
            return done
        time.sleep(_AGAIN)


def _address(api: Client, project: str) -> str:
    return f"/api/v2/projects/{api.project(project)['id']}/sessions"


def _place(api: Client, project: str, session: str) -> str:
    """A session's address. It may be named by its id or its name; of several with one name the newest is meant."""
    address = _address(api, project)
    found = api.items(address, search={"name": session}, sort="-created_at")
    named = (one["id"] for one in found if one["name"] == session)
    return f"{address}/{quoted(next(named, session))}"
