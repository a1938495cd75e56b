"""`cuvee project collaborators`: who takes part in a project."""

from typing import Final

import click

from cuvee.cli.client import quoted
from cuvee.cli.here import Here, connected

#: What people say → what API v2 says.
_ROLES: Final = {"viewer": "read", "operator": "operator", "contributor": "write", "admin": "admin"}


@click.group()
def command() -> None:
    """List, invite, change and remove collaborators."""


@command.command("list")
@connected
@click.argument("project")
def list_collaborators(here: Here, project: str) -> None:
    """Who takes part, and as what."""
    found = here.api.items(_address(here, project), sort="username")
    here.table(found, {"user.username": "User", "permission": "Permission"})


@command.command()
@connected
@click.argument("project")
@click.argument("username")
@click.option("--role", type=click.Choice([*_ROLES, "read", "write"]), default="viewer", show_default=True)
def add(here: Here, project: str, username: str, role: str) -> None:
    """Invite somebody, or change what they are."""
    reply = here.api.put(f"{_address(here, project)}/{quoted(username)}", {"permission": _ROLES.get(role, role)})
    here.done(f"{username} is {role} in {project}.", reply)


@command.command()
@connected
@click.argument("project")
@click.argument("username")
def remove(here: Here, project: str, username: str) -> None:
    """Take somebody's part away."""
    reply = here.api.delete(f"{_address(here, project)}/{quoted(username)}")
    here.done(f"{username} takes no part in {project} any more.", reply)


def _address(here: Here, project: str) -> str:
    return f"/api/v2/projects/{here.api.project(project)['id']}/collaborators"
