"""`cuvee user`: accounts, for administrators."""

import click

from cuvee.cli import sign_in
from cuvee.cli.client import quoted
from cuvee.cli.here import Here, connected


@click.group()
def command() -> None:
    """List, add and close accounts."""


@command.command("list")
@connected
def list_users(here: Here) -> None:
    """Every account."""
    found = here.api.items("/api/v2/users", sort="username")
    here.table(
        found, {"username": "User", "name": "Name", "email": "E-mail", "is_admin": "Admin", "closed_at": "Closed"}
    )


@command.command()
@connected
@click.argument("username")
@click.option("--name", default="", help="The person's full name.")
@click.option("--email", default="")
@click.option("--admin", is_flag=True, help="May do everything.")
def add(here: Here, username: str, name: str, email: str, admin: bool) -> None:
    """Open an account; print a link that signs its owner in once, within a day, and a key, both shown this once."""
    user = here.api.post("/api/v2/users", {"username": username, "name": name, "email": email, "is_admin": admin})
    key = here.api.post(f"/api/v2/users/{quoted(username)}/v2_keys", {"comments": "made with the account"})
    here.record(
        user | {"sign_in": sign_in.link(here.api, username), "api_key": key["api_key"]},
        {"username": "User", "sign_in": "Sign in", "api_key": "API key"},
    )


@command.command()
@connected
@click.argument("username")
@click.option("--yes", is_flag=True, help="Do not ask.")
def close(here: Here, username: str, yes: bool) -> None:
    """Close an account: its keys stop at once, what it made stays."""
    here.confirm(f"Close the account of {username}?", yes=yes)
    here.done(f"Closed the account of {username}.", here.api.delete(f"/api/v2/users/{quoted(username)}"))
