"""How the MLflow protocol joins the house."""

from typing import Any

from cuvee.api.builder import Room
from cuvee.api.pages import Sealer
from cuvee.db.database import Database
from cuvee.mlflow_api import errors, experiments, metrics, runs, search, server
from cuvee.mlflow_api.endpoint import Endpoint, Tools, route
from cuvee.mlflow_api.workspaces import ProjectPaths, Workspaces
from cuvee.tracking.ingest import Gate


def install(database: Database, sealer: Sealer, *, max_body: int) -> Room:
    """Every endpoint under each of its prefixes; `…/projects/<name>` before them names the workspace."""
    tools = Tools(database=database, max_body=max_body, sealer=sealer, workspaces=Workspaces(database), gate=Gate())
    table: list[Endpoint[Any]] = [*experiments.ENDPOINTS, *runs.ENDPOINTS, *metrics.ENDPOINTS, *search.ENDPOINTS]
    return Room(
        routes=[*server.routes(server.ServerInfo()), *(route(endpoint, tools) for endpoint in table)],
        error_shapes=[(prefix, errors.rendered) for prefix in ("/api/2.0/", "/api/3.0/", "/ajax-api/")],
        wrappers=[ProjectPaths],
    )
