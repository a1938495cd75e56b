"""How the MLflow protocol joins the house."""

from collections.abc import Sequence
from typing import Any, Final

from cuvee.api.builder import Room
from cuvee.api.intake import Intake
from cuvee.api.pages import Sealer
from cuvee.artifacts.stores import Stores
from cuvee.db.database import Database
from cuvee.mlflow_api import (
    artifacts,
    datasets,
    errors,
    evaluation_datasets,
    experiments,
    files,
    logged_models,
    metrics,
    model_versions,
    registered_models,
    runs,
    search,
    server,
    unserved,
    workspace_routes,
)
from cuvee.mlflow_api.endpoint import Endpoint, Tools, route
from cuvee.mlflow_api.workspaces import ProjectPaths, Workspaces
from cuvee.tracking.ingest import Gate

#: Paths that begin like this are the protocol's, and its errors have MLflow's shape.
PATHS: Final = ("/api/2.0/", "/api/3.0/", "/ajax-api/", "/get-artifact", "/model-versions/")


#: The endpoints of all subjects.
_TABLE: Final[Sequence[Endpoint[Any]]] = (
    *experiments.ENDPOINTS,
    *runs.ENDPOINTS,
    *metrics.ENDPOINTS,
    *search.ENDPOINTS,
    *artifacts.ENDPOINTS,
    *registered_models.ENDPOINTS,
    *model_versions.ENDPOINTS,
    *logged_models.ENDPOINTS,
    *datasets.ENDPOINTS,
    *evaluation_datasets.ENDPOINTS,
)


def install(database: Database, sealer: Sealer, stores: Stores, *, max_body: int, intake: int) -> Room:
    """Every endpoint under each of its prefixes; `…/projects/<name>` before them names the workspace.

    `max_body` are the bytes of one JSON body, `intake` those of all that are being answered.
    """
    tools = _tools(database, sealer, stores, max_body=max_body, intake=intake)
    routes = [*server.routes(server.ServerInfo()), *(route(endpoint, tools) for endpoint in _TABLE)]
    return _room([*routes, *workspace_routes.ROUTES, *files.routes(tools), *unserved.ROUTES])


def install_hot(database: Database, sealer: Sealer, stores: Stores, *, max_body: int, intake: int) -> Room:
    """The hot endpoints alone: what a worker answers."""
    tools = _tools(database, sealer, stores, max_body=max_body, intake=intake)
    return _room([route(endpoint, tools) for endpoint in _TABLE if endpoint.is_hot])


def _tools(database: Database, sealer: Sealer, stores: Stores, *, max_body: int, intake: int) -> Tools:
    return Tools(
        database=database,
        max_body=max_body,
        intake=Intake(intake),
        sealer=sealer,
        workspaces=Workspaces(database),
        gate=Gate(),
        stores=stores,
    )


def _room(routes: Sequence[Any]) -> Room:
    return Room(routes=routes, error_shapes=[(prefix, errors.rendered) for prefix in PATHS], wrappers=[ProjectPaths])
