"""What is known of snapshots' rows, worked out once: a snapshot does not change, and its manifests do not either."""

import asyncio
from collections import OrderedDict
from functools import partial
from typing import Final

from cuvee.data import manifests, statistics
from cuvee.data.details import Details
from cuvee.data.files import Warehouse
from cuvee.data.statistics import Limits, Statistics

#: Columns, over all snapshots, of which is kept what is known: some fifteen megabytes.
MOST_COLUMNS: Final = 50_000

#: A table's uuid, a snapshot's id, and the schema that it is read with.
_Key = tuple[str, int, int]


class Measurer:
    """Reads snapshots' manifests, and keeps what came of it; one for a platform. Those least asked for go first."""

    def __init__(self, limits: Limits | None = None, *, most_columns: int = MOST_COLUMNS) -> None:
        self._limits: Final = limits or Limits()
        self._most: Final = most_columns
        self._kept: Final[OrderedDict[_Key, Statistics]] = OrderedDict()
        self._running: Final[dict[_Key, asyncio.Task[Statistics]]] = {}

    async def measure(self, uuid: str, warehouse: Warehouse, details: Details, snapshot_id: int) -> Statistics:
        """What is known of a snapshot that the table has. It may take seconds, which all share who ask meanwhile.

        Raises:
            BadManifest: when a manifest cannot be read.

        """
        past = details.snapshots[snapshot_id]
        key = (uuid, snapshot_id, details.schema_id if past.schema_id is None else past.schema_id)
        if (known := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return known
        running = self._running.get(key)
        if running is None:
            files, columns = manifests.files(warehouse, past), details.columns_of(snapshot_id)
            running = asyncio.create_task(asyncio.to_thread(statistics.gather, files, columns, self._limits))
            running.add_done_callback(partial(self._keep, key))
            self._running[key] = running
        return await asyncio.shield(running)

    def _keep(self, key: _Key, measured: asyncio.Task[Statistics]) -> None:
        """What was cut short is not kept: there may be more time for it another day."""
        del self._running[key]
        if measured.cancelled() or measured.exception() is not None or measured.result().is_partial:
            return
        self._kept[key] = measured.result()
        while sum(len(each.columns) for each in self._kept.values()) > self._most:
            self._kept.popitem(last=False)
