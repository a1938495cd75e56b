"""`cuvee connection`: named ways to data, of a project or of everybody."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from cuvee.cli.client import Client, quoted
from cuvee.cli.here import Here, connected
from cuvee.cli.session import RunFailed, followed
from cuvee.core import errors

_FIELDS: Final = {
    "name": "Name",
    "kind": "Kind",
    "description": "Description",
    "properties": "Properties",
    "secrets": "Secrets",
    "is_shared": "Everybody's",
    "creator.username": "Creator",
    "created_at": "Created",
    "updated_at": "Changed",
}


class NoSession(errors.Misconfigured):
    """A connection is tried in a session, where its packages and its network are: start one first."""


class BadPair(errors.Misconfigured):
    """A property is written as NAME=VALUE."""


_project = click.option("--project", default="", help="A project's connection; everybody's when not given.")
_settings = click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A property; may be repeated.")
_secrets = click.option(
    "--secret",
    "hidden",
    multiple=True,
    metavar="NAME[=@FILE]",
    help="A secret, asked for or read from a file (`-` for standard input); may be repeated.",
)


@click.group()
def command() -> None:
    """Make, list, change and delete data connections. Secrets are never shown."""


@command.command("list")
@connected
@_project
def list_connections(here: Here, project: str) -> None:
    """The connections that PROJECT can use; without it, those of everybody."""
    found = here.api.items(_address(here.api, project), sort="name")
    columns = {"name": "Name", "kind": "Kind", "description": "Description", "is_shared": "Everybody's"}
    here.table(found, columns)


@command.command()
@connected
@click.argument("name")
@_project
def show(here: Here, name: str, project: str) -> None:
    """One connection, with the names of its secrets."""
    here.record(here.api.get(_place(here.api, project, name)), _FIELDS)


@command.command()
@connected
@click.argument("name")
@_project
@click.option(
    "--kind", required=True, help="spark, iceberg-rest, iceberg-sql, hive, object-store or sql.", metavar="KIND"
)
@click.option("--description", default="")
@_settings
@_secrets
def create(
    here: Here, name: str, *, project: str, kind: str, description: str, given: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    """Make the connection NAME."""
    body = {"name": name, "kind": kind, "description": description}
    made = here.api.post(_address(here.api, project), {**body, "properties": _pairs(given), "secrets": _read(hidden)})
    here.done(f"The connection {made['name']} is there.", made)


@command.command()
@connected
@click.argument("name")
@_project
@click.option("--name", "new_name", default=None, help="A new name.")
@click.option("--description", default=None)
@_settings
@_secrets
@click.option("--remove", multiple=True, metavar="NAME", help="Take a property or a secret away; may be repeated.")
def update(
    here: Here,
    name: str,
    *,
    project: str,
    new_name: str | None,
    description: str | None,
    given: tuple[str, ...],
    hidden: tuple[str, ...],
    remove: tuple[str, ...],
) -> None:
    """Change what is named of the connection NAME; the rest stays."""
    place = _place(here.api, project, name)
    gone = dict.fromkeys(remove)
    kept = set(here.api.get(place)["secrets"]) if gone else set()
    body: dict[str, Any] = {
        "properties": {**{key: None for key in gone if key not in kept}, **_pairs(given)},
        "secrets": {**{key: None for key in gone if key in kept}, **_read(hidden)},
    }
    said = {"name": new_name, "description": description}
    changed = here.api.patch(place, {**body, **{key: text for key, text in said.items() if text is not None}})
    here.done(f"The connection {changed['name']} is changed.", changed)


@command.command()
@connected
@click.argument("name")
@_project
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(here: Here, name: str, *, project: str, yes: bool) -> None:
    """Delete the connection NAME with its secrets."""
    here.confirm(f"Delete the connection {name}? What uses it fails from then on.", yes=yes)
    gone = here.api.delete(_place(here.api, project, name))
    here.done(f"The connection {gone['name']} is gone.", gone)


@command.command()
@connected
@click.argument("name")
@click.option("--project", required=True)
@click.option("--session", default="", help="In which of your sessions; the newest that runs when not given.")
def test(here: Here, name: str, project: str, session: str) -> None:
    """Try the connection NAME in a session of yours in PROJECT. Exits with 1 when it does not work.

    It is tried there because that is where it is used: with the session's packages, network and rights.
    """
    address = f"/api/v2/projects/{here.api.project(project)['id']}"
    me = here.api.post("/api/v2/auth/validate_key")["username"]
    found = here.api.items(f"{address}/sessions", search={"status": "running"}, sort="-created_at")
    running = [one["id"] for one in found if one["creator"] == me and session in {"", one["id"], one["name"]}]
    if not running:
        raise NoSession
    place = f"{address}/sessions/{running[0]}"
    known = here.api.get(_place(here.api, project, name))
    code = f"import cml.data_v1\nprint(cml.data_v1.get_connection({json.dumps(known['name'])}).test())"
    asked = here.api.post(f"{place}:run", {"file": "", "arguments": [], "code": code})
    done = followed(here, f"{place}/executions/{asked['id']}")
    if here.as_json:
        here.done("", done)
    if done["status"] != "succeeded":
        raise RunFailed(f"The connection {known['name']} does not work. {done['status_reason']}".strip())


def _address(api: Client, project: str) -> str:
    inside = f"/projects/{api.project(project)['id']}" if project else ""
    return f"/api/v2{inside}/dataconnections"


def _place(api: Client, project: str, name: str) -> str:
    return f"{_address(api, project)}/{quoted(name)}"


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    if any("=" not in text for text in texts):
        raise BadPair
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


def _read(texts: Sequence[str]) -> dict[str, str]:
    """Secrets, which are never an argument: every process of the machine can read those of all others."""
    return {name: _secret(name, source) for name, _, source in (text.partition("=") for text in texts)}


def _secret(name: str, source: str) -> str:
    if not source:
        return str(click.prompt(name, hide_input=True, err=True))
    if not source.startswith("@"):
        raise BadPair("A secret is asked for (--secret NAME) or read from a file (--secret NAME=@FILE).")
    if source == "@-":
        return sys.stdin.read().rstrip("\n")
    try:
        return Path(source[1:]).read_text().rstrip("\n")
    except OSError as error:
        raise BadPair(f"The file of the secret {name} cannot be read: {error.strerror}.") from None
