"""`cuvee job`: scripts that run by themselves, and how they ran."""

import time
from collections.abc import Callable
from typing import Any, Final

import click

from cuvee.cli import options
from cuvee.cli.client import Client, quoted
from cuvee.cli.here import Here, connected
from cuvee.core import errors

_COLUMNS: Final = {
    "id": "Id",
    "name": "Name",
    "type": "Type",
    "script": "Script",
    "english_schedule": "Schedule",
    "next_run_at": "Next run",
    "last_run_status": "Last run",
}
_FIELDS: Final = {**_COLUMNS, "arguments": "Arguments", "timezone": "Time zone", "paused": "Paused"}
_RUN: Final = {
    "id": "Id",
    "status": "Status",
    "status_reason": "Why",
    "exit_code": "Exit code",
    "trigger": "Started by",
    "created_at": "Created",
    "finished_at": "Finished",
}
_SETTINGS: Final = (
    click.option("--arguments", default=None, help="As a shell reads them."),
    click.option("--schedule", default=None, help="Five fields of cron, such as '0 2 * * MON-FRI'."),
    click.option("--timezone", default=None, help="UTC when not given."),
    click.option("--after", default=None, help="The job, by name or id, after whose success it runs."),
    click.option("--timeout", type=int, default=None, help="Seconds that its script may take; 0 for any."),
    click.option("--env", "variables", multiple=True, help="NAME=value; as often as there are variables."),
    click.option("--runtime", default=None, help="A runtime's identifier; the project's own when not given."),
    click.option("--cpu", type=float, default=None, help="vCPU; 1 when not given."),
    click.option("--memory", type=float, default=None, help="GiB; 2 when not given."),
    options.spark,
)
_AGAIN: Final = 0.3  # seconds between two looks at what was said


class RunFailed(errors.CuveeError):
    """The run did not end well."""


class BadVariable(errors.Misconfigured):
    """A variable is given as --env NAME=value."""


def _settings(command: Callable[..., None]) -> Callable[..., None]:
    """What is said of a job when it is made and when it is changed."""
    for option in reversed(_SETTINGS):
        command = option(command)
    return command


@click.group()
def command() -> None:
    """Make jobs, run them, look at their runs and at what these said."""


@command.command("list")
@connected
@click.argument("project")
def list_jobs(here: Here, project: str) -> None:
    """The jobs of PROJECT."""
    here.table(here.api.items(_address(here.api, project), sort="name"), _COLUMNS)


@command.command()
@connected
@click.argument("project")
@click.argument("name")
@click.argument("script")
@_settings
def create(here: Here, project: str, *, name: str, script: str, **said: Any) -> None:
    """Make the job NAME, which runs SCRIPT of PROJECT."""
    address = _address(here.api, project)
    asked = {"name": name, "script": script, **_said(here.api, address, **said)}
    here.record(here.api.post(address, asked), _FIELDS)


@command.command()
@connected
@click.argument("project")
@click.argument("job")
@click.option("--name", default=None, help="Another name.")
@click.option("--script", default=None, help="Another script.")
@click.option("--pause/--resume", "paused", default=None, help="Start it by hand only, or by itself again.")
@_settings
def change(here: Here, project: str, job: str, **said: Any) -> None:
    """Change JOB of PROJECT; what is not said stays. With --env, the variables named are all that it has."""
    address = _address(here.api, project)
    place = f"{address}/{quoted(_id(here.api, address, job))}"
    here.record(here.api.patch(place, _said(here.api, address, **said)), _FIELDS)


