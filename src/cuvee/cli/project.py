"""`cuvee project`: projects, their files and their people."""

from pathlib import Path
from typing import Any, Final

import click

from cuvee.cli import project_collaborators, project_files
from cuvee.cli.client import quoted
from cuvee.cli.here import Here, connected
from cuvee.core import errors

_FIELDS: Final = {
    "name": "Name",
    "id": "Id",
    "description": "Description",
    "visibility": "Visibility",
    "owner.username": "Owner",
    "creation_status": "Status",
    "creation_message": "",
    "git_url": "Git",
    "environment": "Environment",
    "created_at": "Created",
    "updated_at": "Updated",
}


class CreationFailed(errors.CuveeError):
    """The project could not be created."""


class BadVariable(errors.Misconfigured):
    """A variable is given as NAME=VALUE."""


@click.group()
def command() -> None:
    """Create, list, change and delete projects."""


command.add_command(project_files.command, "files")
command.add_command(project_collaborators.command, "collaborators")


@command.command("list")
@connected
@click.option("--search", default="", help="Only those whose name contains this.")
@click.option("--public", is_flag=True, help="Public projects too.")
@click.option("--all", "everything", is_flag=True, help="Every project of the platform; for administrators.")
def list_projects(here: Here, search: str, public: bool, everything: bool) -> None:
    """The projects you take part in."""
    found = here.api.items(
        "/api/v2/projects",
        search={"name": search} if search else None,
        sort="name",
        include_public_projects=public or None,
        include_all_projects=everything or None,
    )
    here.table(
        found, {"name": "Name", "id": "Id", "owner.username": "Owner", "visibility": "Visibility",
                "creation_status": "Status", "updated_at": "Updated"}
    )  # fmt: skip


@command.command()
@connected
@click.argument("name")
@click.option("--description", default="")
@click.option("--visibility", type=click.Choice(["private", "public", "organization"]), default="private")
@click.option("--template", default="", help="Copy a project template; see `cuvee project templates`.")
@click.option("--from", "local_path", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Copy a folder of the platform's machine.")  # fmt: skip
@click.option("--git", "git_url", default="", help="Clone a repository: https, ssh, or a path on its machine.")
@click.option("--ref", "git_ref", default="", help="The branch, tag or commit to check out.")
@click.option("--ssh-key", type=click.File("r"), help="A private key that opens the repository; used once, not kept.")
@click.option("--env", "variables", multiple=True, metavar="NAME=VALUE", help="For every workload of the project.")
@click.option("--no-wait", is_flag=True, help="Do not wait until the files are there.")
def create(here: Here, name: str, no_wait: bool, **wishes: Any) -> None:
    """Create a project: empty, or from a template, a folder or a repository."""
    key, folder, variables = wishes.pop("ssh_key"), wishes.pop("local_path"), wishes.pop("variables")
    body = wishes | {
        "name": name,
        "environment": dict(_variable(text) for text in variables),
        "ssh_key": key.read() if key else "",
        "local_path": str(folder.absolute()) if folder else "",
    }
    made = here.api.post("/api/v2/projects", body)
    address = f"/api/v2/projects/{made['id']}"
    if not no_wait:
        made = here.wait(lambda: here.api.get(address), until=lambda project: project["creation_status"] != "creating")
    if made["creation_status"] == "failure":
        raise CreationFailed(f"The project {name} is there, but without files. {made['creation_message']}")
    here.done(f"Created {name} ({made['id']}).", made)


@command.command()
@connected
@click.argument("project")
def show(here: Here, project: str) -> None:
    """One project, by name or id."""
    here.record(here.api.project(project), _FIELDS)


@command.command()
@connected
@click.argument("project")
@click.option("--name", help="A new name.")
@click.option("--description")
@click.option("--visibility", type=click.Choice(["private", "public", "organization"]))
@click.option("--env", "variables", multiple=True, metavar="NAME=VALUE", help="All variables anew; none clears them.")
@click.option("--clear-env", is_flag=True, help="Remove every variable.")
def update(here: Here, project: str, variables: tuple[str, ...], clear_env: bool, **said: Any) -> None:
    """Change what is named."""
    changes = {field: value for field, value in said.items() if value is not None}
    if variables or clear_env:
        changes["environment"] = dict(_variable(text) for text in variables)
    found = here.api.project(project)
    here.done(f"Changed {found['name']}.", here.api.patch(f"/api/v2/projects/{found['id']}", changes))


@command.command()
@connected
@click.argument("project")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(here: Here, project: str, yes: bool) -> None:
    """Delete a project with everything in it."""
    found = here.api.project(project)
    here.confirm(f"Delete {found['name']} with its files, experiments and models?", yes=yes)
    here.done(f"Deleted {found['name']}.", here.api.delete(f"/api/v2/projects/{quoted(found['id'])}"))


@command.command()
@connected
def templates(here: Here) -> None:
    """The templates that `--template` takes."""
    names = here.api.get("/api/v2/projecttemplates")["templates"]
    here.table([{"name": name} for name in names], {"name": "Name"})


def _variable(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise BadVariable(f"{text!r} is no variable: give it as NAME=VALUE.")
    return name, value
