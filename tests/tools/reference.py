"""Writes the reference pages that are made from tables in the code."""

from pathlib import Path
from typing import Final

import click

from cuvee.cli.main import COMMANDS, cuvee
from cuvee.core.settings import SETTINGS
from cuvee.identity.scopes import EVERYBODY, ROLE_SCOPES, SCOPES

REFERENCE: Final = Path(__file__).parents[2] / "docs" / "reference"


def settings() -> str:
    rows = [f"| `{name}` | {what} |" for name, what in SETTINGS.items()]
    return "\n".join(["# Settings", "", "Environment variables, read once at the start.", "",
                      "| variable | what it sets |", "|---|---|", *rows, ""])  # fmt: skip


def permissions() -> str:
    heads = " | ".join(f"{role.name.capitalize()} (`{role}`)" for role in ROLE_SCOPES)
    lines = [
        "# Permissions",
        "",
        "Every route names one of these scopes. A role in a project holds some of them there; some everybody holds.",
        "Administrators hold all.",
        "",
        f"| scope | what it allows | everybody | {heads} |",
        "|---|---|---|" + "---|" * len(ROLE_SCOPES),
    ]
    for scope, what in SCOPES.items():
        holds = ["yes" if scope in held else "" for held in (EVERYBODY, *ROLE_SCOPES.values())]
        lines.append(f"| `{scope}` | {what} | " + " | ".join(holds) + " |")
    return "\n".join([*lines, ""])


def command_line() -> str:
    parts = ["# Command line", ""]
    with click.Context(cuvee, info_name="cuvee") as context:
        for name in COMMANDS:
            parts += _described(name, cuvee.get_command(context, name), context)
    return "\n".join(parts)


def _described(name: str, command: click.Command | None, parent: click.Context) -> list[str]:
    assert command is not None
    with click.Context(command, info_name=name, parent=parent, max_content_width=100) as context:
        parts = [f"## {context.command_path}", "", "```text", command.get_help(context), "```", ""]
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                parts += _described(inner, command.get_command(context, inner), context)
    return parts


PAGES: Final = {"settings.md": settings, "permissions.md": permissions, "command-line.md": command_line}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page())