@command.command()
@connected
@click.argument("project")
@click.argument("job")
@click.option("--arguments", default=None, help="In place of the job's own, this once.")
@click.option("--env", "variables", multiple=True, help="NAME=value, besides the job's own.")
@click.option("--no-wait", is_flag=True, help="Do not wait for its end.")
def run(
    here: Here, project: str, job: str, *, arguments: str | None, variables: tuple[str, ...], no_wait: bool
) -> None:
    """Run JOB of PROJECT now and show what it says. Exits with 1 when it does not succeed."""
    place = f"{_place(here.api, project, job)}/runs"
    asked = {"arguments": arguments, "environment": dict(_variable(each) for each in variables)}
    started = here.api.post(place, asked)
    if no_wait:
        here.record(started, _RUN)
        return
    done = _followed(here, f"{place}/{started['id']}")
    if here.as_json:
        here.done("", done)
    if done["status"] != "ENGINE_SUCCEEDED":
        raise RunFailed(f"The run is {done['status']}. {done['status_reason']}".strip())


@command.command()
@connected
@click.argument("project")
@click.argument("job")
def runs(here: Here, project: str, job: str) -> None:
    """The runs of JOB, the newest first."""
    here.table(here.api.items(f"{_place(here.api, project, job)}/runs", sort="-created_at"), _RUN)


@command.command()
@connected
@click.argument("project")
@click.argument("job")
@click.argument("run", required=False, default="")
def logs(here: Here, project: str, job: str, run: str) -> None:
    """What RUN of JOB said; the last run when none is named."""
    found = here.api.get(f"{_run_place(here.api, project, job, run)}:logs")
    here.done(found["output"] or found["stderr"], found)


@command.command()
@connected
@click.argument("project")
@click.argument("job")
@click.argument("run", required=False, default="")
def stop(here: Here, project: str, job: str, run: str) -> None:
    """Stop RUN of JOB, the last when none is named, and wait for its end."""
    place = _run_place(here.api, project, job, run)
    here.api.post(f"{place}:stop")
    ended = here.wait(lambda: here.api.get(place), until=lambda found: bool(found["finished_at"]))
    here.done(f"The run is {ended['status']}.", ended)


@command.command()
@connected
@click.argument("project")
@click.argument("job")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(here: Here, project: str, job: str, *, yes: bool) -> None:
    """Delete JOB with its runs and what they said."""
    place = _place(here.api, project, job)
    here.confirm(f"Delete {job} with its runs?", yes=yes)
    here.done(f"Deleted {job}.", here.api.delete(place))


def _followed(here: Here, place: str) -> dict[str, Any]:
    """Show what a run says until it ends."""
    shown = 0
    while True:
        done = here.api.get(place)
        said = here.api.get(f"{place}:logs")["output"]
        if not here.as_json:
            click.echo(said[shown:], nl=False)
        shown = len(said)
        if done["finished_at"]:
            return done
        time.sleep(_AGAIN)


def _said(
    api: Client, address: str, *, after: str | None, variables: tuple[str, ...], runtime: str | None, spark: str,
    **plain: Any,
) -> dict[str, Any]:  # fmt: skip
    """What was said of a job, as a request says it."""
    asked = {**plain, "runtime_identifier": runtime}
    if after is not None:
        asked["parent_id"] = _id(api, address, after) if after else ""
    if variables:
        asked["environment"] = dict(_variable(each) for each in variables)
    if spark:
        asked["runtime_addon_identifiers"] = options.addons(spark)
    return {name: value for name, value in asked.items() if value is not None}


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadVariable
    return name, value


def _address(api: Client, project: str) -> str:
    return f"/api/v2/projects/{api.project(project)['id']}/jobs"


def _id(api: Client, address: str, job: str) -> str:
    """A job's id. It may be named by its id or its name; of several with one name the newest is meant."""
    found = api.items(address, search={"name": job}, sort="-created_at")
    return next((str(one["id"]) for one in found if one["name"] == job), job)


def _place(api: Client, project: str, job: str) -> str:
    address = _address(api, project)
    return f"{address}/{quoted(_id(api, address, job))}"


def _run_place(api: Client, project: str, job: str, run: str) -> str:
    place = _place(api, project, job)
    return f"{place}/runs/{quoted(run or api.get(place)['last_run_id'] or 'none')}"
