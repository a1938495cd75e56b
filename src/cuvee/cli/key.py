"""`cuvee key`: API keys, one's own or, for administrators, anybody's."""

import click

from cuvee.cli.client import quoted
from cuvee.cli.here import Here, connected

_user = click.option("--user", default="", help="Somebody else's; for administrators.")


@click.group()
def command() -> None:
    """List, create and delete API keys."""


@command.command("list")
@connected
@_user
def list_keys(here: Here, user: str) -> None:
    """The keys, without their secrets."""
    found = here.api.get(_address(here, user))["keys"]
    here.table(
        found, {"key_id": "Id", "comments": "Comment", "audiences": "For", "created_at": "Created",
                "expiry_date": "Expires"}
    )  # fmt: skip


@command.command()
@connected
@_user
@click.option("--comment", default="")
@click.option("--expires", default="", metavar="TIME", help="An RFC 3339 time, such as 2030-01-01T00:00:00Z.")
@click.option("--project", default="", help="The only project that the key is to open, by name or id.")
@click.option("--for", "audiences", multiple=True, type=click.Choice(["API", "Application"]))
def create(here: Here, *, user: str, comment: str, expires: str, project: str, audiences: tuple[str, ...]) -> None:
    """Create a key and print it; it is shown this once."""
    project_id = here.api.project(project)["id"] if project else ""
    body = {"comments": comment, "expiry_date": expires, "project_id": project_id, "audiences": list(audiences)}
    here.record(here.api.post(_address(here, user), body), {"key_id": "Id", "api_key": "API key"})


@command.command()
@connected
@click.argument("key_id")
@_user
def delete(here: Here, key_id: str, user: str) -> None:
    """Delete a key: it stops at once."""
    here.done("Deleted the key.", here.api.delete(f"{_address(here, user)}/{quoted(key_id)}"))


def _address(here: Here, user: str) -> str:
    name = user or here.api.post("/api/v2/auth/validate_key")["username"]
    return f"/api/v2/users/{quoted(name)}/v2_keys"
