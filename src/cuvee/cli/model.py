"""`cuvee model`: the model registry."""

from typing import Any

import click

from cuvee.cli.client import Client, quoted
from cuvee.cli.here import Here, connected
from cuvee.core import errors

_MODELS = "/api/v2/registry/models"


class NoSuchModel(errors.NotFound):
    """There is no such registered model that you may see."""


class NoSuchVersion(errors.NotFound):
    """The model has no such version."""


@click.group()
def command() -> None:
    """Register models, move their aliases, delete them."""


@command.command("list")
@connected
@click.option("--search", default="", help="Only models with this in their name.")
def list_models(here: Here, search: str) -> None:
    """The registered models that you may see."""
    found = here.api.items(_MODELS, search={"model_name": search} if search else None, sort="name")
    here.table(
        found,
        {"name": "Name", "count": "Versions", "visibility": "Visibility", "created_at": "Created", "model_id": "Id"},
    )


@command.command()
@connected
@click.argument("name")
def show(here: Here, name: str) -> None:
    """The versions of a model, the newest first."""
    model = _named(here.api, name)
    rows = [
        {
            "number": version["number"],
            "stage": version["stage"],
            "aliases": ", ".join(version["aliases"]),
            "run": version["model_version_metadata"]["mlflow_metadata"]["run_id"],
            "created_at": version["created_at"],
            "user": version["user"]["username"],
            "model_version_id": version["model_version_id"],
        }
        for version in _versions(here.api, model["model_id"])
    ]
    here.table(
        rows,
        {
            "number": "Version",
            "stage": "Stage",
            "aliases": "Aliases",
            "run": "Run",
            "created_at": "Created",
            "user": "By",
            "model_version_id": "Id",
        },
    )


@command.command()
@connected
@click.argument("name")
@click.option("--run", "run_id", required=True, help="The run that logged the model.")
@click.option("--path", default="", help="The model's folder among the run's artifacts; needed when there are several.")
@click.option("--description", default="", help="Of the model, when it is new.")
@click.option("--notes", default="", help="Of the version.")
@click.option("--public", is_flag=True, help="Let everybody see it, when it is new.")
def register(here: Here, *, name: str, run_id: str, path: str, description: str, notes: str, public: bool) -> None:
    """Register the model of a run: a new model, or a new version of one."""
    body = {
        "model_name": name,
        "run_id": run_id,
        "model_path": path,
        "description": description,
        "notes": notes,
        "visibility": "PUBLIC" if public else "PRIVATE",
    }
    made = here.api.post(_MODELS, body)
    version = made["model_versions"][0]
    here.record(
        {"name": made["name"], "number": version["number"], "model_version_id": version["model_version_id"]},
        {"name": "Model", "number": "Version", "model_version_id": "Id"},
    )


@command.command()
@connected
@click.argument("name")
@click.argument("alias")
@click.argument("version", type=int, required=False)
@click.option("--expected", type=int, help="Only when the alias points at this version now; 0 for at none.")
@click.option("--delete", "is_deleted", is_flag=True, help="Take the alias away.")
def alias(here: Here, *, name: str, alias: str, version: int | None, expected: int | None, is_deleted: bool) -> None:
    """Point an alias at a version, or take it away."""
    path = f"{_MODELS}/{_named(here.api, name)['model_id']}/aliases/{quoted(alias)}"
    if is_deleted:
        query = "" if expected is None else f"?expected_version={expected}"
        here.done(f"{alias} points at no version of {name} any more.", here.api.delete(path + query))
        return
    if version is None:
        raise click.UsageError("Say which version the alias is to point at.")
    body: dict[str, Any] = {"version": version}
    if expected is not None:
        body["expected_version"] = expected
    here.done(f"{alias} points at version {version} of {name}.", here.api.put(path, body))


@command.command()
@connected
@click.argument("name")
@click.option("--version", type=int, help="Only this version.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(here: Here, name: str, version: int | None, yes: bool) -> None:
    """Delete a model with all its versions, or one version. The files stay with their run."""
    model = _named(here.api, name)
    path, what = f"{_MODELS}/{model['model_id']}", name
    if version is not None:
        found = next((each for each in _versions(here.api, model["model_id"]) if each["number"] == version), None)
        if found is None:
            raise NoSuchVersion
        path, what = f"{path}/versions/{found['model_version_id']}", f"version {version} of {name}"
    here.confirm(f"Delete {what}?", yes=yes)
    here.done(f"Deleted {what}.", here.api.delete(path))


def _named(api: Client, name: str) -> dict[str, Any]:
    """A model by its name or id."""
    for model in api.items(_MODELS, search={"model_name": name}):
        if model["name"] == name:
            return model
    for model in api.items(_MODELS):
        if model["model_id"] == name:
            return model
    raise NoSuchModel


def _versions(api: Client, model_id: str) -> list[dict[str, Any]]:
    found, token = [], ""
    while True:
        page = api.get(f"{_MODELS}/{model_id}", sort="-version_number", page_size=1000, page_token=token)
        found += page["model_versions"]
        if not (token := page["next_page_token"]):
            return found
