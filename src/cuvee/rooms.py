"""The rooms, in order, and what each is handed."""

from dataclasses import dataclass
from functools import partial

from cuvee.api import errors as api_errors
from cuvee.api.builder import Room
from cuvee.api.pages import Sealer
from cuvee.artifacts import room as artifacts
from cuvee.artifacts.local import LocalStore
from cuvee.artifacts.stores import FOLDER, Stores
from cuvee.artifacts.values import Limits
from cuvee.cml_api import room as cml_api
from cuvee.compute import room as compute
from cuvee.compute.local import LocalEngine
from cuvee.compute.reconcile import Workloads
from cuvee.connections import room as connections
from cuvee.connections.vault import Vault
from cuvee.content import room as content
from cuvee.content.origin import Origin
from cuvee.core.settings import Settings
from cuvee.data import room as data
from cuvee.data.past import Pasts
from cuvee.datasets import room as datasets
from cuvee.db.database import Database
from cuvee.identity import room as identity
from cuvee.identity import service as identity_service
from cuvee.identity.authentication import Keys
from cuvee.jobs import room as jobs
from cuvee.jobs.planner import Planner
from cuvee.lineage import room as lineage
from cuvee.lineage.retraining import Retraining
from cuvee.logged_models import room as logged_models
from cuvee.mlflow_api import room as mlflow_api
from cuvee.projects import room as projects
from cuvee.projects import service as project_service
from cuvee.projects.events import Farewells
from cuvee.proxy import room as proxy_room
from cuvee.proxy.forward import Proxy
from cuvee.registry import room as registry
from cuvee.runtimes import room as runtimes_room
from cuvee.runtimes.environments import Environments
from cuvee.runtimes.jars import Jars
from cuvee.runtimes.service import Runtimes
from cuvee.serving import room as serving
from cuvee.sessions import room as sessions_room
from cuvee.sessions import service as session_service
from cuvee.sessions.launch import Launcher
from cuvee.sessions.manager import Sessions
from cuvee.tracking import room as tracking
from cuvee.web import room as web


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What rooms are furnished with."""

    settings: Settings
    database: Database
    keys: Keys
    sealer: Sealer
    #: Under which address this platform's own workloads reach it.
    url: str
    #: Where users' content is shown.
    content: Origin


def furnish(house: House) -> list[Room]:
    """Every room, the lowest first."""
    farewells = Farewells()
    stores = local_stores(house.settings)
    folder = house.settings.home / "workloads"
    place = compute.place(folder)
    workloads = Workloads(house.database, LocalEngine(folder), place)
    runtimes = _runtimes(house.settings)
    proxy = Proxy()
    vault = Vault(house.settings.home)
    launcher = Launcher(
        database=house.database,
        workloads=workloads,
        runtimes=runtimes,
        proxy=proxy,
        keys=house.keys,
        vault=vault,
        home=house.settings.home,
        url=house.url,
    )
    sessions = Sessions(house.database, workloads, launcher, house.settings.home)
    planner = Planner(runtimes, house.settings.home, place)
    retraining = Retraining(runtimes, stores, sessions, house.settings.home)
    replicas = house.database.write_now(partial(identity_service.ensure_secret, name="replicas"))
    return [
        kernel(house.sealer),
        identity.install(house.database, house.keys),
        compute.install(workloads, stop_all=house.settings.stop_workloads),
        proxy_room.install(proxy),
        runtimes_room.install(runtimes),
        projects.install(house.database, house.settings, house.keys, runtimes, farewells),
        artifacts.install(stores),
        connections.install(vault, farewells),
        logged_models.install(farewells),
        datasets.install(farewells),
        tracking.install(house.database, farewells),
        registry.install(house.database, farewells),
        data.install(farewells, Pasts(session_service.as_of)),
        cml_api.install(),
        mlflow_api.install(
            house.database, house.sealer, stores, max_body=house.settings.max_json, intake=house.settings.intake
        ),
        serving.install(
            house.settings,
            house.database,
            house.keys,
            workloads=workloads,
            runtimes=runtimes,
            stores=stores,
            secret=replicas,
            farewells=farewells,
        ),
        sessions_room.install(sessions, launcher, proxy, farewells),
        jobs.install(house.database, planner, sessions, farewells, most=house.settings.job_runs),
        lineage.install(house.settings, house.database, retraining, place=place),
        content.install(
            house.settings, house.content, sealer=house.sealer, sessions=sessions, proxy=proxy, stores=stores
        ),
        web.install(house.url, frames=house.content.source),
    ]


def _runtimes(settings: Settings) -> Runtimes:
    layers = settings.home / "environments" / "projects"
    jars = Jars(settings.environments / "jars", repository=settings.maven_url, offline=settings.jars)
    return Runtimes(Environments(settings.environments), layers, jars)


def of_worker(settings: Settings, database: Database, sealer: Sealer, proxy: Proxy) -> list[Room]:
    """What a worker answers by itself (see workers/): the rooms that have direct paths."""
    stores = local_stores(settings)
    return [
        kernel(sealer),
        proxy_room.install(proxy),
        mlflow_api.install_hot(database, sealer, stores, max_body=settings.max_json, intake=settings.intake),
    ]


def kernel(sealer: Sealer) -> Room:
    """What belongs to no room: the shape of API v2's errors, and the sealer of page tokens."""
    return Room(error_shapes=[("/api/v2", api_errors.api_v2)], provides={"sealer": sealer})


def local_stores(settings: Settings) -> Stores:
    """Each project's artifacts in the project's own folder."""
    limits = Limits(largest=settings.max_artifact)
    return Stores(lambda project_id: LocalStore(project_service.directory(settings.home, project_id) / FOLDER, limits))
