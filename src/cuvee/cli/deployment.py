"""`cuvee deployment`: models behind an address."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TextIO

import click

from cuvee.cli import options
from cuvee.cli.client import quoted
from cuvee.cli.here import Here, connected
from cuvee.core import errors

_BUILT: Final = frozenset({"built", "build failed", "timedout"})
_SETTLED: Final = frozenset({"deployed", "failed", "stopped"})

Row = dict[str, Any]


class NoSuchDeployment(errors.NotFound):
    """This project has no deployed model of this name."""


class NoSuchVersion(errors.NotFound):
    """No registered model that you may see has this name and version."""


class NotDeployed(errors.CuveeError):
    """The model could not be deployed."""


class BadRequest(errors.Misconfigured):
    """The request is JSON, such as '{"alcohol": 12.8}'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An endpoint with its newest build and the newest deployment of that."""

    endpoint: Row
    address: str
    build: Row | None = None
    deployment: Row | None = None

    @property
    def status(self) -> str:
        return str((self.deployment or self.build or {"status": "not built"})["status"])

    @property
    def reason(self) -> str:
        return str((self.deployment or self.build or {"status_reason": ""})["status_reason"])

    @property
    def deployment_address(self) -> str:
        """Where the newest deployment is.

        Raises:
            NoSuchDeployment: when there is none.

        """
        if self.build is None or self.deployment is None:
            raise NoSuchDeployment(f"{self.endpoint['name']} was never deployed: it is {self.status}. {self.reason}")
        return f"{self.address}/builds/{self.build['id']}/deployments/{self.deployment['id']}"

    def row(self) -> Row:
        return {
            **self.endpoint,
            "status": self.status,
            "status_reason": self.reason,
            "build": self.build,
            "deployment": self.deployment,
        }


_of_project = click.option("--project", default="default", show_default=True, help="By name or id.")


@click.group()
def command() -> None:
    """Deploy models, call them, look after them."""


@command.command("list")
@connected
@click.option("--project", default="", help="Only those of a project, by name or id.")
def list_deployments(here: Here, project: str) -> None:
    """The models that were deployed, with how they are."""
    address = f"/api/v2/projects/{here.api.project(project)['id']}/models" if project else "/api/v2/models"
    rows = [_newest(here, endpoint).row() for endpoint in here.api.items(address)]
    here.table(
        rows, {"name": "Name", "project.name": "Project", "status": "Status", "deployment.ready_replicas": "Ready",
               "deployment.replicas": "Of", "auth_enabled": "Key needed", "id": "Id"}
    )  # fmt: skip


@command.command()
@connected
@_of_project
@click.option("--name", default="", help="What it is to be called; the model's own name when not given.")
@click.option("--model", "registered", default="", help="A registered model.")
@click.option("--version", type=int, default=0, help="Its version; the newest when not given.")
@click.option("--file", "file_path", default="", help="In place of a registered model: a Python file of the project.")
@click.option("--function", "function_name", default="", help="The function in it: takes a dict, returns JSON.")
@options.spark
@click.option("--replicas", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--cpu", type=float, default=1, show_default=True, help="vCPU of a replica.")
@click.option("--memory", type=float, default=2, show_default=True, help="GiB of a replica.")
@click.option("--env", "variables", multiple=True, metavar="NAME=VALUE", help="For the replicas.")
@click.option("--no-auth", is_flag=True, help="Let everybody call it who knows its access key.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it answers.")
def create(here: Here, project: str, name: str, no_wait: bool, no_auth: bool, **wishes: Any) -> None:
    """Build and deploy a model. One of that name that is there already is replaced when the new one answers."""
    project_id = here.api.project(project)["id"]
    name = name or wishes["registered"] or wishes["function_name"]
    source = _source(here, wishes) | {"runtime_addon_identifiers": options.addons(wishes["spark"])}
    deployment = _deployment(wishes)
    models = f"/api/v2/projects/{project_id}/models"
    present = next((one for one in here.api.items(models, search={"name": name}) if one["name"] == name), None)
    if present is None:
        body = {"name": name, "disable_authentication": no_auth, "auto_build_model": True, "auto_build_config": source,
                "auto_deploy_model": True, "auto_deployment_config": deployment}  # fmt: skip
        present = here.api.post(models, body)
        build = next(here.api.items(f"{models}/{present['id']}/builds"))
    else:
        body = {**source, "auto_deploy_model": True, "auto_deployment_config": deployment}
        build = here.api.post(f"{models}/{present['id']}/builds", body)
    if not no_wait:
        _wait(here, present, build["id"])
    found = _newest(here, present)
    here.done(f"{found.endpoint['name']} is {found.status}. Its access key is {present['access_key']}.", found.row())


@command.command()
@connected
@click.argument("name")
@_of_project
def show(here: Here, name: str, project: str) -> None:
    """One model, with its newest build and deployment."""
    fields = {"name": "Name", "id": "Id", "access_key": "Access key", "auth_enabled": "API key needed",
              "status": "Status", "status_reason": "Why", "build.number": "Build", "build.comment": "Comment",
              "deployment.ready_replicas": "Ready", "deployment.replicas": "Of", "deployment.cpu": "vCPU",
              "deployment.memory": "GiB", "deployment.updated_at": "Since"}  # fmt: skip
    here.record(_find(here, project, name).row(), fields)


@command.command()
@connected
@click.argument("name")
@_of_project
@click.option("--build", "of_build", is_flag=True, help="What the build said, in place of the replicas.")
@click.option("--previous", is_flag=True, help="What the processes before the last restart said.")
def logs(here: Here, name: str, project: str, of_build: bool, previous: bool) -> None:
    """What the replicas, or the build, said."""
    found = _find(here, project, name)
    if of_build:
        if found.build is None:
            raise NoSuchDeployment(f"{name} was never built.")
        _print(here, f"{found.address}/builds/{found.build['id']}/log")
        return
    place = f"{found.deployment_address}/replicas"
    for replica in here.api.get(place)["replicas"]:
        click.echo(f"--- {replica['name']}: {replica['state']}, restarts: {replica['restarts']}")
        _print(here, f"{place}/{quoted(replica['name'])}/log{'?previous=true' if previous else ''}")


@command.command()
@connected
@click.argument("name")
@_of_project
def stop(here: Here, name: str, project: str) -> None:
    """Stop a model: its address answers no more until it is restarted."""
    here.done(f"{name} is stopping.", here.api.post(f"{_find(here, project, name).deployment_address}:stop"))


@command.command()
@connected
@click.argument("name")
@_of_project
def restart(here: Here, name: str, project: str) -> None:
    """Replace a model's replicas, or start it again after a stop."""
    here.done(f"{name} restarts.", here.api.post(f"{_find(here, project, name).deployment_address}:restart"))


