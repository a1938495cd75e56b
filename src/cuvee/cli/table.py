"""`cuvee table`: the tables of a project's catalog."""

from typing import Any, Final

import click

from cuvee.cli.client import Client, quoted
from cuvee.cli.here import Here, connected
from cuvee.core import errors

_RELATIONS: Final = {
    "same": "the same snapshot",
    "ahead": "the second came from the first",
    "behind": "the first came from the second",
    "apart": "both came from another one",
    "unknown": "how they are related is not remembered",
}


class NoSuchTable(errors.NotFound):
    """There is no such table in the project's catalog."""


@click.group()
def command() -> None:
    """Look at the tables of a project, compare their snapshots, roll them back."""


@command.command("list")
@connected
@click.argument("project")
@click.option("--search", default="", help="Only tables with this in their name.")
def list_tables(here: Here, project: str, search: str) -> None:
    """The tables of PROJECT."""
    found = here.api.items(_address(here.api, project), search={"name": search} if search else None, sort="name")
    columns = {"full_name": "Name", "row_count": "Rows", "current_snapshot_id": "Snapshot"}
    here.table(found, {**columns, "updated_at": "Changed", "id": "Id"})


@command.command()
@connected
@click.argument("project")
@click.argument("table")
@click.option("--snapshot", default="", help="As it was at this snapshot; the current one unless given.")
def show(here: Here, project: str, table: str, snapshot: str) -> None:
    """The columns of TABLE (a name or an id), with what is known of their values."""
    address, found = _table(here.api, project, table)
    at = snapshot or found["current_snapshot_id"]
    if not at:
        here.table(here.api.get(address)["columns"], {"name": "Column", "type": "Type", "required": "Required"})
        return
    columns = [
        {**each["column"], **(each["values"] or {})}
        for each in here.api.get(f"{address}/snapshots/{quoted(at)}")["columns"]
    ]
    here.table(
        columns,
        {
            "name": "Column",
            "type": "Type",
            "required": "Required",
            "nulls": "Nulls",
            "nans": "NaNs",
            "least": "Least",
            "greatest": "Greatest",
        },
    )


@command.command()
@connected
@click.argument("project")
@click.argument("table")
def snapshots(here: Here, project: str, table: str) -> None:
    """The snapshots that TABLE ever had, the newest first."""
    address, _found = _table(here.api, project, table)
    rows = [
        {
            **each,
            "state": "current" if each["is_current"] else ("expired" if each["expired_at"] else ""),
            "needed": "; ".join(pin["reason"] for pin in each["pins"]),
        }
        for each in here.api.items(f"{address}/snapshots")
    ]
    here.table(
        rows,
        {
            "id": "Snapshot",
            "committed_at": "Committed",
            "operation": "Operation",
            "row_count": "Rows",
            "added_rows": "Added",
            "state": "State",
            "needed": "Needed by",
        },
    )


@command.command()
@connected
@click.argument("project")
@click.argument("table")
@click.argument("before")
@click.argument("after")
def compare(here: Here, project: str, table: str, before: str, after: str) -> None:
    """What is different between two snapshots of TABLE."""
    address, _found = _table(here.api, project, table)
    found = here.api.get(f"{address}/snapshots/{quoted(before)}:compare", other=after)
    if not here.as_json:
        counts = [
            f"{'?' if found[key] is None else found[key]} rows {what}"
            for key, what in (("added_rows", "added"), ("removed_rows", "removed"))
        ]
        click.echo(f"{_RELATIONS[found['relation']].capitalize()}: {', '.join(counts)}.")
        for each in found["schema_changes"]:
            click.echo(f"Column {(each['after'] or each['before'])['name']}: {each['change']}.")
        here.table([_beside(each) for each in found["columns"]], _BESIDE)
        return
    here.record(found, {})


@command.command()
@connected
@click.argument("project")
@click.argument("table")
@click.argument("snapshot")
@click.option("--yes", is_flag=True, help="Do not ask.")
def rollback(here: Here, *, project: str, table: str, snapshot: str, yes: bool) -> None:
    """Have TABLE be what it was at SNAPSHOT. What was written since stays until it is expired."""
    address, found = _table(here.api, project, table)
    here.confirm(f"Roll {found['full_name']} back to {snapshot}?", yes=yes)
    body = {"snapshot_id": snapshot, "expected_snapshot_id": found["current_snapshot_id"]}
    here.done(f"{found['full_name']} is what it was at {snapshot}.", here.api.post(f"{address}:rollback", body))


_BESIDE: Final = {
    "name": "Column",
    "nulls": "Nulls",
    "nulls_after": "then",
    "least": "Least",
    "least_after": "then",
    "greatest": "Greatest",
    "greatest_after": "then",
}


def _beside(each: dict[str, Any]) -> dict[str, Any]:
    before, after = each["before"] or {}, each["after"] or {}
    told = {key: before.get(key) for key in ("nulls", "least", "greatest")}
    then = {f"{key}_after": after.get(key) for key in told}
    return {"name": each["column"]["name"], **told, **then}


def _address(api: Client, project: str) -> str:
    return f"/api/v2/projects/{api.project(project)['id']}/tables"


def _table(api: Client, project: str, named: str) -> tuple[str, dict[str, Any]]:
    """A table by its name, such as `default.wines`, or its id; in `default` when no namespace is named."""
    address = _address(api, project)
    for each in api.items(address):
        if named in {each["id"], each["full_name"]} or f"default.{named}" == each["full_name"]:
            return f"{address}/{each['id']}", each
    raise NoSuchTable
