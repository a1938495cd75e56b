"""How the graph joins the house."""

from cuvee.api.builder import Room
from cuvee.db.database import Database
from cuvee.lineage import pinning, routes
from cuvee.registry.events import VersionMade, VersionsGone


def install(database: Database) -> Room:
    """Routes, and pins for the data of registered models."""
    database.reactions.on(VersionMade, pinning.pin)
    database.reactions.on(VersionsGone, pinning.unpin)
    return Room(routes=[routes.get_lineage, routes.list_stale, routes.list_stale_of_version, routes.release_pin])
