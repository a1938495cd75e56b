"""How the graph joins the house."""

from cuvee.api.builder import Room
from cuvee.db.database import Database
from cuvee.lineage import pinning, routes, routes_retraining
from cuvee.lineage.retraining import Retraining
from cuvee.registry.events import VersionMade, VersionsGone


def install(database: Database, retraining: Retraining) -> Room:
    """Routes, pins for the data of registered models, and runs that are made again."""
    database.reactions.on(VersionMade, pinning.pin)
    database.reactions.on(VersionsGone, pinning.unpin)
    return Room(
        routes=[
            routes.get_lineage,
            routes.list_stale,
            routes.list_stale_of_version,
            routes.release_pin,
            routes_retraining.look_at_rebuild,
            routes_retraining.rebuild_run,
            routes_retraining.retrain_run,
        ],
        provides={"retraining": retraining},
    )
