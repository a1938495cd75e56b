"""How the tracking room joins the house."""

from cuvee.api.builder import Room
from cuvee.db.database import Database
from cuvee.projects.events import Farewells
from cuvee.tracking import service
from cuvee.tracking.compaction import Compactor


def install(database: Database, farewells: Farewells) -> Room:
    """Its doors are elsewhere (mlflow_api, API v2); what a deleted project tracked is forgotten with it.

    Metrics are compacted while the platform runs.
    """
    farewells.within.append(service.forget_project)
    compactor = Compactor(database)
    return Room(on_startup=[compactor.open], on_shutdown=[compactor.close])
