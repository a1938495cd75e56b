"""`cuvee experiment`: the experiments of a project."""

from typing import Any, Final

import click

from cuvee.cli.client import Client, quoted
from cuvee.cli.here import Here, connected
from cuvee.core import errors

_FIELDS: Final = {
    "name": "Name",
    "id": "Id",
    "project_id": "Project",
    "user.username": "User",
    "lifecycle_stage": "Stage",
    "created_at": "Created",
    "updated_at": "Updated",
    "artifact_location": "Artifacts",
}

in_project: Final = click.option("--project", default="default", show_default=True, help="The project, by name or id.")


class NoSuchExperiment(errors.NotFound):
    """The project has no such experiment."""


@click.group()
def command() -> None:
    """List, create, show and delete experiments."""


@command.command("list")
@connected
@in_project
@click.option("--search", default="", help="Only those whose name contains this.")
def list_experiments(here: Here, project: str, search: str) -> None:
    """A project's experiments."""
    found = here.api.items(of(here.api, project), search={"name": search} if search else None)
    here.table(found, {"name": "Name", "id": "Id", "user.username": "User", "updated_at": "Updated"})


@command.command()
@connected
@click.argument("name")
@in_project
def create(here: Here, name: str, project: str) -> None:
    """Create an experiment."""
    made = here.api.post(of(here.api, project), {"name": name})
    here.done(f"Created {name} ({made['id']}).", made)


@command.command()
@connected
@click.argument("experiment")
@in_project
def show(here: Here, experiment: str, project: str) -> None:
    """One experiment, by name or id."""
    here.record(find(here.api, project, experiment), _FIELDS)


@command.command()
@connected
@click.argument("experiment")
@in_project
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(here: Here, experiment: str, project: str, yes: bool) -> None:
    """Delete an experiment with its runs; the MLflow client can restore it."""
    found = find(here.api, project, experiment)
    here.confirm(f"Delete {found['name']} with its runs?", yes=yes)
    here.done(f"Deleted {found['name']}.", here.api.delete(f"{of(here.api, project)}/{found['id']}"))


def of(api: Client, project: str) -> str:
    """Where a project's experiments are."""
    return f"/api/v2/projects/{api.project(project)['id']}/experiments"


def find(api: Client, project: str, experiment: str) -> dict[str, Any]:
    """An experiment by name, or by id.

    Raises:
        NoSuchExperiment: when the project has none of this name and none of this id.

    """
    address = of(api, project)
    for one in api.items(address, search={"name": experiment}):
        if one["name"] == experiment:
            return one
    try:
        return api.get(f"{address}/{quoted(experiment)}")
    except errors.CuveeError:
        raise NoSuchExperiment(f"The project {project} has no experiment {experiment!r}.") from None
