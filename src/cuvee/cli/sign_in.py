"""`cuvee sign-in`: a link for the browser."""

import click

from cuvee.cli.client import Client
from cuvee.cli.here import Here, connected


@click.command()
@connected
@click.option("--user", default="", help="Somebody else, for administrators; the link then works for a day.")
def command(here: Here, user: str) -> None:
    """Print a link that signs a browser in, once, within ten minutes."""
    address = link(here.api, user)
    here.done(address, {"url": address})


def link(api: Client, username: str = "") -> str:
    """A fresh link that signs in once; as the key's own user when none is named."""
    return api.url.rstrip("/") + str(api.post("/api/v2/sign_in_codes", {"username": username})["path"])
