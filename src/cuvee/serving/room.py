"""How the serving room joins the house."""

from pathlib import Path
from typing import Final

from cuvee.api.builder import Room
from cuvee.artifacts.stores import Stores
from cuvee.compute.reconcile import Workloads
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.identity.authentication import Keys
from cuvee.projects import service as projects
from cuvee.projects.events import Farewells
from cuvee.runtimes.service import Runtimes
from cuvee.serving import environments
from cuvee.serving.building import Builder
from cuvee.serving.environments import Environments
from cuvee.serving.gateway import Gateway
from cuvee.serving.limits import Limits
from cuvee.serving.processes import Processes
from cuvee.serving.routes import builds, deployments, models
from cuvee.serving.routing import Routing
from cuvee.serving.supervisor import Supervisor
from cuvee.serving.workshop import Workshop

_BUILDS_AT_ONCE: Final = 2


def install(
    settings: Settings,
    database: Database,
    keys: Keys,
    *,
    workloads: Workloads,
    runtimes: Runtimes,
    stores: Stores,
    secret: bytes,
    farewells: Farewells,
) -> Room:
    """Routes for endpoints, builds and deployments, and the gateway that calls go through.

    `secret` is what the tokens of replicas are derived from. Compute must be open before this room is.
    """
    limits = Limits(max_body=settings.max_model_body, deadline=settings.model_deadline)
    routing = Routing(database)
    equipped = Environments(runtimes)
    processes = Processes(workloads, settings.home, secret, limits, equipped.variables)
    supervisor = Supervisor(database, processes, routing)
    builder = Builder(
        database,
        settings.home,
        store=stores.of,
        folder=lambda project_id: _folder(settings.home, project_id),
        make_environment=equipped.make,
        install_wheels=environments.install_wheels,
        built=supervisor.notice,
        at_once=_BUILDS_AT_ONCE,
        timeout=settings.build_timeout,
    )
    workshop = Workshop(database=database, builder=builder, supervisor=supervisor, routing=routing)
    gateway = Gateway(routing, keys.principal, is_open=settings.auth == "none", limits=limits)
    farewells.before.append(workshop.leave_project)
    return Room(
        routes=[*gateway.routes(), *_ROUTES],
        provides={"workshop": workshop, "processes": processes},
        on_startup=[routing.open, supervisor.open, builder.open],
        on_shutdown=[builder.close, supervisor.close, routing.close],
    )


def _folder(home: Path, project_id: str) -> Path:
    return projects.directory(home, project_id)


_ROUTES: Final = (
    models.list_all_models,
    models.list_models,
    models.create_model,
    models.get_model,
    models.update_model,
    models.delete_model,
    builds.list_model_builds,
    builds.create_model_build,
    builds.get_model_build,
    builds.delete_model_build,
    builds.cancel_model_build,
    builds.get_model_build_log,
    deployments.list_model_deployments,
    deployments.create_model_deployment,
    deployments.get_model_deployment,
    deployments.stop_model_deployment,
    deployments.restart_model_deployment,
    deployments.get_model_deployment_metrics,
    deployments.list_model_deployment_replicas,
    deployments.get_model_replica_log,
)
