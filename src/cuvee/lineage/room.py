"""How the graph joins the house."""

from cuvee.api.builder import Room
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.lineage import pinning, routes, routes_retraining
from cuvee.lineage.openlineage.recording import Recorder
from cuvee.lineage.openlineage.sender import Sender
from cuvee.lineage.openlineage.values import Receiver
from cuvee.lineage.retraining import Retraining
from cuvee.registry.events import VersionMade, VersionsGone
from cuvee.tracking.events import RunMoved, RunStarted


def install(settings: Settings, database: Database, retraining: Retraining, *, place: str) -> Room:
    """Routes, pins for the data of registered models, runs made again, and events for the administrator's receiver.

    `place` is this platform's name among those of its database.
    """
    database.reactions.on(VersionMade, pinning.pin)
    database.reactions.on(VersionsGone, pinning.unpin)
    sender = _sender(settings, database, place) if settings.openlineage_url else None
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
        on_startup=[sender.open] if sender else [],
        on_shutdown=[sender.close] if sender else [],
    )


def _sender(settings: Settings, database: Database, place: str) -> Sender:
    """Without a receiver there is none of it: nothing is written down, nothing is looked at."""
    recorder = Recorder(settings.openlineage_namespace)
    database.reactions.on(RunStarted, recorder.started)
    database.reactions.on(RunMoved, recorder.moved)
    database.reactions.on(VersionMade, recorder.registered)
    receiver = Receiver(url=settings.openlineage_url, key=settings.openlineage_key)
    return Sender(database, receiver, settings.home, holder=place)