@command.command()
@connected
@click.argument("name")
@_of_project
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(here: Here, name: str, project: str, yes: bool) -> None:
    """Delete a model's address, builds and deployments. What is registered stays."""
    found = _find(here, project, name)
    here.confirm(f"Delete {name} with its builds and deployments?", yes=yes)
    here.done(f"Deleted {name}.", here.api.delete(found.address))


@command.command()
@connected
@click.argument("name")
@click.argument("request", default="")
@_of_project
@click.option("--from", "source", type=click.File(), help="Read the request from a file; - for standard input.")
def call(here: Here, name: str, request: str, project: str, source: TextIO | None) -> None:
    """Call a model with a REQUEST in JSON and print its response."""
    try:
        content = json.loads(source.read() if source else request)
    except ValueError:
        raise BadRequest from None
    endpoint = _find(here, project, name).endpoint
    reply = here.api.post("/model", {"accessKey": endpoint["access_key"], "request": content})
    here.done(json.dumps(reply["response"], ensure_ascii=False), reply)


def _source(here: Here, wishes: Row) -> Row:
    if not wishes["registered"]:
        return {"file_path": wishes["file_path"], "function_name": wishes["function_name"]}
    name, number = wishes["registered"], wishes["version"]
    models = here.api.items("/api/v2/registry/models", search={"model_name": name})
    model = next((one for one in models if one["name"] == name), None)
    if model is None:
        raise NoSuchVersion
    # The versions lie in the middle of a model, so that the pages are asked for here.
    versions = list(_versions(here, model["model_id"]))
    fitting = [one for one in versions if number in {0, one["number"]}]
    if not fitting:
        raise NoSuchVersion(f"{name} has no version {number or ''}".rstrip() + ".")
    return {"registered_model_version_id": max(fitting, key=lambda one: one["number"])["model_version_id"]}


def _versions(here: Here, model_id: str) -> Iterator[Row]:
    token = ""
    while True:
        reply = here.api.get(f"/api/v2/registry/models/{model_id}", page_size=1000, page_token=token)
        yield from reply["model_versions"]
        token = reply["next_page_token"]
        if not token:
            return


def _deployment(wishes: Row) -> Row:
    pairs = [text.partition("=") for text in wishes["variables"]]
    return {
        "cpu": wishes["cpu"],
        "memory": wishes["memory"],
        "replicas": wishes["replicas"],
        "environment": {name: value for name, _, value in pairs},
    }


def _find(here: Here, project: str, name: str) -> Found:
    models = f"/api/v2/projects/{here.api.project(project)['id']}/models"
    for endpoint in here.api.items(models, search={"name": name}):
        if endpoint["name"] == name:
            return _newest(here, endpoint)
    raise NoSuchDeployment


def _newest(here: Here, endpoint: Row) -> Found:
    address = f"/api/v2/projects/{endpoint['project_id']}/models/{endpoint['id']}"
    for build in here.api.items(f"{address}/builds", sort="-created_at"):
        deployments = list(here.api.items(f"{address}/builds/{build['id']}/deployments", sort="-created_at"))
        return Found(
            endpoint=endpoint, address=address, build=build, deployment=deployments[0] if deployments else None
        )
    return Found(endpoint=endpoint, address=address)


def _wait(here: Here, endpoint: Row, build_id: str) -> None:
    """Wait until the build's deployment answers.

    Raises:
        NotDeployed: when it does not, with the reason.

    """
    builds = f"/api/v2/projects/{endpoint['project_id']}/models/{endpoint['id']}/builds/{build_id}"
    build = here.wait(lambda: here.api.get(builds), until=_has(_BUILT))
    if build["status"] != "built":
        raise NotDeployed(f"{build['status']}: {build['status_reason']}")
    first = here.api.get(f"{builds}/deployments")["model_deployments"][0]
    deployment = here.wait(lambda: here.api.get(f"{builds}/deployments/{first['id']}"), until=_has(_SETTLED))
    if deployment["status"] != "deployed":
        raise NotDeployed(f"{deployment['status']}: {deployment['status_reason']}")


def _has(statuses: frozenset[str]) -> Callable[[Row], bool]:
    return lambda row: row["status"] in statuses


def _print(here: Here, path: str) -> None:
    click.echo(here.api.text(path), nl=False)
