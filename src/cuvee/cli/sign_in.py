"""`cuvee sign-in`: a link for the browser."""

import click

from cuvee.cli.here import Here, connected


@click.command()
@connected
@click.option("--user", default="", help="Somebody else, for administrators; the link then works for a day.")
def command(here: Here, user: str) -> None:
    """Print a link that signs a browser in, once, within ten minutes."""
    code = here.api.post("/api/v2/sign_in_codes", {"username": user})
    address = here.api.url.rstrip("/") + code["path"]
    here.done(address, {"url": address, "expires_at": code["expires_at"]})
