"""`cuvee`: finds the command that was asked for and imports no other."""

import gc
import sys
from importlib import import_module
from typing import Final

import click

from cuvee.core import errors

#: Command → module of this package, and what the list of commands says about it.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "tutorial": ("tutorial", "from an empty machine to a prediction, step by step"),
    "up": ("up", "run the platform in the foreground"),
    "sign-in": ("sign_in", "a link that signs a browser in"),
    "project": ("project", "create, list, change and delete projects, their files and collaborators"),
    "session": ("session", "start and stop sessions, run files and code in them"),
    "job": ("job", "make jobs, run them, show their runs and what these said"),
    "experiment": ("experiment", "list, create, show and delete experiments"),
    "run": ("run", "list and show runs"),
    "deployment": ("deployment", "deploy models, call them, stop and restart them"),
    "model": ("model", "list, register and delete models in the registry, move their aliases"),
    "table": ("table", "show the tables of a project, compare their snapshots, roll them back"),
    "connection": ("connection", "make, list, change and try named ways to data"),
    "user": ("user", "list, add and close accounts"),
    "key": ("key", "list, create and delete API keys"),
    "doctor": ("doctor", "say what is there and what is missing"),
    "db": ("db", "upgrade, check, back up and restore the database"),
}


class Commands(click.Group):
    """A group whose commands are modules, imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        # What an import makes stays: looking for garbage in it takes a quarter of a platform's start.
        gc.disable()
        module = import_module(f"cuvee.cli.{COMMANDS[cmd_name][0]}")
        gc.freeze()
        gc.enable()
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_module, what) in COMMANDS.items()])


@click.command(cls=Commands)
@click.version_option(package_name="cuvee")
def cuvee() -> None:
    """An open, self-hosted machine-learning workbench."""


def main() -> None:
    """Run a command. What goes wrong is one sentence and an exit code: 2 for configuration, 1 for the rest."""
    try:
        # Click gives the code of an Exit back instead of raising it.
        sys.exit(cuvee.main(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except errors.CuveeError as error:
        click.echo(f"cuvee: {error.message}", err=True)
        sys.exit(2 if isinstance(error, errors.Misconfigured) else 1)
