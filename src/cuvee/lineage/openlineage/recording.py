"""What happens to runs, written down in the transaction in which it happens, to be sent afterwards."""

from typing import Final

from cuvee.core import topics
from cuvee.core.ids import new_id
from cuvee.db.notes import note
from cuvee.db.session import Writing
from cuvee.lineage.openlineage import events, store
from cuvee.lineage.openlineage.events import Kind
from cuvee.lineage.openlineage.values import Waiting
from cuvee.registry.events import VersionMade
from cuvee.tracking import family
from cuvee.tracking.events import RunMoved, RunStarted
from cuvee.tracking.values import Status


class Recorder:
    """Reacts to runs and versions; on a platform that tells nobody there is none."""

    def __init__(self, namespace: str) -> None:
        self._namespace: Final = namespace

    def started(self, connection: Writing, happened: RunStarted) -> None:
        self._write(connection, happened.run.id, Kind.START)

    def moved(self, connection: Writing, happened: RunMoved) -> None:
        kind = events.OF_STATUS.get(happened.run.status)
        if kind is not None:
            self._write(connection, happened.run.id, kind)

    def registered(self, connection: Writing, happened: VersionMade) -> None:
        """A version that is made after its run ended; of all others the run's end tells."""
        told = family.told(connection, happened.version.run_id)
        if told is not None and told[0].status not in {Status.RUNNING, Status.SCHEDULED}:
            self._write(connection, happened.version.run_id, Kind.OTHER)

    def _write(self, connection: Writing, run_id: str, kind: Kind) -> None:
        event_id = new_id()
        body = events.written(connection, run_id, kind, event_id=event_id, namespace=self._namespace)
        if body is not None:
            store.add(connection, Waiting(id=event_id, body=body))
            note(connection, topics.OUTBOX)
