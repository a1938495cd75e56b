"""A private project full of things, and people who may or may not reach it: for tests of every route there is."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from litestar import Litestar
from tests.conftest import Running
from tests.integration import people, runs

from cuvee.identity.scopes import ROLE_SCOPES

#: For what is too dear to make for this, such as sessions: their routes are tried with an id that nobody has.
NOBODYS = "0000-0000-0000-0000"

_PARAMETER = re.compile(r"{([^}:]+)(?::([^}]+))?}")


@dataclass(frozen=True, kw_only=True)
class Route:
    """One method of one path of the built application."""

    method: str
    template: str
    scope: str

    def path(self, values: dict[str, str]) -> str:
        """The path with ids of the private project in it."""

        def value(match: re.Match[str]) -> str:
            for prefix, name, found in OF_PREFIX:
                if name == match[1] and self.template.startswith(prefix):
                    return values[found]
            return values.get(match[1], NOBODYS)

        path = _PARAMETER.sub(value, self.template)
        return re.sub(r"/:([a-z]+)$", r":\1", path) if path.startswith("/api/v2/") else path


#: What a parameter is where the same name means different things.
OF_PREFIX = (
    ("/api/v2/registry/", "model_id", "registered_model_id"),
    *((f"{prefix}/2.0/mlflow/logged-models", "model_id", "logged_model_id") for prefix in ("/api", "/ajax-api")),
    ("/api/v2/projects/{project_id:str}/files", "path", "file"),
    ("/projects/{project_name", "path", "file"),
)


def routes_of(asgi: Any) -> list[Route]:
    """Every route that the application has, as it was built."""
    inner = asgi
    while not isinstance(inner, Litestar):
        inner = getattr(inner, "_app", None) or inner.app
    return [
        Route(method=method, template=route.path_format, scope=handler.opt["scope"])
        for route in inner.routes
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]
        for method in sorted(getattr(handler, "http_methods", {"GET", "POST"}) - {"OPTIONS"})
    ]


@dataclass(frozen=True, kw_only=True)
class World:
    """The private project, and who there is."""

    platform: Running
    #: Parameter → an id in the private project.
    values: dict[str, str]
    #: What nobody outside the project may read anywhere.
    secrets: tuple[str, ...]
    #: In a data connection: what even those who see the project may not read.
    password: str
    anonymous: httpx.Client
    #: Administers a project of their own and has no part in the private one.
    stranger: httpx.Client
    viewer: httpx.Client
    contributor: httpx.Client
    owner: httpx.Client

    def body(self) -> dict[str, Any]:
        """One body for every request: all ids under all names they go by. What a door does not know it ignores."""
        values = self.values
        return {
            **{name: value for name, value in values.items() if name != "path"},
            "model_id": values["registered_model_id"],
            "name": self.values["model_name"],
            "new_name": "taken-over",
            "experiment_ids": [values["experiment_id"]],
            "locations": [],
            "version": "1",
            "alias": "taken-over",
            "stage": "Archived",
            "key": "taken-over",
            "value": "taken-over",
            "description": "taken over",
            "visibility": "PUBLIC",
            "permission": "admin",
            "source": f"runs:/{values['run_id']}/model",
            "model_version_id": values["version_id"],
            "status": "KILLED",
            "metrics": [{"key": "m", "value": 1.0, "timestamp": 1, "step": 1}],
            "timestamp": 1,
        }

    def send(self, who: httpx.Client, route: Route, **more: Any) -> httpx.Response:
        """One request of a route, with ids of the private project wherever there is room for one."""
        path = route.path(self.values)
        query = {name: self.values[name] for name in ("run_id", "experiment_id", "model_id", "project_ids")}
        query |= {"run_uuid": query["run_id"], "path": "model", "name": self.values["model_name"], "version": "1"}
        query |= {"metric_key": "m", "alias": "champion", "key": "a"}
        if route.method in {"GET", "HEAD"}:
            return who.request(route.method, path, params=query, **more)
        body = self.body()
        if route.scope == "projects:create":  # what one makes oneself tells nothing
            body["name"] = f"mine-{uuid4().hex[:8]}"
        return who.request(route.method, path, json=body, **more)

    def state(self) -> list[Any]:
        """What the project is, as its owner sees it: the same before and after whatever others try."""
        v = self.values
        asked = (
            f"/api/v2/projects/{v['project_id']}",
            f"/api/v2/projects/{v['project_id']}/collaborators",
            f"/api/v2/projects/{v['project_id']}/files/{v['file']}",
            f"/api/v2/registry/models/{v['registered_model_id']}",
            f"/api/2.0/mlflow/runs/get?run_id={v['run_id']}",
            f"/api/2.0/mlflow/experiments/get?experiment_id={v['experiment_id']}",
            f"/api/v2/users/{v['username']}/v2_keys",
            f"/api/3.0/mlflow/datasets/{v['dataset_id']}",
            f"/api/2.0/mlflow/logged-models/{v['logged_model_id']}",
            f"/api/v2/projects/{v['project_id']}/dataconnections/lake/properties",
            f"/iceberg/v1/{v['project_id']}/namespaces/default/tables/{v['table']}",
            f"/api/v2/projects/{v['project_id']}/jobs/{v['job_id']}",
            f"/api/v2/projects/{v['project_id']}/jobs/{v['job_id']}/runs",
        )
        return [self.owner.get(path).json() for path in asked]


@contextmanager
def world(platform: Running) -> Iterator[World]:
    """Make the project, the things in it, and the people."""
    mark = uuid4().hex[:8]
    with ExitStack() as stack:
        owner, stranger, viewer, contributor = (
            stack.enter_context(people.user(platform, f"{name}{mark}"))
            for name in ("owner", "stranger", "viewer", "contributor")
        )
        secret = f"hidden-{mark}"
        project_id = _made(owner, "/api/v2/projects", name=secret)["id"]
        _made(stranger, "/api/v2/projects", name=f"mine-{mark}")
        for name, permission in (("viewer", "read"), ("contributor", "write")):
            reply = owner.put(
                f"/api/v2/projects/{project_id}/collaborators/{name}{mark}", json={"permission": permission}
            )
            assert reply.status_code == 200, reply.text
        run = runs.new_run(platform, owner, lambda stem: f"{stem}-{secret}", secret)
        model = _register(owner, run, f"model-{secret}", secret)
        (platform.home / "projects" / project_id / "note.txt").write_text(secret)
        logged = _made(
            owner, "/api/2.0/mlflow/logged-models", experiment_id=run.experiment_id, name="m", source_run_id=run.id
        )["model"]["info"]["model_id"]
        reply = owner.post(
            "/api/3.0/mlflow/datasets/create",
            json={"name": f"data-{secret}", "experiment_ids": [run.experiment_id]},
            headers={"x-mlflow-workspace": secret},
        )
        assert reply.status_code == 200, reply.text
        dataset = reply.json()["dataset"]["dataset_id"]
        catalog = f"/iceberg/v1/{project_id}/namespaces"
        _made(owner, f"{catalog}/default/tables", name=secret, schema={"type": "struct", "fields": []})
        password = f"password-{mark}"
        lake = {"uri": f"postgresql://me:{password}@db/lake"}
        _made(owner, f"/api/v2/projects/{project_id}/dataconnections", name="lake", kind="sql", properties=lake)
        job = _made(owner, f"/api/v2/projects/{project_id}/jobs", name=secret, script="note.txt", arguments=secret)
        key = _made(owner, f"/api/v2/users/owner{mark}/v2_keys", comments=secret)
        values = {
            "project_id": project_id,
            "project_ids": project_id,
            "project_name": secret,
            "workspace_name": secret,
            "experiment_id": run.experiment_id,
            "run_id": run.id,
            "metric_key": "m",
            "model_id": _model_of(owner, project_id, secret),
            "registered_model_id": model["model_id"],
            "logged_model_id": logged,
            "dataset_id": dataset,
            "version_id": model["model_versions"][0]["model_version_id"],
            "model_name": model["name"],
            "alias": "champion",
            "username": f"owner{mark}",
            "user_id": f"owner{mark}",
            "key_id": key["key_id"],
            "path": f"{run.experiment_id}/{run.id}/artifacts/model/MLmodel",
            "file": "note.txt",
            "prefix": project_id,
            "namespace": "default",
            "table": secret,
            "connection_name": "lake",
            "job_id": job["id"],
        }
        yield World(
            platform=platform,
            values=values,
            secrets=(
                secret,
                run.id,
                run.experiment_id,
                project_id,
                model["model_id"],
                logged,
                dataset,
                key["key_id"],
                job["id"],
                password,
            ),
            password=password,
            anonymous=stack.enter_context(platform.client("")),
            stranger=stranger,
            viewer=viewer,
            contributor=contributor,
            owner=owner,
        )


#: Scopes by which a project is changed: what only some roles in it hold.
CHANGING = frozenset(
    scope for scope in frozenset().union(*ROLE_SCOPES.values()) if scope.endswith((":write", ":run", ":admin"))
)


def _model_of(owner: httpx.Client, project_id: str, name: str) -> str:
    """A model for endpoints, which is not built."""
    reply = owner.post(f"/api/v2/projects/{project_id}/models", json={"name": name, "description": name})
    assert reply.status_code == 200, reply.text
    return reply.json()["id"]


def _register(owner: httpx.Client, run: runs.Run, name: str, workspace: str) -> dict[str, Any]:
    run.model()
    body = {"run_id": run.id, "model_path": "model", "model_name": name}
    made = owner.post("/api/v2/registry/models", json=body)
    assert made.status_code == 200, made.text
    alias = {"name": name, "alias": "champion", "version": "1"}
    assert owner.post("/api/2.0/mlflow/registered-models/alias", json=alias).status_code == 200
    return made.json()


def _made(client: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
    reply = client.post(path, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()
