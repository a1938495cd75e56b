"""`cuvee up`: the platform in the foreground."""

import logging
from pathlib import Path

import click

from cuvee import app
from cuvee.cli import options
from cuvee.core import settings
from cuvee.core.settings import AuthMode


@click.command()
@options.home
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8787, show_default=True, type=click.IntRange(0, 65_535), help="0 lets the system choose."
)
@click.option(
    "--auth",
    default="token",
    show_default=True,
    type=click.Choice(["token", "none"]),
    help="none: every request is the owner's; on a loopback address only.",
)
@click.option(
    "--stop-workloads",
    is_flag=True,
    help="Stop sessions and models when the platform ends; without it they run on and are found again.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that answer requests to log; more than one on PostgreSQL only.",
)
def command(*, home: Path | None, host: str, port: int, auth: AuthMode, stop_workloads: bool, workers: int) -> None:
    """Run the platform until Ctrl-C."""
    chosen = settings.read(home=home, host=host, port=port, auth=auth, stop_workloads=stop_workloads, workers=workers)
    logging.basicConfig(
        level=chosen.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    app.serve(chosen, _announce)


def _announce(platform: app.Platform) -> None:
    click.echo(f"Cuvée is ready at {platform.connection.url}")
    if platform.sign_in:
        click.echo(f"Sign in: {platform.sign_in}")
