"""Writes the reference pages that are made from tables in the code."""

import inspect
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from litestar import Litestar

from cuvee import app
from cuvee.cli.main import COMMANDS, cuvee
from cuvee.core.settings import SETTINGS, Settings
from cuvee.identity.scopes import EVERYBODY, ROLE_SCOPES, SCOPES
from cuvee.mlflow_api import room as mlflow_api

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


def mlflow_rows() -> list[tuple[str, str, str, bool]]:
    """Every endpoint of MLflow 3.17.2: method, path, MLflow's name for it, and whether it is served."""
    served: set[tuple[str, str]] = set()
    for handler in mlflow_api.install(None, None, None, max_body=0, intake=0).routes:
        methods = [handler.opt["method"]] if "method" in handler.opt else handler.http_methods
        if handler.opt.get("is_served", True):
            served |= {(method, _plain(path)) for method in methods for path in handler.paths}
    rows = [
        line.split("\t") for line in (Path(__file__).parent / "mlflow-3.17.2-endpoints.tsv").read_text().splitlines()
    ]
    return [(method, path, name, (method, _plain(path)) in served) for method, path, name in rows]


def _plain(path: str) -> str:
    """A path without the names of its parameters."""
    return "/" + re.sub(r"<[^>]*>|\{[^}]*\}", "{}", path).lstrip("/")


def mlflow_endpoints() -> str:
    rows = mlflow_rows()
    count = sum(is_served for *_, is_served in rows)
    lines = [
        "# MLflow endpoints",
        "",
        f"All {len(rows)} endpoints of MLflow 3.17.2's server, of which {count} are served, each under `/api` and",
        "under `/ajax-api`. The others answer 404 with the code `ENDPOINT_NOT_FOUND`, after asking for a key. Made",
        "from the router by `just reference`; the replies about experiments, runs, metrics and search are compared",
        "with those of a real MLflow server in `tests/conformance`.",
        "",
        "| method | path | MLflow's name | served |",
        "|---|---|---|---|",
        *(f"| {method} | `{path}` | {name} | {'yes' if is_served else ''} |" for method, path, name, is_served in rows),
    ]
    return "\n".join([*lines, ""])


def api_v2() -> str:
    """Every operation of API v2, from the description that the application itself gives."""
    with tempfile.TemporaryDirectory() as home, app.opened(Settings(home=Path(home), port=0)) as platform:
        inner = platform.asgi
        while not isinstance(inner, Litestar):
            inner = inner._app if hasattr(inner, "_app") else inner.app
        rows = sorted(
            (route.path_format.replace("/:", ":"), method, handler.opt["scope"], _sentence(handler.fn))
            for route in inner.routes
            if route.path_format.startswith("/api/v2/")
            for handler in route.route_handlers
            for method in handler.http_methods - {"OPTIONS"}
        )
    lines = [f"| {method} | `{path}` | {what} | `{scope}` |" for path, method, scope, what in rows]
    head = [
        "# API v2",
        "",
        "Paths, names and shapes are those of CML's API v2; what it lacks is marked as an extension.",
        "The whole description is at `/schema` of a running platform.",
        "",
        "| method | path | what | scope |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *lines, ""])


def _sentence(function: Callable[..., Any]) -> str:
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split()).replace("|", "\\|")


PAGES: Final = {
    "mlflow-endpoints.md": mlflow_endpoints,
    "settings.md": settings,
    "permissions.md": permissions,
    "command-line.md": command_line,
    "api-v2.md": api_v2,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page())
