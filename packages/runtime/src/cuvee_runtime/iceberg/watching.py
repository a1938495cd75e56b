"""Sees what runs read and write of Iceberg's tables with pyiceberg, whatever catalog they are in.

The session's own catalog is the platform's, which is told of reads and makes the commits, and for which run; of others,
this process notes it on the run. A table that is in no catalog is not noted.
"""

import functools
import inspect
import logging
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.table import DataScan, Table
from pyiceberg.table.update import AddSnapshotUpdate

from cuvee_runtime.iceberg import filters, reports, runs, saying

log = logging.getLogger(__name__)


def watch() -> None:
    """Watch every table of pyiceberg's while a run of MLflow goes on."""
    watcher = _Watcher()
    methods: dict[str, Callable[[Any], Any]] = {"scan": watcher.scanning, "_do_commit": watcher.committing}
    for name, watched in methods.items():
        setattr(Table, name, watched(getattr(Table, name)))
    saying.say()


class WatchedScan(DataScan):
    """A scan that tells when it is planned: every way to its rows goes through that."""

    told: Callable[[DataScan], None]

    def update(self, **overrides: Any) -> "WatchedScan":
        made: WatchedScan = super().update(**overrides)
        made.told = self.told
        return made

    def plan_files(self) -> Any:
        self.told(self)
        return super().plan_files()


class _Watcher:
    """Knows what was noted by this process; it makes the notes when the first is due."""

    def __init__(self) -> None:
        self._notes: Any = None

    def scanning(self, plain: Callable[..., DataScan]) -> Callable[..., DataScan]:
        """`Table.scan` that is watched."""
        fields = inspect.signature(DataScan.__init__).parameters.keys() - {"self"}

        @functools.wraps(plain)
        def scan(table: Table, *args: Any, **kwargs: Any) -> DataScan:
            made = plain(table, *args, **kwargs)
            if isinstance(table.catalog, NoopCatalog):
                return made
            # As it is now: it may move on before the scan is planned.
            read = Table(table.name(), table.metadata, table.metadata_location, table.io, table.catalog)
            watched = WatchedScan(**{name: getattr(made, name) for name in fields})
            watched.told = functools.partial(self._quietly, self._read, read)
            return watched

        return scan

    def committing(self, plain: Callable[..., None]) -> Callable[..., None]:
        """`Table._do_commit` that is watched."""

        @functools.wraps(plain)
        def commit(table: Table, updates: Sequence[Any], requirements: Sequence[Any]) -> None:
            plain(table, updates, requirements)
            self._quietly(self._wrote, table, updates)

        return commit

    def _quietly(self, tell: Callable[..., None], *what: Any) -> None:
        """Whatever goes wrong with a note, what was read or written is there."""
        try:
            if run_id := runs.meant():
                tell(run_id, *what)
        except Exception as error:  # noqa: BLE001 - nothing may come of a note but a warning
            log.warning("A read or write was not noted on the run: %s", error)

    def _read(self, run_id: str, table: Table, scan: DataScan) -> None:
        snapshot = scan.snapshot()
        if snapshot is None:
            return
        if reports.is_heard(table.catalog):
            reports.tell(table.catalog, table.name(), scan, run_id)
            return
        row_filter = filters.text(scan.row_filter.model_dump(mode="json"))
        columns = _columns(scan)
        self._noting().note(run_id, "read", table, snapshot.snapshot_id, row_filter=row_filter, columns=columns)

    def _wrote(self, run_id: str, table: Table, updates: Sequence[Any]) -> None:
        made = [each.snapshot.snapshot_id for each in updates if isinstance(each, AddSnapshotUpdate)]
        if made and not reports.is_heard(table.catalog):
            self._noting().note(run_id, "write", table, made[-1])

    def _noting(self) -> Any:
        if self._notes is None:
            # By name: it needs MLflow, which is there when a run goes on.
            self._notes = import_module("cuvee_runtime.iceberg.notes").Notes()
        return self._notes


def _columns(scan: DataScan) -> list[str] | None:
    """Which columns are taken; None for all."""
    every = {field.name for field in scan.update(selected_fields=("*",)).projection().fields}
    taken = {field.name for field in scan.projection().fields}
    return None if every <= taken else sorted(taken)
